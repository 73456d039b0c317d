"""Reviews of determinations whose certificate was revoked: what stands, what was paid on it, and what was concluded."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, append_only, choice


class ReviewOutcome(StrEnum):
    """What a review found: the determination stands (and a new certificate is issued), or it doesn't."""

    STANDS = "stands"
    FALLS = "falls"

    @property
    def label(self) -> str:
        return {"stands": "The determination stands", "falls": "The determination falls"}[self.value]


class DeterminationReview(Base):
    """One look back at a determination and at the money released on it. It moves no money by itself.

    `outcome` and `reason` are as proposed until `concluded_at` says that a second person agreed. `reason` is for the inside;
    `words_to_partner` are what the partner reads where the determination falls.
    """

    __tablename__ = "determination_review"
    __table_args__ = (
        CheckConstraint("(outcome IS NULL) = (reason IS NULL)", name="an_outcome_says_why"),
        CheckConstraint("concluded_at IS NULL OR outcome IS NOT NULL", name="a_concluded_review_has_an_outcome"),
        Index("ix_determination_review_case_id", "case_id"),
        Index("ix_determination_review_open", "concluded_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("remediation_case.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    determination_id: Mapped[int] = mapped_column(ForeignKey("determination.id"))
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), unique=True)
    opened_at: Mapped[datetime]
    outcome: Mapped[ReviewOutcome | None] = mapped_column(choice(ReviewOutcome, name="review_outcome_is_known"))
    reason: Mapped[str | None]
    words_to_partner: Mapped[str] = mapped_column(default="")
    steps_to_reopen: Mapped[list[Any]] = mapped_column(default=list)
    concluded_at: Mapped[datetime | None]


append_only(
    DeterminationReview.__table__,
    columns=("case_id", "partner_id", "determination_id", "certificate_id", "opened_at"),
)
