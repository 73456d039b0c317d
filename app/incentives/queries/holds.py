"""Questions about holds: what one withholds, what it would, and what of a case is still held."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.access.policy import Actor, Permission
from app.certificates.queries import Fit, fits, key_of_case
from app.incentives.models import Earning, Hold, LedgerTransaction, Posting, ReleaseHold, ReleaseOrder
from app.incentives.queries import books
from app.incentives.rules.holds import Block, EarningFacts, Freed, Standing, freed_by, settle
from app.incentives.rules.states import BLOCKING, Account, HoldState, OrderState, TransactionKind
from app.incentives.rules.wording import reach
from app.kernel.errors import NotFound
from app.kernel.money import Money
from app.partners.models import Location, Program
from app.partners.queries import in_reach

_WITH_NAMES = (joinedload(Hold.partner, innerjoin=True), joinedload(Hold.program), joinedload(Hold.location))


def load_hold(session: Session, number: str, *, by: Actor) -> Hold:
    """A hold by its number, within reach of somebody who may see money; NotFound otherwise."""
    hold = session.scalar(
        select(Hold).where(Hold.number == number, in_reach(by, Hold.partner_id)).options(*_WITH_NAMES)
    )
    if hold is None or not may_see_money(by, hold.partner_id):
        raise NotFound
    return hold


def load_own_hold(session: Session, number: str, *, by: Actor) -> Hold:
    """A hold of the actor's own partner that is or was in force; NotFound for any other, and for one only proposed."""
    hold = load_hold(session, number, by=by)
    if hold.partner_id != by.partner_id or hold.activated_at is None:
        raise NotFound
    return hold


def may_see_money(by: Actor, partner_id: int) -> bool:
    """Vendor staff with the permission see every partner's money in reach; partner people only their own."""
    if by.partner_id is None:
        return by.may(Permission.MONEY_READ)
    return by.partner_id == partner_id and by.may(Permission.MONEY_READ_OWN)


def reach_of(hold: Hold) -> str:
    """What a hold reaches, as a phrase. The hold must have been loaded with its names."""
    return reach(
        books.scope_of(hold),
        program=hold.program.name if hold.program else None,
        location=hold.location.name if hold.location else None,
    )


def held_of_case(session: Session, case_id: int) -> list[Money]:
    """What the holds of a case withhold now, one amount a currency; empty when nothing is held."""
    rows = session.execute(
        select(Posting.currency, func.sum(Posting.amount_minor).label("minor"))
        .join(Hold, Hold.id == Posting.hold_id)
        .where(Hold.case_id == case_id)
        .group_by(Posting.currency)
        .order_by(Posting.currency)
    )
    return [Money(int(row.minor), row.currency) for row in rows if row.minor]


def holds_of_case(session: Session, case_id: int) -> Sequence[Hold]:
    """All holds of a case, with their names, oldest first."""
    return session.scalars(select(Hold).where(Hold.case_id == case_id).options(*_WITH_NAMES).order_by(Hold.id)).all()


def blocking_holds_of_case(session: Session, case_id: int) -> Sequence[Hold]:
    """The holds of a case that block now, or would if they were approved: a case isn't closed while there are any."""
    return [hold for hold in holds_of_case(session, case_id) if hold.state in {*BLOCKING, HoldState.PROPOSED}]


def holds_of_partner(session: Session, partner_id: int) -> Sequence[Hold]:
    """The partner's holds that block or have blocked, newest first."""
    return session.scalars(
        select(Hold)
        .where(Hold.partner_id == partner_id, Hold.activated_at.is_not(None))
        .options(*_WITH_NAMES)
        .order_by(Hold.id.desc())
    ).all()


@dataclass(frozen=True)
class HoldBalance:
    """Of one currency under one hold: withheld − released − reversed − handed to another hold = held."""

    currency: str
    withheld: Money
    released: Money
    reversed: Money
    handed_over: Money
    held: Money
    earnings: int


