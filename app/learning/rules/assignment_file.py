"""A file that says who takes which course by when: how it is read, and what each line says by itself.

One header line, then a line for each person and course. Columns: `email` and `course`; `due_on` or `due_in_days`, or neither
where the course says how long it may take; `partner`, its number, is compared where it is given. Further columns are
passed over.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

from app.kernel.delimited import (
    DELIMITERS,
    FileRefused,
    LineError,
    Row,
    as_meant,
    column_name,
    csv_of,
    decoded,
    lines_of,
    listed,
    neutral,
    row_of,
    unseen_characters,
)
from app.learning.rules.batches import LONGEST_DAYS

LARGEST_BYTES = 2 * 1024 * 1024
MOST_LINES = 5_000
COLUMNS = ("email", "course", "due_on", "due_in_days", "partner")
_CALLED = {
    "email": ("email", "e_mail", "mail", "email_address", "e_mail_address", "person", "user", "username"),
    "course": ("course", "course_name", "course_title", "course_id", "training"),
    "due_on": ("due_on", "due", "due_date", "deadline", "until"),
    "due_in_days": ("due_in_days", "due_in", "days", "due_days"),
    "partner": ("partner", "partner_number", "partner_no", "partner_id"),
}
_KNOWN = {called: column for column, names in _CALLED.items() for called in names}
_MADE_BY_US = ("line", "reason")
_SEPARATOR = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


@dataclass(frozen=True)
class Reading:
    """What a line says by itself. `course` is as it was written; a due that can't be read is None and has its error."""

    row: Row
    email: str
    course: str
    due_on: date | None
    due_in_days: int | None
    partner: str
    errors: tuple[LineError, ...]


@dataclass(frozen=True)
class AssignmentsRead:
    """A file that can be read, and how it was found to be written."""

    name: str
    content: bytes
    sha256: str
    encoding: str
    delimiter: str
    passed_over: tuple[str, ...]
    readings: tuple[Reading, ...]


class Verdict(StrEnum):
    """What becomes of a line."""

    NEW = "new"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    ERROR = "error"


@dataclass(frozen=True)
class Judged:
    """A line with its verdict; `reason` says why it makes no assignment, with the column where one is at fault."""

    row: Row
    verdict: Verdict
    column: str = ""
    reason: str = ""

    @property
    def said(self) -> str:
        return f"{self.column}: {self.reason}" if self.column else self.reason


def read(content: bytes, name: str) -> AssignmentsRead:
    """Find encoding and delimiter, and read every line as far as it can be. Raises FileRefused."""
    text, encoding = decoded(
        content, largest=LARGEST_BYTES, too_large="The file is larger than 2 MB. Split it.", older=True
    )
    first_line, forced = 0, _SEPARATOR.match(text)
    if forced:
        text, first_line = text[forced.end() :], 1
    lines = lines_of(text, tuple(_KNOWN))
    columns, passed_over = _columns(lines.header)
    if not lines.data:
        raise FileRefused("The file has a header but no lines. Nothing would be assigned by it.")
    if len(lines.data) > MOST_LINES:
        raise FileRefused(f"The file has more than {MOST_LINES:,} lines. Split it.")
    rows = [row_of(number + first_line, cells, columns) for number, cells in lines.data]
    return AssignmentsRead(
        name[:200],
        content,
        sha256(content).hexdigest(),
        encoding,
        DELIMITERS[lines.delimiter],
        passed_over,
        tuple(_reading(row) for row in rows),
    )


def _columns(header: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Our names of the columns, in order; those that say nothing to us keep a name of their own, and are told."""
    columns: list[str] = []
    passed_over: list[str] = []
    for place, cell in enumerate(header):
        name = column_name(cell)
        known = _KNOWN.get(name)
        if known is None and name and name not in _MADE_BY_US:
            passed_over.append(cell.strip()[:60])
        columns.append(known or f"({place})")
    repeated = sorted({name for name in columns if columns.count(name) > 1})
    if repeated:
        raise FileRefused(f"The first line names {listed(repeated)} twice. Nothing was read.")
    missing = [name for name in ("email", "course") if name not in columns]
    if missing:
        raise FileRefused(
            f"The first line has to name the columns. It lacks {listed(missing)}; it has {listed([cell.strip() for cell in header])}. "
            "Download the template to see them. Nothing was read."
        )
    return tuple(columns), tuple(passed_over)


def _reading(row: Row) -> Reading:
    errors: list[LineError] = []

    def wrong(column: str, sentence: str) -> None:
        errors.append(LineError(row.line, column, sentence))

    email, course = as_meant(row["email"]).lower(), as_meant(row["course"])
    if row.extra and any(row.extra):
        wrong(
            "", "The line has more cells than the header names columns. Put text with a delimiter in quotation marks."
        )
    for column in COLUMNS:
        if unseen_characters(row[column]):
            wrong(column, "It holds characters that nobody can see. Type it anew.")
    if not email:
        wrong("email", "Enter the person’s e-mail address.")
    elif "@" not in email:
        wrong("email", f"“{email[:60]}” is no e-mail address.")
    if not course:
        wrong("course", "Enter the course, as it is called in the catalogue.")
    due_on, in_days = None, None
    if row["due_on"]:
        due_on = _day(row["due_on"])
        if due_on is None:
            wrong("due_on", f"“{row['due_on'][:40]}” is no day. Write it as year-month-day, for example 2026-03-27.")
        if row["due_in_days"]:
            wrong("due_in_days", "Enter a day or a number of days, not both.")
    elif row["due_in_days"]:
        text = row["due_in_days"]
        if text.isascii() and text.isdigit() and len(text) < 5 and int(text) <= LONGEST_DAYS:
            in_days = int(text)
        else:
            wrong("due_in_days", f"“{text[:40]}” is no number of days from 0 to {LONGEST_DAYS}.")
    return Reading(row, email, course, due_on, in_days, as_meant(row["partner"]).upper(), tuple(errors))


def _day(text: str) -> date | None:
    """2026-03-27, or 27.3.2026; with slashes nobody knows which number is the month."""
    iso, dotted = _ISO.fullmatch(text), _DOTTED.fullmatch(text)
    try:
        if iso:
            return date(*map(int, iso.groups()))
        if dotted:
            day, month, year = map(int, dotted.groups())
            return date(year, month, day)
    except ValueError:
        return None
    return None


def failed_lines_csv(failed: Sequence[tuple[int, dict[str, str], str]]) -> bytes:
    """Lines that made no assignment, with their number and the reason: to be mended and sent again."""
    return csv_of(
        (*COLUMNS, "line", "reason"),
        [
            [*(neutral(cells.get(column, "")) for column in COLUMNS), str(line), neutral(reason)]
            for line, cells, reason in failed
        ],
    )


def template_csv(course: str) -> bytes:
    """A file to fill in, with two lines as examples."""
    return csv_of(
        COLUMNS,
        [["ada@partner.example", course, "2026-03-27", "", "P-9001"], ["grace@partner.example", course, "", "30", ""]],
    )
