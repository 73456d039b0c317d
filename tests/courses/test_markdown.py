import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.courses.rules.markdown import Media, raw_html, render

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe src='https://evil.example'></iframe>",
    "<style>body{display:none}</style>",
    "<div style='position:fixed'>x</div>",
    "<form action='https://evil.example'><input name=password></form>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href='https://evil.example/'>",
    "<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)>",
    "<!-- comment --><script>x</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript&colon;alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](< javascript:alert(1)>)",
    "[x](%6Aavascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example/x)",
    "[x](\\\\evil.example\\x)",
    "[x](/\\evil.example)",
    "[x](blob:https://evil.example/1)",
    "[x][y]\n\n[y]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "![x](data:image/png;base64,iVBORw0KGgo=)",
    "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)",
    "![x](javascript:alert(1))",
    "![x](https://evil.example/pixel.gif)",
    "![x](//evil.example/pixel.gif)",
    "![x](../../secret.png)",
    "![x](/etc/passwd)",
    '![x](a.png"onerror="alert(1))',
    '![" onerror="alert(1)](media/a.png)',
    '[x](https://a.example "t\\" onmouseover=\\"alert(1)")',
    "| a |\n|:-:|\n| <script>x</script> |",
    "> [!NOTE]\n> <script>x</script>",
    "- [x] <script>x</script>",
    "x[^1]\n\n[^1]: <script>x</script>",
    "# <script>x</script>",
    '# x {#"onclick=alert(1)}',
    "# x {onclick=alert(1)}",
    "`<script>x</script>`",
    "```<script>\n</script><script>x</script>\n```",
    '```"><script>x</script>\n```',
    "<quiz>\n<script>x</script>\n</quiz>",
    "\u202escript\u202c <script>",
    "\ue0001\ue001 <script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\x00<script>\x00",
    "![film](media/a.mp4 \"x' onplay='alert(1)\")",
]
TAGS = {
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "br",
        "hr",
        "em",
        "strong",
        "s",
        "code",
        "pre",
        "blockquote",
        "a",
        "img",
    ),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "div", "span", "sup", "section"),
    *("video", "audio", "track", "details", "summary", "figure"),
}


