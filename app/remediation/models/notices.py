"""The formal communication of a case: grounds, obligations, consequences, how to appeal; served, then acknowledged."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, append_only, choice


class NoticeState(StrEnum):
    PROPOSED = "proposed"
    SERVED = "served"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Notice(Base):
    """One version of a case's notice. Its words are frozen when it is proposed; `grounds` are the infractions as they stood then.

    Every word of it is written for the partner to read.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("case_id", "version"),
        CheckConstraint("version >= 1", name="notice_versions_count_from_one"),
        CheckConstraint("(state = 'served') = (served_at IS NOT NULL)", name="a_served_notice_says_when"),
        CheckConstraint("(served_at IS NULL) = (served_on IS NULL)", name="a_served_notice_says_on_which_day"),
        CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledged_by_id IS NULL)", name="an_acknowledged_notice_says_by_whom"
        ),
        CheckConstraint(
            "acknowledged_at IS NULL OR served_at IS NOT NULL", name="only_a_served_notice_is_acknowledged"
        ),
        Index(
            "one_open_notice_a_case",
            "case_id",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("remediation_case.id"))
    version: Mapped[int]
    state: Mapped[NoticeState] = mapped_column(
        choice(NoticeState, name="notice_state_is_known"), default=NoticeState.PROPOSED
    )
    grounds: Mapped[list[Any]]
    explanation: Mapped[str]
    obligations: Mapped[str]
    consequences: Mapped[str]
    appeal: Mapped[str]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    served_at: Mapped[datetime | None]
    served_on: Mapped[date | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


append_only(
    Notice.__table__,
    columns=(
        "case_id",
        "version",
        "grounds",
        "explanation",
        "obligations",
        "consequences",
        "appeal",
        "proposed_by_id",
        "proposed_at",
    ),
)
