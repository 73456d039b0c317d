"""A course in a real browser: lost connections, restarts, sign-ins in between, two windows, the keyboard alone, a thumb."""

import re
import threading
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from app.learning.models import Answer, Attempt, ReadingPosition
from tests.ground.browser import axe, cookies_of, fits
from tests.ground.world import PASSWORD
from tests.learning.school import gifts

pytestmark = [pytest.mark.one_engine, pytest.mark.xdist_group("journeys")]

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
OPEN_ANSWER = "I will ask my manager — before I give, не после."


@pytest.fixture
def begun(school):
    """Ada has read the lessons and begun the quiz; the attempt's id."""
    return begin(school)


def begin(school, bundle=None):
    school.ada = school.world.learner("Eve Adams", school.acme, password=PASSWORD)
    school.publish(bundle)
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    return school.begin_quiz(registration_id, school.ada)


def crash(page):
    """The browser goes down without a word; a new page of the same browser."""
    context = page.context
    page.close(run_before_unload=False)
    # Another page is open before the connection is back: what is going down must not hear of it and send once more.
    newer = context.new_page()
    context.set_offline(False)
    return newer


def question(attempt_id, number):
    return f"/attempts/{attempt_id}/questions/{number}"


def says(page, text):
    expect(page.locator("[data-saved]")).to_have_text(re.compile(text))


def kept_here(page):
    return page.evaluate("JSON.parse(localStorage.getItem('answers') ?? '{}')")


def soon_keeps_nothing(page):
    """What is in the portal leaves the device a moment later."""
    for _ in range(50):
        if kept_here(page) == {}:
            return
        page.wait_for_timeout(100)
    assert kept_here(page) == {}


def stored(reading, attempt_id):
    with reading() as session:
        return {row.question_id: row.response for row in session.query(Answer).filter_by(attempt_id=attempt_id)}


# A lost connection


def test_without_a_connection_the_page_says_so_and_tries_again_by_itself(school, page_for, reading, begun):
    page = page_for(school.ada)
    page.goto(question(begun, 3))
    page.context.set_offline(True)
    page.get_by_label("Your number").fill("7")
    says(page, "Not saved: no connection. Your answer is kept on this device and we keep trying.")
    axe(page)
    assert stored(reading, begun) == {}
    page.context.set_offline(False)
    says(page, "^Saved ")
    assert stored(reading, begun) == {"days": "7"}
    soon_keeps_nothing(page)


def test_what_was_typed_without_a_connection_is_there_after_the_page_was_opened_anew(school, page_for, reading, begun):
    page = page_for(school.ada)
    page.goto(question(begun, 7))
    page.context.set_offline(True)
    page.get_by_label("Your answer").fill(OPEN_ANSWER)
    says(page, "no connection")
    page = crash(page)
    page.goto(question(begun, 7))
    expect(page.get_by_label("Your answer")).to_have_value(OPEN_ANSWER)
    says(page, "^Saved ")
    assert stored(reading, begun) == {"reflect": OPEN_ANSWER}
    page.reload()
    soon_keeps_nothing(page)


def test_an_answer_that_waits_on_the_device_is_named_on_every_page_of_the_attempt(school, page_for, reading, begun):
    page = page_for(school.ada)
    page.goto(question(begun, 7))
    page.context.set_offline(True)
    page.get_by_label("Your answer").fill(OPEN_ANSWER)
    says(page, "no connection")
    page = crash(page)
    page.goto(f"/attempts/{begun}/review")
    expect(page.get_by_text("An answer on this device was not sent yet.")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="question 7", exact=True).click()
    says(page, "^Saved ")
    page.goto(f"/attempts/{begun}/review")
    expect(page.get_by_text("An answer on this device")).to_be_hidden()


def test_who_presses_next_without_a_connection_stays_and_goes_on_when_it_is_back(school, page_for, reading, begun):
    page = page_for(school.ada)
    page.goto(question(begun, 3))
    page.context.set_offline(True)
    page.get_by_label("Your number").fill("7")
    page.get_by_role("button", name="Next question").click()
    says(page, "no connection")
    assert page.url.endswith("/questions/3")
    page.context.set_offline(False)
    page.wait_for_url("**/questions/4")
    assert stored(reading, begun) == {"days": "7"}


