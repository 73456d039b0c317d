"""What the partner must do: versions of the plan, their steps, and every change of a step's state."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, append_only, choice
from app.remediation.rules.step_kinds import StepKind
from app.remediation.rules.step_states import StepState


class PlanState(StrEnum):
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class PlanVersion(Base):
    """One version of a case's plan. Its steps are frozen with it; a change is a new version with steps of its own."""

    __tablename__ = "plan_version"
    __table_args__ = (
        UniqueConstraint("case_id", "version"),
        CheckConstraint("version >= 1", name="plan_versions_count_from_one"),
        CheckConstraint("(state = 'accepted') = (accepted_at IS NOT NULL)", name="an_accepted_plan_says_when"),
        Index(
            "one_open_plan_a_case",
            "case_id",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
        Index(
            "one_accepted_plan_a_case",
            "case_id",
            unique=True,
            sqlite_where=text("state = 'accepted'"),
            postgresql_where=text("state = 'accepted'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("remediation_case.id"))
    version: Mapped[int]
    state: Mapped[PlanState] = mapped_column(choice(PlanState, name="plan_state_is_known"), default=PlanState.PROPOSED)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]


append_only(PlanVersion.__table__, columns=("case_id", "version", "proposed_by_id", "proposed_at"))


class PlanStep(Base):
    """One thing to do. `courses` and `materials` are names (slugs); `coverage_target` is in parts of ten thousand.

    `original_due_on` never changes; `current_due_on` moves only by decision.
    """

    __tablename__ = "plan_step"
    __table_args__ = (
        UniqueConstraint("plan_version_id", "position"),
        CheckConstraint("position >= 1", name="steps_count_from_one"),
        CheckConstraint("coverage_target BETWEEN 1 AND 10000", name="coverage_target_is_a_share"),
        CheckConstraint(
            "(kind IN ('training', 'reading')) = (coverage_target IS NOT NULL)",
            name="training_and_reading_have_a_target",
        ),
        CheckConstraint("current_due_on >= original_due_on", name="step_due_dates_only_move_later"),
        Index("ix_plan_step_case_id_position", "case_id", "position"),
        Index("ix_plan_step_state_kind", "state", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("remediation_case.id"))
    position: Mapped[int]
    kind: Mapped[StepKind] = mapped_column(choice(StepKind, name="step_kind_is_known"))
    title: Mapped[str]
    what_to_do: Mapped[str]
    courses: Mapped[list[Any]]
    materials: Mapped[list[Any]]
    coverage_target: Mapped[int | None]
    original_due_on: Mapped[date]
    current_due_on: Mapped[date]
    state: Mapped[StepState] = mapped_column(
        choice(StepState, name="step_state_is_known"), default=StepState.NOT_STARTED
    )


append_only(
    PlanStep.__table__,
    columns=(
        "plan_version_id",
        "case_id",
        "position",
        "kind",
        "title",
        "what_to_do",
        "courses",
        "materials",
        "coverage_target",
        "original_due_on",
    ),
)


class StepTransition(Base):
    """One change of a step's state, with who (nobody: the portal, by computation), why and when."""

    __tablename__ = "step_transition"
    __table_args__ = (Index("ix_step_transition_step_id", "step_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("plan_step.id"))
    from_state: Mapped[StepState | None] = mapped_column(choice(StepState, name="earlier_step_state_is_known"))
    to_state: Mapped[StepState] = mapped_column(choice(StepState, name="later_step_state_is_known"))
    reason: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


append_only(StepTransition.__table__)


class StepDraft(Base):
    """A statement that the partner has begun and not sent: kept so that nobody writes it twice. Not evidence, and not shown to the vendor."""

    __tablename__ = "step_draft"

    step_id: Mapped[int] = mapped_column(ForeignKey("plan_step.id"), primary_key=True)
    statement: Mapped[str]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[datetime]
