"""Reading the books for those who write them: where each earning's money is, which holds block, what a file may name."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.incentives.models import Earning, EarningBatch, Hold, LedgerTransaction, Posting
from app.incentives.rules.earnings_file import EarningsFile, Imported, Known
from app.incentives.rules.holds import Block, EarningFacts, Scope, Standing
from app.incentives.rules.states import BLOCKING, Account, TransactionKind
from app.kernel.money import Money
from app.partners.models import Location, Partner, Program

T = TypeVar("T")
# Fewer than the parameters that either engine takes in one statement.
_MANY = 5_000


def chunks(values: Collection[T]) -> Iterator[Sequence[T]]:
    """The values in parts that fit into one statement."""
    listed = list(values)
    for start in range(0, len(listed), _MANY):
        yield listed[start : start + _MANY]


def scope_of(hold: Hold) -> Scope:
    return Scope(hold.program_id, hold.location_id, hold.earning_type, hold.currency, hold.earned_from, hold.earned_to)


def block_of(hold: Hold) -> Block:
    return Block(hold.id, hold.partner_id, scope_of(hold), hold.per_ten_thousand)


def blocks(session: Session, partner_ids: Collection[int]) -> dict[int, list[Block]]:
    """The holds that block now, by partner."""
    found: dict[int, list[Block]] = defaultdict(list)
    for part in chunks(set(partner_ids)):
        for hold in session.scalars(
            select(Hold).where(Hold.partner_id.in_(part), Hold.state.in_(BLOCKING)).order_by(Hold.id)
        ):
            found[hold.partner_id].append(block_of(hold))
    return found


def facts_of(earning: Earning) -> EarningFacts:
    return EarningFacts(
        earning.id,
        earning.partner_id,
        earning.program_id,
        earning.location_id,
        earning.earning_type,
        earning.earned_on,
        Money(earning.amount_minor, earning.currency),
    )


def _standings(session: Session, where: ColumnElement[bool]) -> dict[int, Standing]:
    payable: dict[int, int] = defaultdict(int)
    held: dict[int, dict[int, int]] = defaultdict(dict)
    for row in session.execute(
        select(Posting.earning_id, Posting.account, Posting.hold_id, func.sum(Posting.amount_minor).label("minor"))
        .where(where, Posting.account.in_((Account.PAYABLE, Account.HELD)))
        .group_by(Posting.earning_id, Posting.account, Posting.hold_id)
    ):
        if row.account is Account.HELD and row.hold_id is not None:
            if row.minor:
                held[row.earning_id][row.hold_id] = int(row.minor)
        else:
            payable[row.earning_id] = int(row.minor)
    return {
        earning_id: Standing(payable.get(earning_id, 0), held.get(earning_id, {})) for earning_id in {*payable, *held}
    }


def standings(session: Session, earning_ids: Collection[int]) -> dict[int, Standing]:
    """Where the money of these earnings is, as far as it has not left; nothing posted is an empty standing."""
    found: dict[int, Standing] = {}
    for part in chunks(earning_ids):
        found.update(_standings(session, Posting.earning_id.in_(part)))
    return {earning_id: found.get(earning_id, Standing()) for earning_id in earning_ids}


def of_partner(session: Session, partner_id: int) -> list[tuple[EarningFacts, Standing]]:
    """Every earning of a partner that still has money here, free or held."""
    found = _standings(session, Posting.partner_id == partner_id)
    live = {key: standing for key, standing in found.items() if standing.payable or standing.held}
    return _with_facts(session, live)


def held_by(session: Session, hold_ids: Collection[int]) -> list[tuple[EarningFacts, Standing]]:
    """Every earning of which these holds withhold something, with all that is still here of it."""
    earning_ids = session.scalars(
        select(Posting.earning_id)
        .where(Posting.hold_id.in_(set(hold_ids)))
        .group_by(Posting.earning_id, Posting.hold_id)
        .having(func.sum(Posting.amount_minor) > 0)
    ).all()
    return _with_facts(session, standings(session, sorted(set(earning_ids))))


def with_standing(session: Session, earning_ids: Collection[int]) -> list[tuple[EarningFacts, Standing]]:
    """These earnings, each with where its money is."""
    return _with_facts(session, standings(session, earning_ids))


def _with_facts(session: Session, found: Mapping[int, Standing]) -> list[tuple[EarningFacts, Standing]]:
    pairs: list[tuple[EarningFacts, Standing]] = []
    for part in chunks(sorted(found)):
        for earning in session.scalars(select(Earning).where(Earning.id.in_(part)).order_by(Earning.id)):
            pairs.append((facts_of(earning), found[earning.id]))
    return pairs


def import_transactions(session: Session, earning_ids: Collection[int]) -> dict[int, int]:
    """The transaction that brought each earning in: the one that a reversal names."""
    found: dict[int, int] = {}
    for part in chunks(earning_ids):
        for row in session.execute(
            select(LedgerTransaction.earning_id, LedgerTransaction.id).where(
                LedgerTransaction.earning_id.in_(part), LedgerTransaction.kind == TransactionKind.IMPORT
            )
        ):
            found[row.earning_id] = row.id
    return found


def partner_ids(session: Session, file: EarningsFile) -> dict[str, int]:
    """The partners that a file names and that exist, by number."""
    return _keys(session, Partner.number, Partner.id, file.partner_numbers)


def known_to(session: Session, file: EarningsFile, *, at: datetime) -> Known:
    """What the books know of everything that a file names. A day may be one ahead of UTC: it is that day somewhere."""
    partners = partner_ids(session, file)
    programs = _keys(session, Program.code, Program.id, file.program_codes)
    locations: dict[tuple[int, str], int] = {}
    for part in chunks(partners.values()):
        for row in session.execute(
            select(Location.partner_id, Location.code, Location.id).where(Location.partner_id.in_(part))
        ):
            locations[row.partner_id, row.code] = row.id
    references: dict[str, str] = {}
    for names in chunks(file.references):
        for used in session.execute(
            select(Earning.reference, Earning.line, EarningBatch.file_name)
            .join(EarningBatch, EarningBatch.id == Earning.batch_id)
            .where(Earning.reference.in_(names))
        ):
            references[used.reference] = f"line {used.line} of {used.file_name}"
    return Known(
        partners,
        programs,
        locations,
        references,
        _reversible(session, file.reversed_references),
        (at + timedelta(days=1)).date(),
    )


def _keys(
    session: Session, name: InstrumentedAttribute[str], key: InstrumentedAttribute[int], names: Collection[str]
) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in chunks(names):
        found.update({row[0]: row[1] for row in session.execute(select(name, key).where(name.in_(part)))})
    return found


def _reversible(session: Session, references: Collection[str]) -> dict[str, Imported]:
    """The earnings that a file wants to take back, each with the reason why it can't be, if there is one."""
    earnings: list[Earning] = []
    for part in chunks(references):
        earnings += session.scalars(select(Earning).where(Earning.reference.in_(part))).all()
    standing = standings(session, [earning.id for earning in earnings])
    reversed_already: set[int] = set()
    for ids in chunks([earning.id for earning in earnings]):
        reversed_already.update(
            found
            for found in session.scalars(select(Earning.reverses_id).where(Earning.reverses_id.in_(ids)))
            if found is not None
        )
    made: dict[str, Imported] = {}
    for earning in earnings:
        here = standing[earning.id].payable + standing[earning.id].held_total
        fixed = None
        if earning.reverses_id is not None:
            fixed = f"“{earning.reference}” itself takes an earlier line back."
        elif earning.id in reversed_already:
            fixed = f"“{earning.reference}” was taken back already."
        elif here < earning.amount_minor:
            fixed = f"“{earning.reference}” is already in a release order: it can't be taken back, only recovered."
        made[earning.reference] = Imported(
            earning.id, earning.partner_id, earning.program_id, Money(earning.amount_minor, earning.currency), fixed
        )
    return made
