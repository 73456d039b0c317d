"""What a hold catches, which hold wins, and what letting one go frees."""

from datetime import date

import pytest

from app.decisions.rules import DecisionKind
from app.incentives import services
from app.incentives.models import Hold
from app.incentives.queries.cases import case_ref
from app.incentives.rules.holds import Scope
from app.incentives.rules.states import Account, HoldState, OrderState
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotPermitted, Refused
from app.kernel.money import Money
from app.remediation.rules.case_states import CaseState
from tests.incentives.books import Row


def test_a_hold_catches_what_was_imported_before_and_what_arrives_later(books):
    books.bring(Row("100.00"))
    hold = books.hold(books.case())
    assert books.held(hold) == [Money(10_000, "EUR")]
    books.bring(Row("50.00"))
    assert books.held(hold) == [Money(15_000, "EUR")]
    assert books.balance(Account.PAYABLE) == 0
    assert books.faults() == []


def test_a_proposed_hold_catches_nothing(books):
    books.propose_hold(books.case())
    books.bring(Row("100.00"))
    assert books.balance(Account.HELD) == 0
    assert books.faults() == []


def test_a_rejected_hold_catches_nothing_and_can_be_proposed_again(books):
    case = books.case()
    hold = books.propose_hold(case)
    books.decide(DecisionKind.HOLD, hold.id, approve=False)
    books.bring(Row("100.00"))
    assert books.now_of(hold).state is HoldState.REJECTED
    assert books.balance(Account.HELD) == 0
    assert books.propose_hold(case).number == "H-2026-0002"


def test_another_program_stays_free(books, world):
    other = world.program("EDGE")
    books.hold(books.case(), program_id=books.program.id)
    books.bring(Row("100.00"), Row("70.00", program="EDGE"))
    assert books.balance(Account.HELD, program=books.program) == 10_000
    assert books.balance(Account.HELD, program=other) == 0
    assert books.balance(Account.PAYABLE, program=other) == 7_000


def test_another_partner_stays_free(books, world):
    other = world.partner("Globex")
    books.hold(books.case())
    books.bring(Row("100.00", partner=other.number))
    assert books.balance(Account.PAYABLE, partner=other) == 10_000


@pytest.mark.parametrize(
    ("scope", "row", "caught"),
    [
        ({"earning_type": "rebate"}, Row("10.00", earning_type="rebate"), True),
        ({"earning_type": "rebate"}, Row("10.00", earning_type="bonus"), False),
        ({"currency": "JPY"}, Row("1000", currency="JPY"), True),
        ({"currency": "JPY"}, Row("10.00"), False),
        ({"earned_from": date(2026, 1, 15)}, Row("10.00", earned_on="2026-01-15"), True),
        ({"earned_from": date(2026, 1, 15)}, Row("10.00", earned_on="2026-01-14"), False),
        ({"earned_to": date(2026, 1, 15)}, Row("10.00", earned_on="2026-01-15"), True),
        ({"earned_to": date(2026, 1, 15)}, Row("10.00", earned_on="2026-01-16"), False),
    ],
)
def test_a_hold_reaches_as_far_as_its_scope(books, scope, row, caught):
    hold = books.hold(books.case(), **scope)
    books.bring(row)
    assert bool(books.held(hold)) is caught
    assert books.faults() == []


def test_a_hold_on_one_location_leaves_earnings_of_others_and_of_none_free(books, in_transaction):
    from app.partners.models import Location

    with in_transaction() as session:
        north, south = (
            Location(partner_id=books.partner.id, code=code, name=code.title()) for code in ("NORTH", "SOUTH")
        )
        session.add_all([north, south])
        session.flush()
        north_id = north.id
    hold = books.hold(books.case(), location_id=north_id)
    books.bring(Row("10.00", location="NORTH"), Row("20.00", location="SOUTH"), Row("40.00"))
    assert books.held(hold) == [Money(1_000, "EUR")]
    assert books.balance(Account.PAYABLE) == 6_000


def test_a_share_is_rounded_in_the_partners_favour(books):
    hold = books.hold(books.case(), per_ten_thousand=3_333)
    books.bring(Row("100", currency="JPY"), Row("0.05"), Row("10.001", currency="KWD"))
    assert books.held(hold) == [Money(1, "EUR"), Money(33, "JPY"), Money(3333, "KWD")]


def test_the_strongest_hold_wins_and_blocks_are_not_added_up(books):
    books.bring(Row("100.00"))
    half = books.hold(books.case(), per_ten_thousand=5_000)
    books.world.program("EDGE")
    most = books.hold(books.case(program=books.world.program("EDGE")), per_ten_thousand=8_000)
    assert (books.held(half), books.held(most)) == ([], [Money(8_000, "EUR")])
    assert books.balance(Account.PAYABLE) == 2_000
    assert books.faults() == []


def test_a_weaker_hold_placed_later_changes_nothing(books):
    books.bring(Row("100.00"))
    whole = books.hold(books.case())
    half = books.hold(books.case(program=books.world.program("EDGE")), per_ten_thousand=5_000)
    assert (books.held(whole), books.held(half)) == ([Money(10_000, "EUR")], [])


