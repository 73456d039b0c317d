"""Questions about release orders: what they let go, what was paid, what waits for whom."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload, undefer

from app.access.policy import Actor
from app.certificates.models import Certificate
from app.decisions import queries as decisions
from app.decisions.models import Decision
from app.decisions.rules import DecisionKind
from app.incentives.models import (
    Acknowledgement,
    AcknowledgementBatch,
    Earning,
    Hold,
    Payment,
    PaymentFile,
    ReleaseHold,
    ReleaseLine,
    ReleaseOrder,
)
from app.incentives.queries import books
from app.incentives.queries.holds import may_see_money
from app.incentives.rules.states import OrderState, Outcome
from app.kernel.errors import NotFound
from app.kernel.money import Money
from app.partners.models import Program
from app.partners.queries import in_reach


def load_order(session: Session, number: str, *, by: Actor) -> ReleaseOrder:
    """An order by its number, within reach of somebody who may see money; NotFound otherwise."""
    order = session.scalar(
        select(ReleaseOrder)
        .where(ReleaseOrder.number == number, in_reach(by, ReleaseOrder.partner_id))
        .options(joinedload(ReleaseOrder.partner, innerjoin=True))
    )
    if order is None or not may_see_money(by, order.partner_id):
        raise NotFound
    return order


@dataclass(frozen=True)
class OrderRow:
    """An order in a list, with what it frees in each currency."""

    order: ReleaseOrder
    totals: list[Money]
    lines: int


def orders(
    session: Session,
    *,
    by: Actor,
    states: Collection[OrderState] | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[OrderRow]:
    """Orders in reach, newest first, a page at a time; `after` is the key of the last one shown."""
    statement = (
        select(ReleaseOrder)
        .where(in_reach(by, ReleaseOrder.partner_id))
        .options(joinedload(ReleaseOrder.partner, innerjoin=True))
        .order_by(ReleaseOrder.id.desc())
        .limit(limit)
    )
    if states is not None:
        statement = statement.where(ReleaseOrder.state.in_(states))
    if after:
        statement = statement.where(ReleaseOrder.id < after)
    found = session.scalars(statement).all()
    totals = totals_of_orders(session, [order.id for order in found])
    return [
        OrderRow(order, [money for _, money in totals[order.id]], sum(count for count, _ in totals[order.id]))
        for order in found
    ]


def totals_of_orders(session: Session, order_ids: Sequence[int]) -> dict[int, list[tuple[int, Money]]]:
    """Number of lines and their sum for each currency of each order."""
    found: dict[int, list[tuple[int, Money]]] = defaultdict(list)
    for row in session.execute(
        select(
            ReleaseLine.order_id,
            ReleaseLine.currency,
            func.count().label("lines"),
            func.sum(ReleaseLine.amount_minor).label("minor"),
        )
        .where(ReleaseLine.order_id.in_(order_ids))
        .group_by(ReleaseLine.order_id, ReleaseLine.currency)
        .order_by(ReleaseLine.currency)
    ):
        found[row.order_id].append((row.lines, Money(int(row.minor), row.currency)))
    return found


@dataclass(frozen=True)
class OrderLine:
    """One line of an order, and how far its payment is."""

    earning: str
    program: str
    earned_on: date
    description: str
    hold: str
    amount: Money
    payment: str | None
    outcome: Outcome | None
    happened_on: date | None
    reason: str


def lines(session: Session, order_id: int, *, limit: int = 500) -> list[OrderLine]:
    """An order's lines with the newest payment of each and the bank's newest answer to it."""
    sent, said = aliased(Payment), aliased(Acknowledgement)
    newest = select(func.max(sent.id)).where(sent.release_line_id == ReleaseLine.id).scalar_subquery()
    answer = select(func.max(said.id)).where(said.payment_id == Payment.id).scalar_subquery()
    rows = session.execute(
        select(
            Earning.reference,
            Program.code,
            Earning.earned_on,
            Earning.description,
            Hold.number,
            ReleaseLine.amount_minor,
            ReleaseLine.currency,
            Payment.reference.label("payment"),
            Acknowledgement.outcome,
            Acknowledgement.happened_on,
            Acknowledgement.reason,
        )
        .join(Earning, Earning.id == ReleaseLine.earning_id)
        .join(Program, Program.id == ReleaseLine.program_id)
        .join(Hold, Hold.id == ReleaseLine.hold_id)
        .outerjoin(Payment, Payment.id == newest)
        .outerjoin(Acknowledgement, Acknowledgement.id == answer)
        .where(ReleaseLine.order_id == order_id)
        .order_by(ReleaseLine.id)
        .limit(limit)
    )
    return [
        OrderLine(
            row.reference,
            row.code,
            row.earned_on,
            row.description,
            row.number,
            Money(row.amount_minor, row.currency),
            row.payment,
            row.outcome,
            row.happened_on,
            row.reason or "",
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Progress:
    """How far an order's lines are, counted."""

    lines: int
    sent: int
    paid: int
    returned: int

    @property
    def open(self) -> int:
        return self.sent - self.paid - self.returned


