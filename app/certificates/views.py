"""The public verify page, and downloads for those whom a certificate is about."""

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.certificates import queries, services
from app.certificates.forms import FileForm, NumberForm, RevocationForm
from app.certificates.issuer import issuer
from app.certificates.rules.numbers import normalise
from app.extensions import limiter
from app.kernel.clock import now
from app.kernel.errors import DomainError, NotFound
from app.settings import Settings
from app.transactions import reading
from app.web.guard import actor, public, requires
from app.web.submissions import submit

bp = Blueprint("certificates", __name__)
LARGEST_CHECKED = 5 * 1024 * 1024


def settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


@bp.get("/verify")
@public
def verify() -> ResponseReturnValue:
    asked = request.args.get("number")
    if asked:
        normal = normalise(asked)
        return redirect(url_for("certificates.verified", number=normal or asked.strip()[:40] or "-"), 303)
    return render_template(
        "certificates/verify.html", form=NumberForm(formdata=None), file_form=FileForm(formdata=None)
    )


# The QR code on a certificate spells the address in upper case, which keeps it small.
@bp.get("/VERIFY/<number>", alias=True)
@bp.get("/verify/<number>")
@public
@limiter.limit(lambda: settings().verify_limit)
def verified(number: str) -> ResponseReturnValue:
    try:
        found = queries.public(reading(), number, at=now())
    except NotFound:
        return render_template("certificates/unknown.html"), 404
    response = Response(render_template("certificates/verified.html", found=found, certificate=found.certificate))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.post("/verify/document")
@public
@limiter.limit(lambda: settings().verify_limit)
def check_document() -> ResponseReturnValue:
    form = FileForm()
    recognised = None
    if form.validate():
        content = form.document.data.stream.read(LARGEST_CHECKED + 1)
        if len(content) > LARGEST_CHECKED:
            form.reject(
                DomainError("The file is larger than 5 MB; our certificates are far smaller.", field="document")
            )
        elif not content:
            form.reject(DomainError("The file is empty. Choose the PDF file again.", field="document"))
        else:
            recognised = queries.recognise(reading(), content, issuer=issuer(settings()))
    page = render_template(
        "certificates/verify.html", form=NumberForm(formdata=None), file_form=form, recognised=recognised
    )
    return page, 422 if form.errors else 200


@bp.get("/certificates")
@requires(Permission.SIGNED_IN)
def certificates() -> ResponseReturnValue:
    found = queries.own(reading(), by=actor())
    at = now()
    return render_template(
        "certificates/certificates.html",
        certificates=[(c, queries.standing(c, at=at), dict(queries.printed(c))) for c in found],
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
