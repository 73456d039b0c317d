"""The status lists: which place in them is free, and which certificates of one are revoked or superseded."""

import secrets

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.certificates.credential.payload import Slot
from app.certificates.credential.status import BITS, FULL
from app.certificates.models import Certificate
from app.kernel.errors import NotFound

_TRIED_AT_ONCE = 16


def free_slot(session: Session) -> Slot:
    """A free place in the current list, or in a new one once half of it is taken.

    It is drawn at random: whoever sees two credentials can't tell which was issued first, or how many lie between. Two
    that are prepared at once may draw the same place; the database keeps the first.
    """
    current = session.scalar(select(func.max(Certificate.status_list))) or 1
    taken = session.scalar(select(func.count()).where(Certificate.status_list == current)) or 0
    if taken >= FULL:
        return Slot(current + 1, secrets.randbelow(BITS))
    while True:
        tried = {secrets.randbelow(BITS) for _ in range(_TRIED_AT_ONCE)}
        found = session.scalars(
            select(Certificate.status_index).where(
                Certificate.status_list == current, Certificate.status_index.in_(tried)
            )
        )
        free = tried - set(found)
        if free:
            return Slot(current, free.pop())


def ended(session: Session, number: int) -> tuple[int, ...]:
    """The places in list `number` of certificates that were revoked or superseded, ascending. NotFound where there is no such list.

    One query, on an index that holds nothing else; a second one only while nothing in the list has ended.
    """
    found = tuple(
        session.scalars(
            select(Certificate.status_index)
            .where(
                Certificate.status_list == number,
                or_(Certificate.revoked_at.is_not(None), Certificate.superseded_at.is_not(None)),
            )
            .order_by(Certificate.status_index)
        )
    )
    if not found and not _exists(session, number):
        raise NotFound
    return found


def _exists(session: Session, number: int) -> bool:
    return session.scalar(select(Certificate.id).where(Certificate.status_list == number).limit(1)) is not None
