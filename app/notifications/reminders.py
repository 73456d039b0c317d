"""Which reminders are due now. Asked each minute; a slot's key makes it one mail, however often and by whomever it is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.kernel.clock import day_in
from app.kernel.database import serialize
from app.notifications import duties
from app.notifications.rules import Slot, horizon, reminding_day, slot_on
from app.outbox.queries import known
from app.outbox.services import enqueue_all


@dataclass(frozen=True)
class Due:
    """One outbox row to write: kind of mail, key `reminder:<subject>:<slot>`, ids."""

    kind: str
    key: str
    payload: dict[str, Any]


def begun(session: Session, *, at: datetime) -> Sequence[Due]:
    """A reminder for each open duty whose slot has begun: the newest slot only, so that an outage is not made up for."""
    return [*_training(session, at), *_steps(session, at), *_notices(session, at)]


def due(session: Session, found: Sequence[Due]) -> Sequence[Due]:
    """Those that have no row yet, each once."""
    by_key = {one.key: one for one in found}
    written = known(session, by_key)
    return [one for key, one in by_key.items() if key not in written]


def write(session: Session, found: Sequence[Due], *, at: datetime) -> int:
    """Write them as outbox rows, in one statement a kind; returns how many were new."""
    serialize(session, "reminders")
    new = due(session, found)
    for kind in sorted({one.kind for one in new}):
        enqueue_all(session, kind, {one.key: one.payload for one in new if one.kind == kind}, at=at)
    return len(new)


def still_in(payload: dict[str, Any], due_on: date, today: date, ladder: Sequence[int] = ()) -> bool:
    """Is the slot of a row still the newest? A mail that was held up over a slot's end would say what no longer holds."""
    slot = slot_on(due_on, today, told_on=date.min, ladder=ladder)
    return slot is not None and slot.days == payload["slot"]


def _training(session: Session, at: datetime) -> Iterator[Due]:
    """One a person and due day, whatever number of courses that day has; a course with reminders of its own has them apart."""
    tomorrow = at.date() + timedelta(days=1)
    ladders = duties.ladders(session)
    for duty in duties.training(session, latest=horizon(tomorrow), without=ladders):
        slot = _slot(duty.due_on, duty.time_zone, duty.told_at, at)
        if slot is not None:
            yield Due(
                "training_reminder",
                f"reminder:training:{duty.person_id}:{duty.due_on.isoformat()}:{slot.name}",
                {"person_id": duty.person_id, "due_on": duty.due_on.isoformat(), "slot": slot.days},
            )
    for course_id, ladder in ladders.items():
        for duty in duties.training(session, latest=horizon(tomorrow, ladder), course_id=course_id):
            slot = _slot(duty.due_on, duty.time_zone, duty.told_at, at, ladder)
            if slot is not None:
                day = duty.due_on.isoformat()
                yield Due(
                    "training_reminder",
                    f"reminder:training:{duty.person_id}:{day}:course-{course_id}:{slot.name}",
                    {"person_id": duty.person_id, "due_on": day, "slot": slot.days, "course_id": course_id},
                )


def _steps(session: Session, at: datetime) -> Iterator[Due]:
    """One a case, due day and role, whatever number of steps that day has."""
    for duty in duties.steps(session):
        slot = _slot(duty.due_on, duty.time_zone, duty.told_at, at)
        if slot is not None:
            yield Due(
                "steps_reminder",
                f"reminder:steps:{duty.case_id}:{duty.role.value}:{duty.due_on.isoformat()}:{slot.name}",
                {
                    "case_id": duty.case_id,
                    "partner_id": duty.partner_id,
                    "role": duty.role.value,
                    "due_on": duty.due_on.isoformat(),
                    "slot": slot.days,
                },
            )


def _notices(session: Session, at: datetime) -> Iterator[Due]:
    for duty in duties.notices(session):
        slot = _slot(duty.due_on, duty.time_zone, duty.told_at, at)
        if slot is not None:
            yield Due(
                "notice_reminder",
                f"reminder:notice:{duty.notice_id}:{duty.due_on.isoformat()}:{slot.name}",
                {
                    "notice_id": duty.notice_id,
                    "partner_id": duty.partner_id,
                    "due_on": duty.due_on.isoformat(),
                    "slot": slot.days,
                },
            )


def _slot(due_on: date, zone: str, told_at: datetime, at: datetime, ladder: Sequence[int] = ()) -> Slot | None:
    return slot_on(due_on, reminding_day(zone, at), told_on=day_in(zone, told_at), ladder=ladder)
