"""The certificate as data: the credential itself, the keys that it is verified with, the list of those revoked."""

from flask import Response, jsonify, render_template
from flask.typing import ResponseReturnValue

from app.access.policy import Permission
from app.certificates import queries
from app.certificates.credential import status
from app.certificates.credential.token import MEDIA_TYPE
from app.certificates.issuer import issuer
from app.certificates.views.blueprint import bp, settings
from app.extensions import limiter
from app.kernel.clock import now
from app.kernel.errors import NotFound
from app.transactions import reading
from app.web.guard import actor, public, requires

# A verifier that doesn't know a new key asks again; one that does need not ask for an hour.
_KEYS_KEPT = "public, max-age=3600"
_LIST_KEPT = f"public, max-age={int(status.KEEPS_FOR.total_seconds())}"


@bp.get("/certificates/<number>/credential.jwt")
@requires(Permission.SIGNED_IN)
def credential(number: str) -> ResponseReturnValue:
    """The stored credential, never made again, for whoever may download the document."""
    session = reading()
    found = queries.load(session, number, by=actor())
    response = Response(queries.credential(session, found.number), content_type=MEDIA_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="credential-{found.number}.jwt"'
    response.headers["Content-Security-Policy"] = "sandbox"
    return response


# Open to whoever has the number: it says less than the page of that number does.
@bp.get("/verify/<number>/credential")
@public
@limiter.limit(lambda: settings().verify_limit)
def public_credential(number: str) -> ResponseReturnValue:
    try:
        found = queries.credential(reading(), number)
    except NotFound:
        return render_template("certificates/unknown.html"), 404
    response = _for_anyone(Response(found, content_type=MEDIA_TYPE))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("/credentials/status/<int(min=1, max=2147483647):list_number>")
@public
def status_list(list_number: int) -> ResponseReturnValue:
    """A list of those revoked or superseded, signed, as it stands now."""
    ended = queries.ended(reading(), list_number)
    maker = issuer(settings())
    signed = status.signed(maker.base_url, list_number, ended, maker.credential_key, at=now())
    return _for_anyone(Response(signed, content_type=MEDIA_TYPE), kept=_LIST_KEPT)


@bp.get("/.well-known/jwks.json")
@public
def keys() -> ResponseReturnValue:
    """Every key that has ever signed a credential here, as a JSON Web Key Set."""
    maker = issuer(settings())
    response = jsonify(keys=[key.jwk(maker.base_url) for key in maker.credential_keys])
    response.content_type = "application/jwk-set+json"
    return _for_anyone(response, kept=_KEYS_KEPT)


@bp.get("/credentials/keys/<thumbprint>")
@public
def key(thumbprint: str) -> ResponseReturnValue:
    """One of those keys alone: where the `kid` of a credential leads."""
    maker = issuer(settings())
    found = next((known for known in maker.credential_keys if known.thumbprint == thumbprint), None)
    if found is None:
        raise NotFound
    response = jsonify(found.jwk(maker.base_url))
    response.content_type = "application/jwk+json"
    return _for_anyone(response, kept=_KEYS_KEPT)


def _for_anyone(response: Response, *, kept: str | None = None) -> Response:
    """Readable by a page of another site too: these are meant for verifiers, and hold nothing of who asks."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Content-Security-Policy"] = "sandbox"
    if kept is not None:
        response.headers["Cache-Control"] = kept
    return response
