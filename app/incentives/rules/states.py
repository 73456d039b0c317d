"""The words for where money, holds, orders and files stand."""

from enum import StrEnum


class Account(StrEnum):
    """Where an earning's money is. It begins in `expense`, so that account alone may go below nothing."""

    EXPENSE = "expense"
    PAYABLE = "payable"
    HELD = "held"
    ORDERED = "ordered"
    EXPORTED = "exported"
    PAID = "paid"
    FORFEITED = "forfeited"


class TransactionKind(StrEnum):
    """Why money moved."""

    IMPORT = "import"
    HOLD = "hold"
    HAND_OVER = "hand_over"
    RELEASE = "release"
    EXPORT = "export"
    PAYMENT = "payment"
    RETURN = "return"
    REVERSAL = "reversal"
    CANCELLATION = "cancellation"


class HoldState(StrEnum):
    PROPOSED = "proposed"
    REJECTED = "rejected"
    ACTIVE = "active"
    RELEASE_PENDING = "release_pending"
    RELEASED = "released"
    CANCELLED = "cancelled"


# A hold whose release is only proposed still blocks, and still catches what arrives.
BLOCKING = frozenset({HoldState.ACTIVE, HoldState.RELEASE_PENDING})


class OrderState(StrEnum):
    PROPOSED = "proposed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"
    EXPORTED = "exported"
    SETTLED = "settled"


# From here on the order's money has left the holds.
RELEASED_ORDERS = frozenset({OrderState.APPROVED, OrderState.EXPORTED, OrderState.SETTLED})


class BatchState(StrEnum):
    """An earnings file: looked at only, imported, or turned away as a whole."""

    CHECKED = "checked"
    IMPORTED = "imported"
    REFUSED = "refused"


class ImportMode(StrEnum):
    """What becomes of a file with bad lines, as the importer chose."""

    ALL_OR_NOTHING = "all_or_nothing"
    VALID_LINES = "valid_lines"


class Outcome(StrEnum):
    """What the bank made of a payment."""

    PAID = "paid"
    RETURNED = "returned"
