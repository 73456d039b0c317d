"""Readiness materials: the library, reading and confirming, asking for one, giving access, and who has read what."""

from pathlib import PurePath

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.accounts import queries as accounts
from app.courses import queries, services
from app.courses.forms import MaterialForm, MaterialRequestForm, RefusalForm
from app.courses.models import ReadinessMaterial
from app.courses.views.blueprint import bp
from app.kernel.clock import now
from app.kernel.errors import DomainError
from app.partners import queries as partners
from app.transactions import reading
from app.web.consequences import consequences
from app.web.forms import ActionForm, EffectForm
from app.web.guard import actor, requires
from app.web.submissions import submit


@bp.get("/materials")
@requires(Permission.MATERIAL_READ)
def materials() -> ResponseReturnValue:
    session, partner_id = reading(), actor().partner_id
    asked = queries.requests_of(session, partner_id) if partner_id else []
    return render_template(
        "courses/materials.html",
        materials=queries.materials_for(session, by=actor()),
        receipts=queries.receipts_of(session, by=actor()),
        to_ask_for=queries.to_ask_for(session, by=actor()),
        asked={one.slug: one for one in reversed(asked)},
        representatives=partners.representatives(session, partner_id) if partner_id else (),
    )


@bp.get("/materials/<int:material_id>")
@requires(Permission.MATERIAL_READ)
def material(material_id: int) -> ResponseReturnValue:
    return _material_page(material_id, ActionForm(formdata=None))


def _material_page(material_id: int, form: ActionForm) -> str:
    session = reading()
    found = queries.load_material(session, material_id, by=actor())
    is_staff = actor().partner_id is None
    texts = queries.texts_of(session, found.slug) if is_staff else ()
    return render_template(
        "courses/material.html",
        material=found,
        text=Markup(found.html),  # noqa: S704 - cleaned when it was published
        newer=queries.current_text(session, found.slug) if found.retired_at else None,
        receipt=queries.receipts_of(session, by=actor()).get(found.id),
        names=accounts.names(session, [one.published_by_id for one in (found, *texts)]) if is_staff else {},
        texts=texts,
        own_partner=_own_partner(session),
        given_to=queries.given_to(session, found, by=actor()) if is_staff else (),
        form=form,
    )


def _own_partner(session: Session) -> str | None:
    """The number of the reader's own partner, where they may see who has read what there."""
    who = actor()
    if who.partner_id is None or not who.may(Permission.TEAM_TRAINING_READ):
        return None
    return partners.load_by_id(session, who.partner_id, by=who).number


@bp.get("/materials/<int:material_id>/document.pdf")
@requires(Permission.MATERIAL_READ)
def material_document(material_id: int) -> ResponseReturnValue:
    """The PDF to the byte, to be kept or opened outside the portal."""
    found = queries.document(reading(), material_id, by=actor())
    response = Response(found.document, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.slug}.pdf"'
    response.headers["Content-Security-Policy"] = "sandbox"
    return response


@bp.post("/materials/<int:material_id>/receipts")
@requires(Permission.MATERIAL_READ)
def acknowledge_material(material_id: int) -> ResponseReturnValue:
    form = ActionForm()

    def act(session: Session) -> str:
        found = queries.load_material(session, material_id, by=actor())
        receipt = services.acknowledge_material(session, found, by=actor(), at=now())
        if receipt.partner_id is not None:
            consequences().after_receipt(session, receipt.partner_id, found.id, at=now())
        return url_for("courses.material", material_id=found.id)

    return submit(
        form,
        act,
        otherwise=lambda: _material_page(material_id, form),
        said="Confirmed. That you have read this is on record.",
    )


# Publishing


@bp.get("/materials/new")
@requires(Permission.COURSE_PUBLISH)
def new_material() -> ResponseReturnValue:
    form = MaterialForm(formdata=None)
    form.slug.data = request.args.get("slug", "")[:100]
    return render_template("courses/new_material.html", form=form)


@bp.post("/materials")
@requires(Permission.COURSE_PUBLISH)
def publish_material() -> ResponseReturnValue:
    form = MaterialForm()

    def act(session: Session) -> str:
        found = _published(session, form)
        return url_for("courses.material", material_id=found.id)

    return submit(
        form,
        act,
        otherwise=lambda: render_template("courses/new_material.html", form=form),
        said="Published. Representatives can give partners access to it now.",
    )


