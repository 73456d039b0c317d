"""Mails about remediation cases, to the partner's people. They carry no facts of the case: those stay behind the sign-in."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Role
from app.notifications import duties, recipients
from app.notifications.letters.kinds import KindOfMail, Payload, deadline
from app.notifications.reminders import still_in
from app.notifications.rendering import Letter, Recipient
from app.notifications.rules import reminding_day
from app.remediation.models import (
    Determination,
    EngagementSession,
    EvidenceRevision,
    PlanStep,
    Referral,
    RemediationCase,
    ReviewState,
    SessionState,
    StepState,
)


def runs_the_case(session: Session, payload: Payload) -> Sequence[int]:
    return recipients.of_partner(session, payload["partner_id"], Role.COMPLIANCE_CONTACT)


def runs_or_signs(session: Session, payload: Payload) -> Sequence[int]:
    """Who runs the case at the partner, and who signs for it."""
    return recipients.of_partner(session, payload["partner_id"], Role.COMPLIANCE_CONTACT, Role.EXECUTIVE)


def notice_served(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """Nothing once it is acknowledged: then it was read."""
    for duty in duties.notices(session, notice_id=int(payload["notice_id"])):
        values = {"case": duty.case_number, "due_on": duty.due_on, "served_at": duty.told_at}
        return Letter(to, "notice_served", f"/notices/{duty.notice_id}", values, thread=duty.case_number)
    return None


def notice_reminder(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    for duty in duties.notices(session, notice_id=int(payload["notice_id"])):
        today = reminding_day(duty.time_zone, at)
        if duty.due_on.isoformat() == payload["due_on"] and still_in(payload, duty.due_on, today):
            values = {"case": duty.case_number, **deadline(duty.due_on, today)}
            return Letter(to, "notice_reminder", f"/notices/{duty.notice_id}", values, thread=duty.case_number)
    return None


def whose_steps(session: Session, payload: Payload) -> Sequence[int]:
    return recipients.of_partner(session, payload["partner_id"], Role(payload["role"]))


def steps_reminder(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """The steps of one due day that are still this role's turn."""
    due_on = date.fromisoformat(payload["due_on"])
    found = [
        duty
        for duty in duties.steps(session, case_id=int(payload["case_id"]))
        if duty.due_on == due_on and duty.role.value == payload["role"]
    ]
    if not found:
        return None
    today = reminding_day(found[0].time_zone, at)
    if not still_in(payload, due_on, today):
        return None
    number = found[0].case_number
    values = {"case": number, "steps": [duty.title for duty in found], **deadline(due_on, today)}
    return Letter(to, "steps_reminder", f"/cases/{number}", values, thread=number)


def step_returned(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """Nothing once the partner has sent a newer revision."""
    row = session.execute(
        select(PlanStep.id, PlanStep.title, PlanStep.current_due_on, RemediationCase.number)
        .select_from(EvidenceRevision)
        .join(PlanStep, PlanStep.id == EvidenceRevision.step_id)
        .join(RemediationCase, RemediationCase.id == PlanStep.case_id)
        .where(
            EvidenceRevision.id == int(payload["revision_id"]),
            EvidenceRevision.review == ReviewState.RETURNED,
            PlanStep.state.in_((StepState.CHANGES_REQUESTED, StepState.IN_PROGRESS, StepState.REOPENED)),
        )
    ).one_or_none()
    if row is None:
        return None
    values = {"case": row.number, "step": row.title, "due_on": row.current_due_on}
    return Letter(to, "step_returned", f"/cases/{row.number}/steps/{row.id}", values, thread=row.number)


def session_planned(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """Nothing once the meeting is cancelled or over."""
    found = _meeting(session, payload, SessionState.PLANNED)
    if found is None or found[0].starts_at <= at:
        return None
    meeting, number = found
    values = {"case": number, "starts_at": meeting.starts_at, "minutes": meeting.minutes_to_last}
    return Letter(to, "session_planned", f"/sessions/{meeting.id}", values, thread=number)


def session_minutes(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """Nothing once the minutes are confirmed or objected to."""
    found = _meeting(session, payload, SessionState.HELD)
    if found is None or found[0].objection is not None:
        return None
    meeting, number = found
    values = {"case": number, "held_at": meeting.held_at}
    return Letter(to, "session_minutes", f"/sessions/{meeting.id}", values, thread=number)


def _meeting(session: Session, payload: Payload, state: SessionState) -> tuple[EngagementSession, str] | None:
    row = session.execute(
        select(EngagementSession, RemediationCase.number)
        .join(PlanStep, PlanStep.id == EngagementSession.step_id)
        .join(RemediationCase, RemediationCase.id == PlanStep.case_id)
        .where(EngagementSession.id == int(payload["session_id"]), EngagementSession.state == state)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def determination_made(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """Compliance has decided about the case: its completion, or, with `referral_id`, what becomes of it."""
    number = session.scalar(select(RemediationCase.number).where(RemediationCase.id == int(payload["case_id"])))
    if number is None:
        return None
    if "referral_id" in payload:
        return _referred(session, int(payload["referral_id"]), number, to)
    made = session.get_one(Determination, int(payload["determination_id"]))
    completed = made.outcome.is_completion
    values = {"case": number, "made_at": made.made_at, "outcome": made.outcome.label, "completed": completed}
    return Letter(to, "determination_made", f"/cases/{number}", values, thread=number)


def _referred(session: Session, referral_id: int, number: str, to: Recipient) -> Letter:
    made = session.get_one(Referral, referral_id)
    values = {"case": number, "made_at": made.approved_at, "destination": made.destination.value}
    return Letter(to, "case_referred", f"/cases/{number}", values, thread=number)


MAILS = {
    "notice_served": KindOfMail(runs_or_signs, notice_served),
    "notice_reminder": KindOfMail(runs_the_case, notice_reminder),
    "steps_reminder": KindOfMail(whose_steps, steps_reminder),
    "step_returned": KindOfMail(runs_the_case, step_returned),
    "session_planned": KindOfMail(runs_or_signs, session_planned),
    "session_minutes": KindOfMail(runs_the_case, session_minutes),
    "determination_made": KindOfMail(runs_or_signs, determination_made),
}
