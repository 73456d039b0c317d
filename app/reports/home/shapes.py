"""What a home page is made of."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_

from app.certificates.models import Certificate

SHOWN = 8


@dataclass(frozen=True)
class Item:
    """One line of the page, and where it leads. `button` is what a primary button to it says; `waits` that it is this person's to do."""

    title: str
    endpoint: str
    values: dict[str, Any] = field(default_factory=dict)
    hint: str = ""
    status: str = ""
    tone: str = "neutral"
    due_on: date | None = None
    button: str = ""
    waits: bool = True


@dataclass(frozen=True)
class Section:
    """A list under a heading. `more` is (label, endpoint) of the page that shows all of it; `summary` is said first where nothing waits."""

    title: str
    items: Sequence[Item]
    empty: str
    more: tuple[str, str]
    summary: str = ""


@dataclass(frozen=True)
class Home:
    """`first` is the one primary action; `sentence` says how much waits, in words."""

    sentence: str
    first: Item | None
    sections: Sequence[Section]
    money: str = ""


def is_valid(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Certificate.revoked_at.is_(None),
        Certificate.superseded_at.is_(None),
        or_(Certificate.expires_at.is_(None), Certificate.expires_at > at),
    )
