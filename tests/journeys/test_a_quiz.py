"""A quiz in the circumstances of life: two tabs, a closed browser, a session that ended, a person who has gone home."""

import pytest
from playwright.sync_api import expect

from tests.journeys import learner, partner
from tests.journeys.cast import Cast
from tests.journeys.conftest import Visit
from tests.journeys.course import QUIZ_TITLE, SECOND, TITLE
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.xdist_group("journeys")

QUESTIONS = tuple(learner.RIGHT)


def begin_quiz(grace: Visitor) -> None:
    """From the home page to the first question."""
    learner.start_course(grace, TITLE)
    learner.read_on(grace, SECOND)
    learner.read_on(grace, QUIZ_TITLE)
    grace.presses("Start the quiz")
    assert grace.heading == f"Question 1 of 4 {QUESTIONS[0]}"


def test_an_answer_is_there_in_another_browser_though_nobody_pressed_a_button(cast: Cast, visit: Visit) -> None:
    cast.takes(cast.grace)
    with visit(cast.grace, looked_at=False) as grace:
        begin_quiz(grace)
        grace.chooses("Nothing").soon_reads("Saved")
        grace.page.close()
    with visit(cast.grace, looked_at=False, viewport={"width": 390, "height": 800}) as grace:
        grace.continues().reads("You have begun this quiz", "Your answers so far are saved.")
        grace.continues()
        assert grace.heading == f"Question 2 of 4 {QUESTIONS[1]}"
        grace.presses("Previous")
        expect(grace.main.get_by_role("radio", name="Nothing")).to_be_checked()
        learner.answer_questions(grace, learner.RIGHT)
        grace.presses("Hand in my answers").reads("Go on to sign")
        assert grace.heading == "You passed: 100 %"


def test_two_tabs_of_one_quiz_are_one_attempt_and_the_last_answer_counts(cast: Cast, visit: Visit) -> None:
    cast.takes(cast.grace)
    with visit(cast.grace, looked_at=False) as first:
        learner.start_course(first, TITLE)
        learner.read_on(first, SECOND)
        learner.read_on(first, QUIZ_TITLE)
        second = Visitor(first.page.context.new_page()).opens(first.page.url)
        first.presses("Start the quiz")
        second.presses("Start the quiz")
        assert first.page.url == second.page.url
        first.chooses("Nothing").soon_reads("Saved")
        second.chooses("Half of the costs").soon_reads("Saved")
        first.opens(first.page.url)
        expect(first.main.get_by_role("radio", name="Half of the costs")).to_be_checked()
        learner.answer_questions(first, learner.RIGHT)
        first.presses("Hand in my answers")
        assert first.heading == "You passed: 100 %"
        second.chooses("The costs as planned").soon_reads("Not saved: ")
        second.presses("Next question")
        assert second.heading == "You passed: 100 %"
        second.follows("Truthful claims").reads("3 of 4 done")


def test_an_answer_after_the_session_has_ended_is_kept_once_somebody_signs_in_again(
    cast: Cast, visit: Visit, clock
) -> None:
    cast.takes(cast.grace)
    with visit(cast.grace, looked_at=False) as grace:
        begin_quiz(grace)
        grace.chooses("Nothing").presses("Next question")
        clock.advance(minutes=90)
        grace.chooses("The invoice").soon_reads("Not saved: you are signed out.")
        tab = Visitor(grace.page.context.new_page()).opens("/")
        partner.sign_in(tab, cast.grace.email)
        tab.page.close()
        grace.chooses("The list of guests").soon_reads("Saved")
        learner.answer_questions(grace, learner.RIGHT)
        grace.presses("Hand in my answers")
        assert grace.heading == "You passed: 100 %"


def test_who_goes_on_after_the_session_has_ended_signs_in_and_sends_what_was_written(
    cast: Cast, visit: Visit, clock
) -> None:
    cast.takes(cast.grace)
    with visit(cast.grace, looked_at=False, java_script_enabled=False) as grace:
        begin_quiz(grace)
        grace.chooses("Nothing").presses("Next question")
        clock.advance(minutes=90)
        grace.chooses("The invoice", "The list of guests").presses("Next question")
        assert grace.heading == "Sign in"
        grace.reads("You are not signed in any more", "It waits in this page")
        partner.sign_in(grace, cast.grace.email, "not my password")
        assert grace.heading == "Sign in"
        partner.sign_in(grace, cast.grace.email)
        assert grace.heading == "You are signed in again"
        grace.presses("Send my answer")
        assert grace.heading == f"Question 3 of 4 {QUESTIONS[2]}"
        grace.presses("Previous")
        expect(grace.main.get_by_role("checkbox", name="The list of guests")).to_be_checked()
        learner.answer_questions(grace, learner.RIGHT)
        grace.reads("All 4 questions are answered.")


def test_after_signing_out_the_back_button_shows_nothing_private(cast: Cast, visit: Visit) -> None:
    cast.takes(cast.grace)
    with visit(cast.grace, looked_at=False) as grace:
        begin_quiz(grace)
        grace.signs_out()
        grace.reads("You are signed out.")
        for _ in range(3):
            grace.page.go_back()
            assert grace.heading == "Sign in"
            assert QUESTIONS[0] not in grace.page.content()
            assert "Grace" not in grace.page.content()
