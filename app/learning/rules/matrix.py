"""Where one person stands with one course, for the table of people and courses. Values in, values out; no scores."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Stand(StrEnum):
    """What a cell says, most urgent first."""

    OVERDUE = "overdue"
    WAITING = "waiting"
    NEEDS_HELP = "needs_help"
    IN_PROGRESS = "in_progress"
    NOT_STARTED = "not_started"
    WAIVED = "waived"
    COMPLETED = "completed"
    LAPSED = "lapsed"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Open:
    """An assignment that is to do: due day, whether it was begun, whether its attempts are used up, whether it waits for confirmation."""

    assignment_id: int
    due_on: date
    begun: bool
    stuck: bool
    passed: bool = False


@dataclass(frozen=True)
class Cell:
    """`day` is the due day of what is to do, the last valid day of what is completed, lapsed or waived; None where there is none."""

    stand: Stand
    day: date | None = None
    assignment_id: int | None = None


NOTHING = Cell(Stand.NOTHING)


def cell(
    running: Open | None,
    completed: bool,
    valid_until: date | None,
    waived: tuple[int, date | None] | None,
    *,
    today: date,
) -> Cell:
    """The cell of a person and a course. What is to do goes before what was done: a renewal is worked on while the old pass counts."""
    if running is not None:
        if running.passed:
            stand = Stand.WAITING
        elif running.due_on < today:
            stand = Stand.OVERDUE
        elif running.stuck:
            stand = Stand.NEEDS_HELP
        else:
            stand = Stand.IN_PROGRESS if running.begun else Stand.NOT_STARTED
        return Cell(stand, running.due_on, running.assignment_id)
    if completed and (valid_until is None or valid_until >= today):
        return Cell(Stand.COMPLETED, valid_until)
    if waived is not None:
        return Cell(Stand.WAIVED, waived[1], waived[0])
    return Cell(Stand.LAPSED, valid_until) if completed else NOTHING
