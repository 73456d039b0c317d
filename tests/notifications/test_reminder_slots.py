from datetime import UTC, date, datetime, timedelta

import pytest

from app.notifications.rules import horizon, reminding_day, slot_on

DUE = date(2026, 6, 30)
LONG_AGO = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("days_to_due", "slot"),
    [
        (30, None),
        (15, None),
        (14, "T-14"),
        (8, "T-14"),
        (7, "T-7"),
        (2, "T-7"),
        (1, "T-1"),
        (0, "T-1"),
        (-1, "T+1"),
        (-7, "T+1"),
        (-8, "T+8"),
        (-15, "T+15"),
        (-400, "T+400"),
    ],
)
def test_the_slot_in_force_is_the_newest_that_has_begun(days_to_due, slot):
    found = slot_on(DUE, DUE - timedelta(days=days_to_due), told_on=LONG_AGO)
    assert (found.name if found else None) == slot


def test_every_day_of_a_year_late_falls_into_one_slot_and_each_slot_lasts_a_week():
    names = [slot_on(DUE, DUE + timedelta(days=late), told_on=LONG_AGO).name for late in range(1, 365)]
    assert len(set(names)) == 52
    assert max(names.count(name) for name in set(names)) == 7


def test_a_slot_that_began_when_the_person_was_told_is_left_out():
    told_on = DUE - timedelta(days=10)
    assert slot_on(DUE, told_on, told_on=told_on) is None
    assert slot_on(DUE, DUE - timedelta(days=8), told_on=told_on) is None
    assert slot_on(DUE, DUE - timedelta(days=7), told_on=told_on).name == "T-7"


def test_somebody_told_on_the_day_of_a_slot_is_not_reminded_that_day():
    assert slot_on(DUE, DUE - timedelta(days=14), told_on=DUE - timedelta(days=14)) is None


def test_the_day_begins_at_seven_in_the_partners_time_zone():
    assert reminding_day("Asia/Tokyo", datetime(2026, 3, 1, 21, 59, tzinfo=UTC)) == date(2026, 3, 1)
    assert reminding_day("Asia/Tokyo", datetime(2026, 3, 1, 22, 0, tzinfo=UTC)) == date(2026, 3, 2)
    assert reminding_day("America/Los_Angeles", datetime(2026, 3, 2, 14, 59, tzinfo=UTC)) == date(2026, 3, 1)


def test_no_due_day_beyond_the_horizon_has_a_slot():
    today = date(2026, 3, 2)
    assert slot_on(horizon(today), today, told_on=LONG_AGO) is not None
    assert slot_on(horizon(today) + timedelta(days=1), today, told_on=LONG_AGO) is None
