"""What the account representative does: assigns a case's courses, grants materials."""

from tests.journeys.visitor import Visitor


def assign_courses_of(representative: Visitor, case: str, step: str) -> None:
    """The step's courses to everybody on the roster."""
    representative.goes_to("Cases").follows(case).opens_task(step)
    representative.presses("Assign to the whole roster")


def grant_material(representative: Visitor, partner: str, title: str) -> None:
    representative.goes_to("Partners").follows(partner).follows("Give access to readiness materials")
    representative.presses(f"Give access to {title}", within=representative.row(title))
