"""Errors as answers: one page layout, plain words, a next step, and for the unknown a reference that is in the log."""

import logging
import secrets
from typing import Any

from flask import Flask, Response, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from app.extensions import db
from app.kernel.errors import Conflict, DomainError, NotFound, NotPermitted, Refused
from app.transactions import transaction

log = logging.getLogger("good_standing.errors")
_PAGES = frozenset({400, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503})


def answer(status: int, sentence: str | None = None, **more: Any) -> ResponseReturnValue:
    """An error page, or RFC 9457 problem details under /api."""
    if request.path.startswith("/api/"):
        body = {
            "type": "about:blank",
            "status": status,
            "title": HTTP_TITLES.get(status, "Error"),
            "detail": sentence,
            **{k: v for k, v in more.items() if v},
        }
        response = jsonify(body)
        response.content_type = "application/problem+json"
        return response, status
    shown = status if status in _PAGES else 400
    template = f"errors/{shown if shown not in (405, 415, 422) else 400}.html"
    return render_template(template, status=status, sentence=sentence, **more), status


HTTP_TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not permitted",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    422: "Cannot be done",
    429: "Too many requests",
    500: "Internal error",
    503: "Unavailable",
}


def install(app: Flask) -> None:
    @app.errorhandler(NotFound)
    def missing(_error: NotFound) -> ResponseReturnValue:
        return answer(404)

    @app.errorhandler(NotPermitted)
    def not_permitted(error: NotPermitted) -> ResponseReturnValue:
        if request.method not in ("GET", "HEAD") and not error.is_kept:
            keep_refusal(error)
        return answer(403, error.sentence, held_by=error.held_by)

    @app.errorhandler(Refused)
    def refused(error: Refused) -> ResponseReturnValue:
        return answer(409 if isinstance(error, Conflict) else 403, error.sentence)

    @app.errorhandler(Conflict)
    def conflict(error: Conflict) -> ResponseReturnValue:
        return answer(409, error.sentence)

    @app.errorhandler(DomainError)
    def domain(error: DomainError) -> ResponseReturnValue:
        return answer(422, error.sentence)

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> ResponseReturnValue:
        return answer(
            400,
            "This form was open too long, or came from another site. Nothing was changed. Go back, reload the page, and send it again.",
        )

    @app.errorhandler(SecurityError)
    def strange_host(_error: SecurityError) -> ResponseReturnValue:
        # No page: for a host that isn't ours no address can be built.
        return Response("This portal does not answer at that address.\n", 400, mimetype="text/plain")

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        code = error.code or 500
        if code < 400:
            return error.get_response()
        if code == 404:
            return answer(404)
        return answer(code, error.description if code in (400, 413, 415) else None)

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> ResponseReturnValue:
        if app.config["PROPAGATE_EXCEPTIONS"]:
            raise error
        reference = secrets.token_hex(4).upper()
        log.exception(
            "Reference %s: %s %s (request %s)", reference, request.method, request.path, g.get("request_id", "")
        )
        db.session.rollback()
        return answer(500, reference=reference)


def keep_refusal(error: Refused) -> None:
    """Keep an act that the guard refused before any transaction began."""
    try:
        with transaction():
            raise error
    except Refused:
        return
