"""What people have to learn by when."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, append_only, choice


class Origin(StrEnum):
    """Why somebody has to take a course."""

    CAMPAIGN = "campaign"
    CASE_STEP = "case_step"
    SINGLE_INFRACTION = "single_infraction"
    REPRESENTATIVE = "representative"
    OWN_CHOICE = "own_choice"
    RECERTIFICATION = "recertification"
    NEW_VERSION = "new_version"


# What compliance decided only compliance can change: a representative can neither take it back nor give more time for it.
DECIDED_BY_COMPLIANCE = (Origin.CASE_STEP, Origin.SINGLE_INFRACTION)


class AssignmentState(StrEnum):
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    SATISFIED = "satisfied"
    WAIVED = "waived"
    CANCELLED = "cancelled"


OPEN_STATES = (AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)
# Written out, not bound: a partial index is only used for a condition that the planner can read.
IS_OPEN = "state IN ('assigned', 'in_progress')"


class Assignment(Base):
    """A person's obligation to satisfy one course by a day, end of that day in the partner's zone. Overdue is derived, never stored."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint(
            "(state = 'satisfied') = (satisfied_by_record_id IS NOT NULL OR satisfied_by_equivalent_id IS NOT NULL)",
            name="a_satisfied_assignment_names_what_satisfied_it",
        ),
        CheckConstraint(
            "satisfied_by_record_id IS NULL OR satisfied_by_equivalent_id IS NULL",
            name="one_thing_satisfies_an_assignment",
        ),
        CheckConstraint("(state = 'satisfied') = (satisfied_at IS NOT NULL)", name="a_satisfied_assignment_says_when"),
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
        Index("ix_assignment_batch_id", "batch_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    origin: Mapped[Origin] = mapped_column(choice(Origin, name="assignment_origin_is_known"))
    case_step_id: Mapped[int | None] = mapped_column(ForeignKey("plan_step.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("assignment_batch.id"))
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    assigned_at: Mapped[datetime]
    original_due_on: Mapped[date]
    due_on: Mapped[date]
    state: Mapped[AssignmentState] = mapped_column(
        choice(AssignmentState, name="assignment_state_is_known"), default=AssignmentState.ASSIGNED
    )
    satisfied_at: Mapped[datetime | None]
    satisfied_by_record_id: Mapped[int | None] = mapped_column(ForeignKey("training_record.id", use_alter=True))
    satisfied_by_equivalent_id: Mapped[int | None] = mapped_column(ForeignKey("equivalent_training.id", use_alter=True))
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
        "batch_id",
        "assigned_by_id",
        "assigned_at",
        "original_due_on",
    ),
)
