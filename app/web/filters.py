"""How values look on a page: money, days, instants, counts, sizes. The same everywhere."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from flask import Flask

from app.kernel.clock import now
from app.kernel.money import Money
from app.web.guard import actor_or_none


@lru_cache(maxsize=4096)
def day(value: date | None) -> str:
    """23 November 2026. Remembered: lists by day say the same few again and again."""
    return f"{value.day} {value:%B %Y}" if value else "Not set"


def instant(value: datetime | None) -> str:
    """23 November 2026, 14:05 CET: in the reader's own zone, which is always shown."""
    if value is None:
        return "Not yet"
    who = actor_or_none()
    local = value.astimezone(ZoneInfo(who.time_zone if who else "UTC"))
    return f"{local.day} {local:%B %Y, %H:%M %Z}"


def clock_time(value: datetime) -> str:
    who = actor_or_none()
    local = value.astimezone(ZoneInfo(who.time_zone if who else "UTC"))
    return f"{local.hour:02}:{local.minute:02} {local.tzname()}"


def money(value: Money) -> str:
    return value.shown()


def amount(minor: int, currency: str) -> str:
    return Money(minor, currency).shown()


def count(number: int, one: str, many: str | None = None) -> str:
    """`3 lessons`, `1 lesson`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def days_left(due: date | None) -> str:
    """`due in 5 days`, `due today`, `3 days overdue`: words, not only a colour."""
    if due is None:
        return ""
    who = actor_or_none()
    left = (due - now().astimezone(ZoneInfo(who.time_zone if who else "UTC")).date()).days
    if left == 0:
        return "due today"
    return f"due in {count(left, 'day')}" if left > 0 else f"{count(-left, 'day')} overdue"


def size(octets: int) -> str:
    """`812 KB`, `3.4 MB`."""
    if octets < 1_000_000:
        return f"{max(1, round(octets / 1000))} KB"
    return f"{octets / 1_000_000:.1f} MB"


def percent(per_ten_thousand: int) -> str:
    """10,000 is `100 %`; 8,250 is `82.5 %`."""
    whole, rest = divmod(per_ten_thousand, 100)
    return f"{whole} %" if not rest else f"{whole}.{rest:02d}".rstrip("0") + " %"


@lru_cache(maxsize=256)
def language_name(tag: str) -> str:
    """`French` for fr; the tag itself where no name is known."""
    try:
        return Locale.parse(tag, sep="-").get_display_name("en") or tag
    except (UnknownLocaleError, ValueError):
        return tag


def sentence_case(value: str) -> str:
    """`in_remediation` to `In remediation`."""
    return str(value).replace("_", " ").replace("-", " ").capitalize()


def install(app: Flask) -> None:
    app.jinja_env.filters.update(
        day=day,
        instant=instant,
        clock_time=clock_time,
        money=money,
        amount=amount,
        count=count,
        days_left=days_left,
        size=size,
        percent=percent,
        language_name=language_name,
        sentence_case=sentence_case,
    )
