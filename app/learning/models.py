"""What people have to learn, how far they are, what they answered, and the records that last."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DDL, JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, append_only, choice


class Origin(StrEnum):
    """Why somebody has to take a course."""

    CAMPAIGN = "campaign"
    CASE_STEP = "case_step"
    SINGLE_INFRACTION = "single_infraction"
    REPRESENTATIVE = "representative"
    OWN_CHOICE = "own_choice"


class AssignmentState(StrEnum):
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    SATISFIED = "satisfied"
    WAIVED = "waived"
    CANCELLED = "cancelled"


class RegistrationState(StrEnum):
    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"
    ABANDONED = "abandoned"


class AttemptState(StrEnum):
    OPEN = "open"
    SUBMITTED = "submitted"


# Written out, not bound: a partial index is only used for a condition that the planner can read.
IS_OPEN = "state IN ('assigned', 'in_progress')"


class Assignment(Base):
    """A person's obligation to satisfy one course by a day, end of that day in the partner's zone. Overdue is derived, never stored."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint(
            "(state = 'satisfied') = (satisfied_by_record_id IS NOT NULL)",
            name="a_satisfied_assignment_names_its_record",
        ),
        CheckConstraint(
            "(satisfied_at IS NULL) = (satisfied_by_record_id IS NULL)", name="a_satisfied_assignment_says_when"
        ),
        CheckConstraint(
            "(state IN ('waived', 'cancelled')) = (closed_at IS NOT NULL)", name="a_closed_assignment_says_when"
        ),
        CheckConstraint("(closed_at IS NULL) = (closed_reason IS NULL)", name="a_closed_assignment_says_why"),
        CheckConstraint("due_on >= original_due_on", name="due_dates_only_move_later"),
        CheckConstraint("(origin = 'case_step') = (case_step_id IS NOT NULL)", name="a_case_step_names_its_step"),
        Index(
            "one_open_assignment_a_person_and_course",
            "person_id",
            "course_id",
            unique=True,
            sqlite_where=text(IS_OPEN),
            postgresql_where=text(IS_OPEN),
        ),
        Index("ix_assignment_person_id_due_on", "person_id", "due_on"),
        # These hold all that the staff's list filters and sorts by, so that a page reads fifty rows of the table and no more.
        Index("ix_assignment_by_partner", "partner_id", "due_on", "id", "course_id", "state"),
        Index("ix_assignment_by_due", "due_on", "id", "partner_id", "course_id", "state"),
        Index(
            "ix_assignment_open_by_partner",
            "partner_id",
            "due_on",
            "id",
            "course_id",
            "state",
            sqlite_where=text(IS_OPEN),
            postgresql_where=text(IS_OPEN),
        ),
        Index(
            "ix_assignment_open_by_due",
            "due_on",
            "id",
            "partner_id",
            "course_id",
            "state",
            sqlite_where=text(IS_OPEN),
            postgresql_where=text(IS_OPEN),
        ),
        Index("ix_assignment_course_id", "course_id"),
        Index("ix_assignment_case_step_id", "case_step_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    origin: Mapped[Origin] = mapped_column(choice(Origin, name="assignment_origin_is_known"))
    case_step_id: Mapped[int | None] = mapped_column(ForeignKey("plan_step.id"))
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    assigned_at: Mapped[datetime]
    original_due_on: Mapped[date]
    due_on: Mapped[date]
    state: Mapped[AssignmentState] = mapped_column(
        choice(AssignmentState, name="assignment_state_is_known"), default=AssignmentState.ASSIGNED
    )
    satisfied_at: Mapped[datetime | None]
    satisfied_by_record_id: Mapped[int | None] = mapped_column(ForeignKey("training_record.id", use_alter=True))
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_reason: Mapped[str | None]


append_only(
    Assignment.__table__,
    columns=(
        "person_id",
        "partner_id",
        "course_id",
        "origin",
        "case_step_id",
        "assigned_by_id",
        "assigned_at",
        "original_due_on",
    ),
)


class Registration(Base):
    """One cycle of one person on one course version. Retaking makes a new one; a new version never moves a running one."""

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


class Attempt(Base):
    """One try at the final quiz. `paper` is what was shown, `answers` what was given, `result` what the server made of it.

    Scores are parts of ten thousand. The result belongs to the attempt: nothing that is published later changes it.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("registration_id", "number"),
        CheckConstraint("number >= 1", name="attempts_are_numbered_from_one"),
        CheckConstraint("score BETWEEN 0 AND 10000", name="attempt_score_is_a_share"),
        CheckConstraint("(state = 'submitted') = (submitted_at IS NOT NULL)", name="a_submitted_attempt_says_when"),
        CheckConstraint("(submitted_at IS NULL) = (score IS NULL)", name="a_submitted_attempt_has_a_score"),
        CheckConstraint("(submitted_at IS NULL) = (passed IS NULL)", name="a_submitted_attempt_is_passed_or_not"),
        CheckConstraint("(submitted_at IS NULL) = (answers IS NULL)", name="a_submitted_attempt_keeps_its_answers"),
        CheckConstraint("(submitted_at IS NULL) = (result IS NULL)", name="a_submitted_attempt_keeps_its_result"),
        Index(
            "one_open_attempt_a_registration",
            "registration_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    number: Mapped[int]
    state: Mapped[AttemptState] = mapped_column(
        choice(AttemptState, name="attempt_state_is_known"), default=AttemptState.OPEN
    )
    seed: Mapped[str] = mapped_column(String(64))
    paper: Mapped[dict[str, Any]]
    started_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    answers: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    score: Mapped[int | None]
    passed: Mapped[bool | None]


append_only(Attempt.__table__, columns=("registration_id", "person_id", "number", "seed", "paper", "started_at"))


def submitted_attempts_stay(dialect: str) -> str:
    """The statement that makes the database itself refuse to change an attempt after it was handed in."""
    if dialect == "sqlite":
        return (
            "CREATE TRIGGER attempt_stays_as_submitted BEFORE UPDATE ON attempt WHEN OLD.state = 'submitted' "
            "BEGIN SELECT RAISE(ABORT, 'attempt is append-only once it is submitted'); END"
        )
    return (
        "CREATE TRIGGER attempt_stays_as_submitted BEFORE UPDATE ON attempt "
        "FOR EACH ROW WHEN (OLD.state = 'submitted') EXECUTE FUNCTION refuse_change()"
    )


for _dialect in ("sqlite", "postgresql"):
    _ddl = DDL(submitted_attempts_stay(_dialect)).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
    event.listen(Attempt.__table__, "after_create", _ddl)


class Answer(Base):
    """The answer to one question of an open attempt, as last saved. `response` is JSON null where it was taken back."""

    __tablename__ = "answer"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    question_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    response: Mapped[Any] = mapped_column(JSON)
    saved_at: Mapped[datetime]


append_only(Answer.__table__, columns=("attempt_id", "question_id"))


class TrainingRecord(Base):
    """The result of a registration, for ever: who, under which name, which text by its hash, with what score, until when.

    Days are in the partner's time zone; `valid_until` is the last valid day, None where it does not lapse.
    """

    __tablename__ = "training_record"
    __table_args__ = (
        UniqueConstraint("registration_id"),
        CheckConstraint("score BETWEEN 0 AND 10000", name="record_score_is_a_share"),
        CheckConstraint("mastery_score BETWEEN 0 AND 10000", name="record_mastery_score_is_a_share"),
        CheckConstraint("(score IS NULL) = (attempt_id IS NULL)", name="a_score_names_its_attempt"),
        CheckConstraint("valid_until IS NULL OR valid_until >= passed_on", name="records_lapse_after_they_are_made"),
        CheckConstraint("length(trim(person_name)) > 0", name="records_name_their_person"),
        Index("ix_training_record_person_id_course_id", "person_id", "course_id", "valid_until"),
        Index("ix_training_record_course_id", "course_id"),
        Index("ix_training_record_content_hash", "content_hash"),
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


append_only(TrainingRecord.__table__)