def test_an_older_answer_of_this_device_does_not_replace_a_later_one_of_another(
    school, page_for, clock, reading, begun
):
    page = page_for(school.ada)
    page.goto(question(begun, 3))
    page.context.set_offline(True)
    page.get_by_label("Your number").fill("5")
    says(page, "no connection")
    clock.advance(minutes=5)
    phone = page_for(school.ada, **PHONE)
    phone.goto(question(begun, 3))
    phone.get_by_label("Your number").fill("7")
    says(phone, "^Saved ")
    page = crash(page)
    page.goto(question(begun, 3))
    expect(page.get_by_label("Your number")).to_have_value("7")
    assert stored(reading, begun) == {"days": "7"}
    soon_keeps_nothing(page)


@contextmanager
def serving(app, port):
    server = make_server("127.0.0.1", port, app, threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join(10)
    server.server_close()


def test_a_portal_that_was_stopped_and_started_again_gets_the_answer(app, school, browser, reading, begun):
    with serving(app, 0) as port:
        url = f"http://127.0.0.1:{port}"
        context = browser.new_context(base_url=url)
        context.add_cookies([{**cookie, "url": url} for cookie in cookies_of(app, school.ada)])
        page = context.new_page()
        page.goto(question(begun, 3))
    page.get_by_label("Your number").fill("7")
    says(page, "no connection")
    with serving(app, port):
        expect(page.locator("[data-saved]")).to_have_text(re.compile("^Saved "), timeout=20_000)
        context.close()
    assert stored(reading, begun) == {"days": "7"}


# An expired sign-in


def test_somebody_signed_out_signs_in_in_place_and_the_answer_is_sent(school, page_for, clock, reading, begun):
    page = page_for(school.ada)
    page.goto(question(begun, 7))
    clock.advance(minutes=90)
    page.get_by_label("Your answer").fill(OPEN_ANSWER)
    says(page, "Not saved: you are signed out.")
    page.get_by_role("button", name="Sign in again here").click()
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog.get_by_label("Password")).to_be_focused()
    axe(page)
    fits(page, 360)
    page.keyboard.type("not my password")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("status")).to_contain_text("do not belong together")
    clock.advance(minutes=2)
    dialog.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    says(page, "^Saved ")
    expect(page.get_by_label("Your answer")).to_have_value(OPEN_ANSWER)
    assert stored(reading, begun) == {"reflect": OPEN_ANSWER}
    page.get_by_role("button", name="Look over my answers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look over your answers")


def test_who_wants_to_go_on_is_asked_to_sign_in_at_once_and_goes_on(school, page_for, clock, reading, begun):
    page = page_for(school.ada)
    page.goto(question(begun, 3))
    clock.advance(minutes=90)
    page.get_by_label("Your number").fill("7")
    page.get_by_role("button", name="Next question").click()
    dialog = page.get_by_role("dialog", name="Sign in again")
    dialog.get_by_role("button", name="Not now").click()
    expect(dialog).to_be_hidden()
    assert page.url.endswith("/questions/3")
    page.get_by_role("button", name="Sign in again here").click()
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/questions/4")
    assert stored(reading, begun) == {"days": "7"}


# Two windows


def test_the_last_answer_of_two_windows_stands_and_the_other_window_shows_it(school, page_for, reading, begun):
    first = page_for(school.ada)
    first.goto(question(begun, 3))
    second = first.context.new_page()
    second.goto(question(begun, 3))
    first.get_by_label("Your number").fill("5")
    says(first, "^Saved ")
    expect(second.get_by_label("Your number")).to_have_value("5")
    says(second, "^Saved .*, in another window")
    second.get_by_label("Your number").fill("7")
    says(second, "^Saved ")
    expect(first.get_by_label("Your number")).to_have_value("7")
    assert stored(reading, begun) == {"days": "7"}


# The clock


