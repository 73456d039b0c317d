"""A pass is about to end: the next cycle is opened in time, once. The pass that stands is not touched by it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from app.access.policy import PORTAL
from app.accounts.models import Person
from app.courses.models import Course, CourseVersion
from app.kernel.clock import day_in
from app.kernel.database import serialize
from app.learning.models import (
    OPEN_STATES,
    Assignment,
    EquivalentTraining,
    Origin,
    ProposalState,
    TrainingRecord,
)
from app.learning.queries.records import COUNTS
from app.learning.rules.progress import may_renew
from app.learning.services.assignments import assign, reasons_to_skip
from app.partners.models import CoveredPerson, Partner


@dataclass(frozen=True)
class Renewals:
    """People of one partner whose passes of one course end on the same day, soon enough to be renewed now."""

    course_id: int
    partner_id: int
    ends_on: date
    person_ids: tuple[int, ...]


def due_renewals(
    session: Session, *, at: datetime, course_id: int | None = None, partner_id: int | None = None
) -> list[Renewals]:
    """Passes whose window for renewal is open in the partner's zone and whose next cycle has not been opened yet.

    Courses without `renew_from` are left out, and so are people who need no new cycle: renewed already, assigned, waived,
    account closed, or off the roster where a case asked for the course.
    """
    windows = select(Course.id, CourseVersion.renew_days).join(
        CourseVersion, CourseVersion.id == Course.current_version_id
    )
    windows = windows.where(CourseVersion.renew_days.is_not(None)).order_by(Course.id)
    if course_id is not None:
        windows = windows.where(Course.id == course_id)
    found: dict[tuple[int, int, date], set[int]] = defaultdict(set)
    for window in session.execute(windows).all():
        for statement in _ending(window.id, at.date(), window.renew_days, partner_id):
            for row in session.execute(statement):
                if may_renew(row.valid_until, window.renew_days, day_in(row.time_zone, at)):
                    found[window.id, row.partner_id, row.valid_until].add(row.person_id)
    made = []
    for (course, partner, ends_on), people in sorted(found.items()):
        ordered = sorted(people)
        skipped = reasons_to_skip(session, ordered, course, partner=session.get_one(Partner, partner), at=at)
        left = tuple(person_id for person_id in ordered if person_id not in skipped)
        if left:
            made.append(Renewals(course, partner, ends_on, left))
    return made


def open_renewals(session: Session, course_id: int, partner_id: int, *, at: datetime) -> int:
    """Open the next cycle for a partner's people in a course, due on the last day of the pass; returns for how many.

    Workers queue for it, and each looks again: a cycle is opened once.
    """
    serialize(session, "recertification")
    course, made = session.get_one(Course, course_id), 0
    for one in due_renewals(session, at=at, course_id=course_id, partner_id=partner_id):
        done = assign(
            session,
            one.person_ids,
            course,
            origin=Origin.RECERTIFICATION,
            due_on=one.ends_on,
            partner_id=partner_id,
            by=PORTAL,
            at=at,
        )
        made += len(done.made)
    return made


def _ending(course_id: int, today: date, renew_days: int, partner_id: int | None) -> list[Any]:
    """Training records, and training from elsewhere, that end within the window; a day more on both sides, as zones differ."""
    from_day, to_day = today - timedelta(days=1), today + timedelta(days=renew_days + 1)
    statements: list[Any] = []
    for source, counts in (
        (TrainingRecord, COUNTS),
        (EquivalentTraining, EquivalentTraining.state == ProposalState.ACCEPTED),
    ):
        statement: Any = (
            select(source.person_id, Person.partner_id, source.valid_until, Partner.time_zone)
            .join(Person, Person.id == source.person_id)
            .join(Partner, Partner.id == Person.partner_id)
            .where(
                source.course_id == course_id,
                source.valid_until.between(from_day, to_day),
                counts,
                Person.deactivated_at.is_(None),
                ~_next_cycle(source, course_id),
                _is_still_asked(source, course_id),
            )
        )
        statements.append(statement.where(Person.partner_id == partner_id) if partner_id is not None else statement)
    return statements


def _next_cycle(source: Any, course_id: int) -> ColumnElement[bool]:
    """Whether the cycle after a pass has been opened, whatever became of it, or the course is to be taken anyway."""
    other = aliased(Assignment)
    return (
        select(other.id)
        .where(
            other.person_id == source.person_id,
            other.course_id == course_id,
            or_(
                other.state.in_(OPEN_STATES),
                (other.origin == Origin.RECERTIFICATION) & (other.original_due_on == source.valid_until),
            ),
        )
        .exists()
    )


def _is_still_asked(source: Any, course_id: int) -> ColumnElement[bool]:
    """A course that a case asked for is renewed by who is on the roster still; any other by everybody."""
    cause, line = aliased(Assignment), aliased(CoveredPerson)
    origin = (
        select(cause.origin)
        .where(
            cause.person_id == source.person_id,
            cause.course_id == course_id,
            cause.origin != Origin.RECERTIFICATION,
        )
        .order_by(cause.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    covered = (
        select(line.id)
        .where(line.person_id == source.person_id, line.partner_id == source.partner_id, line.left_on.is_(None))
        .exists()
    )
    return or_(origin.is_(None), origin != Origin.CASE_STEP, covered)
