"""Who is meant by a plan, and how many of them need which course: counted by the database, whatever their number.

`reasons_to_skip` says in words why one person needs nothing; the conditions here are the same ones, as one expression. A test
compares them person by person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Date, and_, case, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.accounts.models import Person
from app.courses.models import Course, CourseVersion
from app.kernel.clock import day_in
from app.learning.models import (
    Assignment,
    AssignmentState,
    EquivalentTraining,
    ProposalState,
    TrainingRecord,
    TrainingWaiver,
)
from app.learning.queries.records import COUNTS, equivalents
from app.learning.rules.batches import Plan, Who
from app.partners.models import CoveredPerson, Partner
from app.partners.queries import in_reach

PAGE = 50


class Candidate(NamedTuple):
    person_id: int
    partner_id: int


@dataclass(frozen=True)
class CourseOffered:
    """A published course as the assigning sees it; `due_days` is its usual time, if it has one."""

    id: int
    slug: str
    title: str
    minutes: int
    due_days: int | None


@dataclass(frozen=True)
class Counted:
    """What would come of one course: how many get it, and how many are left out by kind of reason."""

    course: CourseOffered
    given: int
    assigned_already: int
    completed: int
    waived: int
    closed: int

    @property
    def left_out(self) -> int:
        return self.assigned_already + self.completed + self.waived + self.closed


@dataclass(frozen=True)
class Name:
    """One of the people meant, on a page of names."""

    person_id: int
    name: str
    partner_id: int
    partner_name: str


def offered(session: Session, course_ids: Sequence[int] | None = None) -> list[CourseOffered]:
    """The published courses, or those of them that are asked for, by title; one statement without their texts."""
    statement = (
        select(Course.id, Course.slug, CourseVersion.title, CourseVersion.minutes, CourseVersion.due_days)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .order_by(CourseVersion.title, Course.id)
    )
    if course_ids is not None:
        statement = statement.where(Course.id.in_(course_ids))
    return [CourseOffered(*row) for row in session.execute(statement)]


def zones(session: Session, partner_ids: Sequence[int]) -> dict[str, int]:
    """The time zones of partners, with how many lie in each."""
    found = session.execute(
        select(Partner.time_zone, func.count()).where(Partner.id.in_(partner_ids)).group_by(Partner.time_zone)
    )
    return {row[0]: row[1] for row in found}


def roster_length(session: Session, partner_id: int) -> int:
    """How many people stand on a partner's roster now."""
    return (
        session.scalar(
            select(func.count())
            .select_from(CoveredPerson)
            .where(CoveredPerson.partner_id == partner_id, CoveredPerson.left_on.is_(None))
        )
        or 0
    )


def _meant(plan: Plan, *, by: Actor) -> list[ColumnElement[bool]]:
    """The conditions on Person that say who is meant. Only partners in the actor's reach, whatever the plan names."""
    conditions = [Person.partner_id.in_(plan.partner_ids), in_reach(by, Person.partner_id)]
    match plan.who:
        case Who.PEOPLE:
            conditions.append(Person.id.in_(plan.person_ids))
        case Who.CATEGORIES:
            conditions.append(
                exists().where(
                    CoveredPerson.person_id == Person.id,
                    CoveredPerson.partner_id == Person.partner_id,
                    CoveredPerson.left_on.is_(None),
                    CoveredPerson.category.in_(plan.categories),
                )
            )
        case Who.EVERYBODY:
            conditions.append(Person.deactivated_at.is_(None))
    return conditions


def number_meant(session: Session, plan: Plan, *, by: Actor) -> int:
    return session.scalar(select(func.count()).select_from(Person).where(*_meant(plan, by=by))) or 0


def meant_after(session: Session, plan: Plan, place: tuple[int, int], *, by: Actor, limit: int) -> list[Candidate]:
    """The next people by partner and id; `place` is the last one that was seen."""
    rows = session.execute(
        select(Person.id, Person.partner_id)
        .where(*_meant(plan, by=by), tuple_(Person.partner_id, Person.id) > place)
        .order_by(Person.partner_id, Person.id)
        .limit(limit)
    )
    return [Candidate(person_id, int(partner_id or 0)) for person_id, partner_id in rows]


