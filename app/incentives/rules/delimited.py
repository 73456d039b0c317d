"""Reading files that other systems write: any of three delimiters, with or without a BOM, with control totals at the end.

A file has a header line, data lines, and after them one line for each currency: `TOTAL,<currency>,<count>,<amount>`.
What can't be trusted as a whole (no header, wrong totals) raises `FileRefused`; what is wrong with a line stays with the line.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from app.kernel.errors import DomainError

LARGEST_BYTES = 15 * 1024 * 1024
MOST_LINES = 50_000
TOTAL = "TOTAL"
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_AMOUNT = re.compile(r"[+-]?[0-9]{1,16}(\.[0-9]{0,6})?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffd]")


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
class ControlTotal:
    """What one currency adds up to: how many lines, and their amounts as written."""

    currency: str
    count: int
    amount: Decimal


@dataclass(frozen=True)
class Table:
    """A file that can be read and whose control totals are right."""

    columns: tuple[str, ...]
    delimiter: str
    rows: tuple[Row, ...]
    totals: tuple[ControlTotal, ...]


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


def read_table(
    content: bytes,
    *,
    required: Sequence[str],
    optional: Sequence[str] = (),
    amount_column: str = "amount",
    currency_column: str = "currency",
) -> Table:
    """Decode, find the delimiter, read the lines and prove the control totals. Raises FileRefused."""
    lines = _lines(_decoded(content), (*required, *optional))
    delimiter = lines.delimiter
    columns = _columns(lines.header, required, optional)
    rows: list[Row] = []
    totals: list[ControlTotal] = []
    for number, cells in lines.data:
        if cells and cells[0].strip().upper() == TOTAL:
            totals.append(_control_total(number, cells))
        elif totals:
            raise FileRefused(
                f"Line {number} follows the {TOTAL} lines. They come last, so that a file cut short is noticed. "
                "Nothing was read from this file."
            )
        else:
            rows.append(_row(number, cells, columns))
        if len(rows) > MOST_LINES:
            raise FileRefused(f"The file has more than {MOST_LINES:,} lines. Split it, each part with its own totals.")
    if not rows:
        raise FileRefused("The file has a header but no lines. Nothing would be changed by it.")
    _prove(rows, totals, amount_column, currency_column)
    return Table(columns, delimiter, tuple(rows), tuple(totals))


@dataclass(frozen=True)
class _Lines:
    delimiter: str
    header: list[str]
    data: list[tuple[int, list[str]]]


def _decoded(content: bytes) -> str:
    if not content:
        raise FileRefused("The file is empty (0 bytes). Export it again from your system.")
    if len(content) > LARGEST_BYTES:
        raise FileRefused("The file is larger than 15 MB. Split it, each part with its own totals.")
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FileRefused(
            f"Line {line} holds characters that are not UTF-8. Save the file as “CSV UTF-8” and upload it again."
        ) from None


def _lines(text: str, known: Sequence[str]) -> _Lines:
    first = text.splitlines()[0] if text.strip() else ""
    if not first.strip():
        raise FileRefused(
            "The first line is empty. It has to name the columns."
            if text.strip()
            else "The file holds nothing but empty lines. Export it again from your system."
        )
    delimiter = max(_DELIMITERS, key=lambda mark: sum(name in known for name in map(_name, first.split(mark))))
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
    return _Lines(delimiter, header, data)


def _name(cell: str) -> str:
    return cell.strip().strip('"').lower().replace(" ", "_").replace("-", "_")


def _columns(header: Sequence[str], required: Sequence[str], optional: Sequence[str]) -> tuple[str, ...]:
    columns = tuple(_name(cell) for cell in header)
    repeated = sorted({name for name in columns if columns.count(name) > 1})
    missing = [name for name in required if name not in columns]
    unknown = [name or "(no name)" for name in columns if name not in (*required, *optional)]
    said = [
        *([f"It lacks the {_plural(missing, 'column')} {_listed(missing)}."] if missing else []),
        *([f"It has the unknown {_plural(unknown, 'column')} {_listed(unknown)}."] if unknown else []),
        *([f"It names {_listed(repeated)} twice."] if repeated else []),
    ]
    if said:
        raise FileRefused(
            "The first line does not name the columns that are needed. " + " ".join(said) + " Nothing was read."
        )
    return columns


def _plural(things: Sequence[str], one: str) -> str:
    return one if len(things) == 1 else one + "s"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"“{name[:40]}”" for name in names[:6]) + (" and more" if len(names) > 6 else "")


def _row(number: int, cells: Sequence[str], columns: Sequence[str]) -> Row:
    # PostgreSQL keeps no NUL in text, and a rejected line must still be kept.
    trimmed = [cell.strip().replace("\x00", "\ufffd") for cell in cells]
    return Row(number, dict(zip(columns, trimmed, strict=False)), tuple(trimmed[len(columns) :]))


def _control_total(number: int, cells: Sequence[str]) -> ControlTotal:
    parts = [cell.strip() for cell in cells]
    while len(parts) > 4 and not parts[-1]:
        parts.pop()
    amount = readable_amount(parts[3]) if len(parts) == 4 else None
    if len(parts) != 4 or amount is None or not (parts[2].isascii() and parts[2].isdigit() and len(parts[2]) < 10):
        raise FileRefused(
            f"Line {number} begins with {TOTAL} but is not a control total. "
            f"Write {TOTAL}, the currency, the number of lines and their sum, for example {TOTAL},EUR,120,48210.50."
        )
    return ControlTotal(parts[1].upper(), int(parts[2]), amount)


def readable_amount(text: str) -> Decimal | None:
    """The number that an amount was written as, whatever its currency allows; None when it is no number."""
    if not _AMOUNT.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _prove(rows: Sequence[Row], totals: Sequence[ControlTotal], amount_column: str, currency_column: str) -> None:
    """Count and add up every line, good or bad, and compare with what the file says of itself."""
    if not totals:
        raise FileRefused(
            f"The file has no control totals. Its last lines have to be {TOTAL}, currency, number of lines, sum: "
            "one for each currency. Without them nobody can tell whether the file is whole."
        )
    found = {total.currency: total for total in totals_of([row.cells for row in rows], amount_column, currency_column)}
    unread = [row.line for row in rows if readable_amount(row[amount_column]) is None]
    said = []
    for currency in sorted({total.currency for total in totals}):
        if sum(total.currency == currency for total in totals) > 1:
            said.append(f"{currency} has more than one {TOTAL} line.")
    stated = {total.currency: total for total in totals}
    for currency in sorted({*stated, *found}):
        has = found.get(currency, ControlTotal(currency, 0, Decimal(0)))
        says = stated.get(currency)
        if says is None:
            said.append(
                f"The file has {has.count:,} {'line' if has.count == 1 else 'lines'} in {currency or 'no currency'} "
                f"but no {TOTAL} line for it."
            )
            continue
        if says.count != has.count:
            said.append(f"{TOTAL} says {says.count:,} lines in {currency}; the file has {has.count:,}.")
        if says.amount != has.amount:
            said.append(f"{TOTAL} says {_figure(says.amount)} {currency}; the lines add up to {_figure(has.amount)}.")
    if said:
        if unread:
            listed = ", ".join(map(str, unread[:5])) + (" and more" if len(unread) > 5 else "")
            said.append(f"No amount could be read in line {listed}: it counts as nothing in the sum.")
        raise FileRefused("The control totals are wrong, so nothing was imported. " + " ".join(said))


def _figure(amount: Decimal) -> str:
    return f"{amount:,f}"


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


def write_table(columns: Sequence[str], rows: Sequence[Sequence[str]], totals: Sequence[Sequence[str]] = ()) -> bytes:
    """UTF-8 CSV with commas and CRLF, as RFC 4180 says. Cells are written as they are: see `neutral` for text of others."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows(rows)
    writer.writerows([TOTAL, *total] for total in totals)
    return written.getvalue().encode()


