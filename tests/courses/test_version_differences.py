"""A version beside the one before it: word by word for its author and approver, without the key for everybody else."""

import pytest

from app.courses.rules.page_differences import PageText, page_differences, paragraphs_of
from app.courses.rules.word_difference import markdown_paragraphs, passages
from tests.courses.catalogue import LESSON, SLUG, folder
from tests.ground.browser import axe, fits

HOSTILE = LESSON.replace("A leak starts a clock.", "A leak starts a clock. `<script>alert(1)</script>` stands here.")


def words(found):
    return [(one.kind, "".join(f"{{{span.mark[0]}:{span.text}}}" for span in one.spans) or one.count) for one in found]


def test_the_same_text_has_no_difference():
    assert passages(["One.", "Two."], ["One.", "Two."]) == ()


def test_in_a_paragraph_that_changed_the_words_are_marked():
    found = passages(["Report within 24 hours."], ["Report within 48 hours."])
    assert words(found) == [("changed", "{s:Report within }{r:24 }{a:48 }{s:hours.}")]


def test_a_paragraph_with_nothing_in_common_is_removed_and_another_added():
    found = passages(["Ask your manager first."], ["Gifts over fifty euros need approval."])
    assert [one.kind for one in found] == ["removed", "added"]


def test_of_what_stayed_only_what_is_near_is_repeated():
    text = [f"Paragraph number {number}." for number in range(9)]
    found = passages(text, [*text[:4], "Something quite different here, at last.", *text[4:]])
    assert [one.kind for one in found] == ["left_out", "same", "added", "same", "left_out"]
    assert (found[0].count, found[-1].count) == (3, 4)


def test_a_script_without_spaces_is_compared_by_character():
    assert words(passages(["贈り物は禁止です"], ["贈り物は可能です"])) == [
        ("changed", "{s:贈り物は}{r:禁止}{a:可能}{s:です}")
    ]


def test_joined_again_the_words_are_both_texts():
    before, after = "a b  c\nd e f g h", "a x c\nd  e f h i"
    (one,) = passages([before], [after])
    assert "".join(span.text for span in one.spans if span.mark != "added") == before
    assert "".join(span.text for span in one.spans if span.mark != "removed") == after


def test_what_stands_in_a_pages_head_is_told_from_its_first_words():
    before = markdown_paragraphs("---\ntitle: One\nversion: 1.0.0\n---\nA pen is fine.\n")
    after = markdown_paragraphs("---\ntitle: One\nversion: 2.0.0\n---\nA pen is fine.\n")
    assert [one.kind for one in passages(before, after)] == ["same", "changed", "same", "left_out"]
    assert words(passages(before, after))[1] == ("changed", "{s:title: One\nversion: }{r:1.0.0}{a:2.0.0}")


def test_a_list_is_compared_item_by_item():
    assert markdown_paragraphs("Text\nof two lines\n\n- one\n- two\n  more\n\n\nEnd") == [
        "Text\nof two lines",
        "- one",
        "- two\n  more",
        "End",
    ]


def test_pages_are_known_again_by_name_by_number_left_out_and_by_title():
    before = [PageText("01-a", "Alpha"), PageText("02-b", "Beta"), PageText("03-c", "Gamma"), PageText("04-d", "Delta")]
    after = [
        PageText("01-n", "New"),
        PageText("02-a", "Alpha"),
        PageText("03-other", "Beta"),
        PageText("03-c", "Gimel"),
    ]
    assert [(one.title, one.in_words, one.former_title) for one in page_differences(before, after)] == [
        ("New", "new", ""),
        ("Gimel", "renamed", "Gamma"),
        ("Delta", "removed", ""),
    ]


def test_a_page_that_changed_its_place_is_said_to_have_moved():
    before = [PageText(slug, slug) for slug in ("a", "b", "c", "d")]
    after = [PageText(slug, slug) for slug in ("b", "c", "d", "a")]
    assert [(one.slug, one.in_words) for one in page_differences(before, after)] == [("a", "moved")]


def test_the_words_of_a_rendered_lesson_are_its_paragraphs():
    html = '<h2>Clock</h2><p>One <em>two</em>.</p><ul><li>A</li><li><p>B</p></li></ul><img alt="Five" src="x"><table><tr><td>1</td><td>2</td></tr></table><!-- check x -->'
    assert paragraphs_of(html) == ("Clock", "One two.", "A", "B", "[Picture: Five]", "1 · 2")


# The pages


@pytest.fixture
def changed(catalogue):
    """Version 1.0.0 is live; 1.1.0 with another deadline, lesson text and a third lesson waits."""
    catalogue.publish()
    more = {"03-more.md": b"---\ntitle: More\n---\nMore to read.\n"}
    return catalogue.propose(folder("1.1.0", hours=48, lesson=HOSTILE, **more))


def address(version):
    return f"/courses/{SLUG}/versions/{version.id}/differences"


def test_who_judges_sees_words_questions_and_pages_that_changed(client, changed, mei):
    client.sign_in(mei)
    page = client.get(f"/courses/{SLUG}/versions/{changed.id}").link("What this version changes, word by word")
    answer = client.get(page)
    assert answer.heading == "What version 1.1.0 changes: Handling customer data"
    assert "More : new" in answer.text
    assert "deadline : right answer changed." in answer.text
    assert "1.1.0 Another deadline" in answer.text
    titles = [tag.get_text() for tag in answer.page.select("section h3")]
    assert titles == ["01-the-clock.md", "03-more.md", "99-quiz.md", "index.md"]
    assert any("48 hours" in tag.get_text() or "48" in tag.get_text() for tag in answer.page.select("ins"))


