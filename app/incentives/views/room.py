"""What every page of this room shares: its blueprint, files as attachments, and links to decisions."""

from collections.abc import Iterable

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.accounts import queries as accounts
from app.decisions.models import Decision
from app.decisions.queries import visible_kinds
from app.decisions.rules import DecisionKind
from app.incentives.queries.release_orders import decision_of
from app.web.guard import actor

bp = Blueprint("incentives", __name__)

PAGE = 50


def attachment(content: bytes, name: str) -> Response:
    """A CSV file to keep. Opened in a browser it can do nothing."""
    response = Response(content, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox"
    return response


def decision_for(session: Session, kind: DecisionKind, subject_id: int) -> Decision | None:
    """The newest decision about a hold or an order, if the reader may open its page."""
    if not actor().may(Permission.DECISION_READ) or kind not in visible_kinds(actor()):
        return None
    return decision_of(session, kind, subject_id)


def names(session: Session, person_ids: Iterable[int | None]) -> dict[int, str]:
    """Names by the ids of people."""
    return accounts.names(session, list(person_ids))
