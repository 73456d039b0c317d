"""How holds share an earning out: pure judgement, tried on very many cases."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.incentives.rules.holds import Block, EarningFacts, Scope, Standing, covers, freed_by, settle, strongest
from app.incentives.rules.ledger import Cause, Entry, Unbalanced, check, of_moves
from app.incentives.rules.states import Account, TransactionKind
from app.kernel.errors import DomainError
from app.kernel.money import Money

shares = st.integers(1, 10_000)
amounts = st.integers(1, 10**15)


def earning(minor=10_000):
    return EarningFacts(1, 1, 1, None, "rebate", date(2026, 1, 15), Money(minor, "EUR"))


def block(hold_id, per_ten_thousand=10_000, **scope):
    return Block(hold_id, 1, Scope(**scope), per_ten_thousand)


@st.composite
def situations(draw):
    """An earning, where its money is, and the holds that block now; some money may have left already."""
    amount = draw(amounts)
    left = draw(st.integers(0, amount))
    held_ids = draw(st.lists(st.integers(1, 6), unique=True, max_size=4))
    held = {}
    for hold_id in held_ids:
        taken = draw(st.integers(0, left))
        if taken:
            held[hold_id] = taken
            left -= taken
    blocks = [block(hold_id, draw(shares)) for hold_id in draw(st.lists(st.integers(1, 6), unique=True, max_size=4))]
    return earning(amount), Standing(left, held), blocks


def applied(standing, moves):
    payable, held, out = standing.payable, dict(standing.held), 0
    for move in moves:
        assert move.minor > 0
        if move.source is Account.PAYABLE:
            payable -= move.minor
        else:
            held[move.source_hold] -= move.minor
        if move.target is Account.HELD:
            held[move.target_hold] = held.get(move.target_hold, 0) + move.minor
        elif move.target is Account.PAYABLE:
            payable += move.minor
        else:
            out += move.minor
        assert payable >= 0
        assert all(minor >= 0 for minor in held.values())
    return Standing(payable, {hold: minor for hold, minor in held.items() if minor}), out


@given(situations(), st.sampled_from([Account.PAYABLE, Account.ORDERED]))
def test_settling_leaves_exactly_the_strongest_holds_share_with_it(situation, excess_to):
    facts, standing, blocks = situation
    after, out = applied(standing, settle(facts, standing, blocks, excess_to=excess_to))
    winner = strongest(blocks, facts)
    wanted = facts.money.share(winner.per_ten_thousand).minor if winner else 0
    there = standing.payable + standing.held_total
    assert after.held_total == min(wanted, there)
    assert set(after.held) <= ({winner.hold_id} if winner else set())
    assert after.payable + after.held_total + out == there


@given(situations())
def test_settling_twice_changes_nothing_more(situation):
    facts, standing, blocks = situation
    after, _ = applied(standing, settle(facts, standing, blocks, excess_to=Account.PAYABLE))
    assert settle(facts, after, blocks, excess_to=Account.PAYABLE) == []


@given(situations())
def test_movements_of_a_settlement_add_up_to_nothing(situation):
    facts, standing, blocks = situation
    for movement in of_moves(
        facts, settle(facts, standing, blocks, excess_to=Account.PAYABLE), TransactionKind.HOLD, Cause()
    ):
        assert sum(entry.minor for entry in movement.entries) == 0
        assert movement.cause.hold_id is not None


@given(situations(), st.sets(st.integers(1, 6), max_size=3))
def test_letting_go_frees_no_more_than_is_held_and_nothing_that_another_covers(situation, let_go):
    facts, standing, blocks = situation
    settled, _ = applied(standing, settle(facts, standing, blocks, excess_to=Account.PAYABLE))
    freed = sum(line.minor for line in freed_by(let_go, [(facts, settled)], blocks))
    others = [one for one in blocks if one.hold_id not in let_go]
    winner = strongest(others, facts)
    covered = facts.money.share(winner.per_ten_thousand).minor if winner else 0
    # What another hold asks for is first met from what is free, as blocks are never added up.
    assert 0 <= freed <= settled.held_total
    assert settled.held_total - freed >= min(covered, settled.held_total)


def test_a_hold_of_another_partner_covers_nothing():
    other = EarningFacts(1, 2, 1, None, "rebate", date(2026, 1, 15), Money(1, "EUR"))
    assert not covers(block(1), other)


def test_a_scope_that_ends_before_it_begins_is_refused():
    with pytest.raises(DomainError, match="before the first"):
        Scope(earned_from=date(2026, 2, 1), earned_to=date(2026, 1, 1))


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [Entry(Account.PAYABLE, 5)],
        [Entry(Account.PAYABLE, 5), Entry(Account.EXPENSE, -4)],
        [Entry(Account.PAYABLE, 0), Entry(Account.EXPENSE, 0)],
        [Entry(Account.PAYABLE, 10**15 + 1), Entry(Account.EXPENSE, -(10**15) - 1)],
        [Entry(Account.HELD, 5), Entry(Account.EXPENSE, -5)],
        [Entry(Account.PAYABLE, 5, 1), Entry(Account.EXPENSE, -5)],
    ],
)
def test_what_does_not_balance_is_never_posted(entries):
    with pytest.raises(Unbalanced):
        check(entries)
