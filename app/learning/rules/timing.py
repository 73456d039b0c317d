"""Time: until when an attempt takes answers, and what a very short stay is worth saying. Values in, values out."""

from datetime import datetime, timedelta

GRACE = timedelta(seconds=10)
"""An answer that was given in time may still be on its way when the time ends."""

FAST = 3
"""Finishing in less than this part of the expected time (a third) is worth a word between people. It blocks nothing."""


def closing_time(started_at: datetime, limit_seconds: int | None, extra_percent: int) -> datetime | None:
    """When an attempt closes; None where the course sets no limit. `extra_percent` is what its person has on top."""
    if limit_seconds is None:
        return None
    return started_at + timedelta(seconds=limit_seconds * (100 + extra_percent) // 100)


def is_over(closes_at: datetime | None, at: datetime) -> bool:
    """Whether an attempt takes no more answers, those on their way included."""
    return closes_at is not None and closes_at + GRACE < at


def seconds_left(closes_at: datetime, at: datetime) -> int:
    return max(0, int((closes_at - at).total_seconds()))


def in_words(seconds: int) -> str:
    """`1 hour 5 minutes`, `12 minutes`, `less than a minute`; a begun minute counts. static/js/clock.js says it alike."""
    if seconds < 60:
        return "less than a minute"
    hours, minutes = divmod(-(-seconds // 60), 60)
    words = [f"{number} {word}{'' if number == 1 else 's'}" for number, word in ((hours, "hour"), (minutes, "minute"))]
    return " ".join(word for number, word in zip((hours, minutes), words, strict=True) if number)


def is_fast(active_seconds: int, expected_minutes: int) -> bool:
    """Whether a course was finished in less than a third of the time that it takes most people."""
    return active_seconds * FAST < expected_minutes * 60
