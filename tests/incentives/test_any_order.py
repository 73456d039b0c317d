"""Anything finance, compliance and the bank can do, in any order: the books agree with a far simpler account of them."""

from dataclasses import dataclass, field
from datetime import date

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from app.certificates import services as certificates
from app.certificates.issuer import Issuer
from app.decisions.rules import DecisionKind
from app.decisions.services import ContentChanged
from app.incentives import services
from app.incentives.models import Earning, Posting
from app.incentives.rules.states import Account, BatchState, ImportMode, OrderState
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError
from tests.ground.world import World
from tests.incentives.books import Books, Row

DAYS = (date(2026, 1, 10), date(2026, 2, 10))
PROGRAMS = ("CLOUD", "EDGE")
FACTOR = {"EUR": 100, "JPY": 1}


@dataclass
class PlainEarning:
    """An earning as a clerk with a pencil would keep it."""

    program: str
    currency: str
    earned_on: date
    amount: int
    left: int = 0
    taken_back: bool = False

    @property
    def here(self) -> int:
        return 0 if self.taken_back else self.amount - self.left


@dataclass
class PlainHold:
    hold: object
    case: int
    share: int
    program: str | None
    currency: str | None
    earned_from: date | None
    state: str = "proposed"

    @property
    def blocks(self) -> bool:
        return self.state in ("active", "pending")

    def covers(self, earning: PlainEarning) -> bool:
        return (
            self.program in (None, earning.program)
            and self.currency in (None, earning.currency)
            and (self.earned_from is None or earning.earned_on >= self.earned_from)
        )


@dataclass
class PlainOrder:
    order: object
    case: int
    holds: list[PlainHold]
    lines: dict[str, int]
    state: str = "proposed"
    file: object = None
    returned: set = field(default_factory=set)
    open: list = field(default_factory=list)


