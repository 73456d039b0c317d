"""The staff's list of assignments, a page at a time, and one assignment as staff see it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import Session

from app.access.policy import Actor, Role
from app.accounts.models import Person
from app.courses.models import Course, CourseUnit, CourseVersion
from app.kernel.clock import day_in
from app.kernel.errors import NotFound
from app.kernel.prepared import Prepared
from app.learning.models import (
    IS_OPEN,
    Assignment,
    AssignmentState,
    Attempt,
    Registration,
    RegistrationState,
    UnitProgress,
)
from app.partners.models import Partner
from app.partners.queries import in_reach

PAGE = 50
COUNTED = 1000
MOST_PARTNERS_OFFERED = 100


class Show(StrEnum):
    """What the list can be narrowed to. `open` is what it shows unasked."""

    OPEN = "open"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    NEEDS_HELP = "needs_help"
    SATISFIED = "satisfied"
    CLOSED = "closed"
    ALL = "all"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Show.OPEN: "To do",
    Show.ASSIGNED: "Not started",
    Show.IN_PROGRESS: "In progress",
    Show.NEEDS_HELP: "Needs help",
    Show.SATISFIED: "Completed",
    Show.CLOSED: "Waived or cancelled",
    Show.ALL: "All",
}


@dataclass(frozen=True)
class Filters:
    """How the list is narrowed. `course` is a slug, `partner` a number, `search` part of a name or an e-mail address."""

    show: Show = Show.OPEN
    course: str = ""
    partner: str = ""
    search: str = ""
    overdue: bool = False


@dataclass(frozen=True)
class Choice:
    id: int
    code: str
    name: str


@dataclass(frozen=True)
class Choices:
    """What the reader may filter by. `partners` is empty where there are more than fit a list; then the number is typed."""

    partners: tuple[Choice, ...]
    courses: tuple[Choice, ...]
    zones: tuple[str, ...]


class Line(NamedTuple):
    """One assignment on the staff's list. No scores: progress is counted in units. `waits`: passed, for compliance to confirm."""

    assignment_id: int
    person_name: str
    partner_number: str
    partner_name: str
    course_title: str
    due_on: date
    state: AssignmentState
    needs_help: bool
    overdue: bool
    done: int
    total: int
    satisfied_at: datetime | None
    waits: bool = False


@dataclass(frozen=True)
class Listed:
    """A page of the list. `total` is counted up to `COUNTED`, and is `COUNTED + 1` where there are more."""

    lines: Sequence[Line]
    total: int
    following: str | None


_a, _person, _partner = Assignment.__table__, Person.__table__, Partner.__table__
_course, _version, _unit = Course.__table__, CourseVersion.__table__, CourseUnit.__table__
_registration, _progress, _attempt = Registration.__table__, UnitProgress.__table__, Attempt.__table__

_OPEN_STATES = (AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)
_OPEN: ColumnElement[bool] = text(IS_OPEN)  # type: ignore[assignment]


@dataclass(frozen=True)
class _Reader:
    """Of an actor, what decides which assignments are in reach: statements are kept by it, ready to be sent again."""

    person_id: int | None
    partner_id: int | None
    roles: frozenset[Role]

    @classmethod
    def of(cls, by: Actor) -> "_Reader":
        return cls(by.person_id, by.partner_id, by.roles)

    def reaches(self, partner_id: ColumnElement[int]) -> ColumnElement[bool]:
        return in_reach(Actor(self.person_id, "", roles=self.roles, partner_id=self.partner_id), partner_id)


def choices(session: Session, *, by: Actor) -> Choices:
    """Partners in reach, courses, and the time zones that “overdue” depends on; one statement."""
    found: dict[int, list[Any]] = {1: [], 2: [], 3: []}
    for sort, *rest in _choices(_Reader.of(by)).all(session):
        found[sort].append(rest)
    offered = found[1] if len(found[1]) <= MOST_PARTNERS_OFFERED else []
    return Choices(
        tuple(Choice(*row) for row in sorted(offered, key=lambda row: str(row[2]).casefold())),
        tuple(Choice(*row) for row in sorted(found[2], key=lambda row: str(row[2]).casefold())),
        tuple(sorted(row[1] for row in found[3])),
    )


@lru_cache(maxsize=256)
def _choices(reader: _Reader) -> Prepared:
    partners = (
        select(literal_column("1").label("sort"), _partner.c.id, _partner.c.number, _partner.c.legal_name)
        .where(reader.reaches(_partner.c.id))
        .order_by(_partner.c.legal_name)
        .limit(MOST_PARTNERS_OFFERED + 1)
        .subquery()
    )
    courses = select(
        literal_column("2"), _course.c.id, _course.c.slug, func.coalesce(_version.c.title, _course.c.slug)
    ).join_from(_course, _version, _version.c.id == _course.c.current_version_id)
    zones = select(literal_column("3"), literal_column("0"), _partner.c.time_zone, literal_column("''")).distinct()
    return Prepared(select(partners).union_all(courses, zones))


