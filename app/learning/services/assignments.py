"""Verbs about assignments: give a course to people, take an assignment back, allow another cycle."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.accounts.models import Person
from app.audit import services as audit
from app.courses.models import Course
from app.decisions.services import require
from app.kernel.clock import day_in
from app.kernel.errors import Conflict, DomainError, NotFound, RefusedAct, constraint_says
from app.learning.models import (
    Assignment,
    AssignmentState,
    Origin,
    Registration,
    RegistrationState,
    TrainingRecord,
)
from app.learning.queries.equivalents import satisfied_elsewhere
from app.learning.queries.records import stands
from app.outbox.services import enqueue
from app.partners.models import Partner
from app.partners.queries import load_by_id

constraint_says(
    "one_open_assignment_a_person_and_course",
    "Somebody assigned this course to one of these people a moment ago. Look at the list again; nothing was changed.",
)

OPEN = (AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)


@dataclass(frozen=True)
class Assigned:
    """What came of assigning one course: the new assignments, and who was left out with the reason in words."""

    made: tuple[Assignment, ...]
    skipped: tuple[tuple[int, str], ...]


def reasons_to_skip(
    session: Session, person_ids: Sequence[int], course_id: int, *, partner: Partner, at: datetime
) -> dict[int, str]:
    """Why a person needs no new assignment of a course, by person id: closed account, already assigned, already completed.

    NotFound when one of them is not a person of this partner.
    """
    people = {
        row.id: row
        for row in session.execute(
            select(Person.id, Person.partner_id, Person.deactivated_at).where(Person.id.in_(person_ids))
        )
    }
    if any(person_id not in people or people[person_id].partner_id != partner.id for person_id in person_ids):
        raise NotFound
    today = day_in(partner.time_zone, at)
    reasons: dict[int, str] = {}
    for record in session.execute(
        select(TrainingRecord.person_id, TrainingRecord.passed_on, TrainingRecord.valid_until)
        .where(
            TrainingRecord.person_id.in_(person_ids),
            TrainingRecord.course_id == course_id,
            (TrainingRecord.valid_until.is_(None)) | (TrainingRecord.valid_until >= today),
            stands(),
        )
        .order_by(TrainingRecord.passed_on)
    ):
        until = f", valid until {_day(record.valid_until)}" if record.valid_until else ""
        reasons[record.person_id] = f"completed on {_day(record.passed_on)}{until}"
    for person_id, _ in satisfied_elsewhere(session, person_ids, [course_id], at=at):
        reasons.setdefault(person_id, "completed elsewhere, accepted as equivalent")
    for running in session.execute(
        select(Assignment.person_id, Assignment.due_on).where(
            Assignment.person_id.in_(person_ids), Assignment.course_id == course_id, Assignment.state.in_(OPEN)
        )
    ):
        reasons[running.person_id] = f"already assigned, due on {_day(running.due_on)}"
    for person_id in person_ids:
        if people[person_id].deactivated_at is not None:
            reasons[person_id] = "the account is closed"
    return reasons


def assign(
    session: Session,
    person_ids: Iterable[int],
    course: Course,
    *,
    origin: Origin,
    due_on: date,
    partner_id: int,
    case_step_id: int | None = None,
    by: Actor,
    at: datetime,
) -> Assigned:
    """Give one course to people of one partner, until the end of `due_on` in its zone.

    Who has it already, or holds a valid training record, is skipped with the reason. The portal itself may assign too.
    """
    return assign_courses(
        session,
        person_ids,
        [course],
        origin=origin,
        due_on=due_on,
        partner_id=partner_id,
        case_step_id=case_step_id,
        by=by,
        at=at,
    )[course.id]


def assign_courses(
    session: Session,
    person_ids: Iterable[int],
    courses: Sequence[Course],
    *,
    origin: Origin,
    due_on: date,
    partner_id: int,
    case_step_id: int | None = None,
    by: Actor,
    at: datetime,
) -> dict[int, Assigned]:
    """As `assign`, for several courses at once: each person gets one message about all of them. By course id."""
    if by.person_id is not None:
        require(
            Permission.ASSIGNMENT_MAKE, by=by, act=RefusedAct("assignment.made", "partner", str(partner_id), partner_id)
        )
        partner = load_by_id(session, partner_id, by=by)
    else:
        partner = session.get_one(Partner, partner_id)
    wanted = list(dict.fromkeys(person_ids))
    if not wanted:
        raise DomainError("Choose at least one person.", field="people")
    if not courses:
        raise DomainError("Choose at least one course.", field="courses")
    refuse_past(due_on, partner, at=at)
    done: dict[int, Assigned] = {}
    news: dict[int, list[int]] = {}
    for course in courses:
        if course.current_version_id is None:
            raise DomainError(f"“{course.slug}” has no published version to take yet.", field="courses")
        skipped = reasons_to_skip(session, wanted, course.id, partner=partner, at=at)
        made = [
            Assignment(
                person_id=person_id,
                partner_id=partner.id,
                course_id=course.id,
                origin=origin,
                case_step_id=case_step_id,
                assigned_by_id=by.person_id,
                assigned_at=at,
                original_due_on=due_on,
                due_on=due_on,
                state=AssignmentState.ASSIGNED,
            )
            for person_id in wanted
            if person_id not in skipped
        ]
        session.add_all(made)
        session.flush()
        for assignment in made:
            news.setdefault(assignment.person_id, []).append(assignment.id)
            audit.record(
                session,
                "assignment.made",
                "assignment",
                assignment.id,
                by=by,
                at=at,
                partner_id=partner.id,
                details={
                    "person": assignment.person_id,
                    "course": course.id,
                    "due_on": due_on.isoformat(),
                    "origin": origin.value,
                    "case_step": case_step_id,
                },
            )
        done[course.id] = Assigned(tuple(made), tuple(sorted(skipped.items())))
    for person_id, assignment_ids in news.items():
        enqueue(
            session,
            "course_assigned",
            f"course_assigned:{assignment_ids[0]}",
            {"person_id": person_id, "assignment_ids": assignment_ids},
            at=at,
        )
    return done


def refuse_past(due_on: date, partner: Partner, *, at: datetime) -> None:
    """A due date is today in the partner's zone, or later."""
    if due_on < day_in(partner.time_zone, at):
        raise DomainError("The due date has passed already. Choose today or a later day.", field="due_on")


