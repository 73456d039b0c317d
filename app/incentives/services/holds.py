"""Holds: propose one, let it take effect, turn it down."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.decisions import services as decisions
from app.decisions.rules import DecisionKind
from app.decisions.services import require
from app.incentives.models import Hold
from app.incentives.queries import books
from app.incentives.queries.cases import case_ref
from app.incentives.rules.holds import CaseRef, Scope, settle
from app.incentives.rules.ledger import Cause, Movement, of_moves
from app.incentives.rules.states import BLOCKING, Account, HoldState, TransactionKind
from app.incentives.services.approval import require_decided
from app.incentives.services.ledger import lock_money, post
from app.incentives.services.numbers import next_number
from app.kernel.errors import Conflict, DomainError, NotFound, RefusedAct
from app.kernel.money import decimals
from app.partners import queries as partners
from app.partners.models import Location, Program


def propose_hold(
    session: Session,
    case: CaseRef,
    scope: Scope,
    *,
    per_ten_thousand: int,
    reason: str,
    by: Actor,
    at: datetime,
) -> Hold:
    """Ask a second person to withhold a share (10,000 is all) of what a partner earns inside a scope. Nothing is withheld yet.

    `reason` is for the approver and the auditor; the partner reads the grounds in the notice of the case.
    """
    act = RefusedAct("hold.proposed", "remediation_case", str(case.case_id), case.partner_id)
    require(Permission.HOLD_PROPOSE, by=by, act=act)
    partners.load_by_id(session, case.partner_id, by=by)
    if by.person_id is None:
        raise DomainError("A hold is proposed by a person.")
    if case_ref(session, case.case_id).is_closed:
        raise DomainError(f"Case {case.number} is closed. A hold needs an open case.")
    if not 1 <= per_ten_thousand <= 10_000:
        raise DomainError("A hold withholds more than nothing and at most 100 %.", field="percentage")
    if not reason.strip():
        raise DomainError("Say why, in a sentence that the approver and a later auditor will read.", field="reason")
    _check(session, case, scope)
    same = session.scalar(
        select(Hold).where(
            Hold.case_id == case.case_id,
            Hold.state.in_({*BLOCKING, HoldState.PROPOSED}),
            *(getattr(Hold, name).is_not_distinct_from(value) for name, value in vars(scope).items()),
        )
    )
    if same is not None:
        raise Conflict(f"Hold {same.number} of this case already reaches exactly this. Nothing was proposed.")
    hold = Hold(
        number=next_number(session, Hold.number, "H", at),
        case_id=case.case_id,
        partner_id=case.partner_id,
        **vars(scope),
        per_ten_thousand=per_ten_thousand,
        reason=reason.strip(),
        proposed_by_id=by.person_id,
        proposed_at=at,
    )
    session.add(hold)
    session.flush()
    audit.record(
        session,
        "hold.proposed",
        "hold",
        hold.id,
        by=by,
        at=at,
        partner_id=hold.partner_id,
        reason=hold.reason,
        details={"case": case.case_id, "per_ten_thousand": per_ten_thousand},
    )
    decisions.propose(
        session,
        DecisionKind.HOLD,
        hold.id,
        label=f"{hold.number}, {case.number}",
        content=hold_content(session, hold.id),
        partner_id=hold.partner_id,
        reason=hold.reason,
        by=by,
        at=at,
    )
    return hold


def _check(session: Session, case: CaseRef, scope: Scope) -> None:
    if scope.program_id is not None and session.get(Program, scope.program_id) is None:
        raise DomainError("That program does not exist.", field="program")
    if scope.location_id is not None:
        location = session.get(Location, scope.location_id)
        if location is None or location.partner_id != case.partner_id:
            raise DomainError("The partner has no such location.", field="location")
    if scope.currency is not None:
        decimals(scope.currency)


def _load(session: Session, hold_id: int, *, lock: bool = False) -> Hold:
    statement = (
        select(Hold)
        .where(Hold.id == hold_id)
        .options(joinedload(Hold.program), joinedload(Hold.location), joinedload(Hold.partner, innerjoin=True))
    )
    if lock:
        statement = statement.with_for_update(of=Hold).execution_options(populate_existing=True)
    hold = session.scalar(statement)
    if hold is None:
        raise NotFound
    return hold


def hold_content(session: Session, hold_id: int) -> dict[str, Any]:
    """What the second person judges: the hold's reach and share in plain values. A side left open says so."""
    hold = _load(session, hold_id)
    return {
        "hold": hold.number,
        "case": case_ref(session, hold.case_id).number,
        "partner": hold.partner.number,
        "per_ten_thousand": hold.per_ten_thousand,
        "program": hold.program.name if hold.program else "All programs",
        "location": hold.location.name if hold.location else "All locations",
        "earning_type": hold.earning_type or "All types",
        "currency": hold.currency or "All currencies",
        "earned_from": hold.earned_from.isoformat() if hold.earned_from else "The beginning",
        "earned_to": hold.earned_to.isoformat() if hold.earned_to else "Open end",
    }


