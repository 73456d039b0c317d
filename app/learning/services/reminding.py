"""A reminder by hand: somebody who looks after people asks the portal to write to those who still have something to do."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.decisions.services import require
from app.kernel.database import serialize
from app.kernel.errors import DomainError, RefusedAct
from app.learning.queries.matrix import Reminded
from app.outbox.queries import known
from app.outbox.services import enqueue_all

KIND = "training_nudge"


def key_of(one: Reminded) -> str:
    """One reminder by hand a person and day, whoever asks for it."""
    return f"{KIND}:{one.person_id}:{one.day.isoformat()}"


def reminded_today(session: Session, people: Sequence[Reminded]) -> set[int]:
    """Who of these was reminded by hand today already."""
    written = known(session, [key_of(one) for one in people])
    return {one.person_id for one in people if key_of(one) in written}


def remind(session: Session, people: Sequence[Reminded], course_ids: Sequence[int], *, by: Actor, at: datetime) -> int:
    """Send each of these people one mail about what they still have to do of these courses; returns how many get one.

    Who was reminded by hand today gets no second mail. `people` come from `queries.matrix.to_remind`, within the actor's reach.
    """
    require(Permission.TRAINING_REMIND, by=by, act=RefusedAct("reminder.sent", "person", ""))
    if not people:
        raise DomainError("Nobody of these has anything to do. Choose somebody else.")
    serialize(session, "reminders")
    before = reminded_today(session, people)
    fresh = [one for one in people if one.person_id not in before]
    if not fresh:
        return 0
    payload = {"course_ids": [*course_ids], "asked_by": by.name}
    enqueue_all(session, KIND, {key_of(one): {"person_id": one.person_id, **payload} for one in fresh}, at=at)
    for partner_id in sorted({one.partner_id for one in fresh}):
        audit.record(
            session,
            "reminder.sent",
            "partner",
            partner_id,
            by=by,
            at=at,
            partner_id=partner_id,
            details={
                "people": [one.person_id for one in fresh if one.partner_id == partner_id],
                "courses": [*course_ids],
            },
        )
    return len(fresh)
