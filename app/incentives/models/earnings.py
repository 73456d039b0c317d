"""Files of earnings as they arrived, the lines that were taken, and the lines that were not."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.incentives.rules.states import BatchState, ImportMode
from app.kernel.database import Base, append_only, choice

_TAKEN = text("state = 'imported'")


class EarningBatch(Base):
    """One file: its bytes, who brought it, and what became of it. `totals` lists `[currency, lines, minor units]` of what was imported."""

    __tablename__ = "earning_batch"
    __table_args__ = (
        CheckConstraint("(state = 'checked') = (decided_at IS NULL)", name="a_file_that_was_decided_says_when"),
        CheckConstraint("(state = 'checked') = (decided_by_id IS NULL)", name="a_file_that_was_decided_says_by_whom"),
        CheckConstraint("accepted >= 0 AND rejected >= 0 AND lines >= 0", name="line_counts_are_not_negative"),
        CheckConstraint("state = 'imported' OR accepted = 0", name="only_an_imported_file_has_accepted_lines"),
        Index("one_import_a_file", "sha256", unique=True, sqlite_where=_TAKEN, postgresql_where=_TAKEN),
        Index("ix_earning_batch_sha256", "sha256"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    lines: Mapped[int]
    state: Mapped[BatchState] = mapped_column(
        choice(BatchState, name="earning_batch_state_is_known"), default=BatchState.CHECKED
    )
    mode: Mapped[ImportMode | None] = mapped_column(choice(ImportMode, name="import_mode_is_known"))
    accepted: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    totals: Mapped[list[Any]] = mapped_column(default=list)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    uploaded_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]


append_only(
    EarningBatch.__table__, columns=("file_name", "content", "sha256", "lines", "uploaded_by_id", "uploaded_at")
)


class EarningReject(Base):
    """A line that was not taken: its cells as they stood in the file, and why."""

    __tablename__ = "earning_reject"
    __table_args__ = (UniqueConstraint("batch_id", "line"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("earning_batch.id"))
    line: Mapped[int]
    cells: Mapped[list[Any]]
    reason: Mapped[str]


append_only(EarningReject.__table__)


class Earning(Base):
    """One line that was taken: what a partner earned in a program, when, by the reference that the vendor's system gave it.

    A line that takes back an earlier one names it in `reverses_id` and has that one's amount below zero.
    """

    __tablename__ = "earning"
    __table_args__ = (
        UniqueConstraint("batch_id", "line"),
        UniqueConstraint("reverses_id"),
        CheckConstraint("length(currency) = 3", name="earning_currencies_are_three_letters"),
        CheckConstraint(
            "(reverses_id IS NULL AND amount_minor > 0) OR (reverses_id IS NOT NULL AND amount_minor < 0)",
            name="only_a_reversal_is_below_zero",
        ),
        CheckConstraint(
            "amount_minor BETWEEN -1000000000000000 AND 1000000000000000", name="earnings_are_of_a_plausible_size"
        ),
        Index("ix_earning_partner_id_earned_on", "partner_id", "earned_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("earning_batch.id"))
    line: Mapped[int]
    reference: Mapped[str] = mapped_column(String(64), unique=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    earning_type: Mapped[str] = mapped_column(String(40))
    earned_on: Mapped[date]
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int]
    description: Mapped[str] = mapped_column(String(500), default="")
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("earning.id"))
    posted_at: Mapped[datetime]


append_only(Earning.__table__)
