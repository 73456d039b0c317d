"""A meeting on compliance topics between vendor and partner: planned, held with minutes, confirmed by the partner."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, append_only, choice


class SessionState(StrEnum):
    PLANNED = "planned"
    HELD = "held"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class EngagementSession(Base):
    """`attendees` are names with their company, `follow_ups` what was agreed, one line each. The partner confirms the minutes or objects."""

    __tablename__ = "engagement_session"
    __table_args__ = (
        CheckConstraint("minutes_to_last BETWEEN 5 AND 600", name="sessions_last_minutes_not_days"),
        CheckConstraint(
            "(state IN ('held', 'confirmed')) = (minutes IS NOT NULL)", name="a_session_held_has_its_minutes"
        ),
        CheckConstraint("(minutes IS NULL) = (minuted_by_id IS NULL)", name="minutes_say_who_wrote_them"),
        CheckConstraint("(minutes IS NULL) = (minuted_at IS NULL)", name="minutes_say_when_they_were_written"),
        CheckConstraint("(state = 'confirmed') = (confirmed_by_id IS NOT NULL)", name="a_confirmation_says_by_whom"),
        CheckConstraint("(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name="a_confirmation_says_when"),
        CheckConstraint("confirmed_by_id <> minuted_by_id", name="nobody_confirms_their_own_minutes"),
        CheckConstraint("(state = 'cancelled') = (cancelled_reason IS NOT NULL)", name="a_cancelled_session_says_why"),
        Index("ix_engagement_session_step_id", "step_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("plan_step.id"))
    state: Mapped[SessionState] = mapped_column(
        choice(SessionState, name="session_state_is_known"), default=SessionState.PLANNED
    )
    agenda: Mapped[str]
    place: Mapped[str]
    starts_at: Mapped[datetime]
    minutes_to_last: Mapped[int]
    planned_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    planned_at: Mapped[datetime]
    held_at: Mapped[datetime | None]
    attendees: Mapped[list[Any]]
    minutes: Mapped[str | None]
    follow_ups: Mapped[list[Any]]
    minuted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    minuted_at: Mapped[datetime | None]
    objection: Mapped[str | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]
    cancelled_reason: Mapped[str | None]


append_only(EngagementSession.__table__, columns=("step_id", "planned_by_id", "planned_at"))
