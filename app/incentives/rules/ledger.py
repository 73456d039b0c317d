"""Double entry: what one movement posts, and what may be posted at all."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.incentives.rules.holds import EarningFacts, Move
from app.incentives.rules.states import Account, TransactionKind
from app.kernel.money import LARGEST


class Unbalanced(ValueError):
    """Postings that must never reach the ledger: our own mistake, not the reader's."""


@dataclass(frozen=True)
class Entry:
    """So many minor units into (above zero) or out of (below zero) an account."""

    account: Account
    minor: int
    hold_id: int | None = None


@dataclass(frozen=True)
class Cause:
    """What made money move: by name of the column that keeps it."""

    batch_id: int | None = None
    hold_id: int | None = None
    order_id: int | None = None
    payment_id: int | None = None
    reverses_id: int | None = None


@dataclass(frozen=True)
class Movement:
    """One transaction to be posted for one earning."""

    kind: TransactionKind
    earning: EarningFacts
    entries: tuple[Entry, ...]
    cause: Cause

    def __post_init__(self) -> None:
        check(self.entries)


def check(entries: Iterable[Entry]) -> None:
    """Raise Unbalanced unless there are two entries or more, none of nothing, none out of bounds, adding up to nothing."""
    entries = tuple(entries)
    if len(entries) < 2:
        raise Unbalanced("A transaction has two postings or more.")
    if any(entry.minor == 0 or abs(entry.minor) > LARGEST for entry in entries):
        raise Unbalanced("A posting moves something, and no more than the portal keeps.")
    if any((entry.account is Account.HELD) != (entry.hold_id is not None) for entry in entries):
        raise Unbalanced("Held money names its hold, other money has none.")
    if sum(entry.minor for entry in entries) != 0:
        raise Unbalanced("The postings of a transaction add up to nothing.")


def transfer(
    kind: TransactionKind,
    earning: EarningFacts,
    minor: int,
    source: Account,
    target: Account,
    cause: Cause,
    *,
    source_hold: int | None = None,
    target_hold: int | None = None,
) -> Movement:
    """Money from one account to another."""
    return Movement(kind, earning, (Entry(source, -minor, source_hold), Entry(target, minor, target_hold)), cause)


def of_moves(earning: EarningFacts, moves: Iterable[Move], kind: TransactionKind, cause: Cause) -> list[Movement]:
    """Movements for moves of one earning: what passes from hold to hold is a hand-over, the rest is of the given kind."""
    made = []
    for move in moves:
        handed = move.source is Account.HELD and move.target is Account.HELD
        made.append(
            transfer(
                TransactionKind.HAND_OVER if handed else kind,
                earning,
                move.minor,
                move.source,
                move.target,
                Cause(cause.batch_id, move.target_hold or move.source_hold, cause.order_id, cause.payment_id),
                source_hold=move.source_hold,
                target_hold=move.target_hold,
            )
        )
    return made
