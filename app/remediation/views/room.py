"""What the views of this room share: the blueprint, the settings, the policy for new cases, whom to ask."""

from collections.abc import Iterable
from datetime import date

from flask import Blueprint, current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Permission
from app.accounts.models import Person
from app.accounts.queries import names as names_by_id
from app.decisions.models import Decision
from app.decisions.queries import visible_kinds
from app.decisions.rules import DecisionKind
from app.partners.queries import representatives
from app.remediation.rules.policy import Policy
from app.settings import Settings
from app.web.filters import day
from app.web.guard import actor

bp = Blueprint("remediation", __name__)

PAGE = 50


@bp.app_template_filter()
def iso_day(text: str) -> str:
    """A day kept as text in a frozen record: `2026-03-27` to `27 March 2026`."""
    return day(date.fromisoformat(text[:10]))


def settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def policy() -> Policy:
    """The numbers under which a case would be opened now."""
    return Policy.of(settings())


def names(session: Session, person_ids: Iterable[int | None]) -> dict[int, str]:
    return names_by_id(session, list(person_ids))


def whom_to_ask(session: Session, partner_id: int) -> list[Person]:
    """The partner's account representatives now."""
    return list(representatives(session, partner_id))


def shown_decision(session: Session, kind: DecisionKind, subject_id: int) -> Decision | None:
    """The newest decision about a subject, if the reader may open its page."""
    if not actor().may(Permission.DECISION_READ) or kind not in visible_kinds(actor()):
        return None
    return newest_decision(session, kind, subject_id)


def newest_decision(session: Session, kind: DecisionKind, subject_id: int) -> Decision | None:
    return session.scalar(
        select(Decision)
        .where(Decision.kind == kind, Decision.subject_id == subject_id)
        .order_by(Decision.id.desc())
        .limit(1)
    )


def lines(text: str | None) -> list[str]:
    return [line for line in (text or "").splitlines() if line.strip()]
