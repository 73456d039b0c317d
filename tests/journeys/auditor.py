"""What an internal auditor does: reads the trail of a case, and has the chain verified."""

from tests.journeys.visitor import Visitor


def reads_trail(auditor: Visitor, about: str, *, result: str = "Done and refused") -> list[str]:
    """The events about a case, newest first, each as the words of its row, page after page."""
    auditor.goes_to("Audit")
    auditor.writes("About (a number)", about).picks("Result", result).presses("Filter")
    rows = _rows(auditor)
    while auditor.offers("Next page"):
        auditor.follows("Next page")
        rows += _rows(auditor)
    return rows


def missing(rows: list[str], *acts: tuple[str, str]) -> list[tuple[str, str]]:
    """Those of these acts, as (who, what), that no row tells of."""
    return [(who, what) for who, what in acts if not any(who in row and what in row for row in rows)]


def verifies_chain(auditor: Visitor) -> None:
    auditor.goes_to("Audit").follows("Verify the chain")
    auditor.reads("The chain verifies")


def _rows(auditor: Visitor) -> list[str]:
    return [" ".join(row.split()) for row in auditor.main.locator("tbody tr").all_inner_texts()]