def test_the_clock_says_when_five_minutes_are_left_and_when_the_time_is_over(school, page_for, clock, begun_limited):
    page = page_for(school.ada)
    page.clock.install()
    page.goto(question(begun_limited, 1))
    expect(page.locator("[data-clock-words]")).to_have_text("7 minutes left")
    axe(page)
    fits(page, 360)
    clock.advance(seconds=130)
    page.clock.run_for(130_000)
    expect(page.locator("[data-clock-said]")).to_have_text(
        re.compile("^5 minutes left in this quiz. Your answers are saved.")
    )
    clock.advance(minutes=5)
    page.clock.run_for(301_000)
    expect(page.locator("[data-clock-words]")).to_have_text("The time is over")
    clock.advance(seconds=30)
    page.get_by_role("link", name="See what happens next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The time is over")
    axe(page)
    fits(page, 360)


def test_a_clock_that_runs_out_asks_first_whether_there_is_more_time(school, page_for, clock, begun_limited):
    from tests.learning.test_time_limits import give

    page = page_for(school.ada)
    page.clock.install()
    page.goto(question(begun_limited, 1))
    clock.advance(minutes=1)
    give(school, school.ada, 100)
    clock.advance(seconds=70)
    page.clock.run_for(130_000)
    expect(page.locator("[data-clock-words]")).to_have_text(re.compile("^1[12] minutes left"))


@pytest.fixture
def begun_limited(school):
    return begin(school, gifts(show_correct="passed, time_limit: 7m"))


# By keyboard alone, and by touch


