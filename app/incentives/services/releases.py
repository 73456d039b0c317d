"""Release orders: propose, approve, reject, take back. A certificate unlocks; two people of finance let go."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, joinedload

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.certificates.issuer import Issuer
from app.certificates.models import Certificate
from app.certificates.queries import fits, presented
from app.decisions import queries as decided
from app.decisions import services as decisions
from app.decisions.models import DecisionState
from app.decisions.rules import DecisionKind
from app.decisions.services import require
from app.incentives.models import Earning, Hold, ReleaseHold, ReleaseLine, ReleaseOrder
from app.incentives.queries import books
from app.incentives.queries.cases import case_ref, determination_approvers
from app.incentives.rules.holds import CaseRef, Freed, freed_by, settle
from app.incentives.rules.ledger import Cause, Movement, of_moves
from app.incentives.rules.states import Account, HoldState, OrderState, TransactionKind
from app.incentives.services.approval import require_decided
from app.incentives.services.ledger import lock_money, post
from app.incentives.services.numbers import next_number
from app.kernel.canonical import digest
from app.kernel.database import Base
from app.kernel.errors import Conflict, DomainError, NotFound, Refused, RefusedAct
from app.kernel.money import Money
from app.partners import queries as partners
from app.partners.models import Program

# So many lines are written out in what the approver judges; of a longer order the digest of all lines.
_WRITTEN_OUT = 200


def propose_release(
    session: Session,
    case: CaseRef,
    certificate: str,
    *,
    document: bytes | None = None,
    reason: str,
    issuer: Issuer,
    by: Actor,
    at: datetime,
    took_part: Mapping[str, int] | None = None,
) -> ReleaseOrder:
    """Ask a second person to let the case's holds go, on the strength of its certificate. Until then they go on blocking.

    `certificate` is its number as typed; `document` the PDF file, if somebody handed one in. It must fit: authentic under the
    issuer's keys, valid, of the right type, and for this case. One that doesn't is refused, and the refusal is kept. Whoever
    approved the case's determination may not approve this; `took_part` names further people (phrase to person id).
    """
    act = RefusedAct(
        "release-order.proposed",
        "remediation_case",
        str(case.case_id),
        case.partner_id,
        {"certificate_presented": certificate.strip()[:40], "file_presented": document is not None},
    )
    require(Permission.RELEASE_PROPOSE, by=by, act=act)
    partner = partners.load_by_id(session, case.partner_id, by=by)
    if by.person_id is None:
        raise DomainError("A release is proposed by a person.")
    if not reason.strip():
        raise DomainError("Say why, in a sentence that the approver and a later auditor will read.", field="reason")
    key = presented(session, certificate, document=document, case_id=case.case_id, at=at, issuer=issuer)
    if not key.ok or key.certificate is None:
        shown = "certificate" if document is None or not key.certificate else "document"
        raise Refused(f"{key.sentence} Nothing can be released.", act, by=by, field=shown)
    lock_money(session, [case.partner_id])
    holds = _holds_to_let_go(session, case)
    lines = freed_by(
        {hold.id for hold in holds},
        books.held_by(session, [hold.id for hold in holds]),
        books.blocks(session, [case.partner_id]).get(case.partner_id, []),
    )
    order = ReleaseOrder(
        number=next_number(session, ReleaseOrder.number, "RO", at),
        case_id=case.case_id,
        partner_id=case.partner_id,
        certificate_id=key.certificate.id,
        certificate_digest=key.certificate.pdf_digest,
        reason=reason.strip(),
        proposed_by_id=by.person_id,
        proposed_at=at,
    )
    session.add(order)
    session.flush()
    for hold in holds:
        hold.state = HoldState.RELEASE_PENDING
        session.add(ReleaseHold(order_id=order.id, hold_id=hold.id))
    session.flush()
    _write_lines(session, order, lines)
    audit.record(
        session,
        "release-order.proposed",
        "release_order",
        order.id,
        by=by,
        at=at,
        partner_id=order.partner_id,
        reason=order.reason,
        details={
            "case": order.case_id,
            "certificate": order.certificate_id,
            "holds": [hold.id for hold in holds],
            "totals": _totals(lines),
        },
    )
    decisions.propose(
        session,
        DecisionKind.RELEASE_ORDER,
        order.id,
        label=f"{order.number}, {partner.number}",
        content=release_content(session, order.id),
        partner_id=order.partner_id,
        reason=order.reason,
        by=by,
        at=at,
        took_part={**determination_approvers(session, case.case_id), **(took_part or {})},
    )
    return order


def _holds_to_let_go(session: Session, case: CaseRef) -> list[Hold]:
    holds = session.scalars(
        select(Hold)
        .where(Hold.case_id == case.case_id, Hold.state.in_((HoldState.ACTIVE, HoldState.RELEASE_PENDING)))
        .order_by(Hold.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if any(hold.state is HoldState.RELEASE_PENDING for hold in holds):
        raise Conflict("A release order for this case waits for its decision already. Nothing was proposed.")
    if not holds:
        raise DomainError("This case has no active hold: there is nothing to release.")
    return list(holds)


def _write_lines(session: Session, order: ReleaseOrder, lines: list[Freed]) -> None:
    if lines:
        session.execute(
            insert(Base.metadata.tables[ReleaseLine.__tablename__]),
            [
                {
                    "order_id": order.id,
                    "hold_id": line.hold_id,
                    "earning_id": line.earning.earning_id,
                    "program_id": line.earning.program_id,
                    "currency": line.earning.money.currency,
                    "amount_minor": line.minor,
                }
                for line in lines
            ],
        )


def _totals(lines: Collection[Freed]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for line in lines:
        currency = line.earning.money.currency
        sums[currency] = sums.get(currency, 0) + line.minor
    return dict(sorted(sums.items()))


def release_content(session: Session, order_id: int) -> dict[str, Any]:
    """What the second person judges, as it stands now: which holds go, and what that frees of each earning of the order.

    Earnings that arrived after the proposal are not part of it; they stay held. If less (or more) of the order's own
    earnings could be let go now than when it was proposed, this content differs and the order can't be approved.
    """
    order = load_order(session, order_id)
    hold_ids = _hold_ids(session, order_id)
    stored = session.scalars(
        select(ReleaseLine.earning_id).where(ReleaseLine.order_id == order_id).order_by(ReleaseLine.earning_id)
    ).all()
    if order.state is OrderState.PROPOSED:
        freed = freed_by(
            hold_ids,
            books.with_standing(session, stored),
            books.blocks(session, [order.partner_id]).get(order.partner_id, []),
        )
        amounts = {line.earning.earning_id: Money(line.minor, line.earning.money.currency) for line in freed}
    else:
        amounts = _stored_amounts(session, order_id)
    lines = _written(session, amounts)
    sums: dict[str, Money] = {}
    for money in amounts.values():
        sums[money.currency] = sums.get(money.currency, Money(0, money.currency)) + money
    content: dict[str, Any] = {
        "order": order.number,
        "case": case_ref(session, order.case_id).number,
        "partner": order.partner.number,
        "certificate": session.scalar(select(Certificate.number).where(Certificate.id == order.certificate_id)),
        "certificate_digest": order.certificate_digest,
        "holds": list(session.scalars(select(Hold.number).where(Hold.id.in_(hold_ids)).order_by(Hold.id))),
        "total": [{"minor": sums[currency].minor, "currency": currency} for currency in sorted(sums)],
        "number_of_lines": len(lines),
        "lines_digest": digest(lines),
    }
    if len(lines) <= _WRITTEN_OUT:
        content["lines"] = lines
    return content


def _hold_ids(session: Session, order_id: int) -> list[int]:
    return list(session.scalars(select(ReleaseHold.hold_id).where(ReleaseHold.order_id == order_id)))


def _stored_amounts(session: Session, order_id: int) -> dict[int, Money]:
    return {
        line.earning_id: Money(line.amount_minor, line.currency)
        for line in session.scalars(
            select(ReleaseLine).where(ReleaseLine.order_id == order_id).order_by(ReleaseLine.earning_id)
        )
    }


def _written(session: Session, amounts: Mapping[int, Money]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for part in books.chunks(sorted(amounts)):
        for row in session.execute(
            select(Earning.id, Earning.reference, Program.code)
            .join(Program, Program.id == Earning.program_id)
            .where(Earning.id.in_(part))
            .order_by(Earning.id)
        ):
            money = amounts[row.id]
            lines.append(
                {"earning": row.reference, "program": row.code, "minor": money.minor, "currency": money.currency}
            )
    return lines


def load_order(session: Session, order_id: int, *, lock: bool = False) -> ReleaseOrder:
    """An order with its partner; with `lock`, as it stands in the database and nobody else's to change."""
    statement = (
        select(ReleaseOrder)
        .where(ReleaseOrder.id == order_id)
        .options(joinedload(ReleaseOrder.partner, innerjoin=True))
    )
    if lock:
        statement = statement.with_for_update(of=ReleaseOrder).execution_options(populate_existing=True)
    order = session.scalar(statement)
    if order is None:
        raise NotFound
    return order


