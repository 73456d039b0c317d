"""Reading tables that other systems write, and writing ones that they can read: any of three delimiters, with or without a BOM.

A file that can't be used as a whole raises `FileRefused`; what is wrong with a line stays with the line (`LineError`).
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from app.kernel.errors import DomainError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_AMOUNT = re.compile(r"[+-]?[0-9]{1,16}(\.[0-9]{0,6})?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffd]")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class FileRefused(DomainError):
    """The file as a whole can't be used; the sentence says what is wrong and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, field="file")


@dataclass(frozen=True)
class Row:
    """One data line: its number in the file (the header is line 1) and its cells by column name, spaces trimmed."""

    line: int
    cells: Mapping[str, str]
    extra: tuple[str, ...] = ()

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True)
class LineError:
    """What is wrong with a line: the column, and a sentence. `column` is empty where the line as a whole is meant."""

    line: int
    column: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.column}: {self.sentence}" if self.column else self.sentence


@dataclass(frozen=True)
class Rejected:
    """A line that is not taken: its cells as they stood, and every reason."""

    row: Row
    errors: tuple[LineError, ...] = field(default_factory=tuple)

    @property
    def reason(self) -> str:
        return " ".join(str(error) for error in self.errors)


@dataclass(frozen=True)
class Lines:
    """A file as text: what separates its cells, its header, and each line that is not empty with its number."""

    delimiter: str
    header: list[str]
    data: list[tuple[int, list[str]]]


def decoded(content: bytes, *, largest: int, too_large: str, older: bool = False) -> tuple[str, str]:
    """The text of a file and the name of its encoding: UTF-8 or UTF-16, with or without a mark at the beginning.

    With `older`, what is neither is read as Windows-1252, in which older spreadsheets save. Raises FileRefused.
    """
    if not content:
        raise FileRefused("The file is empty (0 bytes). Export it again from your system.")
    if len(content) > largest:
        raise FileRefused(too_large)
    encoding = "utf-16" if content[:2] in _UTF_16 else _without_mark(content) if older else "utf-8-sig"
    try:
        return content.decode(encoding), "UTF-16" if "16" in encoding else "UTF-8"
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        if older and "16" not in encoding:
            try:
                return content.decode("cp1252"), "Windows-1252"
            except UnicodeDecodeError:
                pass
    raise FileRefused(
        f"Line {line} holds characters that are not UTF-8. Save the file as “CSV UTF-8” and upload it again."
    )


def _without_mark(content: bytes) -> str:
    """UTF-16 without its mark shows itself: in a header of plain letters every second byte is zero."""
    start = content[:64]
    if len(start) >= 4 and len(start) % 2 == 0 and not any(start[1::2]):
        return "utf-16-le"
    if len(start) >= 4 and len(start) % 2 == 0 and not any(start[::2]):
        return "utf-16-be"
    return "utf-8-sig"


def lines_of(text: str, known: Sequence[str]) -> Lines:
    """Split a text into lines and cells, by the delimiter that yields most of the `known` column names. Raises FileRefused."""
    first = text.splitlines()[0] if text.strip() else ""
    if not first.strip():
        raise FileRefused(
            "The first line is empty. It has to name the columns."
            if text.strip()
            else "The file holds nothing but empty lines. Export it again from your system."
        )
    delimiter = max(DELIMITERS, key=lambda mark: sum(name in known for name in map(column_name, first.split(mark))))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    data: list[tuple[int, list[str]]] = []
    header: list[str] = []
    begins = 1
    try:
        for cells in reader:
            if not header:
                header = cells
            elif any(cell.strip() for cell in cells):
                data.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise FileRefused(
            f"Line {begins} can't be read ({error}). A quotation mark is usually left open there, or doubled wrongly."
        ) from None
    return Lines(delimiter, header, data)


def column_name(cell: str) -> str:
    """A heading as it is compared: small letters, underscores for spaces and hyphens."""
    return cell.strip().strip('"').lower().replace(" ", "_").replace("-", "_")


def named_columns(header: Sequence[str], required: Sequence[str], optional: Sequence[str]) -> tuple[str, ...]:
    """The columns that a header names. Raises FileRefused where one is missing, unknown or there twice."""
    columns = tuple(column_name(cell) for cell in header)
    repeated = sorted({name for name in columns if columns.count(name) > 1})
    missing = [name for name in required if name not in columns]
    unknown = [name or "(no name)" for name in columns if name not in (*required, *optional)]
    said = [
        *([f"It lacks the {_plural(missing, 'column')} {listed(missing)}."] if missing else []),
        *([f"It has the unknown {_plural(unknown, 'column')} {listed(unknown)}."] if unknown else []),
        *([f"It names {listed(repeated)} twice."] if repeated else []),
    ]
    if said:
        raise FileRefused(
            "The first line does not name the columns that are needed. " + " ".join(said) + " Nothing was read."
        )
    return columns


def _plural(things: Sequence[str], one: str) -> str:
    return one if len(things) == 1 else one + "s"


def listed(names: Sequence[str]) -> str:
    """Names in quotation marks, six at most."""
    return ", ".join(f"“{name[:40]}”" for name in names[:6]) + (" and more" if len(names) > 6 else "")


def row_of(number: int, cells: Sequence[str], columns: Sequence[str]) -> Row:
    # PostgreSQL keeps no NUL in text, and a rejected line must still be kept.
    trimmed = [cell.strip().replace("\x00", "\ufffd") for cell in cells]
    return Row(number, dict(zip(columns, trimmed, strict=False)), tuple(trimmed[len(columns) :]))


def readable_amount(text: str) -> Decimal | None:
    """The number that an amount was written as, whatever its currency allows; None when it is no number."""
    if not _AMOUNT.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def unseen_characters(text: str) -> bool:
    """Control and direction characters, and the mark of one that was lost: nobody can see what they mean."""
    return _CONTROL.search(text) is not None


_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def neutral(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe before what would begin one. Numbers stay numbers."""
    return "'" + cell if cell.startswith(_STARTS_A_FORMULA) and readable_amount(cell) is None else cell


def as_meant(cell: str) -> str:
    """The text behind a cell that `neutral` wrote."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_STARTS_A_FORMULA) else cell


def csv_of(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """UTF-8 CSV with commas and CRLF, as RFC 4180 says. Cells are written as they are: see `neutral` for text of others."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows(rows)
    return written.getvalue().encode()
