"""One act of noncompliance: what happened, when, who recorded it, and who judged it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, append_only, choice


class InfractionCategory(StrEnum):
    """What kind of rule was broken. The plan template chooses its steps by it."""

    FALSE_CLAIM = "false_claim"
    MARKETING_FUNDS = "marketing_funds"
    DEAL_REGISTRATION = "deal_registration"
    DISCOUNT_NOT_PASSED_ON = "discount_not_passed_on"
    IMPROPER_PAYMENT = "improper_payment"
    GIFTS_AND_HOSPITALITY = "gifts_and_hospitality"
    THIRD_PARTY = "third_party"
    CONFIDENTIALITY = "confidentiality"
    CONFLICT_OF_INTEREST = "conflict_of_interest"
    RETALIATION = "retaliation"
    OTHER = "other"


class Severity(StrEnum):
    MINOR = "minor"
    SERIOUS = "serious"
    GRAVE = "grave"


class InfractionSource(StrEnum):
    CLAIMS_REVIEW = "claims_review"
    AUDIT = "audit"
    REPORT_IN_GOOD_FAITH = "report_in_good_faith"
    CUSTOMER = "customer"
    PARTNER_ITSELF = "partner_itself"
    AUTHORITY = "authority"


class InfractionState(StrEnum):
    ALLEGED = "alleged"
    SUBSTANTIATED = "substantiated"
    DISMISSED = "dismissed"


class Infraction(Base):
    """`summary` may be read by the partner (it becomes a ground of the notice); `internal_details` never leaves the vendor."""

    __tablename__ = "infraction"
    __table_args__ = (
        CheckConstraint("discovered_on >= occurred_on", name="infractions_are_discovered_after_they_occur"),
        CheckConstraint("(state = 'alleged') = (judged_at IS NULL)", name="a_judged_infraction_says_when"),
        CheckConstraint("(judged_at IS NULL) = (judged_by_id IS NULL)", name="a_judged_infraction_says_by_whom"),
        CheckConstraint("(judged_at IS NULL) = (judgement_reason IS NULL)", name="a_judged_infraction_says_why"),
        CheckConstraint("judged_by_id <> recorded_by_id", name="nobody_judges_the_infraction_they_recorded"),
        Index("ix_infraction_partner_id_state_occurred_on", "partner_id", "state", "occurred_on"),
        Index("ix_infraction_state_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    category: Mapped[InfractionCategory] = mapped_column(
        choice(InfractionCategory, name="infraction_category_is_known")
    )
    severity: Mapped[Severity] = mapped_column(choice(Severity, name="severity_is_known"))
    source: Mapped[InfractionSource] = mapped_column(choice(InfractionSource, name="infraction_source_is_known"))
    rule: Mapped[str]
    summary: Mapped[str]
    internal_details: Mapped[str]
    occurred_on: Mapped[date]
    discovered_on: Mapped[date]
    state: Mapped[InfractionState] = mapped_column(
        choice(InfractionState, name="infraction_state_is_known"), default=InfractionState.ALLEGED
    )
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    judged_at: Mapped[datetime | None]
    judgement_reason: Mapped[str | None]


append_only(
    Infraction.__table__,
    columns=(
        "partner_id",
        "program_id",
        "category",
        "severity",
        "source",
        "rule",
        "summary",
        "internal_details",
        "occurred_on",
        "discovered_on",
        "recorded_by_id",
        "recorded_at",
    ),
)