def progress(session: Session, order_id: int) -> Progress:
    """Lines in all; of their newest payments: sent, paid, returned."""
    newest = (
        select(func.max(Payment.id).label("id"))
        .join(ReleaseLine, ReleaseLine.id == Payment.release_line_id)
        .where(ReleaseLine.order_id == order_id)
        .group_by(Payment.release_line_id)
        .subquery()
    )
    said = aliased(Acknowledgement)
    answer = select(func.max(said.id)).where(said.payment_id == newest.c.id).scalar_subquery()
    rows = session.execute(
        select(Acknowledgement.outcome, func.count())
        .select_from(newest)
        .outerjoin(Acknowledgement, Acknowledgement.id == answer)
        .group_by(Acknowledgement.outcome)
    )
    counts: dict[Outcome | None, int] = {row[0]: row[1] for row in rows}
    every = session.scalar(select(func.count()).select_from(ReleaseLine).where(ReleaseLine.order_id == order_id))
    return Progress(every or 0, sum(counts.values()), counts.get(Outcome.PAID, 0), counts.get(Outcome.RETURNED, 0))


def holds_of_order(session: Session, order_id: int) -> Sequence[Hold]:
    return session.scalars(
        select(Hold)
        .join(ReleaseHold, ReleaseHold.hold_id == Hold.id)
        .where(ReleaseHold.order_id == order_id)
        .options(joinedload(Hold.program), joinedload(Hold.location))
        .order_by(Hold.id)
    ).all()


def files_of_order(session: Session, order_id: int) -> Sequence[PaymentFile]:
    """The files an order left in, oldest first, without their bytes."""
    return session.scalars(
        select(PaymentFile).where(PaymentFile.order_id == order_id).order_by(PaymentFile.sequence)
    ).all()


def file_of_order(session: Session, order_id: int, sequence: int) -> PaymentFile:
    """One of an order's files with its bytes; NotFound where there is none."""
    file = session.scalar(
        select(PaymentFile)
        .where(PaymentFile.order_id == order_id, PaymentFile.sequence == sequence)
        .options(undefer(PaymentFile.content))
    )
    if file is None:
        raise NotFound
    return file


def certificate_of(session: Session, certificate_id: int) -> Certificate | None:
    """The certificate that an order stands on, without its bytes."""
    return session.get(Certificate, certificate_id)


def let_go_on(session: Session, certificate_id: int) -> Sequence[ReleaseOrder]:
    """The orders that were approved on the strength of a certificate, oldest first."""
    return session.scalars(
        select(ReleaseOrder)
        .where(ReleaseOrder.certificate_id == certificate_id, ReleaseOrder.approved_at.is_not(None))
        .order_by(ReleaseOrder.id)
    ).all()


def to_send_again(session: Session, order_id: int) -> list[Money]:
    """What came back of an order and is free to be sent again, by currency."""
    again = aliased(Payment)
    later = select(again.id).where(again.release_line_id == Payment.release_line_id, again.id > Payment.id).exists()
    lines = session.scalars(
        select(ReleaseLine)
        .join(Payment, Payment.release_line_id == ReleaseLine.id)
        .join(Acknowledgement, Acknowledgement.payment_id == Payment.id)
        .where(ReleaseLine.order_id == order_id, Acknowledgement.outcome == Outcome.RETURNED, ~later)
        .order_by(ReleaseLine.id)
    ).all()
    standings = books.standings(session, [line.earning_id for line in lines])
    sums: dict[str, int] = {}
    for line in lines:
        free = min(line.amount_minor, standings[line.earning_id].payable)
        if free:
            sums[line.currency] = sums.get(line.currency, 0) + free
    return [Money(minor, currency) for currency, minor in sorted(sums.items())]


def decision_of(session: Session, kind: DecisionKind, subject_id: int) -> Decision | None:
    """The newest decision about a hold or an order."""
    return next(iter(decisions.of_subject(session, kind, subject_id)), None)


def acknowledgement_batches(
    session: Session, *, after: int | None = None, limit: int = 50
) -> Sequence[AcknowledgementBatch]:
    """Files of answers, newest first."""
    statement = select(AcknowledgementBatch).order_by(AcknowledgementBatch.id.desc()).limit(limit)
    return session.scalars(statement.where(AcknowledgementBatch.id < after) if after else statement).all()


@dataclass(frozen=True)
class AnswerRow:
    """One answer of the ERP, with the order it belongs to."""

    payment: str
    order: str
    outcome: Outcome
    happened_on: date
    amount: Money
    bank_reference: str
    reason: str


def load_acknowledgements(
    session: Session, batch_id: int, *, limit: int = 500
) -> tuple[AcknowledgementBatch, list[AnswerRow]]:
    """A file of answers and what it said that was new, returned payments first."""
    batch = session.get(AcknowledgementBatch, batch_id)
    if batch is None:
        raise NotFound
    rows = session.execute(
        select(
            Payment.reference,
            ReleaseOrder.number,
            Acknowledgement.outcome,
            Acknowledgement.happened_on,
            Payment.amount_minor,
            Payment.currency,
            Acknowledgement.bank_reference,
            Acknowledgement.reason,
        )
        .join(Payment, Payment.id == Acknowledgement.payment_id)
        .join(PaymentFile, PaymentFile.id == Payment.payment_file_id)
        .join(ReleaseOrder, ReleaseOrder.id == PaymentFile.order_id)
        .where(Acknowledgement.batch_id == batch_id)
        .order_by(Acknowledgement.outcome.desc(), Payment.id)
        .limit(limit)
    )
    return batch, [
        AnswerRow(
            row.reference,
            row.number,
            row.outcome,
            row.happened_on,
            Money(row.amount_minor, row.currency),
            row.bank_reference,
            row.reason,
        )
        for row in rows
    ]
