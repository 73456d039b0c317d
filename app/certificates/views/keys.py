"""The public halves of the signing keys, for whoever checks certificates without asking the portal."""

from flask import Response

from app.certificates import queries
from app.certificates.issuer import issuer
from app.certificates.views.blueprint import bp, settings
from app.transactions import reading
from app.web.guard import public

_SECONDS = 3600


@bp.get("/.well-known/certificate-keys.pem")
@public
def published_keys() -> Response:
    """Present and retired signing certificates, PEM. The same for everybody and seldom new: it may be kept for an hour."""
    response = Response(queries.published_keys(reading(), issuer(settings())), mimetype="application/x-pem-file")
    response.headers["Content-Disposition"] = 'attachment; filename="certificate-keys.pem"'
    response.headers["Content-Security-Policy"] = "sandbox"
    response.headers["Cache-Control"] = f"public, max-age={_SECONDS}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
