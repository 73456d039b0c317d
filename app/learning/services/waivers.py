"""Verbs about waivers: somebody need not take a course until a day. One person asks, another decides, the end brings the course back."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.access.policy import PORTAL, Actor, Permission
from app.accounts.models import Person
from app.audit import services as audit
from app.courses.models import Course, CourseVersion
from app.decisions import services as decisions
from app.decisions.queries import approved_by
from app.decisions.rules import DecisionKind, Duty
from app.kernel.clock import day_in
from app.kernel.errors import Conflict, DomainError, NotFound, Refused, RefusedAct
from app.learning.models import OPEN_STATES, Assignment, AssignmentState, ProposalState, TrainingWaiver
from app.learning.services.assignments import assign
from app.learning.services.satisfying import end_running
from app.partners.models import Partner

LONGEST = timedelta(days=3 * 366)
DEFAULT_DUE = timedelta(days=14)


def ask_waiver(
    session: Session, assignment: Assignment, until: date, reason: str, *, by: Actor, at: datetime
) -> TrainingWaiver:
    """Ask a second person to waive an open assignment until the end of a day in the partner's zone."""
    act = RefusedAct("training-waiver.asked", "assignment", str(assignment.id), assignment.partner_id)
    decisions.require(Permission.WAIVER_ASK, by=by, act=act)
    if by.person_id is None:
        raise DomainError("A waiver is asked for by a person.")
    session.refresh(assignment, with_for_update=True)
    if assignment.state not in OPEN_STATES:
        raise Conflict(f"This assignment is {assignment.state.value}: there is nothing to waive. Nothing was changed.")
    today = day_in(session.get_one(Partner, assignment.partner_id).time_zone, at)
    if until <= today:
        raise DomainError("Choose a day after today: a waiver that has ended waives nothing.", field="until")
    if until > today + LONGEST:
        raise DomainError("Choose a day within three years. A waiver ends; it can be asked for again.", field="until")
    if not reason.strip():
        raise DomainError("Say why, in a sentence that the approver and a later auditor will read.", field="reason")
    if waiver_asked(session, assignment.id) is not None:
        raise Conflict("A waiver of this assignment is proposed already. Wait for its decision.")
    made = TrainingWaiver(
        assignment_id=assignment.id,
        reason=reason.strip(),
        until=until,
        state=ProposalState.PROPOSED,
        asked_by_id=by.person_id,
        asked_at=at,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        "training-waiver.asked",
        "training_waiver",
        made.id,
        by=by,
        at=at,
        partner_id=assignment.partner_id,
        reason=made.reason,
        details={"assignment": assignment.id, "until": until.isoformat()},
    )
    content = waiver_content(session, made.id)
    decisions.propose(
        session,
        DecisionKind.WAIVER,
        made.id,
        label=f"{content['person']}, {content['course']}",
        content=content,
        partner_id=assignment.partner_id,
        reason=made.reason,
        by=by,
        at=at,
    )
    return made


def waiver_asked(session: Session, assignment_id: int) -> TrainingWaiver | None:
    """The waiver of an assignment that waits for its decision."""
    return session.scalar(
        select(TrainingWaiver).where(
            TrainingWaiver.assignment_id == assignment_id, TrainingWaiver.state == ProposalState.PROPOSED
        )
    )


