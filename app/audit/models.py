"""The trail: one row an event, each sealed with the hash of the one before."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, append_only


class AuditEvent(Base):
    """Who did, or was refused, what to what, when, through which door. Holds ids and states, never names or addresses."""

    __tablename__ = "audit_event"
    __table_args__ = (
        CheckConstraint("seq > 0", name="audit_events_are_numbered_from_one"),
        CheckConstraint("outcome IN ('done', 'refused')", name="audit_outcome_is_done_or_refused"),
        Index("ix_audit_event_subject", "subject_type", "subject_id"),
        Index("ix_audit_event_partner_id_seq", "partner_id", "seq"),
        Index("ix_audit_event_person_id_seq", "person_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    person_id: Mapped[int | None]
    roles: Mapped[str]
    via: Mapped[str] = mapped_column(String(20))
    request_id: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(80))
    outcome: Mapped[str] = mapped_column(String(10))
    subject_type: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[str] = mapped_column(String(80))
    partner_id: Mapped[int | None]
    reason: Mapped[str | None]
    details: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


append_only(AuditEvent.__table__)