def totals_of(
    rows: Sequence[Mapping[str, str]], amount_column: str = "amount", currency_column: str = "currency"
) -> list[ControlTotal]:
    """The control totals that these lines have, by the rule that `read_table` proves: an unreadable amount counts as nothing."""
    counts: dict[str, int] = {}
    sums: dict[str, Decimal] = {}
    for row in rows:
        currency = row.get(currency_column, "").upper()
        counts[currency] = counts.get(currency, 0) + 1
        sums[currency] = sums.get(currency, Decimal(0)) + (readable_amount(row.get(amount_column, "")) or Decimal(0))
    return [ControlTotal(currency, counts[currency], sums[currency]) for currency in sorted(counts)]


def rejected_lines_csv(columns: Sequence[str], rejected: Sequence[tuple[int, Mapping[str, str], str]]) -> bytes:
    """The lines that were not taken, as (number, cells by column, reason), with their own totals: mend them and send the file again."""
    return write_table(
        (*columns, "line", "reason"),
        [
            [*(neutral(cells.get(column, "")) for column in columns), str(line), neutral(reason)]
            for line, cells, reason in rejected
        ],
        [
            [total.currency, str(total.count), f"{total.amount:f}"]
            for total in totals_of([cells for _, cells, _ in rejected])
        ],
    )
