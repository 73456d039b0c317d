"""Verbs about engagement sessions: plan, cancel, write the minutes, confirm, object."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import PORTAL, Actor, Permission
from app.audit import services as audit
from app.decisions.rules import Duty
from app.decisions.services import keep_apart, require
from app.kernel.errors import Conflict, DomainError, RefusedAct
from app.outbox.services import enqueue
from app.remediation.models import (
    EngagementSession,
    PlanStep,
    RemediationCase,
    SessionState,
    StepKind,
    StepState,
)
from app.remediation.rules.case_states import WORKING
from app.remediation.rules.step_states import OPEN
from app.remediation.services.moving import lock, move_step
from app.remediation.services.progress import advance


def plan_session(
    session: Session,
    case: RemediationCase,
    step: PlanStep,
    *,
    agenda: str,
    place: str,
    starts_at: datetime,
    minutes_to_last: int,
    by: Actor,
    at: datetime,
) -> EngagementSession:
    """Invite the partner to a meeting for a step of this kind."""
    require(
        Permission.SESSION_HOLD,
        by=by,
        act=RefusedAct("engagement-session.planned", "step", str(step.id), case.partner_id),
    )
    lock(session, case.id)
    if by.person_id is None or step.kind is not StepKind.ENGAGEMENT:
        raise DomainError("Meetings belong to a step of the kind “engagement session”.")
    if case.state not in WORKING:
        raise Conflict(f"{case.number} is “{case.state.label}”. No meeting is planned now.")
    if step.state not in OPEN:
        raise Conflict("This step is not open. Nothing was planned.")
    if _live(session, step) is not None:
        raise Conflict("A meeting is planned for this step already. Write its minutes, or cancel it first.")
    if len(agenda.strip()) < 10:
        raise DomainError("Say what the meeting is about, so that the right people come.", field="agenda")
    if not place.strip():
        raise DomainError("Say where: a room, or the address of the call.", field="place")
    if not 5 <= minutes_to_last <= 600:
        raise DomainError("A meeting lasts from 5 to 600 minutes.", field="minutes_to_last")
    if starts_at < at:
        raise DomainError("This time has passed. For a meeting that was held, write its minutes.", field="starts_at")
    made = EngagementSession(
        step_id=step.id,
        agenda=agenda.strip(),
        place=place.strip(),
        starts_at=starts_at,
        minutes_to_last=minutes_to_last,
        planned_by_id=by.person_id,
        planned_at=at,
        attendees=[],
        follow_ups=[],
    )
    session.add(made)
    session.flush()
    _record(session, "engagement-session.planned", made, case, by=by, at=at)
    if step.state is not StepState.IN_PROGRESS:
        move_step(session, case, step, StepState.IN_PROGRESS, by=by, at=at, reason="A meeting is planned.")
    _tell(session, "session_planned", f"session_planned:{made.id}", made, case, at=at)
    return made


def cancel_session(
    session: Session,
    case: RemediationCase,
    meeting: EngagementSession,
    *,
    reason: str,
    by: Actor,
    at: datetime,
) -> None:
    """Take back a meeting that was not held. Another one can be planned."""
    require(Permission.SESSION_HOLD, by=by, act=_act("engagement-session.cancelled", meeting, case))
    _take(session, case, meeting)
    if meeting.state is not SessionState.PLANNED:
        raise Conflict(f"This meeting is {meeting.state.value}. It can't be cancelled any more.")
    if not reason.strip():
        raise DomainError("Say why, so that the partner understands it.", field="reason")
    meeting.state, meeting.cancelled_reason = SessionState.CANCELLED, reason.strip()
    session.flush()
    _record(session, "engagement-session.cancelled", meeting, case, by=by, at=at, reason=meeting.cancelled_reason)


def write_minutes(
    session: Session,
    case: RemediationCase,
    step: PlanStep,
    meeting: EngagementSession,
    *,
    held_at: datetime,
    attendees: Sequence[str],
    minutes: str,
    follow_ups: Sequence[str],
    by: Actor,
    at: datetime,
) -> None:
    """Record that the meeting was held, who came and what was agreed. After an objection the minutes are written anew."""
    require(Permission.SESSION_HOLD, by=by, act=_act("engagement-session.held", meeting, case))
    _take(session, case, meeting)
    if by.person_id is None or meeting.state in (SessionState.CONFIRMED, SessionState.CANCELLED):
        raise Conflict(f"This meeting is {meeting.state.value}. Its minutes stay as they are.")
    if meeting.state is SessionState.HELD and meeting.objection is None:
        raise Conflict("The minutes are with the partner. They can be changed when the partner objects.")
    if case.state not in WORKING:
        raise Conflict(f"{case.number} is “{case.state.label}”. Nothing is recorded now.")
    if held_at > at:
        raise DomainError("This time is in the future. Enter when the meeting was held.", field="held_at")
    people = [" ".join(line.split()) for line in attendees if line.strip()]
    if len(people) < 2:
        raise DomainError("Name at least one person of each side, one a line.", field="attendees")
    if len(minutes.strip()) < 20:
        raise DomainError("Write what was said and agreed, so that both sides can rely on it.", field="minutes")
    meeting.state, meeting.held_at, meeting.attendees = SessionState.HELD, held_at, people
    meeting.minutes, meeting.minuted_by_id, meeting.minuted_at = minutes.strip(), by.person_id, at
    meeting.follow_ups = [" ".join(line.split()) for line in follow_ups if line.strip()]
    meeting.objection = None
    session.flush()
    _record(session, "engagement-session.held", meeting, case, by=by, at=at)
    move_step(session, case, step, StepState.SUBMITTED, by=by, at=at, reason="The minutes are with the partner.")
    _tell(session, "session_minutes", f"session_minutes:{meeting.id}:{at.isoformat()}", meeting, case, at=at)


def confirm_session(
    session: Session, case: RemediationCase, step: PlanStep, meeting: EngagementSession, *, by: Actor, at: datetime
) -> None:
    """The partner confirms the minutes, and with them the step. Never the person who wrote them."""
    require(Permission.SESSION_CONFIRM, by=by, act=_act("engagement-session.confirmed", meeting, case))
    _take(session, case, meeting)
    _keep_apart(meeting, case, by=by)
    _require_minutes(meeting, case)
    meeting.state, meeting.confirmed_by_id, meeting.confirmed_at = SessionState.CONFIRMED, by.person_id, at
    session.flush()
    _record(session, "engagement-session.confirmed", meeting, case, by=by, at=at)
    move_step(session, case, step, StepState.ACCEPTED, by=PORTAL, at=at, reason="The partner confirmed the minutes.")
    advance(session, case, at=at)


def object_to_minutes(
    session: Session,
    case: RemediationCase,
    step: PlanStep,
    meeting: EngagementSession,
    *,
    objection: str,
    by: Actor,
    at: datetime,
) -> None:
    """The partner says what is wrong with the minutes; the vendor writes them anew."""
    require(Permission.SESSION_CONFIRM, by=by, act=_act("engagement-session.objected", meeting, case))
    _take(session, case, meeting)
    _keep_apart(meeting, case, by=by)
    _require_minutes(meeting, case)
    if len(objection.strip()) < 10:
        raise DomainError("Say what is wrong or missing, so that it can be mended.", field="objection")
    meeting.objection = objection.strip()
    session.flush()
    _record(session, "engagement-session.objected", meeting, case, by=by, at=at, reason=meeting.objection)
    move_step(
        session, case, step, StepState.CHANGES_REQUESTED, by=by, at=at, reason="The partner objected to the minutes."
    )


def _keep_apart(meeting: EngagementSession, case: RemediationCase, *, by: Actor) -> None:
    keep_apart(
        Duty.CONFIRM_SESSION,
        by=by,
        took_part={"wrote the minutes": meeting.minuted_by_id, "planned it": meeting.planned_by_id},
        subject_type="engagement_session",
        subject_id=meeting.id,
        partner_id=case.partner_id,
    )


def _require_minutes(meeting: EngagementSession, case: RemediationCase) -> None:
    if meeting.state is not SessionState.HELD or meeting.objection is not None:
        raise Conflict("There are no minutes waiting for you here. Nothing was changed.")
    if case.state not in WORKING:
        raise Conflict(f"{case.number} is “{case.state.label}”. Nothing is confirmed now.")


def _live(session: Session, step: PlanStep) -> EngagementSession | None:
    return session.scalar(
        select(EngagementSession).where(
            EngagementSession.step_id == step.id,
            EngagementSession.state.in_((SessionState.PLANNED, SessionState.HELD)),
        )
    )


def _take(session: Session, case: RemediationCase, meeting: EngagementSession) -> None:
    lock(session, case.id)
    session.refresh(meeting)


def _tell(
    session: Session, about: str, key: str, meeting: EngagementSession, case: RemediationCase, *, at: datetime
) -> None:
    """The partner's people get a mail about a meeting."""
    ids = {"case_id": case.id, "step_id": meeting.step_id, "session_id": meeting.id, "partner_id": case.partner_id}
    enqueue(session, "reminder", key, {"about": about, **ids}, at=at)


def _act(action: str, meeting: EngagementSession, case: RemediationCase) -> RefusedAct:
    return RefusedAct(action, "engagement_session", str(meeting.id), case.partner_id)


def _record(
    session: Session,
    action: str,
    meeting: EngagementSession,
    case: RemediationCase,
    *,
    by: Actor,
    at: datetime,
    reason: str | None = None,
) -> None:
    audit.record(
        session,
        action,
        "engagement_session",
        meeting.id,
        by=by,
        at=at,
        partner_id=case.partner_id,
        reason=reason,
        details={"case": case.number, "step": meeting.step_id},
    )
