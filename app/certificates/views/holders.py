"""Certificates for those whom they are about, and for staff: the list, the page, the file."""

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.certificates import queries, services
from app.certificates.credential.linkedin import profile_link
from app.certificates.forms import CorrectionForm, RevocationForm
from app.certificates.models import Certificate
from app.certificates.rules.snapshot import Snapshot
from app.certificates.views.blueprint import bp
from app.kernel.clock import now
from app.transactions import reading
from app.web.guard import actor, requires
from app.web.submissions import submit


@bp.get("/certificates")
@requires(Permission.SIGNED_IN)
def certificates() -> ResponseReturnValue:
    session = reading()
    found = queries.own(session, by=actor())
    at = now()
    return render_template(
        "certificates/certificates.html",
        certificates=[(c, queries.standing(c, at=at), queries.printed(c)) for c in found],
        owed=queries.owed_to(session, by=actor()),
        refused=queries.how_many_refused(session, by=actor()) if actor().may(Permission.CERTIFICATE_RETRY) else 0,
    )


@bp.get("/certificates/<number>")
@requires(Permission.SIGNED_IN)
def certificate(number: str) -> ResponseReturnValue:
    return _page(number)


def _page(number: str, *, revocation: RevocationForm | None = None, correction: CorrectionForm | None = None) -> str:
    session = reading()
    found = queries.load(session, number, by=actor())
    public = queries.public(session, number, at=now())
    return render_template(
        "certificates/certificate.html",
        found=public,
        certificate=found,
        life=queries.life(session, found, by=actor()),
        revocation=revocation or RevocationForm(formdata=None),
        correction=correction or CorrectionForm(formdata=None),
        linkedin=_profile_link(found) if public.standing is queries.Standing.VALID else None,
    )


def _profile_link(certificate: Certificate) -> str | None:
    """Only one's own course certificate belongs in one's profile."""
    if certificate.person_id is None or certificate.person_id != actor().person_id:
        return None
    return profile_link(Snapshot.from_canonical(certificate.snapshot.encode()))


@bp.get("/certificates/<number>/document.pdf")
@requires(Permission.SIGNED_IN)
def document(number: str) -> ResponseReturnValue:
    """The stored bytes, never made again."""
    found = queries.load(reading(), number, by=actor(), with_pdf=True)
    response = Response(found.pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="certificate-{found.number}.pdf"'
    response.headers["Content-Security-Policy"] = "sandbox"
    return response


@bp.post("/certificates/<number>/revocations")
@requires(Permission.CERTIFICATE_REVOKE)
def propose_revocation(number: str) -> ResponseReturnValue:
    form = RevocationForm()

    def act(session: Session) -> str:
        found = queries.load(session, number, by=actor())
        made = services.propose_revocation(session, found, reason=form.reason.data, by=actor(), at=now())
        return url_for("outcomes.decision", decision_id=made.id)

    return submit(
        form,
        act,
        otherwise=lambda: _page(number, revocation=form),
        said="The revocation is proposed. The certificate stays valid until a second person approves it.",
    )


@bp.post("/certificates/<number>/corrections")
@requires(Permission.CERTIFICATE_CORRECT)
def propose_correction(number: str) -> ResponseReturnValue:
    form = CorrectionForm()

    def act(session: Session) -> str:
        found = queries.load(session, number, by=actor())
        made = services.propose_correction(session, found, reason=form.what_was_wrong.data, by=actor(), at=now())
        return url_for("outcomes.decision", decision_id=made.id)

    return submit(
        form,
        act,
        otherwise=lambda: _page(number, correction=form),
        said="The correction is proposed. The certificate stays as it is until a second person approves it.",
    )