def counted(
    session: Session, plan: Plan, courses: Sequence[CourseOffered], *, by: Actor, at: datetime
) -> list[Counted]:
    """How many people get each course and how many do not; a few statements a course, however many partners and people there are."""
    known = zones(session, plan.partner_ids)
    found = []
    for course in courses:
        why = needs_none(session, course.id, known, at=at).label("why")
        per_person = (
            select(why).select_from(Person).join(Partner, Partner.id == Person.partner_id).where(*_meant(plan, by=by))
        ).subquery()
        rows = session.execute(select(per_person.c.why, func.count()).group_by(per_person.c.why))
        numbers = {str(kind): int(number) for kind, number in rows}
        found.append(
            Counted(
                course,
                numbers.get("", 0),
                numbers.get("assigned", 0),
                numbers.get("completed", 0),
                numbers.get("waived", 0),
                numbers.get("closed", 0),
            )
        )
    return found


def _today(zones_known: dict[str, int], at: datetime, *, ahead: int = 0) -> ColumnElement[date]:
    """The day at the person's partner, or so many days later: on earth two days, at times three, are today."""
    days: dict[date, list[str]] = {}
    for zone in zones_known:
        days.setdefault(day_in(zone, at) + timedelta(days=ahead), []).append(zone)
    latest = max(days, default=at.date() + timedelta(days=ahead))
    others = [(Partner.time_zone.in_(there), literal(day, Date)) for day, there in days.items() if day != latest]
    return case(*others, else_=literal(latest, Date)) if others else literal(latest, Date)


def needs_none(session: Session, course_id: int, zones_known: dict[str, int], *, at: datetime) -> ColumnElement[str]:
    """Of a person (and their partner): why no new assignment of a course is needed, as one word; empty where one is."""
    today = _today(zones_known, at)
    renew_days = session.scalar(
        select(CourseVersion.renew_days)
        .join(Course, Course.current_version_id == CourseVersion.id)
        .where(Course.id == course_id)
    )
    # A pass of this course that may be renewed now is no reason; one of an equivalent course is, as long as it lasts.
    ends_later = _today(zones_known, at, ahead=renew_days + 1) if renew_days is not None else today
    own = _has_pass([course_id], ends_later)
    others = sorted(equivalents(session, [course_id])[course_id])
    has_pass = or_(own, _has_pass(others, today)) if others else own
    theirs = and_(Assignment.person_id == Person.id, Assignment.course_id == course_id)
    has_open = exists().where(theirs, Assignment.state.in_((AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)))
    is_waived = exists().where(
        theirs,
        Assignment.state == AssignmentState.WAIVED,
        TrainingWaiver.assignment_id == Assignment.id,
        TrainingWaiver.state == ProposalState.ACCEPTED,
        TrainingWaiver.until >= today,
    )
    return case(
        (Person.deactivated_at.is_not(None), "closed"),
        (has_open, "assigned"),
        (is_waived, "waived"),
        (has_pass, "completed"),
        else_="",
    )


def _has_pass(course_ids: Sequence[int], until: ColumnElement[date]) -> ColumnElement[bool]:
    """Whether the person holds something that counts and lasts to a day at least: the conditions of `queries.records`."""
    record = exists().where(
        TrainingRecord.person_id == Person.id,
        TrainingRecord.course_id.in_(course_ids),
        COUNTS,
        (TrainingRecord.valid_until.is_(None)) | (TrainingRecord.valid_until >= until),
    )
    elsewhere = exists().where(
        EquivalentTraining.person_id == Person.id,
        EquivalentTraining.course_id.in_(course_ids),
        EquivalentTraining.state == ProposalState.ACCEPTED,
        (EquivalentTraining.valid_until.is_(None)) | (EquivalentTraining.valid_until >= until),
    )
    return or_(record, elsewhere)


def names(
    session: Session, plan: Plan, *, by: Actor, after: tuple[str, str, int] | None = None, limit: int = PAGE + 1
) -> list[Name]:
    """People meant, by partner and name, a page at a time; `after` is (partner's name, name, id) of the last one shown."""
    statement = (
        select(Person.id, Person.name, Partner.id.label("partner_id"), Partner.legal_name)
        .join(Partner, Partner.id == Person.partner_id)
        .where(*_meant(plan, by=by))
        .order_by(Partner.legal_name, Person.name, Person.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(tuple_(Partner.legal_name, Person.name, Person.id) > after)
    return [Name(row.id, row.name, row.partner_id, row.legal_name) for row in session.execute(statement)]
