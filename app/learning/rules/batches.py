"""What one act of assigning says: who gets which courses by when; how far it is; and for how long it can be taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from app.kernel.clock import day_in

UNDO = timedelta(minutes=15)
# People whose assignments are made, or taken back, in one transaction. More go to the worker, this many at a time.
AT_ONCE = 500
LONGEST_DAYS = 730


class Who(StrEnum):
    """How the people of a batch are chosen. Everybody: every open account of the partner, on its roster or not."""

    PEOPLE = "people"
    CATEGORIES = "categories"
    EVERYBODY = "everybody"


@dataclass(frozen=True)
class Due:
    """By when: a fixed day, or so many days after the assigning, or (neither) as each course says; end of that day at the partner."""

    on: date | None = None
    days: int | None = None

    def day(self, usual_days: int | None, zone: str, *, made_at: datetime) -> date | None:
        """The due day at a partner in this zone; None where it is left to a course that says nothing."""
        if self.on is not None:
            return self.on
        days = self.days if self.days is not None else usual_days
        return None if days is None else day_in(zone, made_at) + timedelta(days=days)

    def to_json(self) -> dict[str, Any]:
        return {"on": self.on.isoformat() if self.on else None, "days": self.days}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Due":
        return cls(date.fromisoformat(said["on"]) if said["on"] else None, said["days"])


@dataclass(frozen=True)
class FileLine:
    """One assignment that a file asks for."""

    person_id: int
    partner_id: int
    course_id: int
    due_on: date


@dataclass(frozen=True)
class Plan:
    """Who gets what by when. `lines` are those of a file; they say it all, and the rest is empty then."""

    who: Who = Who.PEOPLE
    partner_ids: tuple[int, ...] = ()
    person_ids: tuple[int, ...] = ()
    categories: tuple[str, ...] = ()
    course_ids: tuple[int, ...] = ()
    due: Due = field(default_factory=Due)
    lines: tuple[FileLine, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "who": self.who.value,
            "partners": list(self.partner_ids),
            "people": list(self.person_ids),
            "categories": list(self.categories),
            "courses": list(self.course_ids),
            "due": self.due.to_json(),
            "lines": [[one.person_id, one.partner_id, one.course_id, one.due_on.isoformat()] for one in self.lines],
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Plan":
        return cls(
            Who(said["who"]),
            tuple(said["partners"]),
            tuple(said["people"]),
            tuple(said["categories"]),
            tuple(said["courses"]),
            Due.from_json(said["due"]),
            tuple(
                FileLine(person, partner, course, date.fromisoformat(due))
                for person, partner, course, due in said["lines"]
            ),
        )


@dataclass(frozen=True)
class Outcome:
    """How far a batch is. `expected` people were meant; `place` is the last (partner, person) that was looked at.

    `pieces` counts transactions, so that each is carried out once. `stopped` says why the rest was not made, if it was not.
    """

    expected: int
    seen: int = 0
    made: int = 0
    left_out: int = 0
    taken_back: int = 0
    place: tuple[int, int] = (0, 0)
    pieces: int = 0
    stopped: str = ""
    taking_back: bool = False

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "place": list(self.place)}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Outcome":
        return cls(**{**said, "place": (said["place"][0], said["place"][1])})


def undo_ends(made_at: datetime) -> datetime:
    """When a batch can't be taken back any more, and its people are told by mail."""
    return made_at + UNDO


def can_be_undone(made_at: datetime, *, at: datetime) -> bool:
    return at < undo_ends(made_at)


def neutral_wording(audience: str) -> str:
    """What people of a campaign read unless the representative writes something else. It implies no fault."""
    return (
        f"Everybody {audience} is asked to take this course. It is part of a general campaign: "
        "it implies no fault of yours or of your company."
    )


def title_of(courses: Sequence[str], audience: str) -> str:
    """“Gifts and Agents for sales and marketing of Acme”; the first two courses are named."""
    named = " and ".join(courses[:2]) + (f" and {len(courses) - 2} more" if len(courses) > 2 else "")
    return f"{named} for {audience}"
