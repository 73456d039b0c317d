"""Payments: released money leaves as a file, and what became of it comes back as a file. Each is one effect, however often tried."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session, undefer

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.certificates.queries import fits, key_of_case
from app.decisions.services import require
from app.incentives.models import (
    Acknowledgement,
    AcknowledgementBatch,
    Earning,
    Payment,
    PaymentFile,
    ReleaseLine,
    ReleaseOrder,
)
from app.incentives.queries import books
from app.incentives.queries.cases import case_ref
from app.incentives.rules import payment_file
from app.incentives.rules.acknowledgement_file import AcknowledgementFile, Answer, Sent, sort
from app.incentives.rules.holds import EarningFacts, settle
from app.incentives.rules.ledger import Cause, Movement, of_moves, transfer
from app.incentives.rules.payment_file import PaymentLine, payment_reference
from app.incentives.rules.states import Account, OrderState, Outcome, TransactionKind
from app.incentives.services.ledger import insert_many, lock_money, post
from app.incentives.services.releases import load_order
from app.kernel.database import Base, serialize
from app.kernel.errors import Conflict, DomainError, RefusedAct, constraint_says
from app.kernel.money import Money
from app.outbox.services import enqueue
from app.partners.models import Program

constraint_says(
    "uq_acknowledgement_batch_sha256", "This file was recorded a moment ago. Nothing was changed by sending it again."
)


def export_release(session: Session, order_id: int, *, by: Actor, at: datetime) -> PaymentFile:
    """Write an approved order's payment file. Asked again, it gives the file that was written, byte for byte."""
    order = _ready_to_export(session, order_id, by=by)
    earlier = session.scalar(
        select(PaymentFile)
        .where(PaymentFile.order_id == order.id)
        .options(undefer(PaymentFile.content))
        .order_by(PaymentFile.sequence)
        .limit(1)
    )
    if earlier is not None:
        return earlier
    if order.state is not OrderState.APPROVED:
        raise Conflict(
            f"Order {order.number} frees nothing, so there is nothing to pay."
            if order.state is OrderState.SETTLED
            else f"Order {order.number} is {order.state.value}. Only an approved order can be exported."
        )
    _require_key(session, order, at=at)
    lines = session.scalars(select(ReleaseLine).where(ReleaseLine.order_id == order.id).order_by(ReleaseLine.id)).all()
    amounts = [(line, line.amount_minor) for line in lines]
    return _write_file(session, order, 1, amounts, source=Account.ORDERED, by=by, at=at)


def export_returned(session: Session, order_id: int, *, by: Actor, at: datetime) -> PaymentFile:
    """Write a further file that sends again what the bank returned and no hold has caught since."""
    order = _ready_to_export(session, order_id, by=by)
    lines = returned_lines(session, order.id)
    standings = books.standings(session, [line.earning_id for line in lines])
    amounts = [
        (line, min(line.amount_minor, standings[line.earning_id].payable))
        for line in lines
        if standings[line.earning_id].payable > 0
    ]
    if not amounts:
        raise Conflict("Nothing that the bank returned waits to be sent again.")
    _require_key(session, order, at=at)
    latest = session.scalar(select(func.max(PaymentFile.sequence)).where(PaymentFile.order_id == order.id)) or 0
    return _write_file(session, order, latest + 1, amounts, source=Account.PAYABLE, by=by, at=at)


def returned_lines(session: Session, order_id: int) -> Sequence[ReleaseLine]:
    """The order's lines whose newest payment came back."""
    newest = (
        select(func.max(Payment.id).label("id"))
        .join(ReleaseLine, ReleaseLine.id == Payment.release_line_id)
        .where(ReleaseLine.order_id == order_id)
        .group_by(Payment.release_line_id)
        .subquery()
    )
    return session.scalars(
        select(ReleaseLine)
        .join(Payment, Payment.release_line_id == ReleaseLine.id)
        .join(newest, newest.c.id == Payment.id)
        .join(Acknowledgement, Acknowledgement.payment_id == Payment.id)
        .where(Acknowledgement.outcome == Outcome.RETURNED)
        .order_by(ReleaseLine.id)
    ).all()


def _ready_to_export(session: Session, order_id: int, *, by: Actor) -> ReleaseOrder:
    partner_id = load_order(session, order_id).partner_id
    act = RefusedAct("release-order.exported", "release_order", str(order_id), partner_id)
    require(Permission.RELEASE_EXPORT, by=by, act=act)
    if by.person_id is None:
        raise DomainError("An order is exported by a person.")
    lock_money(session, [partner_id])
    return load_order(session, order_id, lock=True)


def _require_key(session: Session, order: ReleaseOrder, *, at: datetime) -> None:
    """A certificate revoked after approval, with no other in its place, stops the money before it leaves."""
    newest = key_of_case(session, order.case_id)
    if not fits(session, order.certificate_id, case_id=order.case_id, at=order.approved_at or at).ok and not (
        newest is not None and fits(session, newest.id, case_id=order.case_id, at=at).ok
    ):
        raise DomainError(
            "The certificate that unlocked this order was revoked, and no other was issued for the case. Nothing was "
            "exported. Ask compliance whether a new certificate will be issued."
        )


