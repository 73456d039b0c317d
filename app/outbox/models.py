"""What must happen outside the database, as a row written with its cause."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, choice


class OutboxState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


class OutboxRow(Base):
    """One thing to do. `key` says which, so that the same cause written twice is one row."""

    __tablename__ = "outbox_row"
    __table_args__ = (
        CheckConstraint("tries >= 0", name="tries_are_not_negative"),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_rows_say_when"),
        Index("ix_outbox_row_waiting", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]]
    state: Mapped[OutboxState] = mapped_column(
        choice(OutboxState, name="outbox_state_is_known"), default=OutboxState.WAITING
    )
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
