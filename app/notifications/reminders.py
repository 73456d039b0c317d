"""Which reminders are due now. Asked each minute; a slot's key makes it one mail, however often and by whomever it is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.kernel.clock import day_in
from app.kernel.database import serialize
from app.learning.models import Assignment, AssignmentState
from app.notifications.rules import horizon, reminding_day, slot_on
from app.outbox import services as outbox
from app.outbox.queries import known
from app.partners.models import Partner

OPEN_ASSIGNMENTS = (AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)


@dataclass(frozen=True)
class Due:
    """One outbox row to write: kind of mail, key `reminder:<subject>:<slot>`, ids."""

    kind: str
    key: str
    payload: dict[str, Any]


def due(session: Session, *, at: datetime) -> Sequence[Due]:
    """Reminders whose slot has begun and that have no row yet. After an outage only the newest slot of each duty."""
    found = [*_training(session, at)]
    written = known(session, [one.key for one in found])
    return [one for one in found if one.key not in written]


def write(session: Session, found: Sequence[Due], *, at: datetime) -> int:
    """Write them as outbox rows; returns how many were new."""
    serialize(session, "reminders")
    rows = [outbox.enqueue(session, one.kind, one.key, one.payload, at=at) for one in found]
    return sum(row is not None for row in rows)


def _training(session: Session, at: datetime) -> Sequence[Due]:
    """One a person and due day, whatever number of courses that day has."""
    latest = horizon(at.date() + timedelta(days=1))
    rows = session.execute(
        select(
            Assignment.person_id,
            Assignment.due_on,
            Partner.time_zone,
            func.min(Assignment.assigned_at, type_=Assignment.assigned_at.type).label("told_at"),
        )
        .join(Partner, Partner.id == Assignment.partner_id)
        .where(Assignment.state.in_(OPEN_ASSIGNMENTS), Assignment.due_on <= latest)
        .group_by(Assignment.person_id, Assignment.due_on, Partner.time_zone)
    )
    found = []
    for row in rows:
        slot = slot_on(row.due_on, reminding_day(row.time_zone, at), told_on=day_in(row.time_zone, row.told_at))
        if slot is not None:
            found.append(
                Due(
                    "training_reminder",
                    f"reminder:training:{row.person_id}:{row.due_on.isoformat()}:{slot.name}",
                    {"person_id": row.person_id, "due_on": row.due_on.isoformat(), "slot": slot.days},
                )
            )
    return found
