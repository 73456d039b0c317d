"""The partner's statement: what was earned, what is withheld and why, what comes next, in each program and currency."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.certificates.queries import Fit
from app.incentives.models import Hold, LedgerTransaction, Posting, ReleaseLine, ReleaseOrder
from app.incentives.queries.cases import case_refs
from app.incentives.queries.holds import (
    freed_of_case,
    holds_of_partner,
    key_for,
    may_see_money,
    order_waiting_for,
    reach_of,
)
from app.incentives.rules.holds import CaseRef
from app.incentives.rules.states import BLOCKING, Account, OrderState, TransactionKind
from app.incentives.rules.wording import Stage, share, track
from app.kernel.errors import NotFound
from app.kernel.money import Money
from app.partners.models import Partner, Program
from app.partners.queries import load_by_id

_Pair = tuple[int, str]


@dataclass(frozen=True)
class StatementLine:
    """One program in one currency. earned = free + held + releasable + ordered + exported + paid + forfeited, always."""

    program: Program
    currency: str
    earned: Money
    free: Money
    held: Money
    releasable: Money
    ordered: Money
    exported: Money
    paid: Money
    forfeited: Money
    stages: list[Stage] = field(default_factory=list)

    @property
    def is_affected(self) -> bool:
        """Was anything of it ever withheld?"""
        return any((self.held, self.releasable, self.ordered, self.exported, self.paid, self.forfeited))

    @property
    def on_the_way(self) -> Money:
        return self.ordered + self.exported

    @property
    def amounts(self) -> list[Money]:
        """In the order of the stages."""
        return [self.held, self.releasable, self.on_the_way, self.paid]


@dataclass(frozen=True)
class StatementHold:
    """One hold as the partner may know it: how much, of what, for which case, and what lets it go."""

    hold: Hold
    case: CaseRef | None
    reach: str
    share: str
    held: list[Money]
    key: Fit
    waiting_order: str | None

    @property
    def is_blocking(self) -> bool:
        return self.hold.state in BLOCKING

    @property
    def what_releases_it(self) -> str:
        if not self.is_blocking:
            return "It withholds nothing any more."
        if self.waiting_order:
            return f"Release order {self.waiting_order} waits for its approval."
        if self.key.ok:
            return "The certificate of the case has unlocked it. The vendor's finance team orders the release."
        case = self.case.number if self.case else "the case"
        return f"The certificate that is issued when the remediation program of {case} is determined complete."


@dataclass(frozen=True)
class Statement:
    """Everything about one partner's incentives at an instant."""

    partner: Partner
    at: datetime
    lines: list[StatementLine]
    holds: list[StatementHold]

    @property
    def affected(self) -> list[StatementLine]:
        return [line for line in self.lines if line.is_affected]


def partner_of_statement(session: Session, partner_id: int, *, by: Actor) -> Partner:
    """The partner, if the actor may see its money; NotFound otherwise."""
    partner = load_by_id(session, partner_id, by=by)
    if not may_see_money(by, partner.id):
        raise NotFound
    return partner


