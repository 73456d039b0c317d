"""The public verify page: by number, and by file."""

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.certificates import queries
from app.certificates.forms import FileForm, NumberForm
from app.certificates.issuer import issuer
from app.certificates.rules.numbers import normalise
from app.certificates.views.blueprint import bp, settings
from app.extensions import limiter
from app.kernel.clock import now
from app.kernel.errors import DomainError, NotFound
from app.transactions import reading
from app.web.guard import public

LARGEST_CHECKED = 5 * 1024 * 1024


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
            try:
                recognised = queries.recognise(reading(), content, issuer=issuer(settings()), at=now())
            except DomainError as refused:
                form.reject(refused)
    page = render_template(
        "certificates/verify.html", form=NumberForm(formdata=None), file_form=form, recognised=recognised
    )
    return page, 422 if form.errors else 200
