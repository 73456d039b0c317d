"""What a learner has to do, in one statement."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, case, func, literal_column, select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.accounts.models import Person
from app.courses.models import Course, CourseTranslation, CourseUnit, CourseUnitText, CourseVersion
from app.kernel.clock import day_in
from app.kernel.languages import best_match
from app.kernel.prepared import Prepared
from app.learning.models import (
    Assignment,
    AssignmentState,
    Registration,
    RegistrationState,
    TrainingRecord,
    UnitProgress,
)
from app.learning.queries.prerequisites import missing
from app.learning.rules.progress import due_in_words
from app.partners.models import Partner


class Task(NamedTuple):
    """One assignment on its learner's list. `next_unit` is where to go on, once it is started; `first` what has to be completed before.

    Titles are in the language that the course is read in, or would be begun in, as far as they are translated.
    """

    assignment_id: int
    title: str
    minutes: int
    due_on: date
    state: AssignmentState
    registration_id: int | None
    registration_state: RegistrationState | None
    next_unit: str | None
    done: int
    total: int
    satisfied_at: datetime | None
    record_id: int | None
    valid_until: date | None
    today: date
    language: str
    next_unit_language: str | None
    passed_on: date | None = None
    first: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        return self.state is AssignmentState.SATISFIED

    @property
    def is_open(self) -> bool:
        return self.state in (AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)

    @property
    def is_stuck(self) -> bool:
        """All attempts are used: nothing can be done here until somebody allows another start."""
        return self.is_open and self.registration_state is RegistrationState.FAILED

    @property
    def is_waiting(self) -> bool:
        """Passed, and compliance confirms it next: the learner has done their part."""
        return self.is_open and self.registration_state is RegistrationState.PASSED

    @property
    def cannot_start(self) -> bool:
        """Something else has to be completed before it can be begun."""
        return bool(self.first)

    @property
    def is_lapsed(self) -> bool:
        """Completed once, for a time that is over."""
        return self.is_done and self.valid_until is not None and self.valid_until < self.today

    @property
    def is_overdue(self) -> bool:
        return self.is_open and not self.is_waiting and self.due_on < self.today

    @property
    def due_in_words(self) -> str:
        return due_in_words(self.due_on, self.today)

    @property
    def is_started(self) -> bool:
        return self.state is AssignmentState.IN_PROGRESS


_assignment, _registration = Assignment.__table__, Registration.__table__
_version, _unit, _progress = CourseVersion.__table__, CourseUnit.__table__, UnitProgress.__table__
_translation, _unit_text, _person = CourseTranslation.__table__, CourseUnitText.__table__, Person.__table__
_course, _record, _partner = Course.__table__, TrainingRecord.__table__, Partner.__table__

_latest = (
    select(func.max(_registration.c.id))
    .where(_registration.c.assignment_id == _assignment.c.id)
    .correlate(_assignment)
    .scalar_subquery()
)
_total = select(func.count()).where(_unit.c.version_id == _version.c.id).correlate(_version).scalar_subquery()
_done = (
    select(func.count())
    .where(_progress.c.registration_id == _registration.c.id, _progress.c.completed_at.is_not(None))
    .correlate(_registration)
    .scalar_subquery()
)
# What a course is called in its other languages, as one text: more statements, or rows, would grow with the list.
_IS, _AND = "\x1f", "\x1e"
_titles = (
    select(func.aggregate_strings(_translation.c.language + _IS + _translation.c.title, literal_column(f"'{_AND}'")))  # type: ignore[arg-type]
    .where(_translation.c.version_id == _version.c.id)
    .correlate(_version)
    .scalar_subquery()
)
# As `Standing.resume`: the furthest unit opened and not completed, else the first not completed.
_next_unit = (
    select(
        func.coalesce(
            _unit_text.c.language + _IS + _unit_text.c.title,
            _version.c.language + _IS + _unit.c.title,
        )
    )
    .outerjoin_from(
        _unit,
        _progress,
        (_progress.c.registration_id == _registration.c.id) & (_progress.c.unit_id == _unit.c.id),
    )
    .outerjoin(_unit_text, (_unit_text.c.unit_id == _unit.c.id) & (_unit_text.c.language == _registration.c.language))
    .where(_unit.c.version_id == _version.c.id, _progress.c.completed_at.is_(None))
    .order_by(
        case((_progress.c.first_viewed_at.is_(None), 1), else_=0),
        case((_progress.c.first_viewed_at.is_(None), _unit.c.position), else_=-_unit.c.position),
    )
    .limit(1)
    .correlate(_registration, _version)
    .scalar_subquery()
)

_TASKS = Prepared(
    select(
        _assignment.c.id,
        _assignment.c.course_id,
        _version.c.prerequisites,
        _assignment.c.due_on,
        _assignment.c.state,
        _assignment.c.satisfied_at,
        _version.c.title,
        _version.c.language,
        _titles.label("titles"),
        _person.c.language.label("chosen"),
        _registration.c.language.label("reads_in"),
        _version.c.minutes,
        _registration.c.id.label("registration_id"),
        _registration.c.state.label("registration_state"),
        _registration.c.finished_at,
        _record.c.id.label("record_id"),
        _record.c.valid_until,
        _partner.c.time_zone,
        _total.label("total"),
        _done.label("done"),
        _next_unit.label("next_unit"),
    )
    .join_from(_assignment, _course, _course.c.id == _assignment.c.course_id)
    .join(_partner, _partner.c.id == _assignment.c.partner_id)
    .join(_person, _person.c.id == _assignment.c.person_id)
    .outerjoin(_registration, _registration.c.id == _latest)
    .outerjoin(_version, _version.c.id == func.coalesce(_registration.c.version_id, _course.c.current_version_id))
    .outerjoin(_record, _record.c.id == _assignment.c.satisfied_by_record_id)
    .where(
        _assignment.c.person_id == bindparam("person"),
        _assignment.c.state != "waived",
        _assignment.c.state != "cancelled",
    )
    .order_by(_assignment.c.due_on, _assignment.c.id)
)


def tasks(session: Session, *, wanted: Sequence[str] = (), by: Actor, at: datetime) -> Sequence[Task]:
    """The actor's own assignments by due date, those that were waived or cancelled left out.

    `wanted` are the languages that the actor's browser asks for; they count for courses that are not begun.
    """
    if by.person_id is None:
        return []
    rows = _TASKS.all(session, {"person": by.person_id})
    asking = [row.course_id for row in rows if row.state == AssignmentState.ASSIGNED and row.prerequisites]
    lacking = missing(session, {course_id: [by.person_id] for course_id in asking}, at=at) if asking else {}
    return [
        _task(
            row,
            wanted,
            tuple(one.title for one in lacking.get(row.course_id, {}).get(by.person_id, ()))
            if row.state == AssignmentState.ASSIGNED
            else (),
            at,
        )
        for row in rows
    ]


def _task(row: Any, wanted: Sequence[str], first: tuple[str, ...], at: datetime) -> Task:
    titles = {row.language: row.title} | dict(one.split(_IS, 1) for one in (row.titles or "").split(_AND) if one)
    if row.reads_in is not None:
        language = row.reads_in
    else:
        language = best_match([row.chosen, *wanted] if row.chosen else wanted, [tag for tag in titles if tag])
    language = language if language in titles else row.language
    next_language, _, next_unit = (row.next_unit or "").partition(_IS)
    return Task(
        row.id,
        titles[language],
        row.minutes,
        row.due_on,
        row.state,
        row.registration_id,
        row.registration_state,
        next_unit or None,
        row.done,
        row.total,
        row.satisfied_at,
        row.record_id,
        row.valid_until,
        day_in(row.time_zone, at),
        language,
        next_language or None,
        day_in(row.time_zone, row.finished_at) if row.finished_at is not None else None,
        first,
    )
