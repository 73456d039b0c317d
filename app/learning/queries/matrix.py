"""People and courses in one table: a page of people, and where each of them stands. A dozen statements at most, however many people there are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal_column, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.access.policy import Actor
from app.accounts.models import Person
from app.courses.models import Course, CourseVersion
from app.kernel.clock import day_in
from app.learning.models import Assignment, AssignmentState, Registration, TrainingRecord, TrainingWaiver
from app.learning.models.records import ProposalState
from app.learning.queries.assignments import past_due
from app.learning.queries.records import COUNTS, satisfying
from app.learning.rules.matrix import Cell, Open, cell
from app.partners.models import CoveredPerson, Partner, RosterCategory
from app.partners.queries import in_reach

PAGE = 50
COUNTED = 1000
"""People are counted, and reminded in one go, up to this number."""
MOST_COURSES = 20

_OPEN = (AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)


class Show(StrEnum):
    """Which people, by where they stand with the courses shown."""

    EVERYBODY = "everybody"
    TO_DO = "to_do"
    OVERDUE = "overdue"
    DONE = "done"
    NOTHING = "nothing"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Show.EVERYBODY: "Everybody",
    Show.TO_DO: "Something to do",
    Show.OVERDUE: "Something overdue",
    Show.DONE: "Nothing to do, something completed",
    Show.NOTHING: "Nothing assigned, nothing completed",
}


@dataclass(frozen=True)
class Filters:
    """How the table is narrowed. `partner` is a number, `courses` are slugs, `search` is part of a name or an e-mail address."""

    show: Show = Show.EVERYBODY
    partner: str = ""
    category: str = ""
    search: str = ""
    courses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    course_id: int
    slug: str
    title: str


@dataclass(frozen=True)
class Row:
    person_id: int
    name: str
    partner_number: str
    partner_name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Matrix:
    """A page of the table. `total` is counted up to `COUNTED`, and is `COUNTED + 1` where there are more."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: int
    following: int | None


def columns(session: Session) -> list[Column]:
    """Every course that can be assigned, by title."""
    found = session.execute(
        select(Course.id, Course.slug, CourseVersion.title)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .order_by(CourseVersion.title, Course.id)
    )
    return [Column(row.id, row.slug, row.title) for row in found]


def chosen(known: Sequence[Column], slugs: Collection[str]) -> tuple[Column, ...]:
    """The columns that the address names, or the first ones; never more than fit a table."""
    named = [column for column in known if column.slug in slugs]
    return tuple((named or known)[:MOST_COURSES])


def zones(session: Session) -> list[str]:
    return list(session.scalars(select(Partner.time_zone).distinct().order_by(Partner.time_zone)))


def reported(session: Session, filters: Filters, *, by: Actor) -> str | None:
    """The number of the partner that the table is about: the reader's own, or the one it is narrowed to; None where there are several."""
    own = select(Partner.number).where(in_reach(by, Partner.id))
    if by.partner_id is not None:
        return session.scalar(own)
    return session.scalar(own.where(Partner.number == filters.partner)) if filters.partner else None


def matrix(
    session: Session, *, by: Actor, filters: Filters, shown: tuple[Column, ...], after: int | None, at: datetime
) -> Matrix:
    """A page of people in reach by name, after the person `after`, with a cell for each course shown."""
    wanted = people(by, filters, [column.course_id for column in shown], _today(session, filters, at))
    counted = session.scalar(select(func.count()).select_from(wanted.limit(COUNTED + 1).subquery())) or 0
    page = (
        wanted.add_columns(Person.name, Partner.number, Partner.legal_name, Partner.time_zone)
        .order_by(Person.name, Person.id)
        .limit(PAGE + 1)
    )
    if after is not None:
        last = aliased(Person)
        name = select(last.name).where(last.id == after, in_reach(by, last.partner_id)).scalar_subquery()
        page = page.where(tuple_(Person.name, Person.id) > tuple_(name, literal_column(str(int(after)))))
    found = session.execute(page).all()
    rows = found[:PAGE]
    cells = _cells(session, {row.id: day_in(row.time_zone, at) for row in rows}, shown, at)
    return Matrix(
        shown,
        tuple(Row(row.id, row.name, row.number, row.legal_name, cells[row.id]) for row in rows),
        counted,
        rows[-1].id if len(found) > PAGE else None,
    )


def _today(session: Session, filters: Filters, at: datetime) -> dict[str, date]:
    return {zone: day_in(zone, at) for zone in zones(session)} if filters.show is Show.OVERDUE else {}


def people(by: Actor, filters: Filters, course_ids: Sequence[int], today: dict[str, date]) -> Select[Any]:
    """The ids of the people in reach who match the filters: of partners, with an account that is in use."""
    statement = (
        select(Person.id)
        .join(Partner, Partner.id == Person.partner_id)
        .where(Person.deactivated_at.is_(None), in_reach(by, Person.partner_id))
    )
    if filters.partner:
        statement = statement.where(Partner.number == filters.partner)
    if filters.search:
        statement = statement.where(
            or_(
                Person.name.icontains(filters.search, autoescape=True),
                Person.email.icontains(filters.search.lower(), autoescape=True),
            )
        )
    if filters.category in set(RosterCategory):
        statement = statement.where(
            exists().where(
                CoveredPerson.partner_id == Person.partner_id,
                CoveredPerson.person_id == Person.id,
                CoveredPerson.left_on.is_(None),
                CoveredPerson.category == RosterCategory(filters.category),
            )
        )
    return statement.where(*_standing(filters.show, course_ids, today))