def _write_file(
    session: Session,
    order: ReleaseOrder,
    sequence: int,
    amounts: Sequence[tuple[ReleaseLine, int]],
    *,
    source: Account,
    by: Actor,
    at: datetime,
) -> PaymentFile:
    earnings = {
        row.Earning.id: (row.Earning, row.code)
        for part in books.chunks([line.earning_id for line, _ in amounts])
        for row in session.execute(
            select(Earning, Program.code).join(Program, Program.id == Earning.program_id).where(Earning.id.in_(part))
        )
    }
    lines = [
        PaymentLine(
            payment_reference(order.number, sequence, position),
            earnings[line.earning_id][1],
            earnings[line.earning_id][0].reference,
            earnings[line.earning_id][0].earned_on,
            earnings[line.earning_id][0].description,
            Money(minor, line.currency),
        )
        for position, (line, minor) in enumerate(amounts, start=1)
    ]
    content = payment_file.write(
        lines,
        order=order.number,
        case=case_ref(session, order.case_id).number,
        partner_number=order.partner.number,
        partner_name=order.partner.legal_name,
    )
    totals = [[currency, count, total.minor] for currency, count, total in payment_file.totals(lines)]
    file = PaymentFile(
        order_id=order.id,
        sequence=sequence,
        content=content,
        sha256=sha256(content).hexdigest(),
        totals=totals,
        exported_by_id=by.person_id,
        exported_at=at,
    )
    session.add(file)
    session.flush()
    keys = insert_many(
        session,
        Base.metadata.tables[Payment.__tablename__],
        [
            {
                "payment_file_id": file.id,
                "release_line_id": line.id,
                "position": position,
                "reference": written.reference,
                "currency": line.currency,
                "amount_minor": minor,
            }
            for position, ((line, minor), written) in enumerate(zip(amounts, lines, strict=True), start=1)
        ],
    )
    movements = [
        transfer(
            TransactionKind.EXPORT,
            books.facts_of(earnings[line.earning_id][0]),
            minor,
            source,
            Account.EXPORTED,
            Cause(order_id=order.id, payment_id=key),
        )
        for key, (line, minor) in zip(keys, amounts, strict=True)
    ]
    post(session, movements, by=by, at=at)
    order.state, order.exported_at, order.settled_at = OrderState.EXPORTED, order.exported_at or at, None
    session.flush()
    audit.record(
        session,
        "release-order.exported",
        "release_order",
        order.id,
        by=by,
        at=at,
        partner_id=order.partner_id,
        details={"file": file.id, "sequence": sequence, "sha256": file.sha256, "totals": totals},
    )
    return file


def acknowledge_payments(
    session: Session, file: AcknowledgementFile, *, by: Actor, at: datetime
) -> AcknowledgementBatch:
    """Record what became of payments: paid, or returned and free again (or held, where a hold covers it by now).

    All of a file or nothing of it. A file recorded before comes back as it was; an answer known before changes nothing.
    """
    require(
        Permission.PAYMENT_ACKNOWLEDGE, by=by, act=RefusedAct("payments.acknowledged", "acknowledgement_batch", "new")
    )
    if by.person_id is None:
        raise DomainError("Acknowledgements are recorded by a person.")
    serialize(session, "payment-acknowledgements")
    earlier = session.scalar(select(AcknowledgementBatch).where(AcknowledgementBatch.sha256 == file.sha256))
    if earlier is not None:
        return earlier
    lock_money(session, _partners_of(session, file))
    sorted_ = sort(file, _sent(session, file), (at + timedelta(days=1)).date())
    batch = AcknowledgementBatch(
        file_name=file.name,
        content=file.content,
        sha256=file.sha256,
        totals=[[total.currency, total.count, str(total.amount)] for total in file.table.totals],
        lines=len(file.answers),
        known_before=sorted_.known_before,
        received_by_id=by.person_id,
        received_at=at,
    )
    session.add(batch)
    session.flush()
    if sorted_.new:
        session.execute(
            insert(Base.metadata.tables[Acknowledgement.__tablename__]),
            [
                {
                    "batch_id": batch.id,
                    "payment_id": payment_id,
                    "outcome": answer.outcome,
                    "happened_on": answer.happened_on,
                    "bank_reference": answer.bank_reference,
                    "reason": answer.reason,
                }
                for answer, payment_id in sorted_.new
            ],
        )
    _book_answers(session, sorted_.new, by=by, at=at)
    settled = _settle_orders(session, [payment_id for _, payment_id in sorted_.new], at=at)
    audit.record(
        session,
        "payments.acknowledged",
        "acknowledgement_batch",
        batch.id,
        by=by,
        at=at,
        details={
            "sha256": batch.sha256,
            "paid": sum(answer.outcome is Outcome.PAID for answer, _ in sorted_.new),
            "returned": sum(answer.outcome is Outcome.RETURNED for answer, _ in sorted_.new),
            "known_before": batch.known_before,
            "settled_orders": settled,
        },
    )
    return batch


