"""Verbs about plans: propose a version with its steps, accept it, reject it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.courses.models import Course, ReadinessMaterial
from app.decisions.models import DecisionState
from app.decisions.rules import DecisionKind
from app.decisions.services import propose, require
from app.kernel.clock import day_in
from app.kernel.errors import Conflict, DomainError, RefusedAct
from app.partners.models import Partner
from app.remediation import queries
from app.remediation.models import (
    CaseDeadline,
    DeadlineKind,
    PlanState,
    PlanStep,
    PlanVersion,
    RemediationCase,
    StepKind,
)
from app.remediation.rules.case_states import PLANNABLE
from app.remediation.rules.policy import Policy
from app.remediation.rules.wording import StepDraft
from app.remediation.services.moving import decided, is_open_question, lock
from app.remediation.services.progress import advance

MOST_STEPS = 30


def propose_plan(
    session: Session, case: RemediationCase, steps: Sequence[StepDraft], *, reason: str, by: Actor, at: datetime
) -> PlanVersion:
    """Freeze a version of the plan and put it to an approver. Until work begins a new version may replace an accepted one."""
    require(Permission.PLAN_PROPOSE, by=by, act=RefusedAct("plan.proposed", "case", case.number, case.partner_id))
    if by.person_id is None:
        raise DomainError("A proposal is made by a person.")
    lock(session, case.id)
    if case.state not in PLANNABLE:
        raise Conflict(
            f"{case.number} is “{case.state.label}”. The plan is only replaced before the work on it has begun."
        )
    partner = session.get_one(Partner, case.partner_id)
    _check(session, case, partner, steps, at=at)
    earlier = session.scalar(
        select(PlanVersion).where(PlanVersion.case_id == case.id, PlanVersion.state == PlanState.PROPOSED)
    )
    if earlier is not None:
        if is_open_question(session, DecisionKind.PLAN, earlier.id):
            raise Conflict("A plan is proposed already and waits for its approver. Wait for that decision first.")
        earlier.state = PlanState.WITHDRAWN
        session.flush()
    version = (session.scalar(select(func.max(PlanVersion.version)).where(PlanVersion.case_id == case.id)) or 0) + 1
    plan = PlanVersion(case_id=case.id, version=version, proposed_by_id=by.person_id, proposed_at=at)
    session.add(plan)
    session.flush()
    session.add_all(
        PlanStep(
            plan_version_id=plan.id,
            case_id=case.id,
            position=position,
            kind=step.kind,
            title=" ".join(step.title.split()),
            what_to_do=step.what_to_do.strip(),
            courses=list(step.courses),
            materials=list(step.materials),
            coverage_target=step.coverage_target,
            original_due_on=step.due_on,
            current_due_on=step.due_on,
        )
        for position, step in enumerate(steps, start=1)
    )
    session.flush()
    propose(
        session,
        DecisionKind.PLAN,
        plan.id,
        label=f"{case.number}, version {version}",
        content=plan_content(session, plan.id),
        partner_id=case.partner_id,
        reason=reason,
        by=by,
        at=at,
    )
    advance(session, case, at=at)
    return plan


def _check(
    session: Session, case: RemediationCase, partner: Partner, steps: Sequence[StepDraft], *, at: datetime
) -> None:
    if not 2 <= len(steps) <= MOST_STEPS:
        raise DomainError(f"A plan has at least one step of work and the attestation, and at most {MOST_STEPS} steps.")
    if steps[-1].kind is not StepKind.ATTESTATION or sum(s.kind is StepKind.ATTESTATION for s in steps) != 1:
        raise DomainError("The completion attestation comes once, as the last step.")
    today = day_in(partner.time_zone, at)
    program = session.scalar(
        select(CaseDeadline.current_due_on).where(
            CaseDeadline.case_id == case.id, CaseDeadline.kind == DeadlineKind.PROGRAM
        )
    )
    latest = program or today + timedelta(days=Policy.kept(case.policy).program_days)
    known_courses = set(session.scalars(select(Course.slug).where(Course.current_version_id.is_not(None))))
    known_materials = set(session.scalars(select(ReadinessMaterial.slug).where(ReadinessMaterial.retired_at.is_(None))))
    for number, step in enumerate(steps, start=1):
        named = f" (“{step.title.strip()}”)" if step.title.strip() else ""
        where = f"Step {number}{named}"
        if len(step.title.strip()) < 4 or len(step.title) > 120:
            raise DomainError(f"{where} needs a title of 4 to 120 characters.")
        if len(step.what_to_do.strip()) < 20:
            raise DomainError(f"{where}: say what to do in a sentence or two.")
        if step.due_on < today:
            raise DomainError(f"{where} is due before today. Choose a later day.")
        if step.due_on > latest:
            raise DomainError(
                f"{where} is due after the end of the whole program, {latest.day} {latest:%B %Y}. Choose an earlier day."
            )
        if step.kind is StepKind.TRAINING and not step.courses:
            raise DomainError(f"{where} is training: choose at least one course.")
        if step.kind is StepKind.READING and not step.materials:
            raise DomainError(f"{where} is reading: choose at least one material.")
        if step.kind.is_computed != (step.coverage_target is not None) or not _is_share(step.coverage_target):
            raise DomainError(f"{where}: give training and reading a target from 1 to 100 %, other steps none.")
        if (step.courses and step.kind is not StepKind.TRAINING) or (
            step.materials and step.kind is not StepKind.READING
        ):
            raise DomainError(f"{where}: courses belong to training, materials to reading.")
        if unknown := sorted({*step.courses} - known_courses):
            raise DomainError(f"{where}: “{unknown[0]}” is not a published course.")
        if unknown := sorted({*step.materials} - known_materials):
            raise DomainError(f"{where}: “{unknown[0]}” is not a published material.")


def _is_share(target: int | None) -> bool:
    return target is None or 1 <= target <= 10_000


def plan_content(session: Session, plan_id: int) -> dict[str, Any]:
    """What an approver judges: the version's steps."""
    plan = session.get_one(PlanVersion, plan_id)
    case = session.get_one(RemediationCase, plan.case_id)
    partner = session.get_one(Partner, case.partner_id)
    return {
        "case": case.number,
        "partner": f"{partner.legal_name} ({partner.number})",
        "version": plan.version,
        "steps": [
            {
                "title": f"{step.position}. {step.title} ({step.kind.label})",
                "what_to_do": step.what_to_do,
                "courses": list(step.courses),
                "materials": list(step.materials),
                "target_per_ten_thousand": step.coverage_target,
                "due": f"due {step.original_due_on.isoformat()}",
            }
            for step in queries.steps_of_plan(session, plan.id)
        ],
    }