def tab_to(page, selector):
    """Tab forward until something that matches has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return page.evaluate("document.activeElement.closest('label, .field')?.innerText ?? ''")
    raise AssertionError(f"The keyboard does not reach {selector} on {page.url}.")


def press_next(page):
    tab_to(page, "button.button-primary")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def heading(page):
    return " ".join(page.locator("h1").inner_text().split())


def test_a_whole_quiz_with_every_kind_of_question_by_keyboard_alone(school, page_for, reading):
    attempt_id = begin(school, gifts(attestation=True))
    page = page_for(school.ada)
    page.goto(question(attempt_id, 1))
    tab_to(page, "[name='q.which']")
    page.keyboard.press("Space")
    if "A pen" not in page.locator("[name='q.which']:checked").locator("xpath=ancestor::label").inner_text():
        page.keyboard.press("ArrowDown")
    press_next(page)
    for _ in range(3):
        label = tab_to(page, "[name='q.approval']")
        if "water" not in label:
            page.keyboard.press("Space")
    press_next(page)
    tab_to(page, "[name='q.days']")
    page.keyboard.type("7")
    press_next(page)
    tab_to(page, "[name='q.gaps.1']")
    page.keyboard.type("bribe")
    tab_to(page, "[name='q.gaps.2']")
    page.keyboard.type("forb")
    press_next(page)
    places = {"Ask": "1", "Wait": "2", "Give": "3"}
    for _ in places:
        label = tab_to(page, "[name^='q.order.']")
        page.keyboard.type(next(place for item, place in places.items() if label.startswith(item)))
    press_next(page)
    pairs = {"Pen": "Court", "Car": "Brib"}
    for _ in pairs:
        label = tab_to(page, "[name^='q.match.']")
        page.keyboard.type(next(right for left, right in pairs.items() if label.startswith(left)))
    press_next(page)
    tab_to(page, "[name='q.reflect']")
    page.keyboard.type("I will ask.")
    press_next(page)
    assert heading(page) == "Look over your answers"
    expect(page.get_by_text("All 7 questions are answered.")).to_be_visible()
    press_next(page)
    assert heading(page) == "You passed: 100 %"
    tab_to(page, "a.button-primary")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    for _ in range(2):
        tab_to(page, "[name='statements']")
        page.keyboard.press("Space")
    tab_to(page, "[name='password']")
    page.keyboard.type(PASSWORD)
    press_next(page)
    assert heading(page) == "Completed: Gifts"


def test_a_whole_quiz_on_a_phone_by_touch_without_dragging(school, page_for, reading, begun):
    page = page_for(school.ada, **PHONE)
    page.goto(question(begun, 1))

    def next_question():
        fits(page, 360)
        too_small = page.evaluate(
            """() => [...document.querySelectorAll("main a, main button, main select, main label.choice-row, main input[type=text]")]
              .filter((one) => one.checkVisibility() && !one.closest("nav") && !one.closest("p"))
              .filter((one) => one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML.slice(0, 80))"""
        )
        assert too_small == []
        with page.expect_navigation():
            page.locator("button.button-primary").first.tap()

    page.get_by_text("A pen", exact=True).tap()
    next_question()
    page.get_by_text("A dinner", exact=True).tap()
    page.get_by_text("A trip", exact=True).tap()
    next_question()
    page.get_by_label("Your number").tap()
    page.get_by_label("Your number").fill("7")
    next_question()
    page.get_by_label("Gap 1").fill("bribe")
    page.get_by_label("Gap 2").select_option(label="forbidden")
    next_question()
    for item, place in (("Ask", "1"), ("Wait", "2"), ("Give", "3")):
        page.get_by_label(item, exact=True).select_option(label=place)
    next_question()
    for left, right in (("Pen", "Courtesy"), ("Car", "Bribe")):
        page.get_by_label(left, exact=True).select_option(label=right)
    next_question()
    page.get_by_label("Your answer").fill("I will ask.")
    next_question()
    expect(page.get_by_text("All 7 questions are answered.")).to_be_visible()
    next_question()
    assert heading(page) == "You passed: 100 %"


# The place


LONG = {
    "01-long.md": "---\ntitle: Long\n---\n"
    + "\n\n".join(f"Paragraph {n}. " + "Words to read. " * 20 for n in range(60))
}


def test_a_lesson_offers_to_go_back_to_where_another_device_left_it(school, page_for, reading):
    school.publish(gifts(lessons=LONG, quiz=False, settings="move_on: Completed"))
    lesson = f"/registrations/{school.start(school.ada)}/units/1"
    page = page_for(school.ada)
    page.goto(lesson)
    expect(page.get_by_role("heading", name="Long")).to_be_visible()
    page.get_by_text("Paragraph 30.").scroll_into_view_if_needed()
    page.wait_for_timeout(200)
    page.goto("/tasks")
    for _ in range(50):  # it is sent while the page goes, and nobody waits for it
        with reading() as session:
            kept = session.query(ReadingPosition).one_or_none()
        if kept:
            break
        page.wait_for_timeout(100)
    assert 3000 < kept.part < 7000
    phone = page_for(school.ada, **PHONE)
    phone.goto(lesson)
    link = phone.get_by_role("link", name="Back to where you left")
    expect(link).to_be_visible()
    assert phone.evaluate("scrollY") == 0
    axe(phone)
    fits(phone, 360)
    link.tap()
    expect(phone.get_by_text("Paragraph 30.")).to_be_in_viewport()
    expect(link).to_have_count(0)
    phone.goto(f"{lesson}#main")
    phone.wait_for_load_state("networkidle")
    expect(link).to_have_count(0)


def test_looking_in_does_not_move_the_place(school, page_for, reading):
    school.publish(gifts(lessons=LONG, quiz=False, settings="move_on: Completed"))
    lesson = f"/registrations/{school.start(school.ada)}/units/1"
    page = page_for(school.ada)
    page.goto(lesson)
    page.wait_for_load_state("networkidle")
    page.goto("/tasks")
    with reading() as session:
        assert session.query(ReadingPosition).count() == 0


# The looks


def test_staffs_pages_about_time_are_clean(school, page_for, begun_limited, reading):
    from tests.learning.test_time_limits import give

    give(school, school.ada, 50)
    with reading() as session:
        assert session.get(Attempt, begun_limited).closes_at is not None
    page = page_for(school.robin)
    page.goto("/assignments")
    page.get_by_role("link", name="Eve Adams").click()
    axe(page)
    page.get_by_role("link", name="More time in quizzes").click()
    assert heading(page) == "More time for Eve Adams"
    axe(page)
    fits(page)
