"""Every address says who may use it; one that doesn't is closed. Checked once, before the view runs."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import Unauthorized

from app.access.policy import Actor, Permission, holders, sides
from app.kernel.errors import NotFound, NotPermitted, RefusedAct

View = TypeVar("View", bound=Callable[..., Any])
_ACCESS = "_good_standing_access"
_KEEPS = "_good_standing_keeps_what_was_sent"
PUBLIC = "public"
SIGNED_OUT = "You are not signed in any more, and what you just sent was not kept. Sign in and send it again."
log = logging.getLogger("good_standing.guard")


def requires(permission: Permission) -> Callable[[View], View]:
    """Mark a view: only actors who hold the permission reach it."""

    def mark(view: View) -> View:
        setattr(view, _ACCESS, permission)
        return view

    return mark


def keeps_what_was_sent(view: View) -> View:
    """Mark a view whose form is worth keeping through a sign-in. For forms without files and passwords."""
    setattr(view, _KEEPS, True)
    return view


def public(view: View) -> View:
    """Mark a view as open to everyone, signed in or not."""
    setattr(view, _ACCESS, PUBLIC)
    return view


def access_of(view: Callable[..., Any]) -> Permission | str | None:
    """The mark of a view; None where it has none and is therefore closed."""
    return getattr(view, _ACCESS, None)


def actor() -> Actor:
    """Who is signed in. Only for views behind `requires`."""
    found = actor_or_none()
    if found is None:
        raise NotFound
    return found


def actor_or_none() -> Actor | None:
    """Who is signed in, or None; read from the database once a request at most."""
    if "actor" not in g:
        g.actor = current_user.actor if current_user.is_authenticated else None
    found: Actor | None = g.actor
    return found


def _way_back() -> str | None:
    """Where somebody wanted to be: the page that they asked for, or the one whose form they sent."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    sent_from = urlsplit(request.referrer or "")
    if request.method != "POST" or sent_from.netloc != request.host:
        return None
    return sent_from.path + (f"?{sent_from.query}" if sent_from.query else "")


def install(app: Flask) -> None:
    @app.before_request
    def check_access() -> ResponseReturnValue | None:
        if request.endpoint is None:
            return None
        needed = access_of(app.view_functions[request.endpoint])
        if needed == PUBLIC:
            return None
        if not isinstance(needed, Permission):
            log.error("The view %s names no permission and is closed.", request.endpoint)
            raise NotFound
        who = actor_or_none()
        if who is None and request.blueprint == "api":
            raise Unauthorized
        if who is None:
            by_page = request.method == "POST" and request.accept_mimetypes.best != "application/json"
            if by_page and getattr(app.view_functions[request.endpoint], _KEEPS, False):
                # 307: the browser sends the form once more, to a page that holds on to it.
                return redirect(url_for("accounts.sign_in_keeping", next=_way_back(), to=request.path), 307)
            if by_page:
                flash(SIGNED_OUT, "attention")
            return redirect(url_for("accounts.sign_in", next=_way_back()), 303)
        if who.may(needed):
            return None
        if who.side not in sides(needed):
            raise NotFound
        roles = tuple(role.label for role in holders(needed) if role.side is who.side)
        act = RefusedAct(
            "access.refused",
            "address",
            request.endpoint,
            who.partner_id,
            {"method": request.method, "permission": needed.value},
        )
        raise NotPermitted(f"This page is for: {', '.join(roles)}.", act, by=who, held_by=roles)
