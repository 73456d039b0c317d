"""Many certificates as one zip file: choosing and counting, asking, how far it is, the file."""

from collections.abc import Iterator
from typing import BinaryIO

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.certificates.views.blueprint import bp, settings
from app.courses import queries as courses
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotFound
from app.outcomes import bundles
from app.outcomes.bundles.choosing import Wish
from app.outcomes.forms import BundleForm
from app.partners import queries as partners
from app.transactions import reading
from app.web.forms import ActionForm
from app.web.guard import actor, requires
from app.web.intake import place_asked
from app.web.submissions import submit

# More partners than that are named by number.
_LISTED = 100
_PIECE = 256 * 1024


@bp.get("/certificate-bundles", endpoint="bundles")
@requires(Permission.CERTIFICATE_BUNDLE)
def own_bundles() -> ResponseReturnValue:
    after = place_asked()
    found = bundles.bundles(reading(), by=actor(), at=now(), after=after)
    shown = found[: bundles.PAGE]
    following = url_for("certificates.bundles", after=shown[-1].row.id) if len(found) > bundles.PAGE else None
    return render_template(
        "outcomes/certificate_bundles.html",
        bundles=shown,
        first=url_for("certificates.bundles") if after else None,
        following=following,
    )


@bp.get("/certificate-bundles/new")
@requires(Permission.CERTIFICATE_BUNDLE)
def new_bundle() -> ResponseReturnValue:
    """The choices, from the address, and how many certificates fit."""
    form = BundleForm(request.args, meta={"csrf": False})
    form.validate()
    page = _page(form)
    return page, 422 if form.errors else 200


def _page(form: BundleForm) -> str:
    session = reading()
    found = None
    if not form.errors:
        try:
            found = bundles.count(session, _wish(session, form), by=actor(), at=now())
        except DomainError as error:
            form.reject(error)
    of_partner = actor().partner_id is not None
    listed = [] if of_partner else partners.partners(session, by=actor(), limit=_LISTED + 1)
    return render_template(
        "outcomes/new_certificate_bundle.html",
        form=form,
        ask=ActionForm(formdata=None),
        found=found,
        most=bundles.MOST,
        of_partner=of_partner,
        partners=[(one.number, one.legal_name) for one in listed] if len(listed) <= _LISTED else (),
        courses=[] if of_partner else [(one.course.slug, one.title) for one in courses.catalogue(session)],
    )


def _wish(session: Session, form: BundleForm) -> Wish:
    """What the form means. Raises DomainError beside the field that names nothing."""
    partner = course = None
    if form.partner.data and actor().partner_id is None:
        try:
            partner = partners.load(session, form.partner.data.strip(), by=actor())
        except NotFound:
            raise DomainError("You look after no partner of that number. Check it.", field="partner") from None
    if form.course.data:
        course = next((one for one in courses.catalogue(session) if one.course.slug == form.course.data), None)
        if course is None:
            raise DomainError("There is no course of that name. Choose one of the list.", field="course")
    if form.issued_from.data and form.issued_until.data and form.issued_from.data > form.issued_until.data:
        raise DomainError("The first day comes after the last one. Exchange them.", field="issued_until")
    return Wish(partner, course, form.issued_from.data, form.issued_until.data)


@bp.post("/certificate-bundles")
@requires(Permission.CERTIFICATE_BUNDLE)
def create_bundle() -> ResponseReturnValue:
    form = BundleForm()

    def act(session: Session) -> str:
        made = bundles.request(session, _wish(session, form), by=actor(), at=now())
        return url_for("certificates.one_bundle", bundle_id=made.id)

    return submit(form, act, otherwise=lambda: _page(form))


@bp.get("/certificate-bundles/<int:bundle_id>")
@requires(Permission.CERTIFICATE_BUNDLE)
def one_bundle(bundle_id: int) -> ResponseReturnValue:
    found = bundles.bundle(reading(), bundle_id, by=actor(), at=now())
    return render_template("outcomes/certificate_bundle.html", bundle=found, row=found.row)


@bp.get("/certificate-bundles/<int:bundle_id>/certificates.zip")
@requires(Permission.CERTIFICATE_BUNDLE)
def bundle_file(bundle_id: int) -> ResponseReturnValue:
    """The file as it was made, read from the disk in pieces after its digest was checked."""
    found = bundles.bundle(reading(), bundle_id, by=actor(), at=now())
    if not found.is_kept or found.row.sha256 is None:
        raise NotFound
    try:
        file = bundles.archives(settings()).open(bundle_id, found.row.sha256)
    except (FileNotFoundError, ValueError) as error:
        raise Conflict(
            "This file is damaged or gone, and is not handed out. Ask for the certificates again."
        ) from error
    response = Response(_pieces(file), mimetype="application/zip", direct_passthrough=True)
    response.call_on_close(file.close)
    response.content_length = found.row.size or 0
    response.headers["Content-Disposition"] = 'attachment; filename="certificates.zip"'
    response.headers["Content-Security-Policy"] = "sandbox"
    return response


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