def accept_plan(session: Session, plan_id: int, *, by: Actor, at: datetime) -> None:
    """The effect of an approved plan: it is in force as soon as the partner has acknowledged the notice."""
    plan = session.get_one(PlanVersion, plan_id)
    decision = decided(session, DecisionKind.PLAN, plan_id, DecisionState.APPROVED)
    case = lock(session, plan.case_id)
    if plan.state is not PlanState.PROPOSED:
        raise Conflict(f"This plan was already {plan.state.value}. Nothing was changed.")
    if case.state not in PLANNABLE:
        raise Conflict(f"{case.number} is “{case.state.label}”. Its plan can't be replaced any more.")
    earlier = session.scalar(
        select(PlanVersion).where(PlanVersion.case_id == case.id, PlanVersion.state == PlanState.ACCEPTED)
    )
    if earlier is not None:
        earlier.state, earlier.accepted_at = PlanState.WITHDRAWN, None
        session.flush()
    plan.state, plan.accepted_at = PlanState.ACCEPTED, at
    session.flush()
    audit.record(
        session,
        "plan.accepted",
        "plan",
        plan.id,
        by=by,
        at=at,
        partner_id=case.partner_id,
        details={"case": case.number, "version": plan.version, "decision": decision.id},
    )
    advance(session, case, at=at)


def reject_plan(session: Session, plan_id: int, *, by: Actor, at: datetime) -> None:
    """The effect of a rejected plan: the case goes back to planning, and a new version can be proposed."""
    plan = session.get_one(PlanVersion, plan_id)
    decided(session, DecisionKind.PLAN, plan_id, DecisionState.REJECTED)
    case = lock(session, plan.case_id)
    if plan.state is not PlanState.PROPOSED:
        raise Conflict(f"This plan was already {plan.state.value}. Nothing was changed.")
    plan.state = PlanState.REJECTED
    session.flush()
    audit.record(
        session,
        "plan.rejected",
        "plan",
        plan.id,
        by=by,
        at=at,
        partner_id=case.partner_id,
        details={"case": case.number, "version": plan.version},
    )
    advance(session, case, at=at)