def balances(session: Session, hold_id: int) -> list[HoldBalance]:
    """What went into a hold and what left it, by currency. Every figure is a sum of postings."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in session.execute(
        select(
            Posting.currency,
            LedgerTransaction.kind,
            (Posting.amount_minor > 0).label("incoming"),
            func.sum(Posting.amount_minor).label("minor"),
        )
        .join(LedgerTransaction, LedgerTransaction.id == Posting.transaction_id)
        .where(Posting.hold_id == hold_id)
        .group_by(Posting.currency, LedgerTransaction.kind, "incoming")
    ):
        name = {
            TransactionKind.RELEASE: "released",
            TransactionKind.REVERSAL: "reversed",
            TransactionKind.CANCELLATION: "reversed",
        }.get(row.kind, "withheld" if row.incoming else "handed_over")
        sums[row.currency][name] += int(row.minor)
    counts = {
        row.currency: row.earnings
        for row in session.execute(
            select(Posting.currency, func.count(func.distinct(Posting.earning_id)).label("earnings"))
            .where(Posting.hold_id == hold_id)
            .group_by(Posting.currency)
        )
    }
    return [
        HoldBalance(
            currency,
            Money(parts["withheld"], currency),
            Money(-parts["released"], currency),
            Money(-parts["reversed"], currency),
            Money(-parts["handed_over"], currency),
            Money(sum(parts.values()), currency),
            counts.get(currency, 0),
        )
        for currency, parts in sorted(sums.items())
    ]


@dataclass(frozen=True)
class HeldEarning:
    """One earning of which a hold withholds something now."""

    reference: str
    program: str
    earned_on: date
    description: str
    earned: Money
    held: Money


def held_earnings(session: Session, hold_id: int, *, limit: int = 200) -> list[HeldEarning]:
    """What a hold withholds now, earning by earning, oldest first."""
    held = func.sum(Posting.amount_minor)
    rows = session.execute(
        select(
            Earning.reference,
            Program.code,
            Earning.earned_on,
            Earning.description,
            Earning.amount_minor,
            Earning.currency,
            held.label("held"),
        )
        .join(Earning, Earning.id == Posting.earning_id)
        .join(Program, Program.id == Earning.program_id)
        .where(Posting.hold_id == hold_id)
        .group_by(Earning.id, Program.code)
        .having(held > 0)
        .order_by(Earning.earned_on, Earning.id)
        .limit(limit)
    )
    return [
        HeldEarning(
            row.reference,
            row.code,
            row.earned_on,
            row.description,
            Money(row.amount_minor, row.currency),
            Money(int(row.held), row.currency),
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Preview:
    """What would be withheld: the amount and the number of earnings, of one currency."""

    currency: str
    amount: Money
    earnings: int


def preview_of(
    session: Session, block: Block, *, instead: Collection[tuple[EarningFacts, Standing]] | None = None
) -> list[Preview]:
    """What a hold would withhold of what has been imported, beyond what is withheld already. Nothing is changed."""
    earnings = books.of_partner(session, block.partner_id) if instead is None else instead
    others = [
        other
        for other in books.blocks(session, [block.partner_id]).get(block.partner_id, [])
        if other.hold_id != block.hold_id
    ]
    sums: dict[str, list[int]] = {}
    for earning, standing in earnings:
        taken = sum(
            move.minor
            for move in settle(earning, standing, [*others, block], excess_to=Account.PAYABLE)
            if move.source is Account.PAYABLE and move.target_hold == block.hold_id
        )
        if taken:
            amounts = sums.setdefault(earning.money.currency, [0, 0])
            amounts[0] += taken
            amounts[1] += 1
    return [Preview(currency, Money(minor, currency), count) for currency, (minor, count) in sorted(sums.items())]


def key_for(session: Session, case_id: int, *, at: datetime) -> Fit:
    """Does the newest certificate of a case unlock its holds now? The signature is checked where money is let go."""
    key = key_of_case(session, case_id)
    return fits(session, key.id if key else None, case_id=case_id, at=at)


def freed_of_case(session: Session, case_id: int, partner_id: int) -> list[Freed]:
    """What letting all holds of a case go would free: what they withhold and no other hold covers."""
    hold_ids = session.scalars(select(Hold.id).where(Hold.case_id == case_id, Hold.state.in_(BLOCKING))).all()
    return freed_by(
        set(hold_ids),
        books.held_by(session, hold_ids),
        books.blocks(session, [partner_id]).get(partner_id, []),
    )


@dataclass(frozen=True)
class HoldRow:
    """A hold in a list, with what it withholds now."""

    hold: Hold
    reach: str
    held: list[Money]


def listed(
    session: Session,
    *,
    by: Actor,
    states: Collection[HoldState] | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[HoldRow]:
    """Holds in reach, newest first, a page at a time; `after` is the key of the last one shown."""
    statement = (
        select(Hold).where(in_reach(by, Hold.partner_id)).options(*_WITH_NAMES).order_by(Hold.id.desc()).limit(limit)
    )
    if states is not None:
        statement = statement.where(Hold.state.in_(states))
    if after:
        statement = statement.where(Hold.id < after)
    found = session.scalars(statement).all()
    held: dict[int, list[Money]] = defaultdict(list)
    for row in session.execute(
        select(Posting.hold_id, Posting.currency, func.sum(Posting.amount_minor).label("minor"))
        .where(Posting.hold_id.in_([hold.id for hold in found]))
        .group_by(Posting.hold_id, Posting.currency)
        .order_by(Posting.currency)
    ):
        if row.minor and row.hold_id is not None:
            held[row.hold_id].append(Money(int(row.minor), row.currency))
    return [HoldRow(hold, reach_of(hold), held[hold.id]) for hold in found]


def orders_of_hold(session: Session, hold_id: int) -> Sequence[ReleaseOrder]:
    """The orders that let a hold go, or wanted to, newest first."""
    return session.scalars(
        select(ReleaseOrder)
        .join(ReleaseHold, ReleaseHold.order_id == ReleaseOrder.id)
        .where(ReleaseHold.hold_id == hold_id)
        .order_by(ReleaseOrder.id.desc())
    ).all()


def totals_of(freed: Collection[Freed]) -> list[Preview]:
    """Amount and number of earnings, by currency."""
    sums: dict[str, list[int]] = {}
    for line in freed:
        amounts = sums.setdefault(line.earning.money.currency, [0, 0])
        amounts[0] += line.minor
        amounts[1] += 1
    return [Preview(currency, Money(minor, currency), count) for currency, (minor, count) in sorted(sums.items())]


def staying(session: Session, case_id: int, freed: Collection[Freed]) -> list[Money]:
    """What the holds of a case withhold and letting them go does not free, as other holds cover it; by currency."""
    goes: dict[str, int] = {}
    for line in freed:
        goes[line.earning.money.currency] = goes.get(line.earning.money.currency, 0) + line.minor
    stays = [money - Money(goes.get(money.currency, 0), money.currency) for money in held_of_case(session, case_id)]
    return [money for money in stays if money]


def locations(session: Session, partner_id: int) -> Sequence[Location]:
    """The partner's places of business, by name."""
    return session.scalars(
        select(Location).where(Location.partner_id == partner_id).order_by(Location.name, Location.id)
    ).all()


def order_waiting_for(session: Session, hold_ids: Collection[int]) -> dict[int, str]:
    """The number of the proposed order that would let each of these holds go."""
    rows = session.execute(
        select(ReleaseHold.hold_id, ReleaseOrder.number)
        .join(ReleaseOrder, ReleaseOrder.id == ReleaseHold.order_id)
        .where(ReleaseHold.hold_id.in_(set(hold_ids)), ReleaseOrder.state == OrderState.PROPOSED)
    )
    return {row.hold_id: row.number for row in rows}
