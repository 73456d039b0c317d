"""Text crafted to keep the parser busy is read in as many steps as it is long."""

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from app.courses.rules.markdown import Setting, parse, raw_html, render
from app.courses.rules.markdown.paragraphs import MAX_PARAGRAPH_CHARACTERS

STEPS_PER_CHARACTER = 80
BRACKETS = ["[[", "[", "![", "[a", "[^a", "[[[[a]]]]", "[" * 39 + "]" * 39, "![[", "[a](", "[[a](b)"]


def as_quiz(text: str) -> object:
    return parse(text, Setting(), quiz=True)


def steps(act: Callable[[str], object], text: str) -> int:
    """Python functions called on the way: unlike seconds, the same on every computer."""
    called = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal called
        called += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        act(text)
    finally:
        sys.setprofile(before)
    return called


@pytest.mark.parametrize("act", [render, as_quiz, raw_html])
@pytest.mark.parametrize("brackets", BRACKETS)
def test_brackets_cost_no_more_than_their_number(act: Callable[[str], object], brackets: str) -> None:
    text = brackets * (MAX_PARAGRAPH_CHARACTERS // len(brackets))
    act("warm")  # the parsers are built at the first text
    assert steps(act, text) < STEPS_PER_CHARACTER * len(text)


def test_forty_thousand_brackets_are_shown_as_written_and_reported() -> None:
    rendered = render("Fine.\n\n" + "[[" * 20_000)
    assert rendered.html == f"<p>Fine.</p>\n<p>{'[[' * 20_000}</p>"
    assert rendered.problems[0][0] == 3
    assert "has 40,000 characters; at most 5,000" in rendered.problems[0][1]


def test_a_paragraph_at_the_limit_is_read_as_markdown() -> None:
    text = "**bold**" + "x" * (MAX_PARAGRAPH_CHARACTERS - 8)
    assert "<strong>bold</strong>" in render(text).html
    assert "**bold**x" in render(text + "x").html


def test_too_long_a_paragraph_shows_no_element_of_its_own() -> None:
    text = "<script>alert(1)</script>\n[x](javascript:alert(1))\n" * 200
    rendered = render(text)
    assert "<script" not in rendered.html
    assert "<a" not in rendered.html
    assert [line for line, _ in rendered.problems] == [1]


def test_headings_that_say_the_same_are_told_apart_without_counting_anew() -> None:
    few, many = (render("# a\n" * number).headings for number in (3, 3000))
    assert [heading.id for heading in few] == ["c-a", "c-a-2", "c-a-3"]
    assert many[-1].id == "c-a-3000"
    assert len({heading.id for heading in many}) == 3000


def test_brackets_within_brackets_still_make_links_and_pictures() -> None:
    assert render("[a [b] c](https://x.example)").html.count("<a ") == 1
    assert ">b</a>" in render("[a [b](https://x.example) c](https://y.example)").html
    assert render("[" * 20 + "a](https://x.example)").html.startswith("<p>" + "[" * 19 + "<a ")
    assert render("![a [b](https://x.example) c](m.png)").html == "<p><em>a b c</em></p>"
