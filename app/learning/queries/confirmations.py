"""Completions that wait for compliance: the queue, a page at a time, and one of them with what it takes to judge it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.courses.rules.grading import QuestionResult, Result
from app.decisions.models import Signature
from app.kernel.errors import NotFound
from app.learning.models import (
    Assignment,
    Attempt,
    AttemptState,
    Confirmed,
    RecordConfirmation,
    Registration,
    TrainingRecord,
)
from app.learning.queries.records import WAITS_FOR_CONFIRMATION, confirmation_of, signature_of
from app.partners.models import Partner
from app.partners.queries import in_reach

PAGE = 50


class Waiting(NamedTuple):
    """One completion of the queue."""

    record_id: int
    person_name: str
    partner_name: str
    course_title: str
    passed_on: date
    score: int | None
    completed_at: datetime


@dataclass(frozen=True)
class Queue:
    """A page of the queue, longest waiting first; `following` is the record after which the next page begins."""

    lines: Sequence[Waiting]
    following: int | None


def waiting(session: Session, *, by: Actor, after: int = 0) -> Queue:
    """Completions in reach that wait to be confirmed or returned."""
    rows = session.execute(
        select(
            TrainingRecord.id,
            TrainingRecord.person_name,
            TrainingRecord.partner_name,
            TrainingRecord.course_title,
            TrainingRecord.passed_on,
            TrainingRecord.score,
            TrainingRecord.completed_at,
        )
        .where(WAITS_FOR_CONFIRMATION, in_reach(by, TrainingRecord.partner_id), TrainingRecord.id > after)
        .order_by(TrainingRecord.id)
        .limit(PAGE + 1)
    ).all()
    lines = [Waiting(*row) for row in rows[:PAGE]]
    return Queue(lines, lines[-1].record_id if len(rows) > PAGE else None)


def how_many_wait(session: Session, *, by: Actor) -> int:
    """How many completions in reach wait, counted up to a page and one."""
    found = (
        select(TrainingRecord.id)
        .where(WAITS_FOR_CONFIRMATION, in_reach(by, TrainingRecord.partner_id))
        .limit(PAGE + 1)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(found)) or 0


class Tried(NamedTuple):
    """One attempt at the quiz; scores are parts of ten thousand."""

    number: int
    started_at: datetime
    submitted_at: datetime
    score: int
    passed: bool


@dataclass(frozen=True)
class Completion:
    """A completion as compliance judges it. `written` are the open answers of the attempt that counts."""

    record: TrainingRecord
    partner: Partner
    assignment: Assignment | None
    attempts: Sequence[Tried]
    written: Sequence[QuestionResult]
    signature: Signature | None
    confirmation: RecordConfirmation | None
    waits: bool


def load(session: Session, record_id: int, *, by: Actor) -> TrainingRecord:
    """A training record in reach of a course that compliance confirms; NotFound for any other."""
    found = session.scalar(
        select(TrainingRecord).where(
            TrainingRecord.id == record_id,
            TrainingRecord.needs_confirmation,
            in_reach(by, TrainingRecord.partner_id),
        )
    )
    if found is None:
        raise NotFound
    return found


def completion(session: Session, record: TrainingRecord) -> Completion:
    """All that is needed to judge a record that was loaded for the reader."""
    attempts: Iterable[Any] = session.execute(
        select(Attempt.number, Attempt.started_at, Attempt.submitted_at, Attempt.score, Attempt.passed)
        .where(Attempt.registration_id == record.registration_id, Attempt.state == AttemptState.SUBMITTED)
        .order_by(Attempt.number)
    )
    result = (
        session.scalar(select(Attempt.result).where(Attempt.id == record.attempt_id)) if record.attempt_id else None
    )
    return Completion(
        record,
        session.get_one(Partner, record.partner_id),
        session.get(Assignment, record.assignment_id) if record.assignment_id else None,
        [Tried(*row) for row in attempts],
        [one for one in Result.from_json(result).questions if one.kind == "open"] if result else [],
        signature_of(session, record),
        confirmation_of(session, record),
        session.scalar(select(TrainingRecord.id).where(TrainingRecord.id == record.id, WAITS_FOR_CONFIRMATION))
        is not None,
    )


def returned_with(session: Session, assignment_id: int) -> str | None:
    """What compliance wrote when it last returned a completion of this assignment; None where it never did.

    The caller has loaded the assignment for the reader.
    """
    return session.scalar(
        select(RecordConfirmation.comment)
        .join(TrainingRecord, TrainingRecord.id == RecordConfirmation.record_id)
        .join(Registration, Registration.id == TrainingRecord.registration_id)
        .where(Registration.assignment_id == assignment_id, RecordConfirmation.outcome == Confirmed.RETURNED)
        .order_by(RecordConfirmation.record_id.desc())
        .limit(1)
    )
