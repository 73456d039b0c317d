"""Questions about what waits to happen outside the database."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.outbox.models import OutboxRow, OutboxState

_KEYS_AT_ONCE = 500


def is_due(session: Session, *, at: datetime) -> bool:
    """Is there a row to claim? Asked without the write lock, so that an idle worker holds nobody up."""
    found = session.scalar(
        select(OutboxRow.id)
        .where(
            OutboxRow.state == OutboxState.WAITING,
            OutboxRow.due_at <= at,
            or_(OutboxRow.leased_until.is_(None), OutboxRow.leased_until <= at),
        )
        .limit(1)
    )
    return found is not None


def known(session: Session, keys: Collection[str]) -> set[str]:
    """Which of these keys have a row already, in whatever state."""
    wanted = sorted(keys)
    found: set[str] = set()
    for start in range(0, len(wanted), _KEYS_AT_ONCE):
        some = wanted[start : start + _KEYS_AT_ONCE]
        found.update(session.scalars(select(OutboxRow.key).where(OutboxRow.key.in_(some))))
    return found


def dead(session: Session) -> Sequence[OutboxRow]:
    """Rows that were given up after their last try, oldest first."""
    return session.scalars(select(OutboxRow).where(OutboxRow.state == OutboxState.DEAD).order_by(OutboxRow.id)).all()
