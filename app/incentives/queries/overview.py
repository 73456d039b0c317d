"""The finance overview: what stands where, and what waits for somebody."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.access.policy import Actor
from app.certificates.models import Certificate
from app.certificates.queries import Fit
from app.incentives.models import (
    Acknowledgement,
    EarningBatch,
    Hold,
    Payment,
    PaymentFile,
    Posting,
    ReleaseOrder,
)
from app.incentives.queries.cases import case_refs
from app.incentives.queries.holds import Preview, freed_of_case, key_for, totals_of
from app.incentives.queries.release_orders import OrderRow, orders
from app.incentives.rules.holds import CaseRef
from app.incentives.rules.states import Account, BatchState, HoldState, OrderState, Outcome
from app.kernel.money import Money
from app.partners.models import Partner
from app.partners.queries import in_reach

_SHOWN = 50


@dataclass(frozen=True)
class CurrencyTotals:
    """All partners' money of one currency, by where it is. Currencies are never added together."""

    currency: str
    free: Money
    held: Money
    ordered: Money
    exported: Money
    paid: Money


def totals(session: Session) -> list[CurrencyTotals]:
    """What stands where, over all partners, by currency."""
    sums: dict[str, dict[Account, int]] = defaultdict(dict)
    for row in session.execute(
        select(Posting.currency, Posting.account, func.sum(Posting.amount_minor).label("minor")).group_by(
            Posting.currency, Posting.account
        )
    ):
        sums[row.currency][row.account] = int(row.minor)
    return [
        CurrencyTotals(
            currency,
            *(
                Money(accounts.get(account, 0), currency)
                for account in (Account.PAYABLE, Account.HELD, Account.ORDERED, Account.EXPORTED, Account.PAID)
            ),
        )
        for currency, accounts in sorted(sums.items())
    ]


@dataclass(frozen=True)
class Releasable:
    """A case whose certificate unlocks its holds, and for which no order was proposed yet."""

    case: CaseRef
    partner: Partner
    key: Fit
    frees: list[Preview]


def releasable(session: Session, *, by: Actor, at: datetime, limit: int = _SHOWN) -> list[Releasable]:
    """Cases that finance can propose to release now, longest unlocked first."""
    rows = session.execute(
        select(Hold.case_id, Partner, func.max(Certificate.id).label("certificate"))
        .join(Partner, Partner.id == Hold.partner_id)
        .join(Certificate, Certificate.case_id == Hold.case_id)
        .where(
            Hold.state == HoldState.ACTIVE,
            Certificate.revoked_at.is_(None),
            Certificate.superseded_at.is_(None),
            in_reach(by, Hold.partner_id),
        )
        .group_by(Hold.case_id, Partner.id)
        .order_by("certificate")
        .limit(limit)
    ).all()
    cases = case_refs(session, {row.case_id for row in rows})
    found = []
    for row in rows:
        key = key_for(session, row.case_id, at=at)
        if key.ok:
            frees = totals_of(freed_of_case(session, row.case_id, row.Partner.id))
            found.append(Releasable(cases[row.case_id], row.Partner, key, frees))
    return found


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody's hand."""

    files: list[EarningBatch]
    to_decide: list[OrderRow]
    to_export: list[OrderRow]
    sent: list[OrderRow]
    returned: list[ReleaseOrder]
    proposed_holds: list[Hold]
    stray_holds: list[Hold]


def waiting(session: Session, *, by: Actor, at: datetime) -> Waiting:
    """Files not decided on, orders on their way, payments that came back, holds of closed cases that nothing unlocks."""
    return Waiting(
        list(
            session.scalars(
                select(EarningBatch)
                .where(EarningBatch.state == BatchState.CHECKED)
                .order_by(EarningBatch.id)
                .limit(_SHOWN)
            )
        ),
        orders(session, by=by, states=[OrderState.PROPOSED], limit=_SHOWN),
        orders(session, by=by, states=[OrderState.APPROVED], limit=_SHOWN),
        waiting_for_answer(session, by=by),
        returned_orders(session, by=by),
        list(
            session.scalars(
                select(Hold)
                .where(Hold.state == HoldState.PROPOSED, in_reach(by, Hold.partner_id))
                .options(joinedload(Hold.partner, innerjoin=True))
                .order_by(Hold.id)
                .limit(_SHOWN)
            )
        ),
        stray_holds(session, by=by, at=at),
    )


