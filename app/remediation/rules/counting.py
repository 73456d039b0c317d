"""When repeated infractions suggest a remediation case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.remediation.rules.policy import Policy


@dataclass(frozen=True)
class Counted:
    """A substantiated infraction as the count sees it. `is_free` while no case, but a dismissed one, is about it."""

    id: int
    occurred_on: date
    is_free: bool


@dataclass(frozen=True)
class Count:
    """`ids` are the infractions of the window, oldest first; `free` those of them that no case is about."""

    ids: tuple[int, ...]
    free: tuple[int, ...]
    needed: int
    first_on: date | None
    last_on: date | None

    @property
    def suggests_case(self) -> bool:
        return len(self.ids) >= self.needed and bool(self.free)


def window_start(day: date, months: int) -> date:
    """The same day so many months earlier; the month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return _last_valid(year, month + 1, day.day)


def _last_valid(year: int, month: int, day: int) -> date:
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


def count(substantiated: Sequence[Counted], policy: Policy) -> Count:
    """The fullest window of `infraction_window_months` that ends with a free infraction; among equals the latest.

    The window is counted by the days on which the infractions occurred, both ends included.
    """
    ordered = sorted(substantiated, key=lambda one: (one.occurred_on, one.id))
    best: tuple[Counted, ...] = ()
    for one in ordered:
        start = window_start(one.occurred_on, policy.infraction_window_months)
        inside = tuple(other for other in ordered if start <= other.occurred_on <= one.occurred_on)
        if any(other.is_free for other in inside) and len(inside) >= len(best):
            best = inside
    return Count(
        tuple(one.id for one in best),
        tuple(one.id for one in best if one.is_free),
        policy.infractions_before_case,
        best[0].occurred_on if best else None,
        best[-1].occurred_on if best else None,
    )