def _published(session: Session, form: MaterialForm) -> ReadinessMaterial:
    upload = request.files.get("file")
    name = PurePath(upload.filename or "").name if upload else ""
    content = upload.read() if upload else b""
    slug, title = (form.slug.data or "").strip(), form.title.data or ""
    if not name or not content:
        raise DomainError("Choose the document: a PDF, or a text in Markdown (.md).", field="file")
    if content.startswith(b"%PDF-"):
        return services.publish_document(session, slug, title, form.summary.data or "", content, by=actor(), at=now())
    if not name.lower().endswith((".md", ".markdown")):
        raise DomainError(
            f"“{name}” is neither a PDF nor a text in Markdown (.md). Save it as one of them.", field="file"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DomainError(
            f"“{name}” is not UTF-8 text. Save it as UTF-8, and choose it again.", field="file"
        ) from error
    try:
        return services.publish_material(session, slug, title, text, by=actor(), at=now())
    except DomainError as error:
        raise DomainError(error.sentence, field="file" if error.field == "source" else error.field) from error


# Asking


@bp.get("/material-library/<int:material_id>/requests/new")
@requires(Permission.MATERIAL_REQUEST)
def new_material_request(material_id: int) -> ResponseReturnValue:
    return _request_page(material_id, MaterialRequestForm(formdata=None))


def _request_page(material_id: int, form: EffectForm) -> str:
    session, partner_id = reading(), actor().partner_id
    found = queries.load_to_ask_for(session, material_id, by=actor())
    return render_template(
        "courses/new_material_request.html",
        material=found,
        representatives=partners.representatives(session, partner_id) if partner_id else (),
        form=form,
    )


@bp.post("/material-library/<int:material_id>/requests")
@requires(Permission.MATERIAL_REQUEST)
def request_material(material_id: int) -> ResponseReturnValue:
    form = MaterialRequestForm()

    def act(session: Session) -> str:
        found = queries.load_to_ask_for(session, material_id, by=actor())
        services.request_material(session, found, form.reason.data or "", by=actor(), at=now())
        return url_for("courses.materials")

    return submit(
        form,
        act,
        otherwise=lambda: _request_page(material_id, form),
        said="Your account representative was asked. You get a message when they answer.",
    )


# Giving access


@bp.get("/partners/<number>/materials")
@requires(Permission.MATERIAL_GRANT)
def material_grants(number: str) -> ResponseReturnValue:
    return _grants_page(number, ActionForm(formdata=None))


def _grants_page(number: str, form: ActionForm) -> str:
    session = reading()
    partner = partners.load(session, number, by=actor())
    found = queries.grantable(session, partner.id)
    names = accounts.names(session, [one.granted_by_id for one in found])
    asked = {one.slug: one for one in queries.requests_of(session, partner.id) if one.answered_at is None}
    return render_template(
        "courses/material_grants.html", partner=partner, grantable=found, names=names, asked=asked, form=form
    )


@bp.post("/partners/<number>/materials/<int:material_id>/grants")
@requires(Permission.MATERIAL_GRANT)
def grant_material(number: str, material_id: int) -> ResponseReturnValue:
    form = ActionForm()

    def act(session: Session) -> str:
        partner = partners.load(session, number, by=actor())
        found = queries.load_material(session, material_id, by=actor())
        services.grant_material(session, found, partner, by=actor(), at=now())
        return url_for("courses.material_grants", number=partner.number)

    return submit(
        form,
        act,
        otherwise=lambda: _grants_page(number, form),
        said="Access given. The partner's people find it under Materials.",
    )


@bp.get("/partners/<number>/material-requests/<int:request_id>/refusals/new")
@requires(Permission.MATERIAL_GRANT)
def new_refusal(number: str, request_id: int) -> ResponseReturnValue:
    return _refusal_page(number, request_id, RefusalForm(formdata=None))


def _refusal_page(number: str, request_id: int, form: EffectForm) -> str:
    session = reading()
    partner = partners.load(session, number, by=actor())
    found = queries.load_request(session, request_id, partner=partner)
    material = queries.current_text(session, found.slug)
    names = accounts.names(session, [found.asked_by_id])
    return render_template(
        "courses/refuse_material.html", partner=partner, asked=found, material=material, names=names, form=form
    )


@bp.post("/partners/<number>/material-requests/<int:request_id>/refusals")
@requires(Permission.MATERIAL_GRANT)
def refuse_request(number: str, request_id: int) -> ResponseReturnValue:
    form = RefusalForm()

    def act(session: Session) -> str:
        partner = partners.load(session, number, by=actor())
        found = queries.load_request(session, request_id, partner=partner)
        services.refuse_request(session, found, form.reason.data, by=actor(), at=now())
        return url_for("courses.material_grants", number=partner.number)

    return submit(
        form,
        act,
        otherwise=lambda: _refusal_page(number, request_id, form),
        said="Answered. The person who asked gets your reason by mail.",
    )


# Who has read it


@bp.get("/partners/<number>/materials/<int:material_id>/readers")
@requires(Permission.TEAM_TRAINING_READ)
def material_readers(number: str, material_id: int) -> ResponseReturnValue:
    """Who at a partner has confirmed a material, and who not yet."""
    session = reading()
    partner = partners.load(session, number, by=actor())
    found = queries.load_material(session, material_id, by=actor())
    after = request.args.get("after", "")
    listed = queries.readers(
        session,
        found,
        partner.id,
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 18 else None,
    )
    return render_template("courses/material_readers.html", partner=partner, material=found, found=listed, after=after)