def test_of_equal_holds_the_older_one_withholds(books):
    books.bring(Row("100.00"))
    older = books.hold(books.case())
    younger = books.hold(books.case(program=books.world.program("EDGE")))
    assert (books.held(older), books.held(younger)) == ([Money(10_000, "EUR")], [])


def test_releasing_a_hold_frees_only_what_no_other_covers(books):
    books.bring(Row("100.00"))
    first, second = books.case(), books.case(program=books.world.program("EDGE"))
    whole, half = books.hold(first), books.hold(second, per_ten_thousand=5_000)
    order = books.release(first, books.certify(first))
    assert books.balance(Account.ORDERED) == 5_000
    assert (books.held(whole), books.held(half)) == ([], [Money(5_000, "EUR")])
    assert books.now_of(whole).state is HoldState.RELEASED
    assert books.now_of(half).state is HoldState.ACTIVE
    assert books.now_of(order).state is OrderState.APPROVED
    assert books.faults() == []


def test_a_hold_that_another_covers_wholly_is_released_without_freeing_anything(books):
    books.bring(Row("100.00"))
    first, second = books.case(), books.case(program=books.world.program("EDGE"))
    half, whole = books.hold(first, per_ten_thousand=5_000), books.hold(second)
    order = books.release(first, books.certify(first))
    assert books.now_of(order).state is OrderState.SETTLED
    assert books.now_of(half).state is HoldState.RELEASED
    assert books.held(whole) == [Money(10_000, "EUR")]
    books.release(second, books.certify(second))
    assert books.balance(Account.ORDERED) == 10_000
    assert books.faults() == []


def test_only_compliance_analysts_propose_holds(books, world):
    case = books.case()
    for who in (
        books.who("finance_analyst"),
        books.who("approver"),
        world.actor(world.representative("Rita", books.partner)),
    ):
        with pytest.raises(NotPermitted), books.in_transaction() as session:
            services.propose_hold(
                session, case_ref(session, case.id), Scope(), per_ten_thousand=10_000, reason="So.", by=who, at=now()
            )


def test_the_proposer_of_a_hold_cannot_approve_it(books):
    hold = books.propose_hold(books.case())
    with pytest.raises(Refused):
        books.decide(DecisionKind.HOLD, hold.id, by=books.who("analyst"))
    assert books.now_of(hold).state is HoldState.PROPOSED


def test_a_hold_does_not_take_effect_without_a_decision_whatever_the_door(books):
    hold = books.propose_hold(books.case())
    who = books.who("approver")
    with pytest.raises(Refused, match="second person"), books.in_transaction() as session:
        services.activate_hold(session, hold.id, by=who, at=now())
    assert books.now_of(hold).state is HoldState.PROPOSED


def test_a_hold_takes_effect_once(books):
    hold = books.hold(books.case())
    who = books.who("approver")
    with pytest.raises(Conflict, match="already active"), books.in_transaction() as session:
        services.activate_hold(session, hold.id, by=who, at=now())


def test_the_same_hold_is_not_proposed_twice_for_a_case(books):
    case = books.case()
    books.propose_hold(case)
    with pytest.raises(Conflict, match="H-2026-0001"):
        books.propose_hold(case, per_ten_thousand=5_000)


@pytest.mark.parametrize("state", [CaseState.CLOSED_COMPLETED, CaseState.CLOSED_OFFBOARDED, CaseState.DISMISSED])
def test_a_closed_case_takes_no_hold(books, state):
    with pytest.raises(DomainError, match="closed"):
        books.propose_hold(books.case(state))


def test_a_hold_is_not_activated_when_its_case_was_closed_meanwhile(books):
    case = books.case()
    hold = books.propose_hold(case)
    books.close(case, CaseState.DISMISSED)
    with pytest.raises(Conflict, match="closed meanwhile"):
        books.decide(DecisionKind.HOLD, hold.id)
    assert books.now_of(hold).state is HoldState.PROPOSED


@pytest.mark.parametrize("share", [0, -1, 10_001])
def test_a_share_is_more_than_nothing_and_at_most_all(books, share):
    with pytest.raises(DomainError, match="more than nothing"):
        books.propose_hold(books.case(), per_ten_thousand=share)


def test_a_hold_of_another_partners_location_is_refused(books, world, in_transaction):
    from app.partners.models import Location

    other = world.partner("Globex")
    with in_transaction() as session:
        place = Location(partner_id=other.id, code="X", name="X")
        session.add(place)
        session.flush()
        place_id = place.id
    with pytest.raises(DomainError, match="no such location"):
        books.propose_hold(books.case(), location_id=place_id)


def test_the_scope_and_share_of_a_hold_never_change(books, in_transaction):
    hold = books.hold(books.case())
    with pytest.raises(Exception, match="append-only"), in_transaction() as session:
        session.get_one(Hold, hold.id).per_ten_thousand = 1