def approve_release(
    session: Session, order_id: int, *, by: Actor, at: datetime, issuer: Issuer | None = None
) -> ReleaseOrder:
    """The effect of approval: exactly the order's lines leave their holds. What another hold covers passes to that hold.

    The certificate must fit now as well, and still be the very bytes whose signature was checked at the proposal. A hold
    that caught something after the proposal stays active with it; the others are released.
    """
    partner_id = load_order(session, order_id).partner_id
    act = RefusedAct("release-order.approved", "release_order", str(order_id), partner_id)
    require(Permission.FINANCE_DECIDE, by=by, act=act)
    require_decided(session, DecisionKind.RELEASE_ORDER, order_id, approved=True, by=by, partner_id=partner_id)
    lock_money(session, [partner_id])
    order = load_order(session, order_id, lock=True)
    if order.state is not OrderState.PROPOSED:
        raise Conflict(f"Order {order.number} is already {order.state.value}. Nothing was changed.")
    key = fits(session, order.certificate_id, case_id=order.case_id, at=at, issuer=issuer)
    if not key.ok or key.certificate is None:
        raise Refused(f"{key.sentence} Nothing was released. Reject the order, or have it taken back.", act, by=by)
    if key.certificate.pdf_digest != order.certificate_digest:
        raise Refused(
            "The certificate is not the one that was checked when this was proposed. Nothing was released.", act, by=by
        )
    movements = _let_go(session, order)
    order.state, order.approved_at = OrderState.APPROVED, at
    if not any(movement.kind is TransactionKind.RELEASE for movement in movements):
        order.state, order.settled_at = OrderState.SETTLED, at
    post(session, movements, by=by, at=at)
    held = _end_holds(session, order, at=at)
    session.flush()
    audit.record(
        session,
        "release-order.approved",
        "release_order",
        order.id,
        by=by,
        at=at,
        partner_id=order.partner_id,
        details={"case": order.case_id, "certificate": order.certificate_id, "still_held": held},
    )
    return order


