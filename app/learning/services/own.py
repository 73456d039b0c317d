"""What a learner changes is the learner's own; anybody else's is not found."""

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import PORTAL, Actor
from app.kernel.errors import NotFound
from app.learning.models import Attempt, Registration

T = TypeVar("T", Attempt, Registration)


def own_registration(session: Session, registration_id: int, *, by: Actor, lock: bool = False) -> Registration:
    """A registration of the actor's own; NotFound for anybody else's. `lock` holds it until the transaction ends.

    The portal, when a rule lets it act, reaches each.
    """
    return _own(session, Registration, registration_id, by, lock)


def own_attempt(session: Session, attempt_id: int, *, by: Actor, lock: bool = False) -> Attempt:
    """As `own_registration`, an attempt."""
    return _own(session, Attempt, attempt_id, by, lock)


def _own(session: Session, kind: type[T], number: int, by: Actor, lock: bool) -> T:
    statement = select(kind).where(kind.id == number)
    if by is not PORTAL:
        statement = statement.where(kind.person_id == by.person_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise NotFound
    return found
