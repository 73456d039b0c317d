"""The browser's side of a session, for Flask-Login: its user id is the session's token, so that ending the row ends the cookie."""

from datetime import timedelta

from flask import current_app, g
from flask_login import UserMixin
from sqlalchemy import bindparam, column, select, table, update

from app.access.policy import Actor
from app.accounts.models import Person, UserSession
from app.accounts.queries import actor_columns, roles_from, token_digest
from app.extensions import db, login
from app.kernel.clock import now
from app.kernel.database import WRITE, write_gate
from app.kernel.prepared import Prepared

SEEN_EVERY = timedelta(minutes=5)

# The partner's name is all that a session needs of it; its room lies above this one.
_partner = table("partner", column("id"), column("legal_name"))

_session, _person = UserSession.__table__, Person.__table__

_SIGNED_IN = Prepared(
    select(
        _session.c.seen_at,
        _session.c.expires_at,
        _partner.c.legal_name,
        *actor_columns(),
    )
    .join_from(_session, _person, _person.c.id == _session.c.person_id)
    .outerjoin(_partner, _partner.c.id == _person.c.partner_id)
    .where(
        _session.c.token_digest == bindparam("digest"),
        _session.c.ended_at.is_(None),
        _person.c.deactivated_at.is_(None),
    )
)


class SignedIn(UserMixin):  # type: ignore[misc]
    """What Flask-Login keeps for a request: the token and the actor it stands for."""

    def __init__(self, token: str, actor: Actor) -> None:
        self.token = token
        self.actor = actor

    def get_id(self) -> str:
        return self.token


@login.user_loader  # type: ignore[untyped-decorator]
def load(token: str) -> SignedIn | None:
    """The signed-in person of a token, in one statement; None once the session ended, idled out or ran out."""
    digest = token_digest(token)
    row = _SIGNED_IN.one(db.session(), {"digest": digest})
    if row is None:
        return None
    at = now()
    idle = timedelta(minutes=current_app.config["SETTINGS"].session_idle_minutes)
    if row.expires_at <= at or row.seen_at + idle <= at:
        return None
    if at - row.seen_at > SEEN_EVERY:
        _note_seen(digest)
    actor = Actor(
        row.id,
        row.name,
        row.email,
        roles_from(row.roles),
        row.partner_id,
        row.legal_name or current_app.config["SETTINGS"].vendor_name,
        "web",
        g.get("request_id", ""),
        digest,
        str(row.theme),
        row.time_zone,
    )
    return SignedIn(token, actor)


def _note_seen(digest: str) -> None:
    """Move the idle clock, at most every five minutes, on a connection of its own: the request's reading goes on undisturbed."""
    with (
        write_gate(db.engine),
        db.engine.connect().execution_options(**{WRITE: True}) as connection,
        connection.begin(),
    ):
        connection.execute(update(UserSession).where(UserSession.token_digest == digest).values(seen_at=now()))
