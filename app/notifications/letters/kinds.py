"""What a kind of outbox row needs in order to become mails."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.notifications.rendering import Letter, Recipient

Payload = dict[str, Any]


@dataclass(frozen=True)
class KindOfMail:
    """`to` gives the ids of those who should get it; `write` the letter to one of them, or None where it no longer holds.

    Both read what stands when the mail is sent, not when the row was written. `secret` names payload fields that are
    taken out of the row once the mail is away.
    """

    to: Callable[[Session, Payload], Sequence[int]]
    write: Callable[[Session, Payload, Recipient, datetime], Letter | None]
    secret: tuple[str, ...] = ()


def the_person(_session: Session, payload: Payload) -> Sequence[int]:
    """The one person whom the row names."""
    return [int(payload["person_id"])]


def deadline(due_on: date, today: date) -> Payload:
    """What a letter says of a due day: the day itself, and how many days are left (negative: overdue)."""
    return {"due_on": due_on, "left": (due_on - today).days}