def assignments(
    session: Session,
    *,
    by: Actor,
    filters: Filters,
    known: Choices,
    after: str = "",
    at: datetime,
) -> Listed:
    """A page of assignments in reach by due date; `after` is the `following` of the page before. One statement."""
    course_id = next((course.id for course in known.courses if course.code == filters.course), 0)
    today = tuple((zone, day_in(zone, at)) for zone in known.zones) if filters.overdue else ()
    # What was typed is given with the statement: it makes no other one of it.
    shape = replace(filters, search="?" if filters.search else "", partner="?" if filters.partner else "")
    statement = _page(_Reader.of(by), shape, course_id if filters.course else None, today)
    day, number = _cursor(after)
    typed = {
        "search": _as_written(filters.search),
        "address": _as_written(filters.search.lower()),
        "partner": filters.partner,
    }
    given = {name: value for name, value in typed.items() if value}
    rows = statement.all(session, {"after_day": day, "after_number": number, **given})
    zones: dict[str, date] = {}
    lines = [_line(row, zones, at) for row in rows[:PAGE]]
    following = f"{lines[-1].due_on.isoformat()}.{lines[-1].assignment_id}" if len(rows) > PAGE else None
    return Listed(lines, rows[0].counted if rows else 0, following)


def _cursor(after: str) -> tuple[date, int]:
    day, _, number = after.partition(".")
    try:
        return date.fromisoformat(day), int(number[:18])
    except ValueError:
        return date.min, 0


def _as_written(text: str) -> str:
    """For LIKE with `/` as its escape: no character of it stands for another."""
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


@lru_cache(maxsize=256)
def _page(reader: _Reader, filters: Filters, course_id: int | None, today: tuple[tuple[str, date], ...]) -> Prepared:
    """The ids of the page are found in an index alone; then its rows are read, and no others."""
    wanted = select(_a.c.id).where(*_conditions(reader, filters, course_id, dict(today)))
    counted = select(func.count()).select_from(wanted.limit(COUNTED + 1).subquery()).scalar_subquery()
    cursor = tuple_(bindparam("after_day", type_=_a.c.due_on.type), bindparam("after_number", type_=_a.c.id.type))
    page = wanted.where(tuple_(_a.c.due_on, _a.c.id) > cursor).order_by(_a.c.due_on, _a.c.id).limit(PAGE + 1)
    lines = _LINES.add_columns(counted.label("counted"))
    return Prepared(lines.where(_a.c.id.in_(page), reader.reaches(_a.c.partner_id)))


