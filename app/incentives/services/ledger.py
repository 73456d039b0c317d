"""The one place that posts, and the lock under which it is done."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.incentives.models import LedgerTransaction, Posting
from app.incentives.rules.ledger import Movement
from app.kernel.database import serialize


def lock_money(session: Session, partner_ids: Iterable[int]) -> None:
    """Until the transaction ends, nobody else moves money of these partners. Always taken in one order, so nobody waits in a ring."""
    for partner_id in sorted(set(partner_ids)):
        serialize(session, f"money:{partner_id}")


def post(session: Session, movements: Sequence[Movement], *, by: Actor, at: datetime) -> None:
    """Write movements into the ledger, each a transaction whose postings add up to nothing. The caller holds the partners' locks."""
    if not movements:
        return
    keys = session.scalars(
        insert(LedgerTransaction).returning(LedgerTransaction.id, sort_by_parameter_order=True),
        [
            {
                "kind": movement.kind,
                "earning_id": movement.earning.earning_id,
                "batch_id": movement.cause.batch_id,
                "hold_id": movement.cause.hold_id,
                "order_id": movement.cause.order_id,
                "payment_id": movement.cause.payment_id,
                "reverses_id": movement.cause.reverses_id,
                "by_id": by.person_id,
                "at": at,
            }
            for movement in movements
        ],
    ).all()
    session.execute(
        insert(Posting),
        [
            {
                "transaction_id": key,
                "account": entry.account,
                "amount_minor": entry.minor,
                "currency": movement.earning.money.currency,
                "partner_id": movement.earning.partner_id,
                "program_id": movement.earning.program_id,
                "earning_id": movement.earning.earning_id,
                "hold_id": entry.hold_id,
            }
            for key, movement in zip(keys, movements, strict=True)
            for entry in movement.entries
        ],
    )
