"""The partner's participation in the program: its state, how it got there, what is marked, noted and due."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, append_only, choice
from app.remediation.rules.case_states import CaseState

# Written out, not bound: a partial index is only used for a condition that the planner can read.
IS_OPEN = "state NOT IN ('closed_completed', 'closed_offboarded', 'dismissed')"


class RemediationCase(Base):
    """One case, named by `number` (RC-2026-0042). `policy` holds the numbers under which it was opened; it keeps them.

    The partner knows of it from `notified_at` on; before that its pages do not show it.
    """

    __tablename__ = "remediation_case"
    __table_args__ = (
        UniqueConstraint("year", "sequence"),
        CheckConstraint("sequence BETWEEN 1 AND 9999", name="case_numbers_have_four_digits"),
        CheckConstraint(
            "state IN ('draft', 'dismissed') OR notified_at IS NOT NULL",
            name="the_partner_of_a_running_case_was_notified",
        ),
        CheckConstraint(
            "(closed_at IS NULL) = (state NOT IN ('closed_completed', 'closed_offboarded', 'dismissed'))",
            name="a_closed_case_says_when",
        ),
        CheckConstraint("follows_id <> id", name="a_case_does_not_follow_itself"),
        Index(
            "one_open_case_a_partner_and_program",
            "partner_id",
            "program_id",
            unique=True,
            sqlite_where=text(IS_OPEN),
            postgresql_where=text(IS_OPEN),
        ),
        Index("ix_remediation_case_state_id", "state", "id"),
        Index("ix_remediation_case_partner_id", "partner_id"),
        Index("ix_remediation_case_follows_id", "follows_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    year: Mapped[int]
    sequence: Mapped[int]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    state: Mapped[CaseState] = mapped_column(choice(CaseState, name="case_state_is_known"), default=CaseState.DRAFT)
    policy: Mapped[dict[str, Any]]
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("remediation_case.id"))
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime]
    notified_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


append_only(
    RemediationCase.__table__,
    columns=(
        "number",
        "year",
        "sequence",
        "partner_id",
        "program_id",
        "policy",
        "follows_id",
        "opened_by_id",
        "opened_at",
    ),
)


class CaseInfraction(Base):
    """An infraction that the case is about: from its opening, or joined later, with the reason."""

    __tablename__ = "case_infraction"
    __table_args__ = (Index("ix_case_infraction_infraction_id", "infraction_id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("remediation_case.id"), primary_key=True)
    infraction_id: Mapped[int] = mapped_column(ForeignKey("infraction.id"), primary_key=True)
    joined_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    joined_at: Mapped[datetime]
    reason: Mapped[str]


append_only(CaseInfraction.__table__)


class CaseTransition(Base):
    """One change of state, with who (nobody: the portal, by rule), why, when, and the decision behind it where one was needed."""

    __tablename__ = "case_transition"
    __table_args__ = (Index("ix_case_transition_case_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("remediation_case.id"))
    from_state: Mapped[CaseState | None] = mapped_column(choice(CaseState, name="earlier_case_state_is_known"))
    to_state: Mapped[CaseState] = mapped_column(choice(CaseState, name="later_case_state_is_known"))
    reason: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"))
    at: Mapped[datetime]


append_only(CaseTransition.__table__)


class CaseNote(Base):
    """An internal note of compliance. It reaches no partner page, mail, export or PDF, and no account representative."""

    __tablename__ = "case_note"
    __table_args__ = (Index("ix_case_note_case_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("remediation_case.id"))
    text: Mapped[str]
    written_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]


append_only(CaseNote.__table__)


class Mark(StrEnum):
    """What stands beside the state."""

    ESCALATED = "escalated"
    LEGAL_HOLD = "legal_hold"


class CaseFlag(Base):
    """A mark on a case: set by whom, why, and lifted by whom, why. One live row a mark."""

    __tablename__ = "case_flag"
    __table_args__ = (
        CheckConstraint("(lifted_at IS NULL) = (lifted_by_id IS NULL)", name="a_lifted_mark_says_by_whom"),
        CheckConstraint("(lifted_at IS NULL) = (lifted_reason IS NULL)", name="a_lifted_mark_says_why"),
        Index(
            "one_live_mark_of_a_kind_a_case",
            "case_id",
            "mark",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("remediation_case.id"))
    mark: Mapped[Mark] = mapped_column(choice(Mark, name="case_mark_is_known"))
    reason: Mapped[str]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime]
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    lifted_at: Mapped[datetime | None]
    lifted_reason: Mapped[str | None]


append_only(CaseFlag.__table__, columns=("case_id", "mark", "reason", "set_by_id", "set_at"))


class DeadlineKind(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    APPEAL = "appeal"
    PROGRAM = "program"
    MONITORING = "monitoring"


class CaseDeadline(Base):
    """A day in the partner's time zone by whose end something is due. `original_due_on` never changes; the current one moves only by decision."""

    __tablename__ = "case_deadline"
    __table_args__ = (UniqueConstraint("case_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("remediation_case.id"))
    kind: Mapped[DeadlineKind] = mapped_column(choice(DeadlineKind, name="deadline_kind_is_known"))
    original_due_on: Mapped[date]
    current_due_on: Mapped[date]
    set_at: Mapped[datetime]


append_only(CaseDeadline.__table__, columns=("case_id", "kind", "original_due_on", "set_at"))