def _let_go(session: Session, order: ReleaseOrder) -> list[Movement]:
    hold_ids = set(_hold_ids(session, order.id))
    promised = {earning_id: money.minor for earning_id, money in _stored_amounts(session, order.id).items()}
    others = [
        block
        for block in books.blocks(session, [order.partner_id]).get(order.partner_id, [])
        if block.hold_id not in hold_ids
    ]
    movements: list[Movement] = []
    released: dict[int, int] = {}
    for earning, standing in books.held_by(session, hold_ids):
        moves = settle(earning, standing, others, excess_to=Account.ORDERED)
        freed = sum(move.minor for move in moves if move.target is Account.ORDERED)
        if freed and earning.earning_id not in promised:
            continue
        released[earning.earning_id] = freed
        for move in moves:
            cause = Cause(hold_id=move.source_hold, order_id=order.id)
            movements += of_moves(earning, [move], TransactionKind.RELEASE, cause)
    if {earning_id: minor for earning_id, minor in released.items() if minor} != promised:
        raise Conflict("What the holds withhold has changed since this was proposed. Nothing was released.")
    return movements


def _end_holds(session: Session, order: ReleaseOrder, *, at: datetime) -> list[int]:
    """Holds that withhold nothing any more are released; the ids of the others, which go on blocking, are returned."""
    hold_ids = _hold_ids(session, order.id)
    still = {hold_id for _, standing in books.held_by(session, hold_ids) for hold_id in standing.held}
    for hold in session.scalars(select(Hold).where(Hold.id.in_(hold_ids)).with_for_update()):
        if hold.id in still:
            hold.state = HoldState.ACTIVE
        else:
            hold.state, hold.ended_at = HoldState.RELEASED, at
    return sorted(still & set(hold_ids))


def reject_release(session: Session, order_id: int, *, by: Actor, at: datetime) -> ReleaseOrder:
    """The effect of rejection: the order is over, its holds go on as before."""
    order = load_order(session, order_id, lock=True)
    act = RefusedAct("release-order.rejected", "release_order", str(order_id), order.partner_id)
    require(Permission.FINANCE_DECIDE, by=by, act=act)
    require_decided(session, DecisionKind.RELEASE_ORDER, order_id, approved=False, by=by, partner_id=order.partner_id)
    _give_up(session, order, OrderState.REJECTED)
    audit.record(
        session, "release-order.rejected", "release_order", order.id, by=by, at=at, partner_id=order.partner_id
    )
    return order


def withdraw_release(session: Session, order_id: int, *, reason: str, by: Actor, at: datetime) -> ReleaseOrder:
    """Its proposer takes an order back before anybody decided on it."""
    order = load_order(session, order_id, lock=True)
    act = RefusedAct("release-order.withdrawn", "release_order", str(order_id), order.partner_id)
    require(Permission.RELEASE_PROPOSE, by=by, act=act)
    if not reason.strip():
        raise DomainError("Say why you take it back.", field="reason")
    _give_up(session, order, OrderState.WITHDRAWN)
    for decision in decided.of_subject(session, DecisionKind.RELEASE_ORDER, order.id):
        if decision.state is DecisionState.PROPOSED:
            decisions.withdraw(session, decision, reason=reason.strip(), by=by, at=at)
    audit.record(
        session,
        "release-order.withdrawn",
        "release_order",
        order.id,
        by=by,
        at=at,
        partner_id=order.partner_id,
        reason=reason.strip(),
    )
    return order


def _give_up(session: Session, order: ReleaseOrder, state: OrderState) -> None:
    if order.state is not OrderState.PROPOSED:
        raise Conflict(f"Order {order.number} is already {order.state.value}. Nothing was changed.")
    order.state = state
    for hold in session.scalars(select(Hold).where(Hold.id.in_(_hold_ids(session, order.id))).with_for_update()):
        hold.state = HoldState.ACTIVE
    session.flush()
