"""Idempotency: what each effect-bearing request has already brought about, so that a second click is the first one again."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.kernel.database import Base
from app.kernel.errors import Conflict


class Receipt(Base):
    """One effect that was carried out: the key the form carried, what was asked, and where the answer led."""

    __tablename__ = "receipt"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    asked: Mapped[str] = mapped_column(String(64))
    led_to: Mapped[str]
    at: Mapped[datetime]


def earlier(session: Session, key: str, asked: str) -> str | None:
    """Where the same request led before, or None if it is new. The same key with another request is a Conflict."""
    found = session.get(Receipt, key)
    if found is None:
        return None
    if found.asked != asked:
        raise Conflict(
            "This form was already sent with other answers. Nothing was changed this time; open the page again to see what stands."
        )
    return found.led_to


def keep(session: Session, key: str, asked: str, led_to: str, *, at: datetime) -> None:
    """Write the receipt in the transaction of its effect."""
    session.add(Receipt(key=key, asked=asked, led_to=led_to, at=at))
    session.flush()
