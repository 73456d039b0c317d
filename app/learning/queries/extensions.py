"""Requests for more time: the queue of those who answer, and what was asked about one assignment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, false, func, literal, select, tuple_
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.accounts.models import Person
from app.courses.models import Course, CourseVersion
from app.kernel.errors import NotFound
from app.learning.models import (
    DECIDED_BY_COMPLIANCE,
    OPEN_STATES,
    Assignment,
    Extension,
    ExtensionState,
    Registration,
    RegistrationState,
)
from app.partners.models import Partner
from app.partners.queries import in_reach

PAGE = 50


class Asked(NamedTuple):
    """A request that waits for its answer."""

    extension_id: int
    person_name: str
    partner_name: str
    course_title: str
    due_on: date
    asked_until: date
    asked_at: datetime


@dataclass(frozen=True)
class Queue:
    """A page of requests, oldest first; `following` is the request after which the next page begins."""

    lines: Sequence[Asked]
    following: int | None


def waiting(session: Session, *, by: Actor, after: int = 0) -> Queue:
    """Requests in reach that this actor's role decides about, of assignments that are still to do."""
    rows = session.execute(
        select(
            Extension.id,
            Person.name,
            Partner.legal_name,
            CourseVersion.title,
            Assignment.due_on,
            Extension.asked_until,
            Extension.asked_at,
        )
        .join(Assignment, Assignment.id == Extension.assignment_id)
        .join(Person, Person.id == Assignment.person_id)
        .join(Partner, Partner.id == Assignment.partner_id)
        .join(Course, Course.id == Assignment.course_id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(*_to_decide(by), Extension.id > after)
        .order_by(Extension.id)
        .limit(PAGE + 1)
    ).all()
    lines = [Asked(*row) for row in rows[:PAGE]]
    return Queue(lines, lines[-1].extension_id if len(rows) > PAGE else None)


def how_many_wait(session: Session, *, by: Actor) -> int:
    """How many requests wait for this actor, counted up to a page and one."""
    found = (
        select(Extension.id)
        .join(Assignment, Assignment.id == Extension.assignment_id)
        .where(*_to_decide(by))
        .limit(PAGE + 1)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(found)) or 0


def _to_decide(by: Actor) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        Extension.state == ExtensionState.ASKED,
        Assignment.state.in_(OPEN_STATES),
        in_reach(by, Extension.partner_id),
    ]
    if not by.may(Permission.COMPLETION_CONFIRM):
        conditions.append(Assignment.origin.not_in(DECIDED_BY_COMPLIANCE))
    return conditions


def load(session: Session, extension_id: int, *, by: Actor) -> Extension:
    """A request in reach; NotFound for any other."""
    found = session.scalar(select(Extension).where(Extension.id == extension_id, in_reach(by, Extension.partner_id)))
    if found is None:
        raise NotFound
    return found


def of_assignment(session: Session, assignment_id: int) -> Sequence[Extension]:
    """What was asked about an assignment, newest first. The caller has loaded the assignment for the reader."""
    return session.scalars(
        select(Extension).where(Extension.assignment_id == assignment_id).order_by(Extension.id.desc())
    ).all()


class TeamLine(NamedTuple):
    """A course that a colleague still has to take, as the compliance contact sees it: no scores."""

    assignment_id: int
    person_name: str
    course_title: str
    due_on: date
    original_due_on: date
    asked_until: date | None
    has_passed: bool


@dataclass(frozen=True)
class Team:
    """A page by due date; `following` is where the next page begins."""

    lines: Sequence[TeamLine]
    following: str | None


def team(session: Session, *, by: Actor, after: str = "") -> Team:
    """The open assignments of the actor's own partner by due date, with the day that was asked for where an answer is to come."""
    day, number = _cursor(after)
    asked = (
        select(Extension.asked_until)
        .where(Extension.assignment_id == Assignment.id, Extension.state == ExtensionState.ASKED)
        .correlate(Assignment)
        .scalar_subquery()
    )
    latest = (
        select(Registration.state)
        .where(Registration.assignment_id == Assignment.id)
        .order_by(Registration.id.desc())
        .limit(1)
        .correlate(Assignment)
        .scalar_subquery()
    )
    passed = func.coalesce(latest == RegistrationState.PASSED, false())
    rows = session.execute(
        select(
            Assignment.id,
            Person.name,
            CourseVersion.title,
            Assignment.due_on,
            Assignment.original_due_on,
            asked,
            passed,
        )
        .join(Person, Person.id == Assignment.person_id)
        .join(Course, Course.id == Assignment.course_id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(
            Assignment.partner_id == by.partner_id,
            Assignment.state.in_(OPEN_STATES),
            tuple_(Assignment.due_on, Assignment.id)
            > tuple_(literal(day, Assignment.due_on.type), literal(number, Assignment.id.type)),
        )
        .order_by(Assignment.due_on, Assignment.id)
        .limit(PAGE + 1)
    ).all()
    lines = [TeamLine(*row) for row in rows[:PAGE]]
    following = f"{lines[-1].due_on.isoformat()}.{lines[-1].assignment_id}" if len(rows) > PAGE else None
    return Team(lines, following)


def _cursor(after: str) -> tuple[date, int]:
    day, _, number = after.partition(".")
    try:
        return date.fromisoformat(day), int(number[:18])
    except ValueError:
        return date.min, 0


def of_team(session: Session, assignment_id: int, *, by: Actor) -> Assignment:
    """An assignment of the actor's own partner; NotFound for any other."""
    found = session.scalar(
        select(Assignment).where(
            Assignment.id == assignment_id,
            Assignment.partner_id == by.partner_id,
            in_reach(by, Assignment.partner_id),
        )
    )
    if found is None:
        raise NotFound
    return found