def waiver_content(session: Session, waiver_id: int) -> dict[str, Any]:
    """What a waiver is judged by, as it stands now."""
    row = session.execute(
        select(TrainingWaiver, Assignment, Person.name, Partner.legal_name, Partner.number, CourseVersion.title)
        .join(Assignment, Assignment.id == TrainingWaiver.assignment_id)
        .join(Person, Person.id == Assignment.person_id)
        .join(Partner, Partner.id == Assignment.partner_id)
        .join(Course, Course.id == Assignment.course_id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(TrainingWaiver.id == waiver_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    waiver, assignment = row.TrainingWaiver, row.Assignment
    return {
        "person": row.name,
        "partner": f"{row.legal_name} ({row.number})",
        "course": row.title,
        "assignment": assignment.id,
        "still_to_do": assignment.state in OPEN_STATES,
        "due_on": assignment.due_on.isoformat(),
        "origin": assignment.origin.value.replace("_", " "),
        "waived_until": waiver.until.isoformat(),
        "reason": waiver.reason,
    }


def accept_waiver(session: Session, waiver_id: int, *, by: Actor, at: datetime) -> Assignment:
    """What follows from an approved waiver: the assignment is waived, and what runs in it ends."""
    waiver, assignment = _held(session, waiver_id, "training-waiver.accepted", by=by)
    if approved_by(session, DecisionKind.WAIVER, waiver.id, by=by) is None:
        act = RefusedAct("training-waiver.accepted", "training_waiver", str(waiver_id), assignment.partner_id)
        raise Refused("A waiver is approved under Decisions.", act, by=by)
    if waiver.until < day_in(session.get_one(Partner, assignment.partner_id).time_zone, at):
        raise Conflict(
            "The waiver would have ended already. Nothing was approved; reject it, or have a new one proposed."
        )
    former, assignment.state = assignment.state, AssignmentState.WAIVED
    assignment.closed_at, assignment.closed_by_id, assignment.closed_reason = at, by.person_id, waiver.reason
    end_running(session, assignment.id, at=at)
    _settle(
        session,
        waiver,
        assignment,
        ProposalState.ACCEPTED,
        by=by,
        at=at,
        details={"old": former.value, "new": assignment.state.value},
    )
    return assignment


def reject_waiver(session: Session, waiver_id: int, *, by: Actor, at: datetime) -> None:
    """What follows from a rejected waiver: the assignment stays as it is."""
    waiver, assignment = _held(session, waiver_id, "training-waiver.rejected", by=by)
    _settle(session, waiver, assignment, ProposalState.REJECTED, by=by, at=at, details={})


def _held(session: Session, waiver_id: int, action: str, *, by: Actor) -> tuple[TrainingWaiver, Assignment]:
    """The waiver and its assignment, for somebody who may decide and did not ask for it."""
    waiver = session.get(TrainingWaiver, waiver_id)
    if waiver is None:
        raise NotFound
    assignment = session.get_one(Assignment, waiver.assignment_id, with_for_update=True, populate_existing=True)
    session.refresh(waiver, with_for_update=True)
    act = RefusedAct(action, "training_waiver", str(waiver_id), assignment.partner_id)
    decisions.require(Permission.COMPLIANCE_DECIDE, by=by, act=act)
    decisions.keep_apart(
        Duty.DECIDE,
        by=by,
        took_part={"asked for it": waiver.asked_by_id},
        subject_type="training_waiver",
        subject_id=waiver_id,
        partner_id=assignment.partner_id,
    )
    if waiver.state is not ProposalState.PROPOSED:
        raise Conflict(f"This waiver is {waiver.state.value} already. Nothing was changed.")
    return waiver, assignment


def _settle(
    session: Session,
    waiver: TrainingWaiver,
    assignment: Assignment,
    state: ProposalState,
    *,
    by: Actor,
    at: datetime,
    details: dict[str, Any],
) -> None:
    waiver.state = state
    session.flush()
    audit.record(
        session,
        "training-waiver.accepted" if state is ProposalState.ACCEPTED else "training-waiver.rejected",
        "training_waiver",
        waiver.id,
        by=by,
        at=at,
        partner_id=assignment.partner_id,
        details={"assignment": assignment.id, "until": waiver.until.isoformat(), **details},
    )


def ended_waivers(session: Session, *, at: datetime) -> Sequence[Assignment]:
    """Waived assignments whose waiver has ended in the partner's zone and that nothing has followed yet."""
    newer = aliased(Assignment)
    rows = session.execute(
        select(Assignment, TrainingWaiver.until, Partner.time_zone)
        .join(TrainingWaiver, TrainingWaiver.assignment_id == Assignment.id)
        .join(Partner, Partner.id == Assignment.partner_id)
        .where(
            TrainingWaiver.state == ProposalState.ACCEPTED,
            TrainingWaiver.until < at.date() + timedelta(days=1),
            Assignment.state == AssignmentState.WAIVED,
            ~select(newer.id)
            .where(
                newer.person_id == Assignment.person_id,
                newer.course_id == Assignment.course_id,
                newer.id > Assignment.id,
            )
            .exists(),
        )
        .order_by(Assignment.id)
    )
    return [row.Assignment for row in rows if row.until < day_in(row.time_zone, at)]


def assign_again(session: Session, waived: Assignment, *, at: datetime) -> bool:
    """The course comes back after its waiver: for the same reason as before, within the course's own term. False where it need not."""
    course = session.get_one(Course, waived.course_id)
    version = session.get_one(CourseVersion, course.current_version_id)
    partner = session.get_one(Partner, waived.partner_id)
    term = timedelta(days=version.due_days) if version.due_days else DEFAULT_DUE
    done = assign(
        session,
        [waived.person_id],
        course,
        origin=waived.origin,
        due_on=day_in(partner.time_zone, at) + term,
        partner_id=partner.id,
        case_step_id=waived.case_step_id,
        by=PORTAL,
        at=at,
    )
    return bool(done.made)