def _conditions(
    reader: _Reader, filters: Filters, course_id: int | None, today: dict[str, date]
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    match filters.show:
        case Show.OPEN:
            conditions.append(_OPEN)
        case Show.ASSIGNED | Show.IN_PROGRESS:
            conditions += [_OPEN, _a.c.state == filters.show.value]
        case Show.NEEDS_HELP:
            conditions += [_OPEN, _a.c.id.in_(_failed), ~_running]
        case Show.SATISFIED:
            conditions.append(_a.c.state == AssignmentState.SATISFIED.value)
        case Show.CLOSED:
            conditions.append(
                or_(*[_a.c.state == state.value for state in (AssignmentState.WAIVED, AssignmentState.CANCELLED)])
            )
        case Show.ALL:
            pass
    if filters.search:
        # By the person's partner: the search begins at people and reaches their assignments by key.
        people = select(_person.c.id).where(
            or_(
                _person.c.name.icontains(bindparam("search"), escape="/"),
                _person.c.email.icontains(bindparam("address"), escape="/"),
            ),
            reader.reaches(_person.c.partner_id),
        )
        conditions.append(_a.c.person_id.in_(people))
    elif not filters.partner:
        conditions.append(reader.reaches(_a.c.partner_id))
    if filters.partner:
        own = select(_partner.c.id).where(_partner.c.number == bindparam("partner"), reader.reaches(_partner.c.id))
        conditions.append(_a.c.partner_id == own.scalar_subquery())
    if course_id is not None:
        conditions.append(_a.c.course_id == course_id)
    if filters.overdue:
        conditions += [_OPEN, past_due(today), ~_passed]
    return conditions


def past_due(today: dict[str, date]) -> ColumnElement[bool]:
    """Due before today, where today is the day in the partner's zone: on earth two days, at times three, are today."""
    first = min(today.values(), default=date.min)
    late = [_a.c.due_on < first]
    for day in sorted(set(today.values()) - {first}):
        there = select(_partner.c.id).where(
            or_(*[_partner.c.time_zone == zone for zone in today if today[zone] == day])
        )
        late.append(and_(_a.c.due_on < day, _a.c.partner_id.in_(there)))
    return or_(*late)


_failed = select(_registration.c.assignment_id).where(_registration.c.state == literal_column("'failed'"))
_running = exists().where(_registration.c.assignment_id == _a.c.id, _registration.c.state == literal_column("'open'"))
# Of an open assignment: its course is passed, and compliance confirms it next.
_other = _registration.alias()
_passed = exists().where(
    _registration.c.assignment_id == _a.c.id,
    _registration.c.state == literal_column("'passed'"),
    ~exists().where(_other.c.assignment_id == _a.c.id, _other.c.id > _registration.c.id),
)
_latest = (
    select(func.max(_registration.c.id)).where(_registration.c.assignment_id == _a.c.id).correlate(_a).scalar_subquery()
)
_done = (
    select(func.count())
    .where(_progress.c.registration_id == _registration.c.id, _progress.c.completed_at.is_not(None))
    .correlate(_registration)
    .scalar_subquery()
)
_total = select(func.count()).where(_unit.c.version_id == _version.c.id).correlate(_version).scalar_subquery()

_LINES = (
    select(
        _a.c.id,
        _a.c.due_on,
        _a.c.state,
        _a.c.satisfied_at,
        _person.c.name,
        _partner.c.number,
        _partner.c.legal_name,
        _partner.c.time_zone,
        _version.c.title,
        _registration.c.state.label("registration_state"),
        _done.label("done"),
        _total.label("total"),
    )
    .join_from(_a, _person, _person.c.id == _a.c.person_id)
    .join(_partner, _partner.c.id == _a.c.partner_id)
    .join(_course, _course.c.id == _a.c.course_id)
    .outerjoin(_registration, _registration.c.id == _latest)
    .join(_version, _version.c.id == func.coalesce(_registration.c.version_id, _course.c.current_version_id))
    .order_by(_a.c.due_on, _a.c.id)
)


def _line(row: Any, today: dict[str, date], at: datetime) -> Line:
    """`today` is filled as zones come up: fifty rows share a few."""
    if row.time_zone not in today:
        today[row.time_zone] = day_in(row.time_zone, at)
    is_open = row.state in _OPEN_STATES
    waits = is_open and row.registration_state is RegistrationState.PASSED
    return Line(
        row.id,
        row.name,
        row.number,
        row.legal_name,
        row.title,
        row.due_on,
        row.state,
        is_open and row.registration_state is RegistrationState.FAILED,
        is_open and not waits and row.due_on < today[row.time_zone],
        row.done,
        row.total,
        row.satisfied_at,
        waits,
    )


def line(session: Session, assignment_id: int, *, partner: Partner, at: datetime) -> Line:
    """One assignment of a partner that was loaded for the reader; NotFound for any other."""
    row = session.execute(_LINES.where(_a.c.id == assignment_id, _a.c.partner_id == partner.id)).one_or_none()
    if row is None:
        raise NotFound
    return _line(row, {}, at)


def of_partner(session: Session, assignment_id: int, *, partner: Partner) -> Assignment:
    """As `line`, the row itself: for acts on it."""
    found = session.scalar(
        select(Assignment).where(Assignment.id == assignment_id, Assignment.partner_id == partner.id)
    )
    if found is None:
        raise NotFound
    return found


def own(session: Session, assignment_id: int, *, by: Actor) -> Assignment:
    """An assignment of the actor's own; NotFound for anybody else's."""
    found = session.scalar(
        select(Assignment).where(Assignment.id == assignment_id, Assignment.person_id == by.person_id)
    )
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Cycle:
    """One registration as staff see it: progress and attempts counted, no answers and no scores."""

    registration_id: int
    number: int
    state: RegistrationState
    course_version: str
    started_at: datetime
    finished_at: datetime | None
    done: int
    total: int
    attempts: int
    attempts_allowed: int


_attempts = (
    select(func.count())
    .where(_attempt.c.registration_id == _registration.c.id, _attempt.c.submitted_at.is_not(None))
    .correlate(_registration)
    .scalar_subquery()
)

_CYCLES = (
    select(
        _registration.c.id,
        _registration.c.number,
        _registration.c.state,
        _version.c.version,
        _registration.c.started_at,
        _registration.c.finished_at,
        _done.label("done"),
        _total.label("total"),
        _attempts.label("attempts"),
        _version.c.attempts_allowed,
    )
    .join_from(_registration, _version, _version.c.id == _registration.c.version_id)
    .where(_registration.c.assignment_id == bindparam("assignment"))
    .order_by(_registration.c.id)
)


def cycles(session: Session, assignment_id: int) -> list[Cycle]:
    """The registrations of an assignment, oldest first."""
    return [Cycle(*tuple(row)) for row in session.execute(_CYCLES, {"assignment": assignment_id})]


def registrations(session: Session, assignment_id: int) -> Sequence[Registration]:
    """The cycles of an assignment, oldest first."""
    return session.scalars(
        select(Registration).where(Registration.assignment_id == assignment_id).order_by(Registration.id)
    ).all()
