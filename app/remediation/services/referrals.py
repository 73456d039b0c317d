"""Verbs about referrals: the question what becomes of a case, and what follows from its answer."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.decisions.models import DecisionState
from app.decisions.rules import DecisionKind
from app.decisions.services import propose, require
from app.kernel.errors import Conflict, DomainError, RefusedAct
from app.outbox.services import enqueue
from app.partners.models import Partner
from app.remediation import queries
from app.remediation.models import CaseState, NoticeState, Referral, ReferralState, RemediationCase
from app.remediation.rules.case_states import CLOSED, back_to_work, referral_refusal
from app.remediation.services.cases import refuse_held_money
from app.remediation.services.moving import decided, is_open_question, lock, move_case
from app.remediation.services.progress import advance


def propose_referral(
    session: Session,
    case: RemediationCase,
    destination: CaseState,
    *,
    words_to_partner: str,
    reason: str,
    by: Actor,
    at: datetime,
) -> Referral:
    """Ask an approver to refer a case, to return a referred one to work, to close it as offboarded, or to dismiss it.

    No timer asks this, and nothing ends by itself.
    """
    require(
        Permission.REFERRAL_PROPOSE, by=by, act=RefusedAct("referral.proposed", "case", case.number, case.partner_id)
    )
    if by.person_id is None:
        raise DomainError("A proposal is made by a person.")
    lock(session, case.id)
    refused = referral_refusal(case.state, destination)
    if refused is not None:
        raise DomainError(refused, field="destination")
    if destination in CLOSED:
        refuse_held_money(session, case)
    if len(words_to_partner.strip()) < 20:
        raise DomainError(
            "Say in whole sentences what this means for the partner. It reads these words.", field="words_to_partner"
        )
    earlier = session.scalar(
        select(Referral).where(Referral.case_id == case.id, Referral.state == ReferralState.PROPOSED)
    )
    if earlier is not None:
        if is_open_question(session, DecisionKind.REFERRAL, earlier.id):
            raise Conflict("This question is with an approver already. Wait for that decision first.")
        earlier.state = ReferralState.WITHDRAWN
        session.flush()
    made = Referral(
        case_id=case.id,
        destination=destination,
        words_to_partner=words_to_partner.strip(),
        proposed_by_id=by.person_id,
        proposed_at=at,
    )
    session.add(made)
    session.flush()
    propose(
        session,
        DecisionKind.REFERRAL,
        made.id,
        label=f"{case.number}: {destination.label.lower()}",
        content=referral_content(session, made.id),
        partner_id=case.partner_id,
        reason=reason,
        by=by,
        at=at,
    )
    return made


def referral_content(session: Session, referral_id: int) -> dict[str, Any]:
    """What an approver judges: from where to where, and what the partner will read."""
    made = session.get_one(Referral, referral_id)
    case = session.get_one(RemediationCase, made.case_id)
    partner = session.get_one(Partner, case.partner_id)
    return {
        "case": case.number,
        "partner": f"{partner.legal_name} ({partner.number})",
        "state_now": case.state.label,
        "leads_to": made.destination.label,
        "words_to_the_partner": made.words_to_partner,
        "steps": [f"{step.position}. {step.title}: {step.state.label}" for step in queries.steps(session, case.id)],
    }


def refer(session: Session, referral_id: int, *, by: Actor, at: datetime) -> None:
    """The effect of an approved referral: the case goes where it was decided. Its holds stay as they are."""
    made = session.get_one(Referral, referral_id)
    decision = decided(session, DecisionKind.REFERRAL, referral_id, DecisionState.APPROVED)
    case = lock(session, made.case_id)
    if made.state is not ReferralState.PROPOSED:
        raise Conflict(f"This referral was already {made.state.value}. Nothing was changed.")
    if made.destination in CLOSED:
        refuse_held_money(session, case)
    target = made.destination
    if target is CaseState.IN_REMEDIATION:
        target = back_to_work(
            acknowledged=any(
                notice.acknowledged_at is not None
                for notice in queries.notices_of(session, case.id)
                if notice.state is NoticeState.SERVED
            ),
            plan_accepted=queries.accepted_plan(session, case.id) is not None,
        )
    made.state, made.approved_at = ReferralState.APPROVED, at
    session.flush()
    audit.record(
        session,
        "referral.approved",
        "referral",
        made.id,
        by=by,
        at=at,
        partner_id=case.partner_id,
        details={"case": case.number, "destination": made.destination.value, "decision": decision.id},
    )
    move_case(
        session,
        case,
        target,
        by=by,
        at=at,
        reason=f"Referral {made.id} was approved: {made.destination.label.lower()}.",
        decision=decision,
    )
    enqueue(
        session,
        "determination_made",
        f"referral_approved:{made.id}",
        {"referral_id": made.id, "case_id": case.id, "partner_id": case.partner_id},
        at=at,
    )
    advance(session, case, at=at)


def reject_referral(session: Session, referral_id: int, *, by: Actor, at: datetime) -> None:
    """The effect of a rejected referral: the case stays where it is."""
    made = session.get_one(Referral, referral_id)
    decided(session, DecisionKind.REFERRAL, referral_id, DecisionState.REJECTED)
    case = lock(session, made.case_id)
    if made.state is not ReferralState.PROPOSED:
        raise Conflict(f"This referral was already {made.state.value}. Nothing was changed.")
    made.state = ReferralState.REJECTED
    session.flush()
    audit.record(
        session,
        "referral.rejected",
        "referral",
        made.id,
        by=by,
        at=at,
        partner_id=case.partner_id,
        details={"case": case.number, "destination": made.destination.value},
    )
