"""Verbs about completions that compliance has to confirm: confirm one, or return it with a comment.

Neither who took the course nor who assigned it may do either. The record itself never changes; what was said to it stands beside it.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.decisions.rules import Duty
from app.decisions.services import AlreadyDecided, keep_apart, require
from app.kernel.errors import DomainError, RefusedAct
from app.learning.models import (
    OPEN_STATES,
    Assignment,
    Confirmed,
    RecordConfirmation,
    Registration,
    TrainingRecord,
)
from app.learning.queries.records import WAITS_FOR_CONFIRMATION
from app.learning.services.registrations import begin
from app.learning.services.satisfying import satisfy
from app.outbox.services import enqueue


def confirm_completion(
    session: Session, record: TrainingRecord, comment: str, *, by: Actor, at: datetime
) -> RecordConfirmation:
    """The pass counts from now on, and the assignment is satisfied. `comment` may be empty."""
    _must_decide(session, record, by=by)
    made = _say(session, record, Confirmed.CONFIRMED, comment, by=by, at=at)
    satisfy(session, record, by=by, at=at)
    return made


def return_completion(
    session: Session, record: TrainingRecord, comment: str, *, by: Actor, at: datetime
) -> Registration | None:
    """The pass does not count. The learner reads the comment and gets a new cycle, where the assignment is still open."""
    assignment = _must_decide(session, record, by=by)
    if not comment.strip():
        raise DomainError("Say what is missing, in words that the learner can act on.", field="comment")
    _say(session, record, Confirmed.RETURNED, comment, by=by, at=at)
    if assignment is None or assignment.state not in OPEN_STATES:
        return None
    return begin(session, assignment, by=by, at=at)


def _must_decide(session: Session, record: TrainingRecord, *, by: Actor) -> Assignment | None:
    """Refuse who may not, and who is too late. Returns the record's assignment; it and the registration are held."""
    act = RefusedAct(Duty.CONFIRM_COMPLETION.value, "training_record", str(record.id), record.partner_id)
    require(Permission.COMPLETION_CONFIRM, by=by, act=act)
    assignment = (
        session.get_one(Assignment, record.assignment_id, with_for_update=True, populate_existing=True)
        if record.assignment_id is not None
        else None
    )
    session.get_one(Registration, record.registration_id, with_for_update=True)
    keep_apart(
        Duty.CONFIRM_COMPLETION,
        by=by,
        took_part=took_part(record, assignment),
        subject_type="training_record",
        subject_id=record.id,
        partner_id=record.partner_id,
    )
    waits = session.scalar(select(TrainingRecord.id).where(TrainingRecord.id == record.id, WAITS_FOR_CONFIRMATION))
    if waits is None:
        raise AlreadyDecided("This completion does not wait for a confirmation any more. Nothing was changed.")
    return assignment


def took_part(record: TrainingRecord, assignment: Assignment | None) -> dict[str, int | None]:
    """Who may not confirm, as phrases that follow “you”."""
    found: dict[str, int | None] = {"took the course yourself": record.person_id}
    if assignment is not None and assignment.assigned_by_id is not None:
        found["assigned the course"] = assignment.assigned_by_id
    return found


def _say(
    session: Session, record: TrainingRecord, outcome: Confirmed, comment: str, *, by: Actor, at: datetime
) -> RecordConfirmation:
    made = RecordConfirmation(record_id=record.id, outcome=outcome, comment=comment.strip(), by_id=by.person_id, at=at)
    session.add(made)
    session.flush()
    confirmed = outcome is Confirmed.CONFIRMED
    audit.record(
        session,
        "training-record.confirmed" if confirmed else "training-record.returned",
        "training_record",
        record.id,
        by=by,
        at=at,
        partner_id=record.partner_id,
        reason=made.comment or None,
        details={"registration": record.registration_id, "person": record.person_id},
    )
    words = {"person_id": record.person_id, "record_id": record.id}
    if confirmed:
        enqueue(session, "completion_confirmed", f"completion_confirmed:{record.id}", words, at=at)
    else:
        enqueue(session, "completion_returned", f"completion_returned:{record.id}", words, at=at)
    return made
