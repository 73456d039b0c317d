"""What lasts: training records, their confirmation and correction, and training that was done elsewhere."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, append_only, choice


class TrainingRecord(Base):
    """The result of a registration, for ever: who, under which name, which text by its hash, with what score, until when.

    Days are in the partner's time zone; `valid_until` is the last valid day, None where it does not lapse. A mistake in it is
    corrected by a record that supersedes it; one that `needs_confirmation` counts when a `RecordConfirmation` confirms it.
    """

    __tablename__ = "training_record"
    __table_args__ = (
        Index(
            "one_first_record_a_registration",
            "registration_id",
            unique=True,
            sqlite_where=text("supersedes_id IS NULL"),
            postgresql_where=text("supersedes_id IS NULL"),
        ),
        UniqueConstraint("supersedes_id"),
        CheckConstraint("(supersedes_id IS NULL) = (correction_reason IS NULL)", name="a_corrected_record_says_why"),
        CheckConstraint("score BETWEEN 0 AND 10000", name="record_score_is_a_share"),
        CheckConstraint("mastery_score BETWEEN 0 AND 10000", name="record_mastery_score_is_a_share"),
        CheckConstraint("(score IS NULL) = (attempt_id IS NULL)", name="a_score_names_its_attempt"),
        CheckConstraint("valid_until IS NULL OR valid_until >= passed_on", name="records_lapse_after_they_are_made"),
        CheckConstraint("length(trim(person_name)) > 0", name="records_name_their_person"),
        Index("ix_training_record_person_id_course_id", "person_id", "course_id", "valid_until"),
        Index("ix_training_record_course_id", "course_id"),
        Index("ix_training_record_content_hash", "content_hash"),
        Index(
            "ix_training_record_to_confirm",
            "id",
            sqlite_where=text("needs_confirmation = 1"),
            postgresql_where=text("needs_confirmation"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignment.id"))
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempt.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person_name: Mapped[str]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    partner_name: Mapped[str]
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    course_title: Mapped[str]
    course_version: Mapped[str] = mapped_column(String(40))
    content_hash: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(20))
    score: Mapped[int | None]
    mastery_score: Mapped[int]
    started_at: Mapped[datetime]
    completed_at: Mapped[datetime]
    passed_on: Mapped[date]
    valid_until: Mapped[date | None]
    active_seconds: Mapped[int]
    attestation_id: Mapped[int | None] = mapped_column(ForeignKey("signature.id"))
    attestation_text: Mapped[str | None]
    needs_confirmation: Mapped[bool] = mapped_column(default=False)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("training_record.id"))
    correction_reason: Mapped[str | None]


append_only(TrainingRecord.__table__)


class Confirmed(StrEnum):
    CONFIRMED = "confirmed"
    RETURNED = "returned"


class RecordConfirmation(Base):
    """Compliance looked at a training record of a course that asks for it: confirmed, or returned with a comment, once."""

    __tablename__ = "record_confirmation"
    __table_args__ = (
        CheckConstraint("outcome = 'confirmed' OR length(trim(comment)) > 0", name="a_returned_record_says_why"),
    )

    record_id: Mapped[int] = mapped_column(ForeignKey("training_record.id"), primary_key=True)
    outcome: Mapped[Confirmed] = mapped_column(choice(Confirmed, name="confirmation_outcome_is_known"))
    comment: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


append_only(RecordConfirmation.__table__)


class ProposalState(StrEnum):
    """Of what one person asks for and another decides."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class RecordCorrection(Base):
    """A proposal to put a corrected record in a record's place. `changes` maps the names of its fields to their right values."""

    __tablename__ = "record_correction"
    __table_args__ = (
        CheckConstraint("length(trim(reason)) > 0", name="a_correction_has_a_reason"),
        Index("ix_record_correction_record_id", "record_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("training_record.id"))
    changes: Mapped[dict[str, Any]]
    reason: Mapped[str]
    state: Mapped[ProposalState] = mapped_column(
        choice(ProposalState, name="record_correction_state_is_known"), default=ProposalState.PROPOSED
    )
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]


append_only(RecordCorrection.__table__, columns=("record_id", "changes", "reason", "proposed_by_id", "proposed_at"))


class EquivalentTraining(Base):
    """Training that somebody did elsewhere, with its evidence. Once accepted it satisfies as a record does, until `valid_until`.

    It is no training record and prints no certificate. `evidence_digest` is the SHA-256 of the stored file.
    """

    __tablename__ = "equivalent_training"
    __table_args__ = (
        CheckConstraint(
            "valid_until IS NULL OR valid_until >= completed_on", name="equivalents_lapse_after_completion"
        ),
        Index("ix_equivalent_training_person_id_course_id", "person_id", "course_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    title: Mapped[str]
    provider: Mapped[str]
    completed_on: Mapped[date]
    valid_until: Mapped[date | None]
    evidence_name: Mapped[str]
    evidence_media_type: Mapped[str] = mapped_column(String(100))
    evidence_digest: Mapped[str] = mapped_column(String(64))
    evidence_size: Mapped[int]
    reason: Mapped[str]
    state: Mapped[ProposalState] = mapped_column(
        choice(ProposalState, name="equivalent_training_state_is_known"), default=ProposalState.PROPOSED
    )
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]


append_only(
    EquivalentTraining.__table__,
    columns=(
        "person_id",
        "partner_id",
        "course_id",
        "title",
        "provider",
        "completed_on",
        "valid_until",
        "evidence_name",
        "evidence_media_type",
        "evidence_digest",
        "evidence_size",
        "reason",
        "proposed_by_id",
        "proposed_at",
    ),
)
