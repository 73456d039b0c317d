"""One cycle of one person on one course: how far it is, and where its reader left off."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, append_only, choice


class RegistrationState(StrEnum):
    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"
    ABANDONED = "abandoned"


class Registration(Base):
    """One cycle of one person on one course version. Retaking makes a new one; a new version never moves a running one.

    `language` is the one that its learner reads the course in; it may change on the way.
    """

    __tablename__ = "registration"
    __table_args__ = (
        UniqueConstraint("person_id", "course_id", "number"),
        CheckConstraint("number >= 1", name="registrations_are_numbered_from_one"),
        CheckConstraint("(state = 'open') = (finished_at IS NULL)", name="a_finished_registration_says_when"),
        CheckConstraint("active_seconds >= 0", name="active_time_is_not_negative"),
        Index(
            "one_open_registration_a_person_and_course",
            "person_id",
            "course_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_registration_assignment_id", "assignment_id"),
        Index("ix_registration_version_id", "version_id"),
        Index(
            "ix_registration_failed",
            "assignment_id",
            sqlite_where=text("state = 'failed'"),
            postgresql_where=text("state = 'failed'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignment.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    language: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    state: Mapped[RegistrationState] = mapped_column(
        choice(RegistrationState, name="registration_state_is_known"), default=RegistrationState.OPEN
    )
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    active_seconds: Mapped[int] = mapped_column(default=0)


append_only(
    Registration.__table__,
    columns=("assignment_id", "person_id", "partner_id", "course_id", "version_id", "number", "started_at"),
)


class UnitProgress(Base):
    """When a unit was first seen, by the portal's own observation, and when it was completed. Never guessed, never reset."""

    __tablename__ = "unit_progress"
    __table_args__ = (
        CheckConstraint("completed_at IS NULL OR completed_at >= first_viewed_at", name="units_are_seen_first"),
    )

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("course_unit.id"), primary_key=True)
    first_viewed_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]


append_only(UnitProgress.__table__, columns=("registration_id", "unit_id", "first_viewed_at"))


class ReadingPosition(Base):
    """Where a reader left a unit, so that another device opens it there. `part` is how far down, in parts of ten thousand."""

    __tablename__ = "reading_position"
    __table_args__ = (CheckConstraint("part BETWEEN 0 AND 10000", name="reading_positions_are_a_share"),)

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("course_unit.id"), primary_key=True)
    part: Mapped[int]
    saved_at: Mapped[datetime]


class VideoPosition(Base):
    """Where a viewer left a video of a unit, in seconds. Nothing depends on it: it saves looking for the place."""

    __tablename__ = "video_position"
    __table_args__ = (CheckConstraint("seconds >= 0", name="videos_begin_at_zero"),)

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("course_unit.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(200), primary_key=True)
    seconds: Mapped[int]
    saved_at: Mapped[datetime]


class VersionAcknowledgement(Base):
    """Somebody who passed an older version has to read what a newer one changed, and to say so; nothing is taken again."""

    __tablename__ = "version_acknowledgement"
    __table_args__ = (
        CheckConstraint(
            "acknowledged_at IS NULL OR acknowledged_at >= asked_at", name="differences_are_read_when_asked"
        ),
        Index("ix_version_acknowledgement_person_id", "person_id"),
    )

    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    asked_at: Mapped[datetime]
    due_on: Mapped[date]
    acknowledged_at: Mapped[datetime | None]


append_only(VersionAcknowledgement.__table__, columns=("version_id", "person_id", "partner_id", "asked_at", "due_on"))