def _standing(show: Show, course_ids: Sequence[int], today: dict[str, date]) -> list[ColumnElement[bool]]:
    of_theirs = and_(Assignment.person_id == Person.id, Assignment.course_id.in_(course_ids))
    to_do = exists().where(of_theirs, Assignment.state.in_(_OPEN))
    any_assigned = exists().where(of_theirs)
    completed = exists().where(TrainingRecord.person_id == Person.id, TrainingRecord.course_id.in_(course_ids), COUNTS)
    match show:
        case Show.TO_DO:
            return [to_do]
        case Show.OVERDUE:
            return [exists().where(of_theirs, Assignment.state.in_(_OPEN), past_due(today))]
        case Show.DONE:
            return [completed, ~to_do]
        case Show.NOTHING:
            return [~any_assigned, ~completed]
        case _:
            return []


def _cells(
    session: Session, today: dict[int, date], shown: tuple[Column, ...], at: datetime
) -> dict[int, tuple[Cell, ...]]:
    person_ids, course_ids = list(today), [column.course_id for column in shown]
    running = _running(session, person_ids, course_ids)
    completed = _completed(session, person_ids, course_ids, at)
    waived = _waived(session, person_ids, course_ids)
    return {
        person_id: tuple(
            cell(
                running.get((person_id, course_id)),
                (person_id, course_id) in completed,
                completed.get((person_id, course_id)),
                waived.get((person_id, course_id)),
                today=day,
            )
            for course_id in course_ids
        )
        for person_id, day in today.items()
    }


def _running(session: Session, person_ids: Sequence[int], course_ids: Sequence[int]) -> dict[tuple[int, int], Open]:
    latest = (
        select(Registration.state)
        .where(Registration.assignment_id == Assignment.id)
        .order_by(Registration.id.desc())
        .limit(1)
        .correlate(Assignment)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Assignment.id,
            Assignment.person_id,
            Assignment.course_id,
            Assignment.due_on,
            Assignment.state,
            latest.label("latest"),
        ).where(Assignment.person_id.in_(person_ids), Assignment.course_id.in_(course_ids), Assignment.state.in_(_OPEN))
    )
    return {
        (row.person_id, row.course_id): Open(
            row.id, row.due_on, row.state is AssignmentState.IN_PROGRESS, row.latest == "failed", row.latest == "passed"
        )
        for row in rows
    }


def _completed(
    session: Session, person_ids: Sequence[int], course_ids: Sequence[int], at: datetime
) -> dict[tuple[int, int], date | None]:
    """The last valid day of what counts longest, now or once; None where it does not lapse."""
    rows = session.execute(
        select(TrainingRecord.person_id, TrainingRecord.course_id, func.max(TrainingRecord.valid_until).label("until"))
        .where(TrainingRecord.person_id.in_(person_ids), TrainingRecord.course_id.in_(course_ids), COUNTS)
        .group_by(TrainingRecord.person_id, TrainingRecord.course_id)
    )
    once: dict[tuple[int, int], date | None] = {(row.person_id, row.course_id): row.until for row in rows}
    now_counts = satisfying(session, person_ids, course_ids, at=at)
    return once | {pair: one.valid_until for pair, one in now_counts.items()}


def _waived(
    session: Session, person_ids: Sequence[int], course_ids: Sequence[int]
) -> dict[tuple[int, int], tuple[int, date | None]]:
    rows = session.execute(
        select(Assignment.id, Assignment.person_id, Assignment.course_id, func.max(TrainingWaiver.until).label("until"))
        .outerjoin(
            TrainingWaiver,
            and_(TrainingWaiver.assignment_id == Assignment.id, TrainingWaiver.state == ProposalState.ACCEPTED),
        )
        .where(
            Assignment.person_id.in_(person_ids),
            Assignment.course_id.in_(course_ids),
            Assignment.state == AssignmentState.WAIVED,
        )
        .group_by(Assignment.id, Assignment.person_id, Assignment.course_id)
        .order_by(Assignment.id)
    )
    return {(row.person_id, row.course_id): (row.id, row.until) for row in rows}


@dataclass(frozen=True)
class Reminded:
    """Somebody with something to do in the courses shown. `day` is today where they are."""

    person_id: int
    name: str
    partner_id: int
    courses: int
    day: date


def to_remind(
    session: Session,
    *,
    by: Actor,
    filters: Filters,
    shown: tuple[Column, ...],
    person_ids: Sequence[int] | None,
    at: datetime,
) -> list[Reminded]:
    """The people with something to do, by name: of those chosen, or (None) of all who match. At most `COUNTED`."""
    course_ids = [column.course_id for column in shown]
    wanted = people(by, filters, course_ids, _today(session, filters, at))
    if person_ids is not None:
        wanted = wanted.where(Person.id.in_(person_ids))
    rows = session.execute(
        select(Person.id, Person.name, Person.partner_id, Partner.time_zone, func.count().label("courses"))
        .join(Partner, Partner.id == Person.partner_id)
        .join(Assignment, Assignment.person_id == Person.id)
        .where(Person.id.in_(wanted), Assignment.course_id.in_(course_ids), Assignment.state.in_(_OPEN))
        .group_by(Person.id, Person.name, Person.partner_id, Partner.time_zone)
        .order_by(Person.name, Person.id)
        .limit(COUNTED)
    )
    return [Reminded(row.id, row.name, row.partner_id, row.courses, day_in(row.time_zone, at)) for row in rows]
