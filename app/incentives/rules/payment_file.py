"""The payment file: what the vendor's ERP is asked to pay. The format is written down in docs/earnings-file.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.incentives.rules.delimited import neutral, write_table
from app.kernel.money import Money

COLUMNS = (
    "payment",
    "order",
    "case",
    "partner",
    "partner_name",
    "program",
    "earning",
    "earned_on",
    "description",
    "currency",
    "amount",
)


@dataclass(frozen=True)
class PaymentLine:
    """One payment: for one earning, in one currency."""

    reference: str
    program: str
    earning: str
    earned_on: date
    description: str
    money: Money


def payment_reference(order_number: str, sequence: int, position: int) -> str:
    """`RO-2026-0003-1-0007`: order, file, line."""
    return f"{order_number}-{sequence}-{position:04d}"


def totals(lines: Sequence[PaymentLine]) -> list[tuple[str, int, Money]]:
    """Currency, number of payments and their sum, by currency."""
    sums: dict[str, tuple[int, Money]] = {}
    for line in lines:
        count, total = sums.get(line.money.currency, (0, Money(0, line.money.currency)))
        sums[line.money.currency] = (count + 1, total + line.money)
    return [(currency, *sums[currency]) for currency in sorted(sums)]


def write(lines: Sequence[PaymentLine], *, order: str, case: str, partner_number: str, partner_name: str) -> bytes:
    """The file's bytes. The same lines give the same bytes; texts that others wrote are kept from acting as formulas."""
    return write_table(
        COLUMNS,
        [
            (
                line.reference,
                order,
                neutral(case),
                neutral(partner_number),
                neutral(partner_name),
                neutral(line.program),
                neutral(line.earning),
                line.earned_on.isoformat(),
                neutral(line.description),
                line.money.currency,
                line.money.plain(),
            )
            for line in lines
        ],
        [(currency, str(count), total.plain()) for currency, count, total in totals(lines)],
    )
