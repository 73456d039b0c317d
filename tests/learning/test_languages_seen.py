"""An Arabic course in the browser: mirrored, without faults for assistive technology, on a wide screen and on a phone."""

import pytest

from tests.ground.browser import axe, fits
from tests.learning.test_languages import answer_in, begin_in
from tests.learning.tongues import gifts_in_three

pytestmark = pytest.mark.one_engine


# What runs out of the page on its left can't be reached by scrolling, and makes no page wider.
CUT_OFF = """
() => [...document.querySelectorAll("main *")].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.width > 1 && box.left < -1 && !one.closest("pre, .table-scroll, [popover], .visually-hidden");
}).map((one) => one.outerHTML.slice(0, 80))
"""


def is_sound(page):
    """Without faults in both themes, and nothing wider than the page or cut off by it, at any width."""
    axe(page)
    fits(page)
    former = page.viewport_size
    for width in (360, 768):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate(CUT_OFF) == []
    page.set_viewport_size(former)


@pytest.fixture
def arabic(school):
    """Ada in the middle of the course in Arabic; the registration's id."""
    school.publish(gifts_in_three(attestation=True))
    return begin_in(school, school.ada, "ar")


def test_reading_in_arabic_has_no_faults_and_never_scrolls_sideways(school, arabic, page_for):
    page = page_for(school.ada)
    for address in ("/tasks", "/assignments/1", f"/registrations/{arabic}/units/1", f"/registrations/{arabic}/units/4"):
        page.goto(address)
        is_sound(page)
    page.goto(f"/registrations/{arabic}/units/1")
    page.locator("form.check").get_by_role("radio").first.check()
    page.get_by_role("button", name="Check my answer").click()
    is_sound(page)


def test_a_quiz_in_arabic_has_no_faults_and_never_scrolls_sideways(school, arabic, page_for):
    school.read(arabic, school.ada)
    attempt_id = school.begin_quiz(arabic, school.ada)
    page = page_for(school.ada)
    for number in range(1, 8):
        page.goto(f"/attempts/{attempt_id}/questions/{number}")
        is_sound(page)
    answer_in(school, attempt_id, school.ada, "ar")
    page.goto(f"/attempts/{attempt_id}/review")
    assert page.get_by_text("قلم ← مجاملة").is_visible()
    is_sound(page)
    school.hand_in(attempt_id, school.ada)
    page.goto(f"/attempts/{attempt_id}")
    is_sound(page)
    page.goto(f"/registrations/{arabic}/attestation")
    is_sound(page)
    record = school.attest(arabic, school.ada)
    page.goto(f"/training-records/{record.id}")
    is_sound(page)


def test_the_page_is_mirrored_and_code_and_numbers_are_not(school, arabic, page_for):
    page = page_for(school.ada, viewport={"width": 1440, "height": 900})
    page.goto(f"/registrations/{arabic}/units/1")
    text, units = page.locator(".reading-text").bounding_box(), page.locator("#units").bounding_box()
    assert text["x"] < units["x"]
    row = page.locator("form.check .choice-row").first
    assert row.locator("input").bounding_box()["x"] > row.locator(".choice-text").bounding_box()["x"]
    styles = page.locator("pre").evaluate("one => [getComputedStyle(one).direction, getComputedStyle(one).textAlign]")
    assert styles == ["ltr", "start"]
    school.read(arabic, school.ada)
    attempt_id = school.begin_quiz(arabic, school.ada)
    page.goto(f"/attempts/{attempt_id}/questions/3")
    assert page.get_by_label("Your number").evaluate("one => getComputedStyle(one).direction") == "ltr"


def test_the_switch_works_by_keyboard_and_without_script(school, arabic, page_for):
    page = page_for(school.ada, java_script_enabled=False)
    page.goto(f"/registrations/{arabic}/units/3")
    page.get_by_role("button", name="Français").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="À qui demander").wait_for()
    assert page.url.endswith(f"/registrations/{arabic}/units/3")
