"""Everything that happened on a case, newest first: one telling for those inside, another for the partner and its representative."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.accounts.queries import names
from app.decisions.models import Decision, DecisionState
from app.decisions.queries import visible_kinds
from app.decisions.rules import KINDS, DecisionKind
from app.incentives.queries.holds import holds_of_case
from app.remediation.models import (
    DeterminationState,
    EvidenceRevision,
    NoticeState,
    PlanStep,
    ReferralState,
    RemediationCase,
    ReviewState,
    SessionState,
    StepState,
)
from app.remediation.queries import parts
from app.remediation.queries.loading import may_read_evidence, sees_inside, shows_steps

PORTAL_NAME = "The portal, by rule"


@dataclass(frozen=True)
class Event:
    """One line. `topic` is what the filter goes by; `who` None where the portal did it."""

    at: datetime
    topic: str
    title: str
    who_id: int | None = None
    text: str = ""
    tone: str = "neutral"
    endpoint: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    who: str = ""


TOPICS = {
    "state": "Case and steps",
    "evidence": "Evidence",
    "decision": "Decisions",
    "meeting": "Meetings",
    "note": "Notes and marks",
}


def timeline(session: Session, case: RemediationCase, *, by: Actor, topic: str = "") -> list[Event]:
    """What this actor may know of what happened. Internal notes, reasons and proposals are only for those inside."""
    inside = sees_inside(by)
    own_steps = {step.id: step for step in parts.steps(session, case.id)} if shows_steps(case, by) else {}
    found: list[Event] = [*_states(session, case), *_decisions(session, case, by)] if inside else []
    # Of what happened in one instant the consequence comes last: a step is completed because its evidence was accepted.
    found += _notices(session, case)
    found += _evidence(session, case, own_steps, may_read_evidence(by), inside)
    found += [*_meetings(session, own_steps), *_steps(session, case, own_steps, inside)]
    found += _ends(session, case)
    if inside:
        found += _notes(session, case)
    else:
        found += _plan_in_force(session, case)
    chosen = [event for event in found if not topic or event.topic == topic]
    chosen = sorted(chosen, key=lambda event: event.at)[::-1]
    called = names(session, [event.who_id for event in chosen])
    return [
        Event(
            **{
                **vars(event),
                "who": called.get(event.who_id, "") if event.who_id is not None else event.who,
            }
        )
        for event in chosen
    ]


def _notices(session: Session, case: RemediationCase) -> Iterable[Event]:
    for notice in reversed(parts.notices_of(session, case.id)):
        address: dict[str, Any] = {"endpoint": "remediation.notice", "values": {"notice_id": notice.id}}
        version = f", version {notice.version}" if notice.version > 1 else ""
        if notice.state is NoticeState.SERVED and notice.served_at is not None:
            yield Event(notice.served_at, "state", f"Notice served{version}", tone="info", **address)
        if notice.acknowledged_at is not None:
            who = notice.acknowledged_by_id
            yield Event(
                notice.acknowledged_at, "state", f"Notice acknowledged{version}", who, tone="success", **address
            )


def _steps(session: Session, case: RemediationCase, own: dict[int, PlanStep], inside: bool) -> Iterable[Event]:
    words = {
        StepState.ACCEPTED: ("Step completed", "success"),
        StepState.REOPENED: ("Step open again", "attention"),
        StepState.WAIVED: ("Step waived", "info"),
        StepState.NOT_APPLICABLE: ("Step lifted", "info"),
    }
    for change in parts.step_transitions(session, list(own)):
        if change.to_state not in words:
            continue
        step = own[change.step_id]
        said, tone = words[change.to_state]
        by_name = PORTAL_NAME if change.by_id is None else ""
        shown = change.by_id if inside else None
        yield Event(
            change.at,
            "state",
            f"{said}: {step.title}",
            shown,
            change.reason,
            tone,
            "remediation.step",
            {"number": case.number, "step_id": step.id},
            by_name if inside else "",
        )


def _evidence(
    session: Session, case: RemediationCase, own: dict[int, PlanStep], readable: bool, inside: bool
) -> Iterable[Event]:
    revisions = parts.revisions(session, list(own))
    files: dict[int, list[str]] = {}
    for file in parts.files_of(session, [revision.id for revision in revisions]):
        files.setdefault(file.revision_id, []).append(file.name)
    for revision in reversed(revisions):
        step = own[revision.step_id]
        address: dict[str, Any] = {
            "endpoint": "remediation.step",
            "values": {"number": case.number, "step_id": step.id},
        }
        listed = ", ".join(files.get(revision.id, [])) if readable else ""
        yield Event(
            revision.received_at,
            "evidence",
            f"Evidence received: {step.title}, revision {revision.number}",
            revision.uploaded_by_id,
            listed,
            "info",
            **address,
        )
        yield from _review(revision, step, address, readable, inside)


def _review(
    revision: EvidenceRevision, step: PlanStep, address: dict[str, Any], readable: bool, inside: bool
) -> Iterable[Event]:
    """Outside, the compliance team speaks with one voice: who of it judged is nobody's to press."""
    if revision.reviewed_at is None:
        return
    accepted = revision.review is ReviewState.ACCEPTED
    yield Event(
        revision.reviewed_at,
        "evidence",
        f"Evidence {'accepted' if accepted else 'returned'}: {step.title}, revision {revision.number}",
        revision.reviewed_by_id if inside else None,
        (revision.review_reason or "") if readable else "",
        "success" if accepted else "attention",
        who="" if inside else "Compliance team",
        **address,
    )


