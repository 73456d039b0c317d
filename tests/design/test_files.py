import hashlib
import re

import pytest

from tests.design.gallery import PAGES, ROOT, STATIC, render
from tests.design.stylesheet import CSS

TEMPLATES = sorted(
    path for folder in ("layouts", "components", "errors") for path in (ROOT / "app/templates" / folder).glob("*.html")
)
LAYERS = ["reset", "tokens", "base", "layout", "components", "utilities", "print"]
PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border|inset)-(?:left|right|top|bottom)|left|right|top|bottom|(?:max-|min-)?(?:width|height)):"
    r"|text-align:(?:left|right)"
)


def test_the_stylesheet_stays_small() -> None:
    assert len(CSS.encode()) <= 34 * 1024


def test_the_scripts_stay_short() -> None:
    lines = {path.name: path.read_text(encoding="utf-8").count("\n") for path in (STATIC / "js").glob("*.js")}
    assert lines["app.js"] < 200
    assert all(count < 150 for name, count in lines.items() if name != "app.js")


def test_the_layers_come_in_their_order_and_hold_everything() -> None:
    assert re.findall(r"^@layer (\w+)\{", CSS, re.M) == LAYERS
    outside, depth = "", 0
    for part in re.split(r"([{}])", CSS):
        depth += (part == "{") - (part == "}")
        outside += part if not depth else ""
    beside = {
        line for line in re.findall(r"[^{};\n]+", outside) if not line.startswith(("@layer ", "@font-face", "/*"))
    }
    assert beside == set()


def test_the_stylesheet_knows_no_left_and_right() -> None:
    assert PHYSICAL.findall(re.sub(r"@(?:media|container)[^{]*", "", CSS)) == []
    assert PHYSICAL.findall(".a{margin-left:1px}") == ["margin-left:"]


def test_nothing_is_fetched_from_elsewhere() -> None:
    scripts = [path.read_text(encoding="utf-8") for path in (STATIC / "js").glob("*.js")]
    for text in (CSS, *scripts, *map(render, PAGES)):
        assert not re.search(r"""(?:src=|url\(|import |<link[^>]+href=)["'(]*(?:https?:)?//""", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_template_has_inline_style_or_script(path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert all(" src=" in tag for tag in re.findall(r"<script[^>]*>", text))


def test_every_font_is_named_by_its_hash_and_used() -> None:
    fonts = list((STATIC / "fonts").glob("*.woff2"))
    assert len(fonts) == 4
    for font in fonts:
        assert font.name.split(".")[1] == hashlib.sha256(font.read_bytes()).hexdigest()[:12]
        assert f"../fonts/{font.name}" in CSS


def test_every_class_of_a_page_is_styled_or_said_to_be_a_mark() -> None:
    """A class without a rule is a slip of the pen, or named here."""
    marks = {
        "button-primary",
        "post-button",
        "event",
        "unit-done",
        "site-owner",
        "site-name",
        "person-menu",
        "notice-text",
    }
    marks |= {"disclosure", "caption-heading", "task-closed", "progress-text", "panel-reference", "reading"}
    styled = set(re.findall(r"\.([a-z][\w-]*)", CSS)) | marks
    used = {name for page in PAGES for group in re.findall(r'class="([^"]*)"', render(page)) for name in group.split()}
    by_part = re.compile(
        r"icon-|stage-|alert-|footnote-|task-(?:list|item|mark)|(?:tag|event|notice|figure)-(?:neutral|info|success|attention|danger)$"
    )
    plain = {name for name in used - styled if not by_part.match(name)}
    assert plain == set()
