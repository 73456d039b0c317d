"""The one way a case or a step changes its state: by its table, with a row that says who, why and when, and an audit event."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor, holders
from app.audit import services as audit
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind
from app.kernel.errors import Conflict, DomainError, NotPermitted, RefusedAct
from app.remediation.models import CaseTransition, PlanStep, RemediationCase, StepTransition
from app.remediation.rules.case_states import CASE_TRANSITIONS, CLOSED, CaseState
from app.remediation.rules.step_states import STEP_TRANSITIONS, StepState
from app.remediation.rules.transitions import Transition, find, following, refusal


class IllegalTransition(Conflict):
    """The table of states does not lead there from here."""


class NotDecided(Conflict):
    """An effect was asked for without the approved decision that it is the effect of."""


def move_case(
    session: Session,
    case: RemediationCase,
    target: CaseState,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    decision: Decision | None = None,
) -> None:
    """Change a case's state. The caller holds its row. `decision` is the approved one behind the act, where there is one."""
    act = RefusedAct("case.moved", "case", case.number, case.partner_id, {"from": case.state.value, "to": target.value})
    row = find(CASE_TRANSITIONS, case.state, target)
    if row is None:
        onward = (state.label for state in following(CASE_TRANSITIONS, case.state))
        raise IllegalTransition(refusal(f"Case {case.number}", case.state.label, target.label, onward))
    _require(row, by=by, act=act, decided=decision is not None)
    written = _reason(row, reason)
    former, case.state = case.state, target
    case.closed_at = at if target in CLOSED else None
    if target is CaseState.NOTIFIED and case.notified_at is None:
        case.notified_at = at
    session.add(
        CaseTransition(
            case_id=case.id,
            from_state=former,
            to_state=target,
            reason=written,
            by_id=by.person_id,
            decision_id=decision.id if decision else None,
            at=at,
        )
    )
    session.flush()
    audit.record(
        session,
        "case.moved",
        "case",
        case.number,
        by=by,
        at=at,
        partner_id=case.partner_id,
        reason=written or None,
        details={"old": former.value, "new": target.value, "decision": decision.id if decision else None},
    )


def move_step(
    session: Session,
    case: RemediationCase,
    step: PlanStep,
    target: StepState,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    decision: Decision | None = None,
) -> None:
    """Change a step's state. The caller holds the case's row. The reason goes into the audit trail: it names nobody."""
    act = RefusedAct(
        "step.moved", "step", str(step.id), case.partner_id, {"from": step.state.value, "to": target.value}
    )
    row = find(STEP_TRANSITIONS, step.state, target)
    if row is None:
        onward = (state.label for state in following(STEP_TRANSITIONS, step.state))
        raise IllegalTransition(refusal("This step", step.state.label, target.label, onward))
    _require(row, by=by, act=act, decided=decision is not None)
    written = _reason(row, reason)
    former, step.state = step.state, target
    session.add(
        StepTransition(step_id=step.id, from_state=former, to_state=target, reason=written, by_id=by.person_id, at=at)
    )
    session.flush()
    audit.record(
        session,
        "step.moved",
        "step",
        step.id,
        by=by,
        at=at,
        partner_id=case.partner_id,
        reason=written or None,
        details={"case": case.number, "old": former.value, "new": target.value},
    )


def _require(row: Transition[CaseState] | Transition[StepState], *, by: Actor, act: RefusedAct, decided: bool) -> None:
    if row.open_to(by, decided=decided):
        return
    roles = tuple(dict.fromkeys(role.label for permission in sorted(row.may) for role in holders(permission)))
    if roles:
        sentence = f"Your role does not allow this. It takes: {', '.join(roles)}."
    elif row.by_decision:
        sentence = "This only follows from a decision: one person proposes it, another approves."
    else:
        sentence = "The portal does this by itself when its condition is met. Nobody does it by hand."
    raise NotPermitted(sentence, act, by=by, held_by=roles)


def _reason(row: Transition[CaseState] | Transition[StepState], reason: str) -> str:
    written = reason.strip()
    if row.needs_reason and not written:
        raise DomainError("Say why, in a sentence that a later auditor will read.", field="reason")
    return written


def lock(session: Session, case_id: int) -> RemediationCase:
    """The case's row, fresh and held until the transaction ends: whoever changes a case or anything under it waits here."""
    return session.scalars(
        select(RemediationCase)
        .where(RemediationCase.id == case_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def decided(session: Session, kind: DecisionKind, subject_id: int, state: DecisionState) -> Decision:
    """The newest decision about a subject, which must be in this state: no effect without its two people, through any door."""
    found = session.scalar(
        select(Decision)
        .where(Decision.kind == kind, Decision.subject_id == subject_id)
        .order_by(Decision.id.desc())
        .limit(1)
    )
    if found is None or found.state is not state:
        raise NotDecided("This only follows from a decision: one person proposes it, another approves.")
    return found


def is_open_question(session: Session, kind: DecisionKind, subject_id: int) -> bool:
    """Does a proposal about this subject wait for its second person?"""
    return (
        session.scalar(
            select(Decision.id).where(
                Decision.kind == kind, Decision.subject_id == subject_id, Decision.state == DecisionState.PROPOSED
            )
        )
        is not None
    )
