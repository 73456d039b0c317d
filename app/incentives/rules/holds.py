"""What a hold covers, which hold wins, and how an earning's money has to be moved so that it stands right."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.incentives.rules.states import Account
from app.kernel.errors import DomainError
from app.kernel.money import Money


@dataclass(frozen=True)
class Scope:
    """Which earnings of a partner a hold reaches. None leaves a side open."""

    program_id: int | None = None
    location_id: int | None = None
    earning_type: str | None = None
    currency: str | None = None
    earned_from: date | None = None
    earned_to: date | None = None

    def __post_init__(self) -> None:
        if self.earned_from and self.earned_to and self.earned_from > self.earned_to:
            raise DomainError("The last day is before the first day.", field="earned_to")


@dataclass(frozen=True)
class CaseRef:
    """The case a hold or an order belongs to, as values: its room lies above this one."""

    case_id: int
    number: str
    partner_id: int
    state: str = ""

    @property
    def is_closed(self) -> bool:
        return case_is_closed(self.state)


def case_is_closed(state: str) -> bool:
    """True for the exits of a case: completed, offboarded, dismissed."""
    return state.startswith("closed") or state == "dismissed"


@dataclass(frozen=True)
class Block:
    """A hold that blocks now: its key, its reach, and its share in parts of ten thousand."""

    hold_id: int
    partner_id: int
    scope: Scope
    per_ten_thousand: int


@dataclass(frozen=True)
class EarningFacts:
    """What of an earning decides which holds cover it."""

    earning_id: int
    partner_id: int
    program_id: int
    location_id: int | None
    earning_type: str
    earned_on: date
    money: Money


@dataclass(frozen=True)
class Standing:
    """Where one earning's money is, as far as it has not left: minor units free, and held by hold."""

    payable: int = 0
    held: Mapping[int, int] = field(default_factory=dict)

    @property
    def held_total(self) -> int:
        return sum(self.held.values())


def covers(block: Block, earning: EarningFacts) -> bool:
    """Does the hold reach this earning? Where the scope names a location, an earning without one is outside."""
    scope = block.scope
    return (
        block.partner_id == earning.partner_id
        and scope.program_id in (None, earning.program_id)
        and scope.location_id in (None, earning.location_id)
        and scope.earning_type in (None, earning.earning_type)
        and scope.currency in (None, earning.money.currency)
        and (scope.earned_from is None or scope.earned_from <= earning.earned_on)
        and (scope.earned_to is None or earning.earned_on <= scope.earned_to)
    )


def strongest(blocks: Collection[Block], earning: EarningFacts) -> Block | None:
    """The hold that blocks most of this earning; of equal ones the older."""
    return min(
        (block for block in blocks if covers(block, earning)),
        key=lambda block: (-block.per_ten_thousand, block.hold_id),
        default=None,
    )


@dataclass(frozen=True)
class Move:
    """So many minor units of one earning from one account to another. Held money names its hold on that side."""

    minor: int
    source: Account
    target: Account
    source_hold: int | None = None
    target_hold: int | None = None


def settle(earning: EarningFacts, standing: Standing, blocks: Collection[Block], *, excess_to: Account) -> list[Move]:
    """The moves after which an earning stands as the active holds want it.

    All that is withheld stands with the strongest hold: its share of the whole earning, or what is left of that. What
    no hold covers any more goes to `excess_to`.
    """
    winner = strongest(blocks, earning)
    wanted = min(
        earning.money.share(winner.per_ten_thousand).minor if winner else 0, standing.payable + standing.held_total
    )
    kept = standing.held.get(winner.hold_id, 0) if winner else 0
    moves: list[Move] = []
    missing = wanted - min(kept, wanted)
    surplus = {hold: minor for hold, minor in sorted(standing.held.items()) if minor and not _is(winner, hold)}
    if winner and kept > wanted:
        surplus[winner.hold_id] = kept - wanted
    for hold, minor in surplus.items():
        handed = min(minor, missing)
        if handed and winner:
            moves.append(Move(handed, Account.HELD, Account.HELD, hold, winner.hold_id))
            missing -= handed
        if minor > handed:
            moves.append(Move(minor - handed, Account.HELD, excess_to, hold))
    if missing and winner:
        moves.append(Move(missing, Account.PAYABLE, Account.HELD, None, winner.hold_id))
    return moves


def _is(winner: Block | None, hold_id: int) -> bool:
    return winner is not None and winner.hold_id == hold_id


@dataclass(frozen=True)
class Freed:
    """What letting holds go frees of one earning."""

    earning: EarningFacts
    hold_id: int
    minor: int


def freed_by(
    let_go: Collection[int], earnings: Sequence[tuple[EarningFacts, Standing]], blocks: Collection[Block]
) -> list[Freed]:
    """For each earning what these holds withhold and no other hold covers. What comes to nothing is left out."""
    others = [block for block in blocks if block.hold_id not in let_go]
    found: list[Freed] = []
    for earning, standing in earnings:
        free: dict[int, int] = {}
        for move in settle(earning, standing, others, excess_to=Account.ORDERED):
            if move.target is Account.ORDERED and move.source_hold in let_go and move.source_hold is not None:
                free[move.source_hold] = free.get(move.source_hold, 0) + move.minor
        if free:
            hold_id = min(free)
            found.append(Freed(earning, hold_id, sum(free.values())))
    return found
