"""Counting infractions and people: pure judgement."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.remediation.rules.counting import Counted, count, window_start
from app.remediation.rules.coverage import InScope, coverage
from app.remediation.rules.policy import Policy

POLICY = Policy()
DAY = date(2026, 3, 2)


def infraction(number: int, day: date, *, free: bool = True) -> Counted:
    return Counted(number, day, free)


def test_the_third_within_24_months_suggests_a_case():
    found = count([infraction(n, DAY - timedelta(days=300 * n)) for n in (0, 1, 2)], POLICY)
    assert found.suggests_case
    assert found.ids == (2, 1, 0)


def test_two_suggest_nothing():
    assert not count([infraction(n, DAY) for n in (0, 1)], POLICY).suggests_case


def test_the_window_is_counted_by_the_day_and_both_ends_belong_to_it():
    first = window_start(DAY, 24)
    assert first == date(2024, 3, 2)
    inside = [infraction(1, first), infraction(2, DAY), infraction(3, DAY)]
    outside = [infraction(1, first - timedelta(days=1)), infraction(2, DAY), infraction(3, DAY)]
    assert count(inside, POLICY).suggests_case
    assert not count(outside, POLICY).suggests_case


def test_a_window_that_begins_on_a_day_that_the_month_lacks_begins_on_its_last_day():
    assert window_start(date(2026, 8, 31), 6) == date(2026, 2, 28)
    assert window_start(date(2028, 2, 29), 12) == date(2027, 2, 28)


def test_infractions_of_an_earlier_case_count_but_a_free_one_is_needed():
    old = [infraction(1, DAY, free=False), infraction(2, DAY, free=False), infraction(3, DAY, free=False)]
    assert not count(old, POLICY).suggests_case
    found = count([*old, infraction(4, DAY)], POLICY)
    assert found.suggests_case
    assert found.free == (4,)


def test_the_numbers_of_the_policy_are_used():
    two = [infraction(1, DAY), infraction(2, DAY)]
    assert count(two, Policy(infractions_before_case=2)).suggests_case
    assert not count([*two, infraction(3, DAY - timedelta(days=200))], Policy(infraction_window_months=6)).suggests_case


@given(st.lists(st.tuples(st.dates(date(2020, 1, 1), date(2026, 12, 31)), st.booleans()), max_size=12))
def test_a_count_never_spans_more_than_its_window(days):
    found = count([Counted(n, day, free) for n, (day, free) in enumerate(days)], POLICY)
    if found.ids:
        assert found.first_on >= window_start(found.last_on, POLICY.infraction_window_months)
        assert set(found.free) <= set(found.ids)
        assert found.free


def line(person: int, **more) -> InScope:
    return InScope(person, f"Person {person}", "sales", more.pop("joined_on", date(2025, 1, 1)), **more)


def counted(roster, done, *, target=10_000, asked=("gifts",)):
    return coverage(roster, asked, done, target=target, on=DAY)


def test_coverage_says_who_is_left():
    found = counted([line(1), line(2)], {(1, "gifts")})
    assert (found.satisfied, found.total, found.left) == (1, 2, ("Person 2",))
    assert not found.is_reached
    assert found.counted() == "1 of 2 covered persons are done; the target is 100 %."


def test_every_course_of_a_step_is_needed():
    found = counted([line(1)], {(1, "gifts")}, asked=("gifts", "books"))
    assert found.satisfied == 0
    assert found.people[0].left == ("books",)


def test_an_empty_roster_reaches_nothing():
    assert not counted([], set()).is_reached


def test_somebody_on_leave_is_an_exception_by_name_and_not_counted():
    away = line(2, leave_from=DAY - timedelta(days=3), leave_reason="parental leave")
    found = counted([line(1), away], {(1, "gifts")})
    assert (found.satisfied, found.total) == (1, 1)
    assert found.is_reached
    assert [(one.name, one.reason) for one in found.exceptions] == [("Person 2", "On leave: parental leave")]


def test_somebody_back_from_leave_counts_again():
    back = line(2, leave_from=DAY - timedelta(days=9), leave_until=DAY - timedelta(days=1), leave_reason="x")
    assert counted([back], set()).total == 1


def test_leave_does_not_take_away_what_is_done():
    away = line(1, leave_from=DAY, leave_reason="x")
    found = counted([away], {(1, "gifts")})
    assert (found.satisfied, found.total, found.exceptions) == (1, 1, ())


def test_somebody_who_comes_into_scope_later_is_not_counted_yet():
    assert counted([line(1, joined_on=DAY + timedelta(days=1))], set()).total == 0


def test_a_target_below_all_is_reached_by_its_share():
    people = [line(n) for n in range(1, 6)]
    four = {(n, "gifts") for n in range(1, 5)}
    assert counted(people, four, target=8_000).is_reached
    assert not counted(people, four, target=8_001).is_reached


people = st.builds(
    InScope,
    st.integers(1, 8),
    st.just("X"),
    st.just("sales"),
    st.dates(date(2026, 2, 25), date(2026, 3, 8)),
    st.one_of(st.none(), st.dates(date(2026, 2, 25), date(2026, 3, 8))),
    st.one_of(st.none(), st.dates(date(2026, 2, 25), date(2026, 3, 8))),
    st.just("leave"),
)


@given(
    st.lists(people, max_size=10),
    st.frozensets(st.tuples(st.integers(1, 8), st.sampled_from(["a", "b"]))),
    st.integers(1, 10_000),
)
def test_the_numerator_never_exceeds_the_denominator(roster, done, target):
    found = coverage(roster, ["a", "b"], done, target=target, on=DAY)
    assert 0 <= found.satisfied <= found.total
    assert found.total + len(found.exceptions) <= len({one.person_id for one in roster})
    assert not {one.person_id for one in found.exceptions} & {one.person_id for one in found.people}
    assert len(found.left) == found.total - found.satisfied