def _partners_of(session: Session, file: AcknowledgementFile) -> set[int]:
    found: set[int] = set()
    for part in books.chunks({answer.payment for answer in file.answers}):
        found.update(
            session.scalars(
                select(ReleaseOrder.partner_id)
                .join(PaymentFile, PaymentFile.order_id == ReleaseOrder.id)
                .join(Payment, Payment.payment_file_id == PaymentFile.id)
                .where(Payment.reference.in_(part))
                .distinct()
            )
        )
    return found


def _sent(session: Session, file: AcknowledgementFile) -> dict[str, Sent]:
    payments: dict[int, Payment] = {}
    outcomes: dict[int, set[Outcome]] = {}
    for part in books.chunks({answer.payment for answer in file.answers}):
        for payment in session.scalars(select(Payment).where(Payment.reference.in_(part))):
            payments[payment.id] = payment
    for ids in books.chunks(payments):
        for row in session.execute(
            select(Acknowledgement.payment_id, Acknowledgement.outcome).where(Acknowledgement.payment_id.in_(ids))
        ):
            outcomes.setdefault(row.payment_id, set()).add(row.outcome)
    return {
        payment.reference: Sent(key, Money(payment.amount_minor, payment.currency), frozenset(outcomes.get(key, ())))
        for key, payment in payments.items()
    }


def _book_answers(session: Session, answers: Sequence[tuple[Answer, int]], *, by: Actor, at: datetime) -> None:
    """Post each answer; then what came back is settled, as a hold placed meanwhile may cover it."""
    earnings: dict[int, EarningFacts] = {}
    amounts: dict[int, int] = {}
    paid_before: set[int] = set()
    for part in books.chunks({payment_id for _, payment_id in answers}):
        for row in session.execute(
            select(Payment.id, Payment.amount_minor, Earning)
            .join(ReleaseLine, ReleaseLine.id == Payment.release_line_id)
            .join(Earning, Earning.id == ReleaseLine.earning_id)
            .where(Payment.id.in_(part))
        ):
            earnings[row.id], amounts[row.id] = books.facts_of(row.Earning), row.amount_minor
        paid_before.update(
            session.scalars(
                select(Acknowledgement.payment_id).where(
                    Acknowledgement.payment_id.in_(part), Acknowledgement.outcome == Outcome.PAID
                )
            )
        )
    movements: list[Movement] = []
    for answer, payment_id in answers:
        if answer.outcome is Outcome.PAID:
            kind, source, target = TransactionKind.PAYMENT, Account.EXPORTED, Account.PAID
        else:
            source = Account.PAID if payment_id in paid_before else Account.EXPORTED
            kind, target = TransactionKind.RETURN, Account.PAYABLE
        movements.append(
            transfer(kind, earnings[payment_id], amounts[payment_id], source, target, Cause(payment_id=payment_id))
        )
    post(session, movements, by=by, at=at)
    returned = {earnings[payment_id].earning_id for answer, payment_id in answers if answer.outcome is Outcome.RETURNED}
    blocks = books.blocks(session, {earning.partner_id for earning in earnings.values()})
    post(
        session,
        [
            movement
            for earning, standing in books.with_standing(session, returned)
            for movement in of_moves(
                earning,
                settle(earning, standing, blocks.get(earning.partner_id, []), excess_to=Account.PAYABLE),
                TransactionKind.HOLD,
                Cause(),
            )
        ],
        by=by,
        at=at,
    )


def _settle_orders(session: Session, payment_ids: Sequence[int], *, at: datetime) -> list[int]:
    """Orders of which every payment has its answer are settled, and their partner is told once what was paid."""
    order_ids: set[int] = set()
    for part in books.chunks(payment_ids):
        order_ids.update(
            session.scalars(
                select(PaymentFile.order_id)
                .join(Payment, Payment.payment_file_id == PaymentFile.id)
                .where(Payment.id.in_(part))
            )
        )
    settled = []
    for order_id in sorted(order_ids):
        order = load_order(session, order_id, lock=True)
        answered = select(Acknowledgement.id).where(Acknowledgement.payment_id == Payment.id).exists()
        open_payments = session.scalar(
            select(func.count())
            .select_from(Payment)
            .join(PaymentFile, PaymentFile.id == Payment.payment_file_id)
            .where(PaymentFile.order_id == order_id, ~answered)
        )
        if open_payments or order.state is not OrderState.EXPORTED:
            continue
        order.state, order.settled_at = OrderState.SETTLED, at
        session.flush()
        settled.append(order_id)
        latest = session.scalar(select(func.max(PaymentFile.sequence)).where(PaymentFile.order_id == order_id))
        enqueue(
            session,
            "release_paid",
            f"release-paid:{order_id}:{latest}",
            {"order_id": order_id, "partner_id": order.partner_id},
            at=at,
        )
    return settled