class Page(HTMLParser):
    """Every tag and attribute that a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.depth: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, {name: value or "" for name, value in attrs}))


def shelf(path: str) -> Media | None:
    return (
        Media(f"/media/{path}", captions=(("en", "/media/a.en.vtt"),), transcript_html="<p>words</p>")
        if path.startswith("media/")
        else None
    )


def assert_harmless(html: str) -> None:
    for tag, attributes in Page(html).seen:
        assert tag in TAGS, html
        for name, value in attributes.items():
            assert not name.startswith("on"), html
            assert name != "style", html
            if name == "id":
                assert value.startswith("c-"), html
            if name in {"href", "src"}:
                assert re.match(r"(https?:|mailto:|#|/media/|[^:/\\]*$|/(?![/\\]))", value), html
                if name == "src":
                    assert value.startswith("/media/"), html


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markdown_becomes_harmless_html(text: str) -> None:
    assert_harmless(render(text, media=shelf).html)
    assert_harmless(render(text).html)


@given(
    st.lists(
        st.sampled_from(
            [*HOSTILE, "\n\n", "- ", "> ", "    ", "| a | b |\n|---|---|\n| ", "<", ">", '"', "](", "[!NOTE]"]
        )
    ).map("".join)
)
@example("<quiz>")
def test_any_mixture_of_hostile_pieces_is_harmless(text: str) -> None:
    assert_harmless(render(text, media=shelf).html)


@given(st.text(max_size=300))
def test_no_text_makes_rendering_fail(text: str) -> None:
    assert_harmless(render(text).html)


@given(st.text("abc *_`[]()!>#-|\n<&\\{}^:1.=", max_size=200))
def test_markdown_is_never_cut_short(text: str) -> None:
    shown = re.sub(r"<[^>]*>", " ", render(text).html)
    hidden = re.findall(r"\[[^\]]*\]:", text)  # definitions of links are not shown
    if not hidden and "](" not in text and "<" not in text:
        assert sum(map(shown.count, "abc")) >= sum(map(text.count, "abc"))


def test_nested_quotes_a_thousand_deep_end() -> None:
    assert_harmless(render(">" * 5000 + " x").html)
    assert_harmless(render("[" * 5000).html)
    assert_harmless(render("*a " * 5000).html)


def test_tables_align_by_class_and_scroll_by_keyboard() -> None:
    html = render("| a | b |\n|:--|--:|\n| 1 | 2 |").html
    assert "style=" not in html
    assert '<td class="align-start">1</td>' in html
    assert '<td class="align-end">2</td>' in html
    assert '<th class="align-start" scope="col">a</th>' in html
    assert 'role="region" tabindex="0"' in html


def test_task_lists_footnotes_and_strikethrough_are_read() -> None:
    html = render("- [x] done\n- [ ] open\n\n~~old~~ new[^a]\n\n[^a]: A note.").html
    assert 'aria-label="done"' in html
    assert 'aria-label="not done"' in html
    assert "<input" not in html
    assert "<s>old</s>" in html
    assert 'href="#c-fn1"' in html
    assert 'id="c-fn1"' in html
    assert 'href="#c-fn1-ref"' in html


@pytest.mark.parametrize("kind", ["NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"])
def test_alerts_are_notes_with_a_title(kind: str) -> None:
    html = render(f"> [!{kind}]\n> Mind the gap.").html
    assert f'<div class="alert alert-{kind.lower()}" role="note">' in html
    assert f'<p class="alert-title">{kind.capitalize()}</p>' in html


def test_alerts_speak_the_language_of_the_text() -> None:
    assert "Attention" in render("> [!WARNING]\n> Doucement.", lang="fr").html
    assert "Warning" in render("> [!WARNING]\n> Doucement.", lang="xx").html


def test_links_out_carry_no_referrer_and_links_in_are_left() -> None:
    html = render("[a](https://a.example/x) [b](02-next.md) [c](mailto:a@b.example) <https://d.example>").html
    assert html.count('rel="noopener noreferrer"') == 2
    assert '<a href="02-next.md">b</a>' in html


def test_a_refused_link_keeps_its_words_and_is_reported_with_its_line() -> None:
    rendered = render("fine\n\nhere\nis [the word](javascript:alert) kept")
    assert "the word" in rendered.html
    assert "<a" not in rendered.html
    assert [line for line, _ in rendered.problems] == [4]


def test_a_link_that_leads_nowhere_in_the_course_is_reported() -> None:
    rendered = render("[a](02.md) and [b](nope.md)", link=lambda target: "/l/02" if target == "02.md" else None)
    assert '<a href="/l/02">a</a>' in rendered.html
    assert rendered.problems == (
        (1, "The link to 'nope.md' leads to nothing in the course. Name a page or file of it, such as 02-sharing.md."),
    )


def test_the_highest_heading_becomes_h2_and_no_level_is_skipped() -> None:
    rendered = render("### A\n\n##### B\n\n### C\n\n# D\n\n## E")
    assert [(h.level, h.id) for h in rendered.headings] == [(2, "c-a"), (3, "c-b"), (2, "c-c"), (2, "c-d"), (3, "c-e")]
    assert "<h1" not in rendered.html


def test_headings_of_one_name_get_ids_of_their_own() -> None:
    assert [h.id for h in render("# Same\n\n# Same\n\n# Same 2").headings] == ["c-same", "c-same-2", "c-same-2-2"]


def test_a_heading_may_bring_its_id_and_links_find_it() -> None:
    html = render("# The clock {#clock}\n\n[up](#clock)").html
    assert '<h2 id="c-clock">The clock</h2>' in html
    assert 'href="#c-clock"' in html


def test_a_picture_comes_from_the_course_alone() -> None:
    html = render("![A map](media/map.png)", media=shelf).html
    assert '<img src="/media/media/map.png" alt="A map" loading="lazy">' in html
    rendered = render("![A map](https://elsewhere.example/map.png)", media=shelf)
    assert "<img" not in rendered.html
    assert "<em>A map</em>" in rendered.html
    assert "outside the course folder" in rendered.problems[0][1]


def test_a_film_has_captions_a_name_and_its_transcript() -> None:
    html = render("![How a leak happens](media/leak.mp4)", media=shelf).html
    assert '<video controls="" preload="metadata" src="/media/media/leak.mp4" aria-label="How a leak happens">' in html
    assert '<track kind="captions" src="/media/a.en.vtt" srclang="en" label="en" default="">' in html
    assert '<details class="transcript"><summary>Transcript</summary><p>words</p></details>' in html
    assert not html.startswith("<p>")


def test_a_film_in_running_text_is_reported() -> None:
    assert "paragraph of its own" in render("See ![it](media/leak.mp4) now", media=shelf).problems[0][1]


def test_words_are_counted_as_a_reader_counts_them() -> None:
    assert render("One **two** `three` – four.\n\n- five\n- six").words == 6
    assert render("合规培训课程").words == 3
    assert render("").words == 0
    assert render("word " * 2200).minutes == 10


def test_a_footnote_that_nothing_refers_to_is_shown_and_reported() -> None:
    rendered = render("Text.\n\n[^lost]: The lost words.")
    assert "The lost words." in rendered.html
    assert "never referred to" in rendered.problems[0][1]


def test_raw_html_is_found_with_its_line() -> None:
    assert raw_html("fine\n\na <b>word</b>\n\n<div>\nx\n</div>") == [(3, "<b>"), (3, "</b>"), (5, "<div>")]
    assert raw_html("`<b>` and\n\n    <b>\n\n```\n<b>\n```\n\na < b and <https://x.example>") == []


def test_rendering_twice_gives_the_same() -> None:
    text = "# A\n\n![x](media/x.png) [^1]\n\n[^1]: y\n\n- [x] z"
    assert render(text, media=shelf) == render(text, media=shelf)
