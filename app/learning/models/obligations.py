"""What changes an obligation: more time, or none of it. Each is asked for by one person and decided by another."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, append_only, choice
from app.learning.models.records import ProposalState


class ExtensionState(StrEnum):
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


class Extension(Base):
    """More time for one assignment: asked for, then granted or refused. The original due date stays where it is."""

    __tablename__ = "assignment_extension"
    __table_args__ = (
        CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="a_decided_extension_says_when"),
        CheckConstraint("(state = 'asked') = (decided_by_id IS NULL)", name="a_decided_extension_says_by_whom"),
        CheckConstraint("(state = 'granted') = (granted_until IS NOT NULL)", name="a_granted_extension_has_an_end"),
        CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> asked_by_id", name="nobody_grants_their_own_extension"
        ),
        Index(
            "one_open_extension_an_assignment",
            "assignment_id",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
        Index("ix_assignment_extension_assignment_id", "assignment_id"),
        Index("ix_assignment_extension_state", "state", "partner_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    asked_until: Mapped[date]
    reason: Mapped[str]
    state: Mapped[ExtensionState] = mapped_column(
        choice(ExtensionState, name="extension_state_is_known"), default=ExtensionState.ASKED
    )
    granted_until: Mapped[date | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str | None]


append_only(
    Extension.__table__, columns=("assignment_id", "partner_id", "asked_by_id", "asked_at", "asked_until", "reason")
)


class TrainingWaiver(Base):
    """Somebody need not take a course until a day, for a reason, by a decision of two people. Waived people are listed by name."""

    __tablename__ = "training_waiver"
    __table_args__ = (Index("ix_training_waiver_assignment_id", "assignment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    reason: Mapped[str]
    until: Mapped[date]
    state: Mapped[ProposalState] = mapped_column(
        choice(ProposalState, name="training_waiver_state_is_known"), default=ProposalState.PROPOSED
    )
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]


append_only(TrainingWaiver.__table__, columns=("assignment_id", "reason", "until", "asked_by_id", "asked_at"))
