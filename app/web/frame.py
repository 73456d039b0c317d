"""The header and the footer of a page, rendered once for a reader and a part of the portal, then kept in the process.

They are half of what a short page costs. Two things in a header differ from request to request, the CSRF token and the
address to come back to; both stand in the kept text as marks that nobody can know beforehand.
"""

import secrets
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from flask import Flask, request
from markupsafe import Markup, escape

from app.access.policy import Actor
from app.web.guard import actor_or_none
from app.web.navigation import links
from app.web.signatures import csrf_token

_READERS = 1024
_TOKEN, _HERE = f"token-{secrets.token_hex(16)}", f"here-{secrets.token_hex(16)}"


def frame(app: Flask, always: dict[str, Any]) -> dict[str, Callable[[], Markup]]:
    """`site_header()` and `site_footer()` for templates. `always` is what every template may use and what never changes."""

    @lru_cache(maxsize=_READERS)
    def kept(reader: Actor | None, _part: tuple[str | None, str | None]) -> str:
        return app.jinja_env.get_template("layouts/header.html").render(
            **always,
            actor=reader,
            navigation=links(reader) if reader else (),
            theme=reader.theme if reader else "system",
            csrf_token=lambda: _TOKEN,
            here=_HERE,
        )

    def header() -> Markup:
        who = actor_or_none()
        # Only what the header shows: the request and the session are the same person's, each time others.
        reader = who and Actor(None, who.name, who.email, who.roles, who.partner_id, who.organization, theme=who.theme)
        text = kept(reader, (request.blueprint, request.endpoint))
        if reader:
            text = text.replace(_TOKEN, csrf_token()).replace(_HERE, escape(here()))
        return Markup(text)  # noqa: S704 - a template of ours

    @cache
    def footer() -> Markup:
        return Markup(app.jinja_env.get_template("layouts/footer.html").render(**always))  # noqa: S704 - as above

    return {"site_header": header, "site_footer": footer}


def here() -> str:
    """The address to come back to after a small change, such as another theme."""
    return request.full_path.rstrip("?") if request.method == "GET" else request.path
