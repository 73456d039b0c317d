"""Earnings arrive as files, and a statement says where they stand."""

from collections.abc import Sequence

from app.cli.demo.files import Earned, earnings_file
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
