"""When somebody is reminded: values in, values out. Days are those of the partner's time zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

DAYS_BEFORE = (14, 7, 1)
FIRST_DAY_AFTER = 1
THEN_EVERY = 7
FROM_HOUR = 7


@dataclass(frozen=True)
class Slot:
    """One occasion to remind, `days` after the due day (negative: before it)."""

    days: int
    began_on: date

    @property
    def name(self) -> str:
        """`T-14`, `T+1`: part of the reminder's key, so that one slot is one mail."""
        return f"T{self.days:+d}"


def reminding_day(zone: str, at: datetime) -> date:
    """The day whose reminders may go out at this instant: it begins at seven in the morning there, not at midnight."""
    return (at.astimezone(ZoneInfo(zone)) - timedelta(hours=FROM_HOUR)).date()


def slot_on(due_on: date, today: date, *, told_on: date, ladder: Sequence[int] = ()) -> Slot | None:
    """The newest slot that has begun, or None before the first one. Missed ones are not made up for.

    `told_on` is the day on which the person learned of the duty: a slot that began by then would only repeat it.
    `ladder` are the days from the due day that a course gives; they take the place of the portal's own, and end with its last.
    """
    late = (today - due_on).days
    if ladder:
        begun = [day for day in ladder if late >= day]
        if not begun:
            return None
        days = max(begun)
    elif late >= FIRST_DAY_AFTER:
        days = FIRST_DAY_AFTER + (late - FIRST_DAY_AFTER) // THEN_EVERY * THEN_EVERY
    else:
        begun = [-before for before in DAYS_BEFORE if late >= -before]
        if not begun:
            return None
        days = max(begun)
    slot = Slot(days, due_on + timedelta(days=days))
    return slot if slot.began_on > told_on else None


def horizon(today: date, ladder: Sequence[int] = ()) -> date:
    """The latest due day that can have a slot today."""
    return today + timedelta(days=-min(ladder) if ladder else max(DAYS_BEFORE))
