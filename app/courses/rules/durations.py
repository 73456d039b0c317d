"""Spans of time as authors write them: ISO 8601 (`PT25M`, `P14D`, `P1Y`, `-P7D`) or short (`25m`, `1h30m`, `14d`)."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

_ISO = re.compile(
    r"(?P<sign>[+-])?P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?P<time>T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?",
    re.IGNORECASE,
)
_SHORT = re.compile(
    r"(?P<sign>[+-])?(?:(?P<weeks>\d+)w)?\s*(?:(?P<days>\d+)d)?\s*(?:(?P<hours>\d+)h)?\s*(?:(?P<minutes>\d+)m(?:in)?)?\s*(?:(?P<seconds>\d+)s)?",
    re.IGNORECASE,
)
_MAX_NUMBER_DIGITS = 6


@dataclass(frozen=True)
class Duration:
    """A signed span. Months keep their calendar meaning: P1Y after 29 February is 28 February."""

    months: int = 0
    days: int = 0
    seconds: int = 0

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Raises ValueError with a sentence for the author."""
        raw = text.strip()
        found = _ISO.fullmatch(raw) or _SHORT.fullmatch(raw)
        numbers = {k: v for k, v in (found.groupdict() if found else {}).items() if v and k not in {"sign", "time"}}
        if not found or not numbers or (found.groupdict().get("time") or "").upper() == "T":
            raise ValueError(
                f"'{text}' is not a duration; write for example PT25M or 25m (minutes), P14D (days), P1Y (a year)"
            )
        if any(len(value) > _MAX_NUMBER_DIGITS for value in numbers.values()):
            raise ValueError(f"'{text}' is too long a duration")
        part = {name: int(value) for name, value in numbers.items()}
        sign = -1 if found["sign"] == "-" else 1
        return cls(
            months=sign * (12 * part.get("years", 0) + part.get("months", 0)),
            days=sign * (7 * part.get("weeks", 0) + part.get("days", 0)),
            seconds=sign * (3600 * part.get("hours", 0) + 60 * part.get("minutes", 0) + part.get("seconds", 0)),
        )

    @property
    def in_seconds(self) -> int:
        """Whole span in seconds, a month counted as 1/12 of 365 days."""
        return self.months * 365 * 86400 // 12 + self.days * 86400 + self.seconds

    @property
    def in_minutes(self) -> int:
        """Whole minutes, a begun minute counted."""
        return -(-self.in_seconds // 60)

    @property
    def in_days(self) -> int:
        """Whole days, a begun day counted."""
        return -(-self.in_seconds // 86400)

    def after(self, start: date) -> date:
        """The date this long after `start`; hours and minutes are rounded up to a day. Negative spans lie before."""
        month = start.year * 12 + start.month - 1 + self.months
        year, month = divmod(month, 12)
        day = min(start.day, calendar.monthrange(year, month + 1)[1])
        return date(year, month + 1, day) + timedelta(days=self.days - (-self.seconds // 86400))

    @property
    def whole_days(self) -> int:
        """The part that is not months, in days; a begun day is counted."""
        return self.days - (-self.seconds // 86400)

    @property
    def in_words(self) -> str:
        """`1 year`, `18 months`, `1 year and 30 days`: calendar months stay months. For spans of a day and more."""
        years, months = divmod(self.months, 12)
        if years and months:
            years, months = 0, self.months
        counted = ((years, "year"), (months, "month"), (self.whole_days, "day"))
        return " and ".join(f"{number:,} {unit}{'' if number == 1 else 's'}" for number, unit in counted if number)

    def __str__(self) -> str:
        """ISO 8601, shortest form."""
        parts = (self.months, self.days, self.seconds)
        sign = "-" if min(parts) < 0 else ""
        months, days, seconds = (abs(part) for part in parts)
        years, months = divmod(months, 12)
        hours, seconds = divmod(seconds, 3600)
        minutes, seconds = divmod(seconds, 60)
        dates = "".join(f"{n}{unit}" for n, unit in ((years, "Y"), (months, "M"), (days, "D")) if n)
        times = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
        return f"{sign}P{dates}{'T' + times if times else ''}" if dates or times else "PT0S"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Front matter and stored JSON hold durations as text."""
        return core_schema.no_info_plain_validator_function(
            _from_any, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )


def _from_any(value: Any) -> Duration:
    if isinstance(value, Duration):
        return value
    if isinstance(value, str):
        return Duration.parse(value)
    raise ValueError(f"'{value}' is not a duration; write for example PT25M, 25m, P14D or P1Y")
