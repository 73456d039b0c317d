"""Questions about batches of assignments: the list, one of them with its people, and what a campaign says to a learner."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.accounts.models import Person
from app.courses.models import Course, CourseVersion
from app.kernel.errors import NotFound
from app.learning.models import (
    Assignment,
    AssignmentBatch,
    AssignmentState,
    BatchKind,
    LeftOut,
    Origin,
)
from app.learning.rules.batches import Outcome, can_be_undone, undo_ends
from app.partners.models import Partner
from app.partners.queries import in_reach, sees_all

PAGE = 50


@dataclass(frozen=True)
class Batch:
    """A batch as its page shows it."""

    id: int
    kind: BatchKind
    title: str
    wording: str
    source_name: str
    outcome: Outcome
    made_by_id: int
    made_by: str
    made_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None

    @property
    def undo_ends(self) -> datetime:
        return undo_ends(self.made_at)

    def can_be_undone(self, *, at: datetime) -> bool:
        return self.undone_at is None and can_be_undone(self.made_at, at=at)


class BatchLine(NamedTuple):
    """One assignment of a batch."""

    assignment_id: int
    person_name: str
    partner_number: str
    partner_name: str
    course_title: str
    due_on: date
    state: AssignmentState


class LeftOutLine(NamedTuple):
    id: int
    person_name: str
    partner_name: str
    course_title: str
    reason: str


def _readable(by: Actor) -> ColumnElement[bool]:
    """Whoever made a batch reads it, and who sees all partners; another representative does not, whatever they share."""
    return true() if sees_all(by) else AssignmentBatch.made_by_id == by.person_id


_BATCHES = select(
    AssignmentBatch.id,
    AssignmentBatch.kind,
    AssignmentBatch.title,
    AssignmentBatch.wording,
    AssignmentBatch.source_name,
    AssignmentBatch.outcome,
    AssignmentBatch.made_by_id,
    Person.name,
    AssignmentBatch.made_at,
    AssignmentBatch.finished_at,
    AssignmentBatch.undone_at,
).join(Person, Person.id == AssignmentBatch.made_by_id)


def batches(session: Session, *, by: Actor, after: int | None = None, limit: int = PAGE + 1) -> list[Batch]:
    """Batches newest first, a page at a time; `after` is the key of the last one shown."""
    statement = _BATCHES.where(_readable(by)).order_by(AssignmentBatch.id.desc()).limit(limit)
    if after is not None:
        statement = statement.where(AssignmentBatch.id < after)
    return [_batch(row) for row in session.execute(statement)]


def batch(session: Session, batch_id: int, *, by: Actor) -> Batch:
    """One batch; NotFound for that of somebody else."""
    row = session.execute(_BATCHES.where(AssignmentBatch.id == batch_id, _readable(by))).one_or_none()
    if row is None:
        raise NotFound
    return _batch(row)


def _batch(row: Any) -> Batch:
    """From a row of `_BATCHES`; its columns stand in the order of Batch."""
    values = list(row)
    values[5] = Outcome.from_json(values[5])
    return Batch(*values)


def lines(
    session: Session,
    batch_id: int,
    *,
    by: Actor,
    staying: bool = False,
    after: int | None = None,
    limit: int = PAGE + 1,
) -> Sequence[BatchLine]:
    """The assignments of a batch, a page at a time; with `staying` only those that were not taken back."""
    statement = (
        select(
            Assignment.id,
            Person.name,
            Partner.number,
            Partner.legal_name,
            CourseVersion.title,
            Assignment.due_on,
            Assignment.state,
        )
        .join(Person, Person.id == Assignment.person_id)
        .join(Partner, Partner.id == Assignment.partner_id)
        .join(Course, Course.id == Assignment.course_id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(Assignment.batch_id == batch_id, in_reach(by, Assignment.partner_id), Assignment.id > (after or 0))
        .order_by(Assignment.id)
        .limit(limit)
    )
    if staying:
        statement = statement.where(Assignment.state != AssignmentState.CANCELLED)
    return [BatchLine(*row) for row in session.execute(statement)]


def left_out(
    session: Session, batch_id: int, *, by: Actor, after: int | None = None, limit: int = PAGE + 1
) -> Sequence[LeftOutLine]:
    """Who got nothing and why, a page at a time."""
    statement = (
        select(LeftOut.id, Person.name, Partner.legal_name, CourseVersion.title, LeftOut.reason)
        .join(Person, Person.id == LeftOut.person_id)
        .join(Partner, Partner.id == LeftOut.partner_id)
        .join(Course, Course.id == LeftOut.course_id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(LeftOut.batch_id == batch_id, in_reach(by, LeftOut.partner_id), LeftOut.id > (after or 0))
        .order_by(LeftOut.id)
        .limit(limit)
    )
    return [LeftOutLine(*row) for row in session.execute(statement)]


@dataclass(frozen=True)
class Campaign:
    title: str
    wording: str


def campaign_of(session: Session, assignment: Assignment) -> Campaign | None:
    """What a campaign is called and says; None for an assignment that is part of none."""
    if assignment.origin is not Origin.CAMPAIGN or assignment.batch_id is None:
        return None
    row = session.execute(
        select(AssignmentBatch.title, AssignmentBatch.wording).where(AssignmentBatch.id == assignment.batch_id)
    ).one()
    return Campaign(row.title, row.wording)
