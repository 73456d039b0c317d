"""What the partner handed in for a step: immutable revisions, their files, and the vendor's review of each."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, append_only, choice


class ReviewState(StrEnum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    RETURNED = "returned"


class EvidenceRevision(Base):
    """A statement, files, or both. `digest` covers the words, the files' digests and the effective date.

    `effective_on` is the day from which what it shows holds, not the day of the upload (`received_at`). A revision that a
    later one replaces (`replaced_at`) counts for nothing any more, whatever its review said.
    """

    __tablename__ = "evidence_revision"
    __table_args__ = (
        UniqueConstraint("step_id", "number"),
        CheckConstraint("number >= 1", name="revisions_count_from_one"),
        CheckConstraint("(review = 'waiting') = (reviewed_at IS NULL)", name="a_review_says_when"),
        CheckConstraint("(reviewed_at IS NULL) = (reviewed_by_id IS NULL)", name="a_review_says_by_whom"),
        CheckConstraint("reviewed_by_id <> uploaded_by_id", name="nobody_reviews_what_they_uploaded"),
        CheckConstraint("review <> 'returned' OR review_reason IS NOT NULL", name="a_return_says_why"),
        Index("ix_evidence_revision_review", "review", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("plan_step.id"))
    number: Mapped[int]
    statement: Mapped[str]
    effective_on: Mapped[date]
    digest: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    review: Mapped[ReviewState] = mapped_column(
        choice(ReviewState, name="review_state_is_known"), default=ReviewState.WAITING
    )
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reviewed_at: Mapped[datetime | None]
    review_reason: Mapped[str | None]
    replaced_at: Mapped[datetime | None]


append_only(
    EvidenceRevision.__table__,
    columns=("step_id", "number", "statement", "effective_on", "digest", "received_at", "uploaded_by_id"),
)


class EvidenceFile(Base):
    """A file of a revision: stored by digest outside the web root, named for people, typed by its bytes."""

    __tablename__ = "evidence_file"
    __table_args__ = (
        UniqueConstraint("revision_id", "position"),
        CheckConstraint("size > 0", name="evidence_files_are_not_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("evidence_revision.id"))
    position: Mapped[int]
    name: Mapped[str]
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))


append_only(EvidenceFile.__table__)
