"""What the portal does by itself: compute a step from the roster, freeze what was handed in, move a case on when its condition is met."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.policy import PORTAL, Actor, Permission
from app.audit import services as audit
from app.decisions.models import DecisionState
from app.decisions.rules import DecisionKind
from app.decisions.services import require
from app.kernel.canonical import digest
from app.kernel.errors import Conflict, RefusedAct
from app.remediation import queries
from app.remediation.models import (
    CaseState,
    EvidenceManifest,
    PlanState,
    PlanStep,
    PlanVersion,
    RemediationCase,
    StepKind,
    StepState,
)
from app.remediation.rules.case_states import WORKING
from app.remediation.rules.coverage import Coverage
from app.remediation.rules.step_states import DONE
from app.remediation.services.moving import decided, is_open_question, lock, move_case, move_step


def compute_training_step(session: Session, step: PlanStep, *, at: datetime) -> Coverage:
    """Count a training or reading step and let its state follow: reached, it is submitted and accepted; below again, reopened."""
    case = lock(session, step.case_id)
    counted = _compute(session, case, step, at=at)
    advance(session, case, at=at)
    return counted


def compute_steps_of(session: Session, partner_id: int, *, at: datetime) -> None:
    """Count every training and reading step of a partner's running cases: after a training record, a receipt, a change of the roster."""
    for case_id in session.scalars(
        select(RemediationCase.id)
        .where(RemediationCase.partner_id == partner_id, RemediationCase.state.in_(WORKING))
        .order_by(RemediationCase.id)
    ).all():
        case = lock(session, case_id)
        _compute_all(session, case, at=at)
        advance(session, case, at=at)


def _compute_all(session: Session, case: RemediationCase, *, at: datetime) -> None:
    for step in queries.steps(session, case.id):
        if step.kind.is_computed:
            _compute(session, case, step, at=at)


def _compute(session: Session, case: RemediationCase, step: PlanStep, *, at: datetime) -> Coverage:
    counted = queries.coverage_of(session, case, step, at=at)
    if case.state not in WORKING or step.state in (StepState.WAIVED, StepState.NOT_APPLICABLE):
        return counted
    reason = counted.counted()
    if counted.is_reached and step.state is not StepState.ACCEPTED:
        if step.state is not StepState.SUBMITTED:
            move_step(session, case, step, StepState.SUBMITTED, by=PORTAL, at=at, reason=reason)
        move_step(session, case, step, StepState.ACCEPTED, by=PORTAL, at=at, reason=reason)
    elif not counted.is_reached and step.state is StepState.ACCEPTED:
        move_step(session, case, step, StepState.REOPENED, by=PORTAL, at=at, reason=reason)
    elif not counted.is_reached and counted.has_begun and step.state is StepState.NOT_STARTED:
        move_step(session, case, step, StepState.IN_PROGRESS, by=PORTAL, at=at, reason=reason)
    return counted


def advance(session: Session, case: RemediationCase, *, at: datetime) -> None:
    """Move a case on as far as its conditions allow. Does nothing where none is met; the caller holds the case's row."""
    if case.state is CaseState.PLANNING and (_accepted(session, case) or _is_plan_open(session, case)):
        move_case(session, case, CaseState.PLAN_REVIEW, by=PORTAL, at=at, reason="A plan is there to be reviewed.")
    if case.state is CaseState.PLAN_REVIEW and not _is_plan_open(session, case):
        plan = _accepted(session, case)
        if plan is None:
            move_case(session, case, CaseState.PLANNING, by=PORTAL, at=at, reason="The plan was not approved.")
        else:
            decision = decided(session, DecisionKind.PLAN, plan.id, DecisionState.APPROVED)
            move_case(
                session,
                case,
                CaseState.IN_REMEDIATION,
                by=PORTAL,
                at=at,
                reason=f"Plan version {plan.version} was approved by a second person (decision {decision.id}).",
                decision=decision,
            )
            _compute_all(session, case, at=at)
    if case.state is CaseState.IN_REMEDIATION and _all_before_attestation_done(session, case):
        reason = "Every step but the attestation is done."
        move_case(session, case, CaseState.COMPLETION_REVIEW, by=PORTAL, at=at, reason=reason)
    if case.state is CaseState.COMPLETION_REVIEW:
        if _all_before_attestation_done(session, case):
            freeze_manifest(session, case, by=PORTAL, at=at)
        else:
            reason = "A step is no longer done."
            move_case(session, case, CaseState.IN_REMEDIATION, by=PORTAL, at=at, reason=reason)
            _reopen_attestation(session, case, at=at)


def _accepted(session: Session, case: RemediationCase) -> PlanVersion | None:
    return queries.accepted_plan(session, case.id)


def _is_plan_open(session: Session, case: RemediationCase) -> bool:
    proposed = session.scalar(
        select(PlanVersion.id).where(PlanVersion.case_id == case.id, PlanVersion.state == PlanState.PROPOSED)
    )
    return proposed is not None and is_open_question(session, DecisionKind.PLAN, proposed)


def _all_before_attestation_done(session: Session, case: RemediationCase) -> bool:
    work = [step for step in queries.steps(session, case.id) if step.kind is not StepKind.ATTESTATION]
    return bool(work) and all(step.state in DONE for step in work)


def _reopen_attestation(session: Session, case: RemediationCase, *, at: datetime) -> None:
    for step in queries.steps(session, case.id):
        if step.kind is StepKind.ATTESTATION and step.state is StepState.ACCEPTED:
            reason = "What was signed for has changed since."
            move_step(session, case, step, StepState.REOPENED, by=PORTAL, at=at, reason=reason)


def freeze_manifest(session: Session, case: RemediationCase, *, by: Actor, at: datetime) -> EvidenceManifest:
    """Keep what was handed in as it stands now. The same content again is the manifest that is there already.

    A different one makes an earlier signature moot: the attestation reopens.
    """
    act = RefusedAct("manifest.frozen", "case", case.number, case.partner_id)
    if by.person_id is not None and not by.may(Permission.ATTESTATION_SIGN):
        require(Permission.CASE_ADVANCE, by=by, act=act)
    if case.state not in WORKING:
        raise Conflict(f"{case.number} is “{case.state.label}”. There is nothing to freeze.")
    content = queries.manifest_content(session, case, at=at)
    taken = digest(content)
    latest = queries.latest_manifest(session, case.id)
    if latest is not None and latest.digest == taken:
        return latest
    number = (
        session.scalar(select(func.max(EvidenceManifest.number)).where(EvidenceManifest.case_id == case.id)) or 0
    ) + 1
    made = EvidenceManifest(
        case_id=case.id, number=number, content=content, digest=taken, frozen_by_id=by.person_id, frozen_at=at
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        "manifest.frozen",
        "case",
        case.number,
        by=by,
        at=at,
        partner_id=case.partner_id,
        details={"manifest": made.id, "number": number, "digest": taken},
    )
    _reopen_attestation(session, case, at=at)
    return made
