"""What is still to be done, and by when: read in bulk to find reminders, and once more when a reminder is sent."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Row, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from app.access.policy import Role
from app.courses.models import Course, CourseVersion
from app.learning.models import Assignment, AssignmentState, Registration, RegistrationState
from app.partners.models import CoveredPerson, Partner
from app.remediation.models import (
    CaseDeadline,
    CaseState,
    DeadlineKind,
    Notice,
    NoticeState,
    PlanState,
    PlanStep,
    PlanVersion,
    RemediationCase,
    StepKind,
    StepState,
)
from app.remediation.rules.case_states import WORKING
from app.remediation.rules.step_states import DONE, OPEN

OPEN_ASSIGNMENTS = (AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)


@dataclass(frozen=True)
class Training:
    """The courses that a person has to have taken by the end of one day; `told_at` is when they first heard of one."""

    person_id: int
    due_on: date
    time_zone: str
    told_at: datetime


def ladders(session: Session) -> dict[int, tuple[int, ...]]:
    """The courses that say themselves when to remind, by id: days from the due day, as their current version gives them."""
    rows = session.execute(
        select(Course.id, CourseVersion.reminders).join(CourseVersion, CourseVersion.id == Course.current_version_id)
    )
    return {row.id: tuple(row.reminders) for row in rows if row.reminders}


_registration, _later = aliased(Registration), aliased(Registration)
# Passed, and compliance confirms it next: nobody is reminded of what they have done.
_passed = exists().where(
    _registration.assignment_id == Assignment.id,
    _registration.state == RegistrationState.PASSED,
    ~exists().where(_later.assignment_id == Assignment.id, _later.id > _registration.id),
)


def training(
    session: Session, *, latest: date, without: Collection[int] = (), course_id: int | None = None
) -> Sequence[Training]:
    """Open training that is due by `latest`, one a person and day: of one course, or of all but those `without`."""
    courses = Assignment.course_id.not_in(sorted(without)) if course_id is None else Assignment.course_id == course_id
    rows = session.execute(
        select(
            Assignment.person_id,
            Assignment.due_on,
            Partner.time_zone,
            func.min(Assignment.assigned_at, type_=Assignment.assigned_at.type).label("told_at"),
        )
        .join(Partner, Partner.id == Assignment.partner_id)
        .where(Assignment.state.in_(OPEN_ASSIGNMENTS), Assignment.due_on <= latest, courses, ~_passed)
        .group_by(Assignment.person_id, Assignment.due_on, Partner.time_zone)
    )
    return [Training(row.person_id, row.due_on, row.time_zone, row.told_at) for row in rows]


def open_courses(
    session: Session, person_id: int, due_on: date, *, without: Collection[int] = (), course_id: int | None = None
) -> Sequence[tuple[str, str, int]]:
    """Title of each course that the person still has to take by that day, with the partner's time zone and id."""
    courses = Assignment.course_id.not_in(sorted(without)) if course_id is None else Assignment.course_id == course_id
    rows = session.execute(
        select(CourseVersion.title, Partner.time_zone, Partner.id)
        .select_from(Assignment)
        .join(Partner, Partner.id == Assignment.partner_id)
        .join(Course, Course.id == Assignment.course_id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(
            Assignment.person_id == person_id,
            Assignment.due_on == due_on,
            Assignment.state.in_(OPEN_ASSIGNMENTS),
            courses,
            ~_passed,
        )
        .order_by(CourseVersion.title)
    )
    return [(row.title, row.time_zone, row.id) for row in rows]


def on_leave(session: Session, partner_id: int, person_id: int, today: date) -> bool:
    """Is the person away, by the partner's roster? Nobody is reminded during leave."""
    lines = session.scalars(
        select(CoveredPerson).where(
            CoveredPerson.partner_id == partner_id,
            CoveredPerson.person_id == person_id,
            CoveredPerson.left_on.is_(None),
            CoveredPerson.leave_from <= today,
        )
    )
    return any(line.leave_until is None or line.leave_until >= today for line in lines)


# A step, its case's number, partner, time zone, and since when the plan has been in force.
_Step = Row[PlanStep, str, int, str, datetime | None]


@dataclass(frozen=True)
class StepDuty:
    """A step that waits for the partner, and for whom there."""

    case_id: int
    case_number: str
    partner_id: int
    time_zone: str
    title: str
    due_on: date
    told_at: datetime
    role: Role


def steps(session: Session, *, case_id: int | None = None) -> Sequence[StepDuty]:
    """Steps of running cases that are the partner's turn now; what waits for the vendor is left out, its clock stands still.

    A meeting waits for the partner only once its minutes do, and the attestation only when all else is done.
    """
    statement: Select[PlanStep, str, int, str, datetime | None] = (
        select(
            PlanStep,
            RemediationCase.number,
            RemediationCase.partner_id,
            Partner.time_zone,
            PlanVersion.accepted_at,
        )
        .join(PlanVersion, PlanVersion.id == PlanStep.plan_version_id)
        .join(RemediationCase, RemediationCase.id == PlanStep.case_id)
        .join(Partner, Partner.id == RemediationCase.partner_id)
        .where(PlanVersion.state == PlanState.ACCEPTED, RemediationCase.state.in_(WORKING))
        .order_by(PlanStep.case_id, PlanStep.position)
    )
    if case_id is not None:
        statement = statement.where(PlanStep.case_id == case_id)
    by_case: dict[int, list[_Step]] = defaultdict(list)
    for row in session.execute(statement):
        by_case[row.PlanStep.case_id].append(row)
    return [_duty(row) for rows in by_case.values() for row in rows if _is_partners_turn(row.PlanStep, rows)]


def _is_partners_turn(step: PlanStep, rows: Sequence[_Step]) -> bool:
    if step.kind is StepKind.ENGAGEMENT:
        return step.state is StepState.SUBMITTED
    if step.kind is StepKind.ATTESTATION:
        others = [row.PlanStep.state for row in rows if row.PlanStep.kind is not StepKind.ATTESTATION]
        return step.state in OPEN and all(state in DONE for state in others)
    return step.state in OPEN


def _duty(row: _Step) -> StepDuty:
    step: PlanStep = row.PlanStep
    return StepDuty(
        step.case_id,
        row.number,
        row.partner_id,
        row.time_zone,
        step.title,
        step.current_due_on,
        row.accepted_at,
        Role.EXECUTIVE if step.kind is StepKind.ATTESTATION else Role.COMPLIANCE_CONTACT,
    )


@dataclass(frozen=True)
class NoticeDuty:
    """A notice that was served and is not acknowledged."""

    notice_id: int
    case_number: str
    partner_id: int
    time_zone: str
    due_on: date
    told_at: datetime


def notices(session: Session, *, notice_id: int | None = None) -> Sequence[NoticeDuty]:
    """Served notices that wait for their acknowledgement."""
    statement = (
        select(
            Notice.id,
            RemediationCase.number,
            RemediationCase.partner_id,
            Partner.time_zone,
            CaseDeadline.current_due_on,
            Notice.served_at,
        )
        .join(RemediationCase, RemediationCase.id == Notice.case_id)
        .join(Partner, Partner.id == RemediationCase.partner_id)
        .join(CaseDeadline, CaseDeadline.case_id == Notice.case_id)
        .where(
            Notice.state == NoticeState.SERVED,
            Notice.acknowledged_at.is_(None),
            RemediationCase.state == CaseState.NOTIFIED,
            CaseDeadline.kind == DeadlineKind.ACKNOWLEDGE,
        )
        .order_by(Notice.id)
    )
    if notice_id is not None:
        statement = statement.where(Notice.id == notice_id)
    return [
        NoticeDuty(row.id, row.number, row.partner_id, row.time_zone, row.current_due_on, row.served_at)
        for row in session.execute(statement)
        if row.served_at is not None
    ]
