from app.courses.rules.check_places import cut, joined
from app.courses.rules.course import Part, parse
from tests.courses.samples import bundle

PARTS = (Part(html="<p>Before</p>"), Part(check="first"), Part(check="second--"), Part(html="<p>After</p>"))


def test_what_was_joined_is_cut_into_the_same_parts() -> None:
    assert cut(joined(PARTS)) == PARTS


def test_a_text_without_checks_is_one_part() -> None:
    assert cut("<p>Only text</p>") == (Part(html="<p>Only text</p>"),)
    assert cut("") == ()


def test_an_author_cannot_write_the_mark_of_a_check() -> None:
    forged = "---\ntitle: Forged\n---\nSee `<!-- check deadline -->` and &lt;!-- check deadline --&gt; and \\<!-- check deadline -->.\n"
    lesson = parse(bundle(lesson=forged)).lessons[0]
    assert [part.check for part in cut(joined(lesson.parts))] == [""]
