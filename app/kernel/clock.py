"""The only place that asks what time it is. Everything else is told (`at`, `on`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_frozen: list[datetime] = []


def now() -> datetime:
    """The present instant, aware, in UTC, cut to microseconds that every database keeps."""
    return _frozen[-1] if _frozen else datetime.now(UTC)


@contextmanager
def stopped_at(instant: datetime) -> Iterator[None]:
    """Hold the clock at an aware instant: for tests and for playing a story over months in seconds."""
    if instant.tzinfo is None:
        raise ValueError("The clock can only be stopped at an aware instant.")
    _frozen.append(instant.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.pop()


def day_in(zone: str, at: datetime) -> date:
    """The calendar day of an instant in an IANA time zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def end_of_day(day: date, zone: str) -> datetime:
    """The last second of a calendar day in an IANA time zone, as an instant in UTC; where the clock is turned back, the later one."""
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(zone)).replace(fold=1).astimezone(UTC)


def add_business_days(day: date, count: int) -> date:
    """`count` weekdays after a day; public holidays are not known here and so do not shorten a deadline."""
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < 5:
            count -= 1
    return day
