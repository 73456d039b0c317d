"""Decisions that take two people, and signatures that say what was signed."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.decisions.rules import DecisionKind, Meaning
from app.kernel.database import Base, append_only, choice


class DecisionState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Decision(Base):
    """One question put to a second person, with the content as it was proposed and the digest of that content.

    `took_part` maps phrases (“approved the determination”) to the ids of people who may not decide, besides the proposer.
    """

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="the_proposer_does_not_decide"
        ),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="a_decision_made_says_when"),
        CheckConstraint(
            "(decided_at IS NULL) = (decided_by_id IS NULL) OR state = 'withdrawn'", name="a_decision_made_says_by_whom"
        ),
        Index(
            "one_open_decision_a_subject",
            "kind",
            "subject_id",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
        Index("ix_decision_state_kind", "state", "kind"),
        Index("ix_decision_partner_id", "partner_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[DecisionKind] = mapped_column(choice(DecisionKind, name="decision_kind_is_known"))
    subject_id: Mapped[int]
    subject_label: Mapped[str]
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))
    content: Mapped[dict[str, Any]]
    content_digest: Mapped[str] = mapped_column(String(64))
    took_part: Mapped[dict[str, Any]]
    state: Mapped[DecisionState] = mapped_column(
        choice(DecisionState, name="decision_state_is_known"), default=DecisionState.PROPOSED
    )
    reason: Mapped[str]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]


append_only(
    Decision.__table__,
    columns=(
        "kind",
        "subject_id",
        "partner_id",
        "content",
        "content_digest",
        "took_part",
        "reason",
        "proposed_by_id",
        "proposed_at",
    ),
)


class Signature(Base):
    """A signed statement: exact words, what they are about by digest, who, as what, when, after proving who they are again.

    `seal` is the digest of all of it with the subject, so that a signature cannot be moved to another record.
    """

    __tablename__ = "signature"
    __table_args__ = (Index("ix_signature_subject", "subject_type", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    printed_name: Mapped[str]
    roles: Mapped[str]
    meaning: Mapped[Meaning] = mapped_column(choice(Meaning, name="meaning_is_known"))
    statement: Mapped[str]
    subject_type: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[str] = mapped_column(String(80))
    content_digest: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime]
    reauthenticated_at: Mapped[datetime]
    seal: Mapped[str] = mapped_column(String(64), unique=True)


append_only(Signature.__table__)