class AnyOrder(RuleBasedStateMachine):
    ground = None
    make_books = None
    prepared: dict = {}

    @initialize()
    def begin(self):
        type(self).ground.renew()
        self.books: Books = type(self).make_books()
        self.books.world.program("EDGE")
        self.cases = [self.books.case(program=self.books.world.program(code)) for code in ("CLOUD", "EDGE", "THIRD")]
        self.keys: dict = {}
        self.earnings: dict[str, PlainEarning] = {}
        self.holds: list[PlainHold] = []
        self.orders: list[PlainOrder] = []
        self.files: list[bytes] = []
        self.answers: list[bytes] = []

    # What happens

    @rule(
        lines=st.lists(
            st.tuples(
                st.sampled_from(PROGRAMS), st.sampled_from(["EUR", "JPY"]), st.integers(1, 10**6), st.sampled_from(DAYS)
            ),
            min_size=1,
            max_size=4,
        ),
        bad=st.booleans(),
    )
    def earnings_arrive(self, lines, bad):
        rows = []
        for program, currency, minor, day in lines:
            self.books.made += 1
            reference = f"E-{self.books.made}"
            amount = f"{minor // 100}.{minor % 100:02d}" if currency == "EUR" else str(minor)
            rows.append(Row(amount, currency, reference, program=program, earned_on=day.isoformat()))
            self.earnings[reference] = PlainEarning(program, currency, day, minor)
        if bad:
            rows.append(Row("5.00", partner="P-9999"))
        content = self.books.file(*rows)
        batch = self.books.bring_bytes(content, mode=ImportMode.VALID_LINES)
        assert (batch.state, batch.accepted, batch.rejected) == (BatchState.IMPORTED, len(lines), int(bad))
        self.files.append(content)

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def a_file_arrives_again(self, data):
        self.books.bring_bytes(data.draw(st.sampled_from(self.files)), mode=ImportMode.VALID_LINES)

    @precondition(lambda self: self.earnings)
    @rule(data=st.data())
    def an_earning_is_taken_back(self, data):
        reference = data.draw(st.sampled_from(sorted(self.earnings)))
        earning = self.earnings[reference]
        amount = earning.amount / 100 if earning.currency == "EUR" else earning.amount
        text = f"-{amount:.2f}" if earning.currency == "EUR" else f"-{amount}"
        batch = self.books.bring(
            Row(
                text,
                earning.currency,
                program=earning.program,
                earned_on=earning.earned_on.isoformat(),
                reverses=reference,
            )
        )
        possible = not earning.taken_back and earning.left == 0
        assert (batch.state is BatchState.IMPORTED) is possible
        earning.taken_back |= possible

    @rule(
        case=st.integers(0, 2),
        share=st.sampled_from([1, 2_500, 5_000, 9_999, 10_000]),
        program=st.sampled_from([None, *PROGRAMS]),
        currency=st.sampled_from([None, "EUR"]),
        earned_from=st.sampled_from([None, DAYS[1]]),
        approve=st.sampled_from([True, True, False]),
    )
    def a_hold_is_proposed_and_decided(self, case, share, program, currency, earned_from, approve):
        scope = {"currency": currency, "earned_from": earned_from}
        scope["program_id"] = self.books.world.program(program).id if program else None
        same = any(
            (one.case, one.program, one.currency, one.earned_from) == (case, program, currency, earned_from)
            and one.blocks
            for one in self.holds
        )
        if same:
            with pytest.raises(Conflict):
                self.books.propose_hold(self.cases[case], per_ten_thousand=share, **scope)
            return
        hold = self.books.propose_hold(self.cases[case], per_ten_thousand=share, **scope)
        self.books.decide(DecisionKind.HOLD, hold.id, approve=approve)
        self.holds.append(
            PlainHold(hold, case, share, program, currency, earned_from, "active" if approve else "rejected")
        )

    @rule(case=st.integers(0, 2))
    def a_release_is_proposed(self, case):
        holds = [one for one in self.holds if one.case == case and one.blocks]
        if not holds or any(one.state == "pending" for one in holds):
            with pytest.raises(DomainError):
                self.books.propose_release(self.cases[case], self.key(case))
            return
        lines = self.freed(holds, self.earnings)
        order = self.books.propose_release(self.cases[case], self.key(case))
        for one in holds:
            one.state = "pending"
        self.orders.append(PlainOrder(order, case, holds, lines))

    def key(self, case):
        if case not in self.keys:
            by = self.books.who("approver")
            with self.books.in_transaction() as session:
                self.keys[case] = certificates.issue(
                    session,
                    type(self).prepared[self.cases[case].number],
                    partner_id=self.books.partner.id,
                    time_zone=self.books.partner.time_zone,
                    case_id=self.cases[case].id,
                    by=by,
                    at=now(),
                )
        return self.keys[case]

    def waiting(self):
        return [order for order in self.orders if order.state == "proposed"]

    @precondition(lambda self: self.waiting())
    @rule(data=st.data(), approve=st.sampled_from([True, True, True, False]))
    def an_order_is_decided(self, data, approve):
        order = data.draw(st.sampled_from(self.waiting()))
        if approve and self.freed(order.holds, order.lines) != order.lines:
            with pytest.raises(ContentChanged):
                self.books.decide(DecisionKind.RELEASE_ORDER, order.order.id)
            approve = False
        self.books.decide(DecisionKind.RELEASE_ORDER, order.order.id, approve=approve)
        if not approve:
            order.state = "over"
            for one in order.holds:
                one.state = "active"
            return
        later = {
            reference: minor
            for reference, minor in self.freed(order.holds, self.earnings).items()
            if reference not in order.lines
        }
        for reference, minor in order.lines.items():
            self.earnings[reference].left += minor
        for one in order.holds:
            stored = self.books.now_of(one.hold).state.value
            one.state = {"released": "over", "active": "active"}[stored]
        # What arrived after the proposal is still held, by a hold of this order that therefore goes on.
        assert any(one.state == "active" for one in order.holds) is bool(later)
        order.state = "approved" if order.lines else "over"

    @precondition(lambda self: self.waiting())
    @rule(data=st.data())
    def an_order_is_taken_back(self, data):
        order = data.draw(st.sampled_from(self.waiting()))
        by = self.books.who("finance_analyst")
        with self.books.in_transaction() as session:
            services.withdraw_release(session, order.order.id, reason="A mistake.", by=by, at=now())
        order.state = "over"
        for one in order.holds:
            one.state = "active"

    @precondition(lambda self: any(order.state in ("approved", "sent") for order in self.orders))
    @rule(data=st.data())
    def an_order_is_exported(self, data):
        order = data.draw(st.sampled_from([one for one in self.orders if one.state in ("approved", "sent")]))
        file = self.books.export(order.order)
        if order.file is not None:
            assert (file.id, file.content) == (order.file.id, order.file.content)
        order.file, order.state = file, "sent"

    @precondition(lambda self: any(order.state == "sent" for order in self.orders))
    @rule(data=st.data())
    def the_bank_answers(self, data):
        order = data.draw(st.sampled_from([one for one in self.orders if one.state == "sent"]))
        returned = data.draw(st.sets(st.integers(1, len(order.lines)), max_size=len(order.lines)))
        answer = self.books.answer(order.file, returned=sorted(returned))
        self.books.acknowledge(answer)
        self.answers.append(answer)
        for position, reference in enumerate(self.lines_of(order), start=1):
            if position in returned:
                self.earnings[reference].left -= order.lines[reference]
        order.state = "answered"

    def lines_of(self, order):
        """The order's references, oldest earning first, as they stand in its file."""
        return sorted(order.lines, key=lambda reference: int(reference.removeprefix("E-")))

    @precondition(lambda self: self.answers)
    @rule(data=st.data())
    def an_answer_arrives_again(self, data):
        self.books.acknowledge(data.draw(st.sampled_from(self.answers)))

    @precondition(lambda self: any(order.state == "answered" for order in self.orders))
    @rule(data=st.data())
    def what_came_back_is_sent_again(self, data):
        order = data.draw(st.sampled_from([one for one in self.orders if one.state == "answered"]))
        with self.books.reading() as session:
            from app.incentives.queries import release_orders

            free = release_orders.to_send_again(session, order.order.id)
        if not free:
            with pytest.raises(Conflict):
                self.books.export_returned(order.order)
            return
        file = self.books.export_returned(order.order)
        sent = {
            line.split(",")[6]: line.split(",")[-1]
            for line in file.content.decode().splitlines()[1:]
            if line.startswith("RO-")
        }
        for reference, amount in sent.items():
            self.earnings[reference].left += int(amount.replace(".", ""))
        answer = self.books.answer(file)
        self.books.acknowledge(answer)
        self.answers.append(answer)

    # What the clerk expects

    def wanted(self, earning, without=()):
        shares = [one.share for one in self.holds if one.blocks and one not in without and one.covers(earning)]
        share = earning.amount * max(shares, default=0) // 10_000
        return min(share, earning.here)

    def freed(self, holds, references):
        found = {}
        for reference in references:
            earning = self.earnings[reference]
            minor = self.wanted(earning) - self.wanted(earning, without=holds)
            if minor and not earning.taken_back:
                found[reference] = minor
        return found

    @invariant()
    def the_books_agree_with_the_clerk(self):
        if not hasattr(self, "books"):
            return
        with self.books.reading() as session:
            rows = session.execute(
                select(Earning.reference, Posting.account, func.sum(Posting.amount_minor))
                .join(Earning, Earning.id == Posting.earning_id)
                .group_by(Earning.reference, Posting.account)
            ).all()
        stands: dict[str, dict[Account, int]] = {}
        for reference, account, minor in rows:
            stands.setdefault(reference, {})[account] = int(minor)
        for reference, earning in self.earnings.items():
            accounts = stands[reference]
            held = accounts.get(Account.HELD, 0)
            assert held == self.wanted(earning), reference
            assert accounts.get(Account.PAYABLE, 0) == earning.here - held, reference
            gone = sum(accounts.get(account, 0) for account in (Account.ORDERED, Account.EXPORTED, Account.PAID))
            assert gone == (0 if earning.taken_back else earning.left), reference
            assert sum(accounts.values()) == 0, reference

    @invariant()
    def no_fault_is_found(self):
        if hasattr(self, "books"):
            assert self.books.faults() == []

    def teardown(self):
        for order in getattr(self, "orders", ()):
            if order.state == "answered":
                assert self.books.now_of(order.order).state is OrderState.SETTLED


@pytest.mark.one_engine
def test_whatever_is_done_in_whatever_order_the_books_agree_with_a_clerk(ground, app, in_transaction, reading, clock):
    kept: list[Issuer] = []

    def make_books() -> Books:
        world = World(in_transaction, reading)
        partner = world.partner("Acme")
        program = world.program("CLOUD", enrolled=(partner,))
        # The key goes with the files between examples; the certificates made with it are kept.
        return Books(app, world, in_transaction, reading, partner, program, kept_issuer=kept[0] if kept else None)

    first = make_books()
    prepared = {}
    for number in range(1, 4):
        case_number = f"RC-2026-{number:04d}"
        prepared[case_number] = first.prepare_certificate(case_number)
    # Only now: an issuer trusts the keys that have signed by the time it is read.
    kept.append(first.issuer)
    machine = type(
        "Machine", (AnyOrder,), {"ground": ground, "make_books": staticmethod(make_books), "prepared": prepared}
    )
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            database=None,
        ),
    )
