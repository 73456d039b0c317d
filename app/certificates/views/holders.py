"""Certificates for those whom they are about, and for staff: the list, the page, the file."""

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.certificates import queries, services
from app.certificates.forms import RevocationForm
from app.certificates.views.blueprint import bp
from app.kernel.clock import now
from app.transactions import reading
from app.web.guard import actor, requires
from app.web.submissions import submit


@bp.get("/certificates")
@requires(Permission.SIGNED_IN)
def certificates() -> ResponseReturnValue:
    found = queries.own(reading(), by=actor())
    at = now()
    return render_template(
        "certificates/certificates.html",
        certificates=[(c, queries.standing(c, at=at), queries.printed(c)) for c in found],
    )


@bp.get("/certificates/<number>")
@requires(Permission.SIGNED_IN)
def certificate(number: str) -> ResponseReturnValue:
    found = queries.load(reading(), number, by=actor())
    return _page(found.number, RevocationForm(formdata=None))


def _page(number: str, form: RevocationForm) -> str:
    session = reading()
    found = queries.load(session, number, by=actor())
    return render_template(
        "certificates/certificate.html", found=queries.public(session, number, at=now()), certificate=found, form=form
    )


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
def revoke(number: str) -> ResponseReturnValue:
    form = RevocationForm()

    def act(session: Session) -> str:
        services.revoke(
            session, queries.load(session, number, by=actor()), reason=form.reason.data, by=actor(), at=now()
        )
        return url_for("certificates.certificate", number=number)

    return submit(
        form,
        act,
        otherwise=lambda: _page(number, form),
        said="The certificate is revoked. Its public page says so from now on.",
    )
