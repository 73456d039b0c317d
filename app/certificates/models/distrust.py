"""Signing keys that somebody else may have used: nothing that they signed counts for their signature's sake any more."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, append_only


class DistrustedKey(Base):
    """A signing key that was declared compromised, for good. `fingerprint` is the SHA-256 of its certificate."""

    __tablename__ = "distrusted_key"
    __table_args__ = (CheckConstraint("length(trim(reason)) > 0", name="a_distrusted_key_says_why"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    reason: Mapped[str]
    declared_at: Mapped[datetime]


append_only(DistrustedKey.__table__)
