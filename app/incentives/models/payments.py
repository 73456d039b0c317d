"""How released money leaves: the files sent to the vendor's ERP, and what came back about each payment."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.incentives.rules.states import Outcome
from app.kernel.database import Base, append_only, choice


class PaymentFile(Base):
    """The bytes that left for an order. Every later download is these bytes. `totals` lists `[currency, payments, minor units]`.

    `sequence` is 1 for the order's own file; a further one sends again what the bank returned.
    """

    __tablename__ = "payment_file"
    __table_args__ = (
        UniqueConstraint("order_id", "sequence"),
        CheckConstraint("sequence > 0", name="payment_files_are_numbered_from_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("release_order.id"))
    sequence: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    totals: Mapped[list[Any]]
    exported_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    exported_at: Mapped[datetime]


append_only(PaymentFile.__table__)


class Payment(Base):
    """One line of a payment file, by the reference under which the ERP answers."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("payment_file_id", "position"),
        CheckConstraint("amount_minor > 0", name="a_payment_pays_something"),
        Index("ix_payment_release_line_id", "release_line_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_file_id: Mapped[int] = mapped_column(ForeignKey("payment_file.id"))
    release_line_id: Mapped[int] = mapped_column(ForeignKey("release_line.id"))
    position: Mapped[int]
    reference: Mapped[str] = mapped_column(String(40), unique=True)
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int]


append_only(Payment.__table__)


class AcknowledgementBatch(Base):
    """One file of answers from the ERP. `totals` lists `[currency, lines, minor units]` as the file says."""

    __tablename__ = "acknowledgement_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    totals: Mapped[list[Any]]
    lines: Mapped[int]
    known_before: Mapped[int]
    received_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    received_at: Mapped[datetime]


append_only(AcknowledgementBatch.__table__)


class Acknowledgement(Base):
    """What became of a payment: paid, or returned by the bank with its reason. A payment may first be paid and then come back."""

    __tablename__ = "acknowledgement"
    __table_args__ = (
        UniqueConstraint("payment_id", "outcome"),
        CheckConstraint("outcome <> 'returned' OR length(reason) > 0", name="a_returned_payment_says_why"),
        Index("ix_acknowledgement_batch_id", "batch_id"),
        Index("ix_acknowledgement_outcome_payment_id", "outcome", "payment_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("acknowledgement_batch.id"))
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    outcome: Mapped[Outcome] = mapped_column(choice(Outcome, name="payment_outcome_is_known"))
    happened_on: Mapped[date]
    bank_reference: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[str] = mapped_column(String(300), default="")


append_only(Acknowledgement.__table__)
