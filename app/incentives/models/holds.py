"""Holds: which earnings of a partner are withheld, how much of each, and for which case."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.incentives.rules.states import HoldState
from app.kernel.database import Base, append_only, choice
from app.partners.models import Location, Partner, Program


class Hold(Base):
    """A part of everything a partner earns inside a scope, withheld for a case. What the scope leaves open (None) is not limited.

    The scope and the share never change: a hold that should reach differently is another hold.
    """

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("per_ten_thousand BETWEEN 1 AND 10000", name="a_hold_blocks_more_than_nothing_and_at_most_all"),
        CheckConstraint(
            "earned_from IS NULL OR earned_to IS NULL OR earned_from <= earned_to", name="a_hold_ends_after_it_begins"
        ),
        CheckConstraint(
            "(state IN ('proposed', 'rejected')) = (activated_at IS NULL)", name="an_active_hold_says_since_when"
        ),
        CheckConstraint(
            "(state IN ('rejected', 'released', 'cancelled')) = (ended_at IS NOT NULL)",
            name="an_ended_hold_says_since_when",
        ),
        Index("ix_hold_partner_id_state", "partner_id", "state"),
        Index("ix_hold_case_id", "case_id"),
        Index("ix_hold_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("remediation_case.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    program_id: Mapped[int | None] = mapped_column(ForeignKey("program.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    earning_type: Mapped[str | None] = mapped_column(String(40))
    currency: Mapped[str | None] = mapped_column(String(3))
    earned_from: Mapped[date | None]
    earned_to: Mapped[date | None]
    per_ten_thousand: Mapped[int]
    reason: Mapped[str]
    state: Mapped[HoldState] = mapped_column(choice(HoldState, name="hold_state_is_known"), default=HoldState.PROPOSED)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    partner: Mapped[Partner] = relationship(lazy="raise_on_sql")
    program: Mapped[Program | None] = relationship(lazy="raise_on_sql")
    location: Mapped[Location | None] = relationship(lazy="raise_on_sql")


append_only(
    Hold.__table__,
    columns=(
        "number",
        "case_id",
        "partner_id",
        "program_id",
        "location_id",
        "earning_type",
        "currency",
        "earned_from",
        "earned_to",
        "per_ten_thousand",
        "reason",
        "proposed_by_id",
        "proposed_at",
    ),
)
