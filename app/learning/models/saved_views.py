"""Filters that somebody gave a name, to come back to them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base


class SavedView(Base):
    """A list's filters under a name of their owner's own; `query` is the part of the address after the question mark."""

    __tablename__ = "saved_view"
    __table_args__ = (
        UniqueConstraint("person_id", "page", "name"),
        CheckConstraint("length(trim(name)) > 0", name="saved_views_have_a_name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    page: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(80))
    query: Mapped[str]
    saved_at: Mapped[datetime]