def cancel(session: Session, assignment: Assignment, reason: str, *, by: Actor, at: datetime) -> None:
    """Take an assignment back that a representative made. Those of a case step are part of its plan and stay."""
    act = RefusedAct("assignment.cancelled", "assignment", str(assignment.id), assignment.partner_id)
    require(Permission.ASSIGNMENT_MAKE, by=by, act=act)
    session.refresh(assignment, with_for_update=True)
    if assignment.origin not in (Origin.REPRESENTATIVE, Origin.OWN_CHOICE):
        raise DomainError(
            "This course is part of what compliance decided. Only compliance can change that, by a decision."
        )
    if assignment.state not in OPEN:
        raise Conflict(f"This assignment is already {assignment.state.value}. Nothing was changed.")
    if not reason.strip():
        raise DomainError("Say why, in a sentence that a later auditor will read.", field="reason")
    former = assignment.state
    assignment.state = AssignmentState.CANCELLED
    assignment.closed_at, assignment.closed_by_id, assignment.closed_reason = at, by.person_id, reason.strip()
    session.execute(
        update(Registration)
        .where(Registration.assignment_id == assignment.id, Registration.state == RegistrationState.OPEN)
        .values(state=RegistrationState.ABANDONED, finished_at=at)
    )
    session.flush()
    audit.record(
        session,
        "assignment.cancelled",
        "assignment",
        assignment.id,
        by=by,
        at=at,
        partner_id=assignment.partner_id,
        reason=assignment.closed_reason,
        details={"old": former.value, "new": assignment.state.value},
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