def returned_orders(session: Session, *, by: Actor, limit: int = _SHOWN) -> list[ReleaseOrder]:
    """Orders of which a payment came back and was not sent again."""
    again = aliased(Payment)
    sent_again = (
        select(again.id).where(again.release_line_id == Payment.release_line_id, again.id > Payment.id).exists()
    )
    return list(
        session.scalars(
            select(ReleaseOrder)
            .where(
                ReleaseOrder.id.in_(
                    select(PaymentFile.order_id)
                    .join(Payment, Payment.payment_file_id == PaymentFile.id)
                    .join(Acknowledgement, Acknowledgement.payment_id == Payment.id)
                    .where(Acknowledgement.outcome == Outcome.RETURNED, ~sent_again)
                ),
                in_reach(by, ReleaseOrder.partner_id),
            )
            .options(joinedload(ReleaseOrder.partner, innerjoin=True))
            .order_by(ReleaseOrder.id)
            .limit(limit)
        )
    )


def waiting_for_answer(session: Session, *, by: Actor, limit: int = _SHOWN) -> list[OrderRow]:
    """Orders that were sent and whose payments are not all answered."""
    return orders(session, by=by, states=[OrderState.EXPORTED], limit=limit)


def stray_holds(session: Session, *, by: Actor, at: datetime) -> list[Hold]:
    """Active holds whose case is closed and which no certificate unlocks: each needs a decision by a person."""
    holds = session.scalars(
        select(Hold)
        .where(Hold.state == HoldState.ACTIVE, in_reach(by, Hold.partner_id))
        .options(joinedload(Hold.partner, innerjoin=True))
        .order_by(Hold.id)
    ).all()
    cases = case_refs(session, {hold.case_id for hold in holds})
    closed = [hold for hold in holds if hold.case_id in cases and cases[hold.case_id].is_closed]
    keys = {case_id: key_for(session, case_id, at=at).ok for case_id in {hold.case_id for hold in closed}}
    return [hold for hold in closed if not keys[hold.case_id]]


@dataclass(frozen=True)
class HeldPartner:
    """A partner with money withheld, one amount a currency, and how many holds block."""

    partner: Partner
    held: list[Money]
    holds: int


def held_partners(
    session: Session, *, by: Actor, search: str = "", after: str | None = None, limit: int = _SHOWN
) -> list[HeldPartner]:
    """Partners with a blocking hold, by legal name, a page at a time; `after` is the number of the last one shown."""
    blocking = (
        select(Hold.partner_id, func.count().label("holds"))
        .where(Hold.state.in_((HoldState.ACTIVE, HoldState.RELEASE_PENDING)))
        .group_by(Hold.partner_id)
        .subquery()
    )
    statement = (
        select(Partner, blocking.c.holds)
        .join(blocking, blocking.c.partner_id == Partner.id)
        .where(in_reach(by, Partner.id))
        .order_by(Partner.legal_name, Partner.number)
        .limit(limit)
    )
    if search:
        statement = statement.where(
            Partner.legal_name.icontains(search, autoescape=True) | Partner.number.icontains(search, autoescape=True)
        )
    if after:
        last = session.scalar(select(Partner).where(Partner.number == after, in_reach(by, Partner.id)))
        if last is not None:
            statement = statement.where(
                (Partner.legal_name > last.legal_name)
                | ((Partner.legal_name == last.legal_name) & (Partner.number > last.number))
            )
    rows = session.execute(statement).all()
    held: dict[int, list[Money]] = defaultdict(list)
    for row in session.execute(
        select(Posting.partner_id, Posting.currency, func.sum(Posting.amount_minor).label("minor"))
        .where(Posting.partner_id.in_([row.Partner.id for row in rows]), Posting.account == Account.HELD)
        .group_by(Posting.partner_id, Posting.currency)
        .order_by(Posting.currency)
    ):
        if row.minor:
            held[row.partner_id].append(Money(int(row.minor), row.currency))
    return [HeldPartner(row.Partner, held[row.Partner.id], row.holds) for row in rows]