def statement(session: Session, partner_id: int, *, by: Actor, at: datetime) -> Statement:
    """Where all of a partner's incentives stand, with the reason for each and what happens next."""
    partner = partner_of_statement(session, partner_id, by=by)
    sums = _sums(session, partner_id)
    programs = {
        program.id: program
        for program in session.scalars(select(Program).where(Program.id.in_({program for program, _ in sums})))
    }
    holds = _holds(session, partner_id, at=at)
    releasable = _releasable(session, partner_id, holds)
    waiting = sorted({hold.waiting_order for hold in holds if hold.waiting_order})
    orders = _orders_under_way(session, partner_id)
    lines = []
    for (program_id, currency), accounts in sums.items():
        free_to_go = releasable.get((program_id, currency), 0)
        amounts = {account: Money(accounts.get(account, 0), currency) for account in Account}
        lines.append(
            StatementLine(
                program=programs[program_id],
                currency=currency,
                earned=-amounts[Account.EXPENSE],
                free=amounts[Account.PAYABLE],
                held=amounts[Account.HELD] - Money(free_to_go, currency),
                releasable=Money(free_to_go, currency),
                ordered=amounts[Account.ORDERED],
                exported=amounts[Account.EXPORTED],
                paid=amounts[Account.PAID],
                forfeited=amounts[Account.FORFEITED],
                stages=track(
                    held=accounts.get(Account.HELD, 0) - free_to_go,
                    releasable=free_to_go,
                    ordered=accounts.get(Account.ORDERED, 0),
                    exported=accounts.get(Account.EXPORTED, 0),
                    paid=accounts.get(Account.PAID, 0),
                    cases=_cases_still_locking(holds, program_id, currency),
                    waiting_orders=waiting,
                    orders=orders.get((program_id, currency), []),
                ),
            )
        )
    lines.sort(key=lambda line: (not line.is_affected, line.program.name, line.currency))
    return Statement(partner, at, lines, holds)


def _sums(session: Session, partner_id: int) -> dict[_Pair, dict[Account, int]]:
    found: dict[_Pair, dict[Account, int]] = defaultdict(dict)
    for row in session.execute(
        select(Posting.program_id, Posting.currency, Posting.account, func.sum(Posting.amount_minor).label("minor"))
        .where(Posting.partner_id == partner_id)
        .group_by(Posting.program_id, Posting.currency, Posting.account)
    ):
        found[row.program_id, row.currency][row.account] = int(row.minor)
    return found


def _held_by_hold(session: Session, hold_ids: Sequence[int]) -> dict[int, dict[_Pair, int]]:
    found: dict[int, dict[_Pair, int]] = defaultdict(dict)
    for row in session.execute(
        select(Posting.hold_id, Posting.program_id, Posting.currency, func.sum(Posting.amount_minor).label("minor"))
        .where(Posting.hold_id.in_(hold_ids))
        .group_by(Posting.hold_id, Posting.program_id, Posting.currency)
    ):
        if row.minor and row.hold_id is not None:
            found[row.hold_id][row.program_id, row.currency] = int(row.minor)
    return found


def _holds(session: Session, partner_id: int, *, at: datetime) -> list[StatementHold]:
    holds = holds_of_partner(session, partner_id)
    cases = case_refs(session, {hold.case_id for hold in holds})
    held = _held_by_hold(session, [hold.id for hold in holds])
    waiting = order_waiting_for(session, [hold.id for hold in holds])
    keys = {
        case_id: key_for(session, case_id, at=at)
        for case_id in {hold.case_id for hold in holds if hold.state in BLOCKING}
    }
    made = []
    for hold in holds:
        by_currency: dict[str, int] = {}
        for (_, currency), minor in held.get(hold.id, {}).items():
            by_currency[currency] = by_currency.get(currency, 0) + minor
        made.append(
            StatementHold(
                hold,
                cases.get(hold.case_id),
                reach_of(hold),
                share(hold.per_ten_thousand),
                [Money(minor, currency) for currency, minor in sorted(by_currency.items())],
                keys.get(hold.case_id, Fit(False, "")),
                waiting.get(hold.id),
            )
        )
    return made


def _releasable(session: Session, partner_id: int, holds: Sequence[StatementHold]) -> dict[_Pair, int]:
    sums: dict[_Pair, int] = {}
    for case_id in sorted({view.hold.case_id for view in holds if view.is_blocking and view.key.ok}):
        for freed in freed_of_case(session, case_id, partner_id):
            pair = (freed.earning.program_id, freed.earning.money.currency)
            sums[pair] = sums.get(pair, 0) + freed.minor
    return sums


