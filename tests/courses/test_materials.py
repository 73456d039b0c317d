from pathlib import Path

import pytest

from app.courses.rules.materials import read_material

ANNOUNCEMENT = Path(__file__).parents[2].parent / "shared" / "brief" / "announcement.md"


def test_front_matter_of_other_systems_is_tolerated_and_not_shown() -> None:
    found = read_material(
        "---\nms.topic: include\nms.date: 07/03/2023\nauthor: someone\n---\n\n## The title\n\nText.\n"
    )
    assert (found.title, found.html) == ("The title", "<p>Text.</p>")
    assert found.meta["ms.topic"] == "include"
    assert found.problems == ()


def test_a_title_in_the_front_matter_wins_and_is_not_repeated() -> None:
    assert read_material("---\ntitle: A\n---\n# B\n\nText.").html == '<h2 id="c-b">B</h2>\n<p>Text.</p>'
    found = read_material("---\ntitle: A\n---\n# A\n\n## B\n\nText.")
    assert (found.title, [heading.level for heading in found.headings]) == ("A", [2])


def test_broken_front_matter_does_not_hide_the_document() -> None:
    found = read_material("---\n: [\n---\n\nText.")
    assert "Text." in found.html
    assert found.problems


def test_raw_html_is_shown_as_text_and_said() -> None:
    found = read_material("# A\n\n<script>alert(1)</script>")
    assert "&lt;script&gt;" in found.html
    assert [(problem.file, problem.line) for problem in found.problems] == [("material.md", 3)]


def test_windows_line_ends_and_a_byte_order_mark_make_no_difference() -> None:
    text = "---\ntitle: A\n---\n\nOne.\n\nTwo.\n"
    assert read_material("\ufeff" + text.replace("\n", "\r\n")) == read_material(text)


def test_an_empty_document_is_a_document() -> None:
    assert (read_material("").title, read_material("").html, read_material("").words) == ("", "", 0)


@pytest.mark.skipif(not ANNOUNCEMENT.exists(), reason="needs ../shared/brief/announcement.md, which is not here")
def test_the_real_announcement_can_be_published_as_it_is() -> None:
    text = ANNOUNCEMENT.read_text(encoding="utf-8")
    found = read_material(text)
    assert found.title == "Microsoft's commitment to ensuring partner compliance"
    assert [(heading.level, heading.text) for heading in found.headings] == [(2, "Next steps"), (2, "Questions?")]
    assert found.problems == ()
    assert "ms.topic" not in found.html
    assert 400 < found.words < 500
    assert found.html.count('rel="noopener noreferrer"') == 2
