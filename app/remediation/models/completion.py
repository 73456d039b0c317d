"""How a case comes to an end: what was handed in, frozen; who signed for it; what compliance determined; what was referred."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, append_only, choice
from app.remediation.rules.case_states import CaseState, Outcome


class EvidenceManifest(Base):
    """Everything a determination judges, as plain values, and the digest of their canonical form."""

    __tablename__ = "evidence_manifest"
    __table_args__ = (UniqueConstraint("case_id", "number"), Index("ix_evidence_manifest_digest", "digest"))

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("remediation_case.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    frozen_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    frozen_at: Mapped[datetime]


append_only(EvidenceManifest.__table__)


class CompletionAttestation(Base):
    """The partner's executive signed for exactly this manifest."""

    __tablename__ = "completion_attestation"
    __table_args__ = (UniqueConstraint("manifest_id"), Index("ix_completion_attestation_case_id", "case_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("remediation_case.id"))
    manifest_id: Mapped[int] = mapped_column(ForeignKey("evidence_manifest.id"))
    signature_id: Mapped[int] = mapped_column(ForeignKey("signature.id"))
    statement: Mapped[str]
    signed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[datetime]


append_only(CompletionAttestation.__table__)


class DeterminationState(StrEnum):
    PROPOSED = "proposed"
    MADE = "made"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Determination(Base):
    """Compliance's judgement on a case, bound to the manifest it judged. `reason` and `conditions` are words to the partner.

    `language` is the one that its certificate is printed in.
    """

    __tablename__ = "determination"
    __table_args__ = (
        CheckConstraint("(state = 'made') = (made_at IS NOT NULL)", name="a_determination_made_says_when"),
        CheckConstraint(
            "(outcome = 'completed_with_conditions') = (length(conditions) > 0)",
            name="conditions_belong_to_a_completion_with_conditions",
        ),
        Index(
            "one_open_determination_a_case",
            "case_id",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
        Index("ix_determination_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("remediation_case.id"))
    manifest_id: Mapped[int] = mapped_column(ForeignKey("evidence_manifest.id"))
    manifest_digest: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[Outcome] = mapped_column(choice(Outcome, name="outcome_is_known"))
    reason: Mapped[str]
    conditions: Mapped[str]
    language: Mapped[str] = mapped_column(String(20), default="en")
    steps_to_reopen: Mapped[list[Any]]
    state: Mapped[DeterminationState] = mapped_column(
        choice(DeterminationState, name="determination_state_is_known"), default=DeterminationState.PROPOSED
    )
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    made_at: Mapped[datetime | None]


append_only(
    Determination.__table__,
    columns=(
        "case_id",
        "manifest_id",
        "manifest_digest",
        "outcome",
        "reason",
        "conditions",
        "language",
        "steps_to_reopen",
        "proposed_by_id",
        "proposed_at",
    ),
)


class ReferralState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Referral(Base):
    """The question what becomes of a case, put to a second person: on to a decision about the partnership, back to work, or out.

    `words_to_partner` is what the partner will read when it is approved.
    """

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint("(state = 'approved') = (approved_at IS NOT NULL)", name="an_approved_referral_says_when"),
        Index(
            "one_open_referral_a_case",
            "case_id",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
        Index("ix_referral_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("remediation_case.id"))
    destination: Mapped[CaseState] = mapped_column(choice(CaseState, name="referral_destination_is_known"))
    words_to_partner: Mapped[str]
    state: Mapped[ReferralState] = mapped_column(
        choice(ReferralState, name="referral_state_is_known"), default=ReferralState.PROPOSED
    )
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]


append_only(
    Referral.__table__,
    columns=("case_id", "destination", "words_to_partner", "proposed_by_id", "proposed_at"),
)