def _cases_still_locking(holds: Sequence[StatementHold], program_id: int, currency: str) -> list[str]:
    """The cases whose holds reach this program and currency and have not been unlocked."""
    return sorted(
        {
            view.case.number
            for view in holds
            if view.is_blocking
            and view.case
            and not view.key.ok
            and view.hold.program_id in (None, program_id)
            and view.hold.currency in (None, currency)
        }
    )


def _orders_under_way(session: Session, partner_id: int) -> dict[_Pair, list[str]]:
    found: dict[_Pair, list[str]] = defaultdict(list)
    for row in session.execute(
        select(ReleaseLine.program_id, ReleaseLine.currency, ReleaseOrder.number)
        .join(ReleaseOrder, ReleaseOrder.id == ReleaseLine.order_id)
        .where(
            ReleaseOrder.partner_id == partner_id,
            ReleaseOrder.state.in_((OrderState.APPROVED, OrderState.EXPORTED)),
        )
        .distinct()
        .order_by(ReleaseOrder.number)
    ):
        found[row.program_id, row.currency].append(row.number)
    return found


@dataclass(frozen=True)
class PeriodLine:
    """What was withheld over a month, of one program and currency: opening + caught − released − reversed = closing."""

    program: Program
    currency: str
    opening: Money
    caught: Money
    released: Money
    reversed: Money
    closing: Money
    earned: Money
    paid: Money


@dataclass(frozen=True)
class Period:
    """A calendar month in the partner's time zone, as it was posted."""

    first: date
    following: date
    lines: list[PeriodLine]


def period(session: Session, partner: Partner, month: date) -> Period:
    """The month's movements. Asked again later, a past month gives the same figures: posted rows never change."""
    first = month.replace(day=1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    zone = ZoneInfo(partner.time_zone)
    begin, end = (datetime.combine(day, time(0), zone) for day in (first, following))
    before = (LedgerTransaction.at < begin).label("is_before")
    sums: dict[_Pair, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in session.execute(
        select(
            Posting.program_id,
            Posting.currency,
            Posting.account,
            LedgerTransaction.kind,
            before,
            func.sum(Posting.amount_minor).label("minor"),
        )
        .join(LedgerTransaction, LedgerTransaction.id == Posting.transaction_id)
        .where(
            Posting.partner_id == partner.id,
            Posting.account.in_((Account.HELD, Account.EXPENSE, Account.PAID)),
            LedgerTransaction.at < end,
        )
        .group_by(Posting.program_id, Posting.currency, Posting.account, LedgerTransaction.kind, "is_before")
    ):
        parts = sums[row.program_id, row.currency]
        minor = int(row.minor)
        if row.account is Account.HELD:
            parts["opening" if row.is_before else _MOVED.get(row.kind, "caught")] += minor
        elif not row.is_before:
            parts["earned" if row.account is Account.EXPENSE else "paid"] += minor
    programs = {
        program.id: program
        for program in session.scalars(select(Program).where(Program.id.in_({program for program, _ in sums})))
    }
    lines = [
        PeriodLine(
            programs[program_id],
            currency,
            opening=Money(parts["opening"], currency),
            caught=Money(parts["caught"], currency),
            released=Money(-parts["released"], currency),
            reversed=Money(-parts["reversed"], currency),
            closing=Money(parts["opening"] + parts["caught"] + parts["released"] + parts["reversed"], currency),
            earned=Money(-parts["earned"], currency),
            paid=Money(parts["paid"], currency),
        )
        for (program_id, currency), parts in sums.items()
    ]
    lines.sort(key=lambda line: (line.program.name, line.currency))
    return Period(
        first,
        following,
        [
            line
            for line in lines
            if any((line.opening, line.caught, line.released, line.reversed, line.earned, line.paid))
        ],
    )


_MOVED = {
    TransactionKind.RELEASE: "released",
    TransactionKind.REVERSAL: "reversed",
    TransactionKind.CANCELLATION: "reversed",
}
