"""Questions about the money, one noun a file. `books` and `cases` serve the services, the rest serves pages and `flask check`."""

from app.incentives.queries.holds import (
    blocking_holds_of_case,
    held_of_case,
    holds_of_case,
    load_hold,
    may_see_money,
)
from app.incentives.queries.invariants import Fault, faults
from app.incentives.queries.overview import releasable
from app.incentives.queries.release_orders import load_order, orders
from app.incentives.queries.statements import period, statement

__all__ = [
    "held_of_case",
    "holds_of_case",
    "blocking_holds_of_case",
    "load_hold",
    "load_order",
    "orders",
    "releasable",
    "statement",
    "period",
    "may_see_money",
    "faults",
    "Fault",
]
