"""Verbs about assignments: give a course to people, take an assignment back, allow another cycle."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.accounts.models import Person
from app.audit import services as audit
from app.courses.models import Course, CourseVersion
from app.decisions.services import require
from app.kernel.clock import day_in
from app.kernel.errors import Conflict, DomainError, NotFound, RefusedAct, constraint_says
from app.learning.models import (
    DECIDED_BY_COMPLIANCE,
    Assignment,
    AssignmentState,
    Origin,
    Registration,
    RegistrationState,
)
from app.learning.queries.prerequisites import missing
from app.learning.queries.records import satisfying, waived
from app.learning.rules.progress import may_renew
from app.outbox.services import enqueue
from app.partners.models import Partner
from app.partners.queries import load_by_id

constraint_says(
    "one_open_assignment_a_person_and_course",
    "Somebody assigned this course to one of these people a moment ago. Look at the list again; nothing was changed.",
)

OPEN = (AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)
# What a representative gave, a representative may take back.
CANCELLABLE = (Origin.REPRESENTATIVE, Origin.OWN_CHOICE, Origin.CAMPAIGN)


@dataclass(frozen=True)
class Assigned:
    """What came of assigning one course: the new assignments, and who was left out with the reason in words."""

    made: tuple[Assignment, ...]
    skipped: tuple[tuple[int, str], ...]


def reasons_to_skip(
    session: Session,
    person_ids: Sequence[int],
    course_id: int,
    *,
    partner: Partner,
    at: datetime,
    renewing: bool = True,
) -> dict[int, str]:
    """Why a person needs no new assignment of a course, by person id: closed account, already assigned, waived, already completed.

    A pass that can be renewed now is no reason where `renewing`. NotFound when one of them is not a person of this partner.
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
    renew_days = _renew_days(session, course_id) if renewing else None
    for (person_id, _), one in satisfying(session, person_ids, [course_id], at=at).items():
        ends = one.valid_until if one.course_id == course_id else None
        if renew_days is not None and ends is not None and may_renew(ends, renew_days, today):
            continue
        until = f", valid until {_day(one.valid_until)}" if one.valid_until else ""
        instead = "" if one.course_id == course_id else f"“{one.title}” instead, "
        reasons[person_id] = f"{instead}completed on {_day(one.passed_on)}{until}"
    for (person_id, _), until_day in waived(session, person_ids, [course_id], at=at).items():
        reasons[person_id] = f"waived until {_day(until_day)}"
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


def _renew_days(session: Session, course_id: int) -> int | None:
    return session.scalar(
        select(CourseVersion.renew_days)
        .join(Course, Course.current_version_id == CourseVersion.id)
        .where(Course.id == course_id)
    )


def prerequisites_to_add(
    session: Session, given: Mapping[int, Sequence[int]], *, partner: Partner, at: datetime
) -> dict[int, list[int]]:
    """What people who are about to get courses need to get first, what comes first in front. Both are person ids by course id.

    Who has completed a prerequisite, or has it to do already, or gets it anyway, is left out; theirs are looked at in turn.
    """
    added: dict[int, list[int]] = {}
    frontier: Mapping[int, Sequence[int]] = given
    while frontier:
        wanted: dict[int, list[int]] = {}
        for lacking in missing(session, frontier, at=at).values():
            for person_id, ones in lacking.items():
                for one in ones:
                    taken = (*given.get(one.course_id, ()), *added.get(one.course_id, ()))
                    if person_id not in taken and person_id not in wanted.setdefault(one.course_id, []):
                        wanted[one.course_id].append(person_id)
        frontier = {}
        for course_id, people in wanted.items():
            skipped = reasons_to_skip(session, people, course_id, partner=partner, at=at)
            left = [person_id for person_id in people if person_id not in skipped]
            if left:
                added = {course_id: [*added.pop(course_id, ()), *left], **added}
                frontier[course_id] = left
    return added


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
    batch_id: int | None = None,
    by: Actor,
    at: datetime,
) -> dict[int, Assigned]:
    """As `assign`, for several courses at once: each person gets one message about all of them. By course id.

    Prerequisites that people lack are assigned with them, under the same due date.
    With `batch_id` nobody gets a message here: the batch tells its people, all at once, when it can't be taken back any more.
    """
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
    given: dict[int, list[int]] = {}
    skipped: dict[int, dict[int, str]] = {}
    for course in courses:
        if course.current_version_id is None:
            raise DomainError(f"“{course.slug}” has no published version to take yet.", field="courses")
        skipped[course.id] = reasons_to_skip(
            session, wanted, course.id, partner=partner, at=at, renewing=origin not in DECIDED_BY_COMPLIANCE
        )
        given[course.id] = [person_id for person_id in wanted if person_id not in skipped[course.id]]
    first = prerequisites_to_add(session, given, partner=partner, at=at)
    for course_id, people in {**first, **given}.items():
        made = [
            Assignment(
                person_id=person_id,
                partner_id=partner.id,
                course_id=course_id,
                origin=origin,
                case_step_id=case_step_id,
                batch_id=batch_id,
                assigned_by_id=by.person_id,
                assigned_at=at,
                original_due_on=due_on,
                due_on=due_on,
                state=AssignmentState.ASSIGNED,
            )
            for person_id in people
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
                    "course": course_id,
                    "due_on": due_on.isoformat(),
                    "origin": origin.value,
                    "case_step": case_step_id,
                    **({"batch": batch_id} if batch_id is not None else {}),
                },
            )
        done[course_id] = Assigned(tuple(made), tuple(sorted(skipped.get(course_id, {}).items())))
    for person_id, assignment_ids in news.items() if batch_id is None else ():
        words = {"person_id": person_id, "assignment_ids": assignment_ids}
        if origin is Origin.RECERTIFICATION:
            enqueue(session, "renewal_opened", f"renewal_opened:{assignment_ids[0]}", words, at=at)
        else:
            enqueue(session, "course_assigned", f"course_assigned:{assignment_ids[0]}", words, at=at)
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
    if assignment.origin not in CANCELLABLE:
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
