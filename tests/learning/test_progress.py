"""How far somebody is: values in, values out."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.courses.rules.durations import Duration
from app.learning.rules.attempts import allowance
from app.learning.rules.progress import (
    Outline,
    OutlineUnit,
    Standing,
    Statement,
    UnitIs,
    active_seconds,
    due_in_words,
    last_valid_day,
)

LESSON, QUIZ, ATTESTATION = UnitIs.LESSON, UnitIs.QUIZ, UnitIs.ATTESTATION
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def outline(*kinds: UnitIs, move_on: str = "CompletedAndPassed") -> Outline:
    units = tuple(OutlineUnit(number, kind, f"Unit {number}", 5) for number, kind in enumerate(kinds, start=1))
    statements = (Statement("a", "I understood.", "I understood."),) if ATTESTATION in kinds else ()
    return Outline("Gifts", units, move_on, 8000, 3, 0, statements)


def standing(*done: int, viewed: tuple[int, ...] = (), course: Outline | None = None) -> Standing:
    return Standing(course or outline(*[LESSON] * 5, QUIZ), frozenset(done), viewed)


def test_progress_says_how_many_of_how_many_and_what_is_left():
    assert standing(1, 2, 3, 4).in_words == "4 of 6 done; left: lesson 5, quiz"
    assert standing().in_words == "0 of 6 done; left: lessons 1 to 5, quiz"
    assert standing(2, 4).in_words == "2 of 6 done; left: lesson 1, lesson 3, lesson 5, quiz"
    assert standing(1, 2, 3, 4, 5, 6).in_words == "6 of 6 done"


def test_one_goes_on_with_the_unit_opened_last():
    assert standing(1, viewed=(3, 2)).resume.position == 3


def test_one_goes_on_with_the_first_unit_left_when_none_is_half_read():
    assert standing(1, 2).resume.position == 3
    assert standing(1, 2, 3, 4, 5).resume.kind is QUIZ


def test_a_unit_that_is_not_open_yet_is_passed_over():
    assert standing(1, 2, 3, 4, viewed=(6,)).resume.position == 5


def test_next_leads_past_what_is_closed_to_what_was_left_out():
    assert standing(1, 2, 3, 5).after(5).position == 4
    assert standing(1, 2, 3, 4, 5).after(5).kind is QUIZ
    assert standing(1, 2, 3, 4, 5, 6).after(6) is None


def test_the_quiz_opens_when_every_lesson_is_completed():
    course = outline(LESSON, LESSON, QUIZ)
    assert "lesson 2" in standing(1, course=course).why_closed(course.quiz)
    assert standing(1, 2, course=course).why_closed(course.quiz) is None


def test_a_course_that_only_asks_to_pass_opens_its_quiz_at_once():
    course = outline(LESSON, QUIZ, move_on="Passed")
    assert standing(course=course).why_closed(course.quiz) is None


def test_one_signs_only_at_the_end():
    course = outline(LESSON, QUIZ, ATTESTATION)
    closed = standing(1, course=course).why_closed(course.attestation)
    assert "the quiz" in closed
    assert standing(1, 2, course=course).why_closed(course.attestation) is None


@pytest.mark.parametrize(
    ("move_on", "done", "satisfied"),
    [
        ("Passed", {3}, True),
        ("Passed", {1, 2}, False),
        ("Completed", {1, 2}, True),
        ("Completed", {1, 3}, False),
        ("CompletedAndPassed", {1, 2}, False),
        ("CompletedAndPassed", {3}, False),
        ("CompletedAndPassed", {1, 2, 3}, True),
        ("CompletedOrPassed", {3}, True),
        ("CompletedOrPassed", {1, 2}, True),
        ("CompletedOrPassed", {1}, False),
        ("NotApplicable", set(), False),
        ("NotApplicable", {1}, True),
    ],
)
def test_what_satisfies_a_course_is_what_it_declares(move_on, done, satisfied):
    course = outline(LESSON, LESSON, QUIZ, move_on=move_on)
    assert Standing(course, frozenset(done)).satisfied is satisfied


def test_a_course_without_a_quiz_is_completed_by_reading():
    assert standing(1, course=outline(LESSON, move_on="CompletedAndPassed")).satisfied


def test_active_time_counts_gaps_and_cuts_long_pauses():
    instants = [NOON, NOON + timedelta(minutes=4), NOON + timedelta(hours=20)]
    assert active_seconds(instants) == (4 + 10) * 60
    assert active_seconds(reversed(instants)) == (4 + 10) * 60
    assert active_seconds([]) == 0


def test_a_year_is_a_year_of_the_calendar():
    year = Duration(months=12)
    assert last_valid_day(date(2026, 3, 1), year) == date(2027, 3, 1)
    assert last_valid_day(date(2027, 3, 1), year) == date(2028, 3, 1), "a leap year has one day more"
    assert last_valid_day(date(2028, 2, 29), year) == date(2029, 2, 28)
    assert last_valid_day(date(2026, 3, 2), Duration(days=365)) == date(2027, 3, 2)
    assert last_valid_day(date(2026, 1, 31), Duration(months=1, days=3)) == date(2026, 3, 3)
    assert last_valid_day(date(2026, 3, 2), None) is None


def test_who_renews_early_keeps_the_anniversary():
    year, end = Duration(months=12), date(2027, 3, 1)
    for passed_on in (date(2026, 12, 31), date(2027, 2, 1), end):
        assert last_valid_day(passed_on, year, earlier_end=end, renew_days=60) == date(2028, 3, 1)


def test_who_passes_again_outside_the_window_begins_a_new_term():
    year, end = Duration(months=12), date(2027, 3, 1)
    assert last_valid_day(date(2026, 12, 30), year, earlier_end=end, renew_days=60) == date(2027, 12, 30)
    assert last_valid_day(date(2027, 3, 2), year, earlier_end=end, renew_days=60) == date(2028, 3, 2)
    assert last_valid_day(date(2027, 2, 1), year, earlier_end=end) == date(2028, 2, 1)


def test_the_next_attempt_waits_as_long_as_the_course_says():
    allowed = allowance(1, 3, NOON, 3600)
    assert allowed.left == 2
    assert not allowed.opens(NOON + timedelta(minutes=59))
    assert allowed.opens(NOON + timedelta(minutes=60))


def test_no_attempt_is_left_beyond_the_limit():
    assert allowance(3, 3, NOON, 0).left == 0
    assert not allowance(3, 3, NOON, 0).opens(NOON + timedelta(days=1))
    assert allowance(4, 3, NOON, 0).left == 0


def test_what_is_due_is_said_in_days():
    today = date(2026, 3, 2)
    assert due_in_words(today, today) == "Due today"
    assert due_in_words(date(2026, 3, 3), today) == "Due in 1 day"
    assert due_in_words(date(2026, 2, 27), today) == "3 days overdue"
