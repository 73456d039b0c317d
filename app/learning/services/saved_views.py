"""Filters under a name: saved, found again, taken away. They are their owner's own."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.kernel.errors import DomainError, NotFound, constraint_says
from app.learning.models import SavedView

MOST = 30
LONGEST_QUERY = 2000

constraint_says("uq_saved_view_person_id_page_name", "You have a view of that name already. Choose another name.")


def save_view(session: Session, page: str, name: str, query: str, *, by: Actor, at: datetime) -> SavedView:
    """Keep the filters of a page under a name; the same name again replaces what it stood for."""
    name = " ".join(name.split())
    if not name:
        raise DomainError("Give the view a name, for example “Sales, overdue”.", field="name")
    if len(query) > LONGEST_QUERY:
        raise DomainError("These filters are too long to be kept. Choose fewer courses.", field="name")
    found = session.scalar(
        select(SavedView).where(SavedView.person_id == by.person_id, SavedView.page == page, SavedView.name == name)
    )
    if found is None:
        kept = session.scalar(
            select(func.count())
            .select_from(SavedView)
            .where(SavedView.person_id == by.person_id, SavedView.page == page)
        )
        if (kept or 0) >= MOST:
            raise DomainError(f"You have {MOST} views already. Remove one that you don't need any more.", field="name")
        found = SavedView(person_id=by.person_id, page=page, name=name, query=query, saved_at=at)
        session.add(found)
    found.query, found.saved_at = query, at
    session.flush()
    return found


def forget_view(session: Session, view_id: int, *, by: Actor) -> None:
    """Take a view of the actor's own away; NotFound for anybody else's."""
    found = session.scalar(select(SavedView).where(SavedView.id == view_id, SavedView.person_id == by.person_id))
    if found is None:
        raise NotFound
    session.delete(found)
    session.flush()
