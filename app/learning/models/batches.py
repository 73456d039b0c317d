"""Assignments that were made by one act, who was left out, and the files that name people and courses."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, append_only, choice


class BatchKind(StrEnum):
    """How the people of a batch were chosen."""

    PEOPLE = "people"
    CATEGORY = "category"
    PARTNER = "partner"
    CAMPAIGN = "campaign"
    FILE = "file"


class AssignmentBatch(Base):
    """Assignments that were made by one act, so that they can be looked at, and for a while taken back, together.

    A campaign is a batch for many partners: `wording` is what its people read, and implies no fault. `plan` is
    `Plan.to_json()`: who gets what by when, as it was confirmed. It is carried out piece by piece; `outcome` is
    `Outcome.to_json()`, how far that is. `source_digest` is the SHA-256 of the file that a batch came from.
    """

    __tablename__ = "assignment_batch"
    __table_args__ = (
        CheckConstraint("(kind = 'file') = (source_digest IS NOT NULL)", name="a_batch_of_a_file_names_the_file"),
        CheckConstraint("(undone_at IS NULL) = (undone_by_id IS NULL)", name="an_undone_batch_says_by_whom"),
        CheckConstraint("undone_at IS NULL OR undone_at >= made_at", name="batches_are_undone_after_they_are_made"),
        CheckConstraint(
            "finished_at IS NULL OR finished_at >= made_at", name="batches_are_finished_after_they_are_made"
        ),
        Index("ix_assignment_batch_made_by_id", "made_by_id", "made_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[BatchKind] = mapped_column(choice(BatchKind, name="batch_kind_is_known"))
    title: Mapped[str]
    wording: Mapped[str] = mapped_column(default="")
    source_name: Mapped[str] = mapped_column(default="")
    source_digest: Mapped[str | None] = mapped_column(String(64))
    plan: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    outcome: Mapped[dict[str, Any]]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    undone_at: Mapped[datetime | None]


append_only(
    AssignmentBatch.__table__,
    columns=("kind", "title", "wording", "source_name", "source_digest", "plan", "made_by_id", "made_at"),
)


class LeftOut(Base):
    """Somebody who was meant by a batch and got no assignment of a course, with the reason in words."""

    __tablename__ = "assignment_left_out"
    __table_args__ = (Index("ix_assignment_left_out_batch_id", "batch_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("assignment_batch.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    reason: Mapped[str]


append_only(LeftOut.__table__)


class FileState(StrEnum):
    """What became of a file: only looked at, assigned from, or turned away because a line was wrong."""

    CHECKED = "checked"
    ASSIGNED = "assigned"
    TURNED_AWAY = "turned_away"


class AssignmentFile(Base):
    """A file that names people, courses and days, as it was uploaded; only who uploaded it, and who sees all partners, reads it.

    `outcome` counts its lines once it was decided on; `failed` holds [line, cells by column, reason] of those that made no assignment.
    """

    __tablename__ = "assignment_file"
    __table_args__ = (
        CheckConstraint("(state = 'checked') = (decided_at IS NULL)", name="a_decided_assignment_file_says_when"),
        CheckConstraint("batch_id IS NULL OR state = 'assigned'", name="only_an_assigned_file_has_a_batch"),
        Index("ix_assignment_file_uploaded_by_id", "uploaded_by_id", "id"),
        Index("ix_assignment_file_sha256", "sha256"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    lines: Mapped[int]
    state: Mapped[FileState] = mapped_column(
        choice(FileState, name="assignment_file_state_is_known"), default=FileState.CHECKED
    )
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    uploaded_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("assignment_batch.id"))
    outcome: Mapped[dict[str, Any]] = mapped_column(default=dict)
    failed: Mapped[list[Any]] = mapped_column(default=list, deferred=True)


append_only(AssignmentFile.__table__, columns=("name", "content", "sha256", "lines", "uploaded_by_id", "uploaded_at"))
