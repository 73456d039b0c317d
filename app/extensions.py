"""The Flask extensions, made once, bound in create_app."""

import hmac
from functools import lru_cache

from flask import current_app, g, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect, same_origin
from itsdangerous import BadData, URLSafeTimedSerializer

from app.kernel.database import Base
from app.kernel.hits import ProcessHits


class ViewLimiter(Limiter):
    """Limits stand at single views, whose wrapper checks them; the check before every request would never find one."""

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name=callable_name, in_middleware=False)


class RememberingCsrf(CSRFProtect):  # type: ignore[misc]
    """Flask-WTF's protection. The signature of a token that was good a moment ago is not checked again; all else is, each time."""

    def protect(self, apply_exemptions: bool = False) -> None:
        if _is_of_this_session() and (not request.is_secure or _is_sent_from_here()):
            g.csrf_valid = True
        else:
            super().protect(apply_exemptions)


def _is_of_this_session() -> bool:
    token, raw = request.form.get("csrf_token"), session.get("csrf_token")
    if request.method != "POST" or not token or not raw:
        return False
    try:
        return hmac.compare_digest(_signed_text(str(current_app.secret_key), token), raw)
    except BadData:
        return False


def _is_sent_from_here() -> bool:
    return bool(request.referrer) and same_origin(request.referrer, f"https://{request.host}/")


@lru_cache(maxsize=2048)
def _signed_text(secret_key: str, token: str) -> str:
    """What a token of Flask-WTF's holds. Raises BadData, which is not remembered."""
    return str(URLSafeTimedSerializer(secret_key, salt="wtf-csrf-token").loads(token))


db = SQLAlchemy(metadata=Base.metadata, disable_autonaming=True, session_options={"expire_on_commit": False})
migrate = Migrate()
csrf = RememberingCsrf()
login = LoginManager()
limiter = ViewLimiter(get_remote_address, storage_uri=f"{ProcessHits.STORAGE_SCHEME[0]}://")