def test_what_an_author_wrote_as_html_is_shown_as_text(client, changed, mei):
    client.sign_in(mei)
    answer = client.get(address(changed))
    assert "<script>alert(1)</script>" in answer.page.select_one(".difference").get_text()
    assert not [tag for tag in answer.page.select("script") if "alert" in tag.get_text()]


@pytest.mark.parametrize("who", ["auditor", "analyst"])
def test_without_the_right_to_see_keys_nothing_of_them_is_shown(client, catalogue, changed, world, who):
    catalogue.decide(changed)
    client.sign_in(getattr(world, who)())
    answer = client.get(address(changed))
    assert "The quiz or the statement to sign changed." in answer.text
    assert "stands here" in answer.text
    for secret in ("FEEDBACK", "EXPLANATION", "48", "[x]", "When does the clock start"):
        assert secret not in answer.text


def test_a_draft_s_difference_is_for_those_who_see_drafts(client, changed, world):
    client.sign_in(world.analyst())
    assert client.get(address(changed)).status_code == 404
    client.sign_in(world.auditor())
    assert client.get(address(changed)).status_code == 200


def test_a_first_version_has_nothing_to_be_compared_with(client, catalogue, mei):
    client.sign_in(mei)
    assert "Nothing to compare" in client.get(address(catalogue.propose())).text


def test_a_published_version_is_compared_with_the_one_before_it_for_ever(client, catalogue, clock, world, mei):
    for version, hours in (("1.0.0", 24), ("1.1.0", 36), ("1.2.0", 48)):
        clock.advance(days=1)
        last = catalogue.publish(folder(version, hours=hours))
    client.sign_in(mei)
    assert "Compared with version 1.1.0, which was live before it." in client.get(address(last)).text


def test_an_auditor_reads_every_page_of_an_old_version_and_a_publisher_its_key(client, catalogue, clock, world, mei):
    old = catalogue.publish()
    clock.advance(days=1)
    catalogue.publish(folder("1.1.0", hours=48))
    client.sign_in(world.auditor())
    pages = [client.get(f"/courses/{SLUG}/versions/{old.id}/units/{position}") for position in (1, 2, 3, 4)]
    for page, said in zip(
        pages, ("A leak starts a clock", "Share what is asked", "Within 24 hours", "I will report"), strict=True
    ):
        assert said in page.text
        assert "FEEDBACK" not in page.text
    client.sign_in(mei)
    assert "FEEDBACK Right." in client.get(f"/courses/{SLUG}/versions/{old.id}/units/3").text


# Where each course stands


def test_an_author_sees_what_is_live_what_waits_and_what_was_rejected(client, catalogue, clock, avery, mei):
    catalogue.publish()
    catalogue.publish(folder(question="Another?"), slug="second")
    clock.advance(days=1)
    waits = catalogue.propose(folder("2.0.0", hours=48), slug=SLUG)
    rejected = catalogue.propose(folder(question="A third?"), slug="third")
    catalogue.decide(rejected, approve=False, reason="Too short.")
    client.sign_in(avery)
    page = client.get(client.get("/courses").link("Where each course stands: drafts, what waits, what was rejected"))
    rows = [" ".join(row.get_text(" ").split()) for row in page.page.select("tbody tr")]
    assert [row.split()[3] for row in rows] == [SLUG, "second", "third"]
    assert rows[0].endswith("2.0.0 Waiting A content approver decides What it changes")
    assert rows[1].endswith("1.0.0 Live Nothing waits")
    assert rows[2].endswith("None 1.0.0 Rejected Mend it and publish it again Rejected: Too short.")
    client.sign_in(mei)
    assert client.get("/course-versions").link("Decide on it").startswith("/decisions/")
    assert client.get("/course-versions").link("What it changes") == address(waits)


def test_who_sees_no_drafts_has_no_such_page(client, catalogue, world):
    catalogue.propose()
    client.sign_in(world.analyst())
    assert client.get("/course-versions").status_code == 404
    assert "Where each course stands" not in client.get("/courses").text


def test_the_page_is_one_statement_however_many_courses_there_are(client, catalogue, avery, statements):
    client.sign_in(avery)
    catalogue.propose()
    client.get("/course-versions")
    with statements() as few:
        client.get("/course-versions")
    for number in range(52):
        catalogue.propose(folder(question=f"Question {number}?"), slug=f"course-{number:02}")
    with statements() as many:
        first = client.get("/course-versions")
    assert len(few) == len(many)
    assert len(first.page.select("tbody tr")) == 50
    second = client.get(first.page.select_one("a[rel=next]")["href"])
    assert len(second.page.select("tbody tr")) == 3


@pytest.mark.browser
@pytest.mark.one_engine
def test_the_differences_are_accessible_and_fit_every_window(page_for, changed, mei):
    page = page_for(mei)
    for at in (address(changed), "/course-versions"):
        page.goto(at)
        axe(page)
        fits(page)