def _meetings(session: Session, own: dict[int, PlanStep]) -> Iterable[Event]:
    for meeting in reversed(parts.sessions_of(session, list(own))):
        address: dict[str, Any] = {"endpoint": "remediation.engagement_session", "values": {"session_id": meeting.id}}
        yield Event(meeting.planned_at, "meeting", "Meeting planned", meeting.planned_by_id, tone="info", **address)
        if meeting.minuted_at is not None:
            yield Event(
                meeting.minuted_at, "meeting", "Meeting held, minutes written", meeting.minuted_by_id, **address
            )
        if meeting.state is SessionState.CONFIRMED and meeting.confirmed_at is not None:
            yield Event(
                meeting.confirmed_at,
                "meeting",
                "Minutes confirmed by the partner",
                meeting.confirmed_by_id,
                tone="success",
                **address,
            )


def _ends(session: Session, case: RemediationCase) -> Iterable[Event]:
    for signed in parts.attestations_of(session, case.id):
        yield Event(
            signed.signed_at, "state", "Completion signed by the executive", signed.signed_by_id, tone="success"
        )
    for made in parts.determinations_of(session, case.id):
        if made.state is DeterminationState.MADE and made.made_at is not None:
            text = made.reason + (f" Conditions: {made.conditions}" if made.conditions else "")
            tone = "success" if made.outcome.is_completion else "attention"
            yield Event(made.made_at, "decision", f"Determined: {made.outcome.label.lower()}", None, text, tone)
    for referral in parts.referrals_of(session, case.id):
        if referral.state is ReferralState.APPROVED and referral.approved_at is not None:
            yield Event(
                referral.approved_at,
                "decision",
                f"Decided: {referral.destination.label.lower()}",
                None,
                referral.words_to_partner,
                "attention",
            )


def _plan_in_force(session: Session, case: RemediationCase) -> Iterable[Event]:
    for change in parts.case_transitions(session, case.id):
        if change.to_state.value == "in_remediation" and change.from_state and change.from_state.value == "plan_review":
            yield Event(change.at, "state", "Your plan is ready", tone="info")


def _states(session: Session, case: RemediationCase) -> Iterable[Event]:
    for change in parts.case_transitions(session, case.id):
        title = "Case opened" if change.from_state is None else f"Case: {change.to_state.label.lower()}"
        yield Event(
            change.at,
            "state",
            title,
            change.by_id,
            change.reason,
            "info",
            who=PORTAL_NAME if change.by_id is None else "",
        )


def _decisions(session: Session, case: RemediationCase, by: Actor) -> Iterable[Event]:
    subjects = {
        DecisionKind.NOTICE: [one.id for one in parts.notices_of(session, case.id)],
        DecisionKind.PLAN: [one.id for one in parts.plans_of(session, case.id)],
        DecisionKind.HOLD: [one.id for one in holds_of_case(session, case.id)],
        DecisionKind.DETERMINATION: [one.id for one in parts.determinations_of(session, case.id)],
        DecisionKind.REFERRAL: [one.id for one in parts.referrals_of(session, case.id)],
    }
    wanted = [
        and_(Decision.kind == kind, Decision.subject_id.in_(ids), Decision.partner_id == case.partner_id)
        for kind, ids in subjects.items()
        if ids
    ]
    if not wanted:
        return
    for decision in session.scalars(select(Decision).where(or_(*wanted)).order_by(Decision.id)):
        title = f"{KINDS[decision.kind].title} {{}}: {decision.subject_label}"
        address: dict[str, Any] = {}
        if decision.kind in visible_kinds(by):
            address = {"endpoint": "outcomes.decision", "values": {"decision_id": decision.id}}
        yield Event(
            decision.proposed_at,
            "decision",
            title.format("proposed"),
            decision.proposed_by_id,
            decision.reason,
            **address,
        )
        if decision.decided_at is not None:
            tones = {DecisionState.APPROVED: "success", DecisionState.REJECTED: "danger"}
            yield Event(
                decision.decided_at,
                "decision",
                title.format(decision.state.value),
                decision.decided_by_id,
                decision.decision_reason or "",
                tones.get(decision.state, "neutral"),
                **address,
            )


def _notes(session: Session, case: RemediationCase) -> Iterable[Event]:
    for note in parts.notes_of(session, case.id):
        yield Event(note.written_at, "note", "Internal note", note.written_by_id, note.text)
    for mark in parts.marks_of(session, case.id):
        label = mark.mark.value.replace("_", " ")
        yield Event(mark.set_at, "note", f"Marked: {label}", mark.set_by_id, mark.reason, "attention")
        if mark.lifted_at is not None:
            yield Event(mark.lifted_at, "note", f"Mark lifted: {label}", mark.lifted_by_id, mark.lifted_reason or "")
