"""What waits for the vendor's staff: to judge, to open, to review, to plan, to determine. Oldest first."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.access.policy import Actor, Permission
from app.kernel.clock import add_business_days, day_in
from app.partners.models import Partner
from app.partners.queries import in_reach
from app.remediation.models import (
    CaseDeadline,
    CaseState,
    CompletionAttestation,
    DeadlineKind,
    Determination,
    DeterminationReview,
    DeterminationState,
    EngagementSession,
    EvidenceManifest,
    EvidenceRevision,
    Infraction,
    InfractionState,
    Notice,
    NoticeState,
    PlanState,
    PlanStep,
    PlanVersion,
    RemediationCase,
    ReviewState,
    SessionState,
    StepKind,
    StepState,
)
from app.remediation.queries.counting import suggestions
from app.remediation.queries.loading import visible
from app.remediation.rules.case_states import WORKING
from app.remediation.rules.policy import Policy
from app.remediation.rules.step_states import OPEN

_MOST = 100


@dataclass(frozen=True)
class Waiting:
    """One thing to do. `due_on` is None where no clock runs; `since` None for what a rule found."""

    kind: str
    title: str
    hint: str
    endpoint: str
    values: dict[str, Any] = field(default_factory=dict)
    since: datetime | None = None
    due_on: date | None = None


def waiting_for_staff(
    session: Session, by: Actor, *, policy: Policy | None = None, at: datetime | None = None
) -> list[Waiting]:
    """Everything in remediation that this person of the vendor can do now. `policy` is the one for new cases."""
    if by.partner_id is not None:
        return []
    found: list[Waiting] = []
    if by.may(Permission.EVIDENCE_REVIEW):
        found += _evidence(session, by)
    if by.may(Permission.INFRACTION_SUBSTANTIATE):
        found += _alleged(session, by)
    if by.may(Permission.CASE_OPEN):
        found += _suggested(session, by, policy or Policy())
    if by.may(Permission.NOTICE_PROPOSE):
        found += _to_notify(session, by) + _to_plan(session, by)
    if by.may(Permission.SESSION_HOLD):
        found += _meetings(session, by, at)
    if by.may(Permission.DETERMINATION_PROPOSE):
        found += _outdated(session, by) + _to_determine(session, by) + _to_review(session, by)
    if by.may(Permission.CASE_ADVANCE):
        found += _monitored(session, by, at)
    return found


def _to_review(session: Session, by: Actor) -> list[Waiting]:
    """Determinations whose certificate was revoked and for which nobody has proposed what follows."""
    rows = session.execute(
        select(DeterminationReview, RemediationCase.number, Partner.legal_name)
        .join(RemediationCase, RemediationCase.id == DeterminationReview.case_id)
        .join(Partner, Partner.id == RemediationCase.partner_id)
        .where(DeterminationReview.concluded_at.is_(None), DeterminationReview.outcome.is_(None), visible(by))
        .order_by(DeterminationReview.id)
        .limit(_MOST)
    )
    return [
        Waiting(
            "review",
            f"Review the determination of {number}",
            f"{name}: its certificate was revoked",
            "remediation.review",
            {"review_id": review.id},
            review.opened_at,
        )
        for review, number, name in rows
    ]


def _evidence(session: Session, by: Actor) -> list[Waiting]:
    rows = session.execute(
        select(EvidenceRevision, PlanStep, RemediationCase, Partner)
        .join(PlanStep, PlanStep.id == EvidenceRevision.step_id)
        .join(RemediationCase, RemediationCase.id == PlanStep.case_id)
        .join(Partner, Partner.id == RemediationCase.partner_id)
        .where(
            EvidenceRevision.review == ReviewState.WAITING,
            EvidenceRevision.replaced_at.is_(None),
            EvidenceRevision.uploaded_by_id != by.person_id,
            RemediationCase.state.in_(WORKING),
            visible(by),
        )
        .order_by(EvidenceRevision.received_at)
        .limit(_MOST)
    )
    return [
        Waiting(
            "evidence",
            f"Review: {step.title}",
            f"{partner.legal_name}, {case.number}, revision {revision.number}",
            "remediation.step",
            {"number": case.number, "step_id": step.id},
            revision.received_at,
            add_business_days(
                day_in(partner.time_zone, revision.received_at), Policy.kept(case.policy).evidence_review_business_days
            ),
        )
        for revision, step, case, partner in rows
    ]


def _alleged(session: Session, by: Actor) -> list[Waiting]:
    rows = session.execute(
        select(Infraction, Partner)
        .join(Partner, Partner.id == Infraction.partner_id)
        .where(
            Infraction.state == InfractionState.ALLEGED,
            Infraction.recorded_by_id != by.person_id,
            in_reach(by, Infraction.partner_id),
        )
        .order_by(Infraction.id)
        .limit(_MOST)
    )
    return [
        Waiting(
            "infraction",
            f"Judge infraction {infraction.id}",
            f"{partner.legal_name}: {infraction.rule}",
            "remediation.infraction",
            {"infraction_id": infraction.id},
            infraction.recorded_at,
        )
        for infraction, partner in rows
    ]


def _suggested(session: Session, by: Actor, policy: Policy) -> list[Waiting]:
    found = []
    for one in suggestions(session, policy, by=by):
        if one.open_case is None:
            found.append(
                Waiting(
                    "suggestion",
                    f"Open a case: {one.partner.legal_name}",
                    f"{len(one.count.ids)} substantiated infractions within {policy.infraction_window_months} months",
                    "remediation.new_case",
                    {"partner": one.partner.number},
                )
            )
        else:
            found.append(
                Waiting(
                    "suggestion",
                    f"Join to {one.open_case.number}: {one.partner.legal_name}",
                    "A substantiated infraction is in no case yet",
                    "remediation.infraction",
                    {"infraction_id": one.count.free[0]},
                )
            )
    return found


def _to_notify(session: Session, by: Actor) -> list[Waiting]:
    proposed = select(Notice.case_id).where(Notice.state == NoticeState.PROPOSED)
    rows = session.execute(
        select(RemediationCase, Partner)
        .join(Partner, Partner.id == RemediationCase.partner_id)
        .where(RemediationCase.state == CaseState.DRAFT, RemediationCase.id.not_in(proposed), visible(by))
        .order_by(RemediationCase.id)
        .limit(_MOST)
    )
    return [
        Waiting(
            "notice",
            f"Write the notice of {case.number}",
            partner.legal_name,
            "remediation.new_notice",
            {"number": case.number},
            case.opened_at,
        )
        for case, partner in rows
    ]


def _to_plan(session: Session, by: Actor) -> list[Waiting]:
    there = select(PlanVersion.case_id).where(PlanVersion.state.in_((PlanState.PROPOSED, PlanState.ACCEPTED)))
    rows = session.execute(
        select(RemediationCase, Partner)
        .join(Partner, Partner.id == RemediationCase.partner_id)
        .where(
            RemediationCase.state.in_((CaseState.NOTIFIED, CaseState.PLANNING)),
            RemediationCase.id.not_in(there),
            visible(by),
        )
        .order_by(RemediationCase.id)
        .limit(_MOST)
    )
    return [
        Waiting(
            "plan",
            f"Propose a plan for {case.number}",
            partner.legal_name,
            "remediation.new_plan",
            {"number": case.number},
            case.notified_at,
        )
        for case, partner in rows
    ]


def _meetings(session: Session, by: Actor, at: datetime | None) -> list[Waiting]:
    """Steps that want an invitation; meetings whose time has come and that have no minutes; minutes that were objected to."""
    live = select(EngagementSession.step_id).where(
        EngagementSession.state.in_((SessionState.PLANNED, SessionState.HELD))
    )
    to_plan = session.execute(
        select(PlanStep, RemediationCase, Partner)
        .join(PlanVersion, PlanVersion.id == PlanStep.plan_version_id)
        .join(RemediationCase, RemediationCase.id == PlanStep.case_id)
        .join(Partner, Partner.id == RemediationCase.partner_id)
        .where(
            PlanVersion.state == PlanState.ACCEPTED,
            PlanStep.kind == StepKind.ENGAGEMENT,
            PlanStep.state.in_(OPEN),
            PlanStep.id.not_in(live),
            RemediationCase.state.in_(WORKING),
            visible(by),
        )
        .order_by(PlanStep.current_due_on)
        .limit(_MOST)
    )
    found = [
        Waiting(
            "meeting",
            f"Plan the meeting of {case.number}",
            partner.legal_name,
            "remediation.new_session",
            {"number": case.number, "step_id": step.id},
            due_on=step.current_due_on,
        )
        for step, case, partner in to_plan
    ]
    to_write = session.execute(
        select(EngagementSession, RemediationCase, Partner)
        .join(PlanStep, PlanStep.id == EngagementSession.step_id)
        .join(RemediationCase, RemediationCase.id == PlanStep.case_id)
        .join(Partner, Partner.id == RemediationCase.partner_id)
        .where(
            or_(
                (EngagementSession.state == SessionState.HELD) & EngagementSession.objection.is_not(None),
                (EngagementSession.state == SessionState.PLANNED) & (EngagementSession.starts_at <= at)
                if at
                else false(),
            ),
            RemediationCase.state.in_(WORKING),
            visible(by),
        )
        .order_by(EngagementSession.starts_at)
        .limit(_MOST)
    )
    return found + [
        Waiting(
            "meeting",
            f"Write the minutes of {case.number}" + (" anew" if meeting.objection else ""),
            partner.legal_name,
            "remediation.engagement_session",
            {"session_id": meeting.id},
            meeting.starts_at,
        )
        for meeting, case, partner in to_write
    ]


def _to_determine(session: Session, by: Actor) -> list[Waiting]:
    proposed = select(Determination.case_id).where(Determination.state == DeterminationState.PROPOSED)
    rows = session.execute(
        select(RemediationCase, Partner, PlanStep.current_due_on)
        .join(Partner, Partner.id == RemediationCase.partner_id)
        .join(PlanStep, PlanStep.case_id == RemediationCase.id)
        .join(PlanVersion, (PlanVersion.id == PlanStep.plan_version_id) & (PlanVersion.state == PlanState.ACCEPTED))
        .where(
            RemediationCase.state == CaseState.COMPLETION_REVIEW,
            PlanStep.kind == StepKind.ATTESTATION,
            PlanStep.state == StepState.ACCEPTED,
            RemediationCase.id.not_in(proposed),
            RemediationCase.id.in_(select(CompletionAttestation.case_id)),
            visible(by),
        )
        .order_by(RemediationCase.id)
        .limit(_MOST)
    )
    return [
        Waiting(
            "determination",
            f"Propose the determination of {case.number}",
            f"{partner.legal_name}: everything is in, and the executive has signed",
            "remediation.new_determination",
            {"number": case.number},
        )
        for case, partner, _ in rows
    ]


def _outdated(session: Session, by: Actor) -> list[Waiting]:
    """What this person proposed about evidence that has changed since: nobody can approve it any more."""
    frozen = aliased(EvidenceManifest)
    newest = (
        select(func.max(frozen.id))
        .where(frozen.case_id == Determination.case_id)
        .correlate(Determination)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Determination, RemediationCase, Partner)
        .join(RemediationCase, RemediationCase.id == Determination.case_id)
        .join(Partner, Partner.id == RemediationCase.partner_id)
        .join(EvidenceManifest, EvidenceManifest.id == newest)
        .where(
            Determination.state == DeterminationState.PROPOSED,
            Determination.proposed_by_id == by.person_id,
            Determination.manifest_digest != EvidenceManifest.digest,
            visible(by),
        )
        .order_by(Determination.id)
        .limit(_MOST)
    )
    return [
        Waiting(
            "determination",
            f"Take the outdated determination of {case.number} back",
            f"{partner.legal_name}: what was handed in has changed since you proposed it",
            "remediation.determination",
            {"number": case.number, "determination_id": determination.id},
        )
        for determination, case, partner in rows
    ]


def _monitored(session: Session, by: Actor, at: datetime | None) -> list[Waiting]:
    if at is None:
        return []
    rows = session.execute(
        select(RemediationCase, Partner, CaseDeadline)
        .join(Partner, Partner.id == RemediationCase.partner_id)
        .join(CaseDeadline, CaseDeadline.case_id == RemediationCase.id)
        .where(
            RemediationCase.state == CaseState.MONITORING,
            CaseDeadline.kind == DeadlineKind.MONITORING,
            visible(by),
        )
        .order_by(CaseDeadline.current_due_on)
        .limit(_MOST)
    )
    return [
        Waiting(
            "monitoring",
            f"Close {case.number}: its monitoring is over",
            partner.legal_name,
            "remediation.case",
            {"number": case.number},
            due_on=deadline.current_due_on,
        )
        for case, partner, deadline in rows
        if day_in(partner.time_zone, at) > deadline.current_due_on
    ]
