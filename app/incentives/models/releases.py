"""Release orders: which held money is let go, on the strength of which certificate."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.incentives.rules.states import OrderState
from app.kernel.database import Base, append_only, choice
from app.partners.models import Partner


class ReleaseOrder(Base):
    """The holds of a case let go. Its lines are written with it and never change; what a second person approves is exactly them.

    `certificate_digest` is the digest of the key's stored bytes whose signature was checked when the order was proposed.
    """

    __tablename__ = "release_order"
    __table_args__ = (
        CheckConstraint(
            "(state IN ('approved', 'exported', 'settled')) = (approved_at IS NOT NULL)",
            name="an_approved_order_says_since_when",
        ),
        Index("ix_release_order_partner_id_state", "partner_id", "state"),
        Index("ix_release_order_case_id", "case_id"),
        Index("ix_release_order_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("remediation_case.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"))
    certificate_digest: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str]
    state: Mapped[OrderState] = mapped_column(
        choice(OrderState, name="release_order_state_is_known"), default=OrderState.PROPOSED
    )
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    exported_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]

    partner: Mapped[Partner] = relationship(lazy="raise_on_sql")


append_only(
    ReleaseOrder.__table__,
    columns=(
        "number",
        "case_id",
        "partner_id",
        "certificate_id",
        "certificate_digest",
        "reason",
        "proposed_by_id",
        "proposed_at",
    ),
)


class ReleaseHold(Base):
    """A hold that an order lets go. It may free nothing, where another hold covers all of it."""

    __tablename__ = "release_hold"
    __table_args__ = (Index("ix_release_hold_hold_id", "hold_id"),)

    order_id: Mapped[int] = mapped_column(ForeignKey("release_order.id"), primary_key=True)
    hold_id: Mapped[int] = mapped_column(ForeignKey("hold.id"), primary_key=True)


append_only(ReleaseHold.__table__)


class ReleaseLine(Base):
    """What an order frees of one earning: what its hold withholds and no other hold covers."""

    __tablename__ = "release_line"
    __table_args__ = (
        UniqueConstraint("order_id", "earning_id"),
        CheckConstraint("amount_minor > 0", name="a_release_line_frees_something"),
        Index("ix_release_line_earning_id", "earning_id"),
        Index("ix_release_line_hold_id", "hold_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("release_order.id"))
    hold_id: Mapped[int] = mapped_column(ForeignKey("hold.id"))
    earning_id: Mapped[int] = mapped_column(ForeignKey("earning.id"))
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int]


append_only(ReleaseLine.__table__)
