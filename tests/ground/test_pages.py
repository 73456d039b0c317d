"""The eye that reads every page in the suite sees what it has to see."""

from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from tests.ground.pages import faults_of, filled, words

GOOD = """<!doctype html><html lang="en"><head><title>Tasks – Good Standing</title></head><body>
<h1>Tasks</h1><form method="post" action="/x"><input type="hidden" name="csrf_token" value="t">
<label for="a">Name</label><input id="a" name="a" aria-describedby="hint"><p id="hint">As in the contract</p></form>
<p><a href="#a">To the name</a></p></body></html>"""


def page(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def test_a_good_page_has_no_faults() -> None:
    assert faults_of(page(GOOD)) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (' lang="en"', ""),
        ("<h1>Tasks</h1>", "<h2>Tasks</h2>"),
        ("<h1>Tasks</h1>", "<h1>Tasks</h1><h1>More</h1>"),
        ("<title>Tasks", "<title>Case"),
        ('id="hint"', 'id="a"'),
        ("<p><a", '<p style="color:red"><a'),
        ("<p><a", '<p onclick="go()"><a'),
        ("<p><a", "<script>go()</script><p><a"),
        ("<p><a", "<style>p{}</style><p><a"),
        ('href="#a"', 'href="javascript:go()"'),
        ('href="#a"', 'href="#nowhere"'),
        ('value="t"', 'value=""'),
        ('for="a"', 'for="b"'),
        ('<label for="a">Name</label>', ""),
        ("<p><a", '<img src="/x.png"><p><a'),
        ('aria-describedby="hint"', 'aria-describedby="hint other"'),
    ],
)
def test_a_fault_is_seen(before: str, after: str) -> None:
    assert before in GOOD
    assert faults_of(page(GOOD.replace(before, after, 1)))


FORM = """<form method="post"><input type="hidden" name="key" value="k1"><input name="title" value="Old">
<textarea name="why">
Because</textarea><select name="kind"><option value="a">A</option><option value="b" selected>B</option></select>
<input type="radio" name="pick" value="1"><input type="radio" name="pick" value="2" checked>
<input type="checkbox" name="sure" value="yes"><input type="checkbox" name="who" value="7"><input type="checkbox" name="who" value="8">
<input type="file" name="paper"><input name="off" value="x" disabled>
<button name="act" value="save">Save</button><button name="act" value="drop">Drop it</button></form>"""


def form() -> Tag:
    found = page(FORM).form
    assert found is not None
    return found


def test_a_form_is_sent_as_a_browser_would() -> None:
    assert filled(form(), "Drop it", {}) == {
        "key": "k1",
        "title": "Old",
        "why": "Because",
        "kind": ["b"],
        "pick": ["2"],
        "sure": [],
        "who": [],
        "paper": [],
        "act": "drop",
    }


def test_a_form_is_filled_in() -> None:
    paper = (BytesIO(b"x"), "a.pdf")
    sent = filled(form(), "Save", {"title": "New", "kind": "a", "sure": True, "who": [7, 8], "paper": paper})
    assert (sent["title"], sent["kind"], sent["sure"], sent["who"], sent["paper"]) == (
        "New",
        ["a"],
        ["yes"],
        ["7", "8"],
        paper,
    )
    assert sent["act"] == "save"


@pytest.mark.parametrize("fields", [{"nothing": "x"}, {"kind": "c"}, {"pick": "3"}, {"who": True}, {"off": "y"}])
def test_a_form_cannot_send_what_the_page_does_not_offer(fields: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        filled(form(), "Save", fields)


def test_words_are_what_a_reader_sees() -> None:
    assert words(page("<p>One\n  <b>two</b> </p>").p) == "One two"
