"""The one place that posts, and the lock under which it is done."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.incentives.models import LedgerTransaction, Posting
from app.incentives.rules.ledger import Movement
from app.kernel.database import Base, serialize

_TRANSACTIONS: Table = Base.metadata.tables[LedgerTransaction.__tablename__]
_POSTINGS: Table = Base.metadata.tables[Posting.__tablename__]


def lock_money(session: Session, partner_ids: Iterable[int]) -> None:
    """Until the transaction ends, nobody else moves money of these partners. Always taken in one order, so nobody waits in a ring."""
    for partner_id in sorted(set(partner_ids)):
        serialize(session, f"money:{partner_id}")


def insert_many(session: Session, table: Table, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert rows in one go and give their keys, in the order of the rows.

    The keys are drawn beforehand: asking for them back row by row takes minutes for ten thousand. On SQLite the writer
    is alone, so the next keys are the highest and on; nothing is ever deleted from these tables.
    """
    if not rows:
        return []
    if session.get_bind().dialect.name == "postgresql":
        sequence = select(func.nextval(func.pg_get_serial_sequence(table.name, "id"))).select_from(
            func.generate_series(1, len(rows)).alias()
        )
        keys = [int(key) for key in session.scalars(sequence)]
    else:
        highest = session.scalar(select(func.max(table.c.id))) or 0
        keys = list(range(highest + 1, highest + 1 + len(rows)))
    session.execute(insert(table), [{"id": key, **row} for key, row in zip(keys, rows, strict=True)])
    return keys


def post(session: Session, movements: Sequence[Movement], *, by: Actor, at: datetime) -> None:
    """Write movements into the ledger, each a transaction whose postings add up to nothing. The caller holds the partners' locks."""
    keys = insert_many(
        session,
        _TRANSACTIONS,
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
    )
    insert_many(
        session,
        _POSTINGS,
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
