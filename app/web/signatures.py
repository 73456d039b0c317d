"""Signatures that every request would check or make again: the session cookie's and the CSRF token's, remembered a while.

The answer is always the one that would come from checking again. What is remembered is bounded in number, and a cookie
is checked anew every five minutes, so that one that has run out does not live on.
"""

from copy import deepcopy
from functools import lru_cache
from typing import Any

from flask import Flask, Request, current_app, g, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.kernel.clock import now

_REMEMBERED = 2048
_SECONDS = 300


class RememberingSessions(SecureCookieSessionInterface):
    """Flask's own sessions. A cookie that was found good a moment ago is not unsigned and parsed again."""

    def __init__(self) -> None:
        @lru_cache(maxsize=_REMEMBERED)
        def contents(app: Flask, cookie: str, _slot: int) -> dict[str, Any]:
            signed = self.get_signing_serializer(app)
            if signed is None:
                raise BadSignature("There is no key to check a cookie with.")
            found: dict[str, Any] = signed.loads(cookie, max_age=int(app.permanent_session_lifetime.total_seconds()))
            return found

        self._contents = contents

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of the request's cookie; an empty one for a forged, foreign or missing cookie."""
        cookie = request.cookies.get(self.get_cookie_name(app))
        if not cookie or not app.secret_key:
            return super().open_session(app, request)
        try:
            found = self._contents(app, cookie, int(now().timestamp()) // _SECONDS)
        except BadSignature:
            return self.session_class()
        # What a request does to its session must not reach the next one's.
        return self.session_class(
            {name: deepcopy(value) if isinstance(value, list | dict) else value for name, value in found.items()}
        )


def csrf_token() -> str:
    """The CSRF token of this session, as Flask-WTF makes and checks it; for templates and forms alike."""
    made = g.get("csrf_token")
    if made is None:
        raw = session.get("csrf_token")
        if raw is None:
            made = generate_csrf()
        else:
            made = g.csrf_token = _signed(str(current_app.secret_key), raw)
    token: str = made
    return token


@lru_cache(maxsize=_REMEMBERED)
def _signed(secret_key: str, raw: str) -> str:
    signed: str = URLSafeTimedSerializer(secret_key, salt="wtf-csrf-token").dumps(raw)
    return signed
