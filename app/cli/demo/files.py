"""The files that the invented ERP would send: earnings in, payments acknowledged."""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.kernel.money import Money


@dataclass(frozen=True)
class Earned:
    reference: str
    partner: str
    program: str
    earning_type: str
    earned_on: date
    money: Money
    location: str
    description: str


def earnings_file(lines: Sequence[Earned]) -> bytes:
    """A CSV file of earnings with its control totals."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\r\n")
    writer.writerow(
        [
            "reference",
            "partner",
            "program",
            "earning_type",
            "earned_on",
            "currency",
            "amount",
            "location",
            "description",
        ]
    )
    for line in lines:
        writer.writerow(
            [
                line.reference,
                line.partner,
                line.program,
                line.earning_type,
                line.earned_on.isoformat(),
                line.money.currency,
                line.money.plain(),
                line.location,
                line.description,
            ]
        )
    totals: dict[str, list[Money]] = defaultdict(list)
    for line in lines:
        totals[line.money.currency].append(line.money)
    for currency, amounts in sorted(totals.items()):
        total = Money(sum(amount.minor for amount in amounts), currency)
        writer.writerow(["TOTAL", currency, len(amounts), total.plain()])
    return output.getvalue().encode()


def acknowledgement_file(payment_file: bytes, paid_on: date) -> bytes:
    """What the ERP answers when it has paid every line of a payment file."""
    rows = [row for row in csv.DictReader(io.StringIO(payment_file.decode("utf-8-sig"))) if row["payment"] != "TOTAL"]
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\r\n")
    writer.writerow(["payment", "outcome", "happened_on", "currency", "amount", "bank_reference"])
    totals: dict[str, list[Decimal]] = defaultdict(list)
    for number, row in enumerate(rows, start=1):
        writer.writerow(
            [
                row["payment"],
                "paid",
                paid_on.isoformat(),
                row["currency"],
                row["amount"],
                f"SEPA-{paid_on:%y%m%d}-{number:04d}",
            ]
        )
        totals[row["currency"]].append(Decimal(row["amount"]))
    for currency, amounts in sorted(totals.items()):
        writer.writerow(["TOTAL", currency, len(amounts), sum(amounts)])
    return output.getvalue().encode()
