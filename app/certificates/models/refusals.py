"""Certificates that were earned and could not be made: each waits for a person."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base

_OPEN = text("settled_at IS NULL")


class CertificateRefusal(Base):
    """Why a document was refused to somebody who has earned it, in the sentence that says what to mend. Settled once it is issued."""

    __tablename__ = "certificate_refusal"
    __table_args__ = (
        CheckConstraint(
            "(training_record_id IS NULL) <> (determination_id IS NULL)", name="a_refusal_names_what_was_earned"
        ),
        CheckConstraint("length(trim(sentence)) > 0", name="a_refusal_says_why"),
        Index(
            "one_open_refusal_a_training_record",
            "training_record_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(
            "one_open_refusal_a_determination",
            "determination_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_certificate_refusal_open", "settled_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    training_record_id: Mapped[int | None] = mapped_column(ForeignKey("training_record.id"))
    determination_id: Mapped[int | None] = mapped_column(ForeignKey("determination.id"))
    sentence: Mapped[str]
    tries: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]
    tried_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
