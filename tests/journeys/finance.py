"""Earnings arrive as files, holds withhold them, release orders let them go, the bank answers."""

import csv
import io
from collections.abc import Sequence
from datetime import date

from app.cli.demo.files import Earned, acknowledgement_file, earnings_file
from tests.journeys.visitor import Visitor


def import_earnings(analyst: Visitor, name: str, lines: Sequence[Earned], *, caught: str = "") -> None:
    """Upload a file, look at what it would do, confirm. `caught` is what holds would withhold of it at once."""
    analyst.goes_to("Incentives").follows("Earnings files")
    analyst.attaches("Earnings file", (name, earnings_file(lines))).presses("Check this file")
    analyst.reads("Nothing is imported yet.")
    if caught:
        assert caught in analyst.row("EUR").inner_text()
    analyst.presses(f"Import {len(lines)} lines")
    analyst.reads(f"{len(lines)} lines of {len(lines)} are in the books.")


def amounts(visitor: Visitor, program: str) -> dict[str, str]:
    """The row of a program in the statement's table of everything earned: heading of the column → amount."""
    table = visitor.main.get_by_role("table").filter(has_text="Every program and currency")
    heads = [head.inner_text().strip() for head in table.get_by_role("columnheader").all()]
    cells = table.get_by_role("row").filter(has_text=program).locator("th,td").all()
    return {head: " ".join(cell.inner_text().split()) for head, cell in zip(heads, cells, strict=True)}


def lines_of(payment_file: bytes) -> list[dict[str, str]]:
    """Its payments, without the control totals."""
    rows = csv.DictReader(io.StringIO(payment_file.decode("utf-8-sig")))
    return [row for row in rows if row["payment"] != "TOTAL"]


def propose_release(analyst: Visitor, case: str) -> str:
    """From the home page, where it waits; the order's number."""
    analyst.follows(f"Propose the release for {case}")
    analyst.reads("What the order does")
    analyst.writes("Reason", "The remediation was determined to be completed.").presses("Propose the release")
    return analyst.heading.removeprefix("Release order ")


def goes_to_order(visitor: Visitor, number: str) -> Visitor:
    return visitor.goes_to("Incentives").follows("Release orders").follows(number)


def export(analyst: Visitor, number: str) -> bytes:
    """The payment file of an approved order."""
    goes_to_order(analyst, number).presses("Write the payment file")
    return analyst.downloads(f"Download {number}-1.csv")


def acknowledge(analyst: Visitor, payment_file: bytes, paid_on: date) -> None:
    """What the ERP answers: all of it paid."""
    analyst.goes_to("Incentives").follows("Payment acknowledgements")
    analyst.attaches("Acknowledgement file", ("paid.csv", acknowledgement_file(payment_file, paid_on)))
    analyst.presses("Record the answers")
