"""Writing rows with their cause, and handing them out under a lease so that a killed worker loses nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from app.kernel.database import Base, serialize
from app.outbox.models import OutboxRow, OutboxState

_ROWS = Base.metadata.tables[OutboxRow.__tablename__]

LEASE = timedelta(seconds=60)
BACKOFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=12))


def enqueue(
    session: Session, kind: str, key: str, payload: Mapping[str, Any], *, at: datetime, due_at: datetime | None = None
) -> OutboxRow | None:
    """Write a row in the transaction of its cause; None if a row of that key is already there."""
    if session.scalar(select(OutboxRow.id).where(OutboxRow.key == key)) is not None:
        return None
    row = OutboxRow(kind=kind, key=key, payload=dict(payload), created_at=at, due_at=due_at or at)
    session.add(row)
    session.flush()
    return row


def enqueue_all(
    session: Session,
    kind: str,
    rows: Mapping[str, Mapping[str, Any]],
    *,
    at: datetime,
    due_at: datetime | None = None,
) -> None:
    """As `enqueue`, for many rows of one kind, payloads by key, in one statement; no statement where there are none.

    Every key must be new: it names something made just now, or was looked for with `queries.known` under the lock.
    IntegrityError for one that has its row already.
    """
    if rows:
        session.execute(
            insert(_ROWS),
            [
                {"kind": kind, "key": key, "payload": dict(payload), "created_at": at, "due_at": due_at or at}
                for key, payload in rows.items()
            ],
        )


def claim(session: Session, *, at: datetime, limit: int = 20) -> Sequence[OutboxRow]:
    """Lease due rows to this worker. Commit at once, work, then `done` or `failed` in a transaction of its own."""
    serialize(session, "outbox-claim")
    rows = session.scalars(
        select(OutboxRow)
        .where(
            OutboxRow.state == OutboxState.WAITING,
            OutboxRow.due_at <= at,
            or_(OutboxRow.leased_until.is_(None), OutboxRow.leased_until <= at),
        )
        .order_by(OutboxRow.due_at, OutboxRow.id)
        .limit(limit)
    ).all()
    for row in rows:
        row.leased_until = at + LEASE
    session.flush()
    return rows


def done(session: Session, row_id: int, *, at: datetime) -> None:
    row = session.get_one(OutboxRow, row_id)
    row.state, row.done_at, row.leased_until, row.last_error = OutboxState.DONE, at, None, None
    session.flush()


def failed(session: Session, row_id: int, error: str, *, at: datetime) -> None:
    """Count the try and put the row off; after the last try it is dead: kept, visible, and re-runnable."""
    row = session.get_one(OutboxRow, row_id)
    row.tries += 1
    row.leased_until = None
    row.last_error = error[:500]
    if row.tries > len(BACKOFF):
        row.state = OutboxState.DEAD
    else:
        row.due_at = at + BACKOFF[row.tries - 1]
    session.flush()
