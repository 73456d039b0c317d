"""The views that somebody saved."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.learning.models import SavedView


def views_of(session: Session, page: str, *, by: Actor) -> Sequence[SavedView]:
    """The actor's own views of a page, by name."""
    return session.scalars(
        select(SavedView).where(SavedView.person_id == by.person_id, SavedView.page == page).order_by(SavedView.name)
    ).all()
