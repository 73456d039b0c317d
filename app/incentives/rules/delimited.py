"""Reading files that other systems write: any of three delimiters, with or without a BOM, with control totals at the end.

A file has a header line, data lines, and after them one line for each currency: `TOTAL,<currency>,<count>,<amount>`.
What can't be trusted as a whole (no header, wrong totals) raises `FileRefused`; what is wrong with a line stays with the line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.kernel.delimited import (
    FileRefused,
    LineError,
    Rejected,
    Row,
    as_meant,
    csv_of,
    decoded,
    lines_of,
    named_columns,
    neutral,
    readable_amount,
    row_of,
    unseen_characters,
)

__all__ = [
    "LARGEST_BYTES",
    "MOST_LINES",
    "TOTAL",
    "ControlTotal",
    "FileRefused",
    "LineError",
    "Rejected",
    "Row",
    "Table",
    "as_meant",
    "neutral",
    "read_table",
    "readable_amount",
    "rejected_lines_csv",
    "totals_of",
    "unseen_characters",
    "write_table",
]

LARGEST_BYTES = 15 * 1024 * 1024
MOST_LINES = 50_000
TOTAL = "TOTAL"


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


def read_table(
    content: bytes,
    *,
    required: Sequence[str],
    optional: Sequence[str] = (),
    amount_column: str = "amount",
    currency_column: str = "currency",
) -> Table:
    """Decode, find the delimiter, read the lines and prove the control totals. Raises FileRefused."""
    too_large = "The file is larger than 15 MB. Split it, each part with its own totals."
    text, _ = decoded(content, largest=LARGEST_BYTES, too_large=too_large)
    lines = lines_of(text, (*required, *optional))
    delimiter = lines.delimiter
    columns = named_columns(lines.header, required, optional)
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
            rows.append(row_of(number, cells, columns))
        if len(rows) > MOST_LINES:
            raise FileRefused(f"The file has more than {MOST_LINES:,} lines. Split it, each part with its own totals.")
    if not rows:
        raise FileRefused("The file has a header but no lines. Nothing would be changed by it.")
    _prove(rows, totals, amount_column, currency_column)
    return Table(columns, delimiter, tuple(rows), tuple(totals))


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


def write_table(columns: Sequence[str], rows: Sequence[Sequence[str]], totals: Sequence[Sequence[str]] = ()) -> bytes:
    """UTF-8 CSV with commas and CRLF, as RFC 4180 says. Cells are written as they are: see `neutral` for text of others."""
    return csv_of(columns, [*rows, *([TOTAL, *total] for total in totals)])


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