def activate_hold(session: Session, hold_id: int, *, by: Actor, at: datetime) -> Hold:
    """The effect of approval: the hold catches what has been imported, and from now on what arrives.

    It takes the partner's money lock, as imports do, so nothing slips between the two.
    """
    partner_id = _load(session, hold_id).partner_id
    require(Permission.COMPLIANCE_DECIDE, by=by, act=RefusedAct("hold.activated", "hold", str(hold_id), partner_id))
    require_decided(session, DecisionKind.HOLD, hold_id, approved=True, by=by, partner_id=partner_id)
    lock_money(session, [partner_id])
    hold = _load(session, hold_id, lock=True)
    if hold.state is not HoldState.PROPOSED:
        raise Conflict(f"Hold {hold.number} is already {hold.state.value.replace('_', ' ')}. Nothing was changed.")
    if case_ref(session, hold.case_id).is_closed:
        raise Conflict("The case was closed meanwhile. A hold needs an open case; nothing was withheld.")
    hold.state, hold.activated_at = HoldState.ACTIVE, at
    session.flush()
    caught = settle_partner(session, hold.partner_id, Cause(hold_id=hold.id))
    post(session, caught, by=by, at=at)
    audit.record(
        session,
        "hold.activated",
        "hold",
        hold.id,
        by=by,
        at=at,
        partner_id=hold.partner_id,
        details={"case": hold.case_id, "caught": held_now(caught, hold.id)},
    )
    return hold


def settle_partner(session: Session, partner_id: int, cause: Cause) -> list[Movement]:
    """The movements after which every earning of a partner stands as its active holds want it. Under the money lock."""
    blocks = books.blocks(session, [partner_id]).get(partner_id, [])
    return [
        movement
        for earning, standing in books.of_partner(session, partner_id)
        for movement in of_moves(
            earning,
            settle(earning, standing, blocks, excess_to=Account.PAYABLE),
            TransactionKind.HOLD,
            cause,
        )
    ]


def held_now(movements: list[Movement], hold_id: int) -> dict[str, int]:
    """What these movements add to a hold, in minor units by currency: for the audit trail."""
    sums: dict[str, int] = {}
    for movement in movements:
        for entry in movement.entries:
            if entry.hold_id == hold_id:
                currency = movement.earning.money.currency
                sums[currency] = sums.get(currency, 0) + entry.minor
    return sums


def reject_hold(session: Session, hold_id: int, *, by: Actor, at: datetime) -> Hold:
    """The effect of rejection: nothing is withheld."""
    hold = _load(session, hold_id, lock=True)
    act = RefusedAct("hold.rejected", "hold", str(hold_id), hold.partner_id)
    require(Permission.COMPLIANCE_DECIDE, by=by, act=act)
    require_decided(session, DecisionKind.HOLD, hold_id, approved=False, by=by, partner_id=hold.partner_id)
    if hold.state is not HoldState.PROPOSED:
        raise Conflict(f"Hold {hold.number} is already {hold.state.value.replace('_', ' ')}. Nothing was changed.")
    hold.state, hold.ended_at = HoldState.REJECTED, at
    session.flush()
    audit.record(session, "hold.rejected", "hold", hold.id, by=by, at=at, partner_id=hold.partner_id)
    return hold
