"""From text to tokens, from tokens to safe HTML."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from markdown_it.token import Token

from app.courses.rules.markdown.cleaning import clean, without_controls
from app.courses.rules.markdown.headings import Heading, level_headings
from app.courses.rules.markdown.lines import children_with_lines
from app.courses.rules.markdown.parsers import parser_of_texts, parser_that_finds_html
from app.courses.rules.markdown.setting import LinkResolver, MediaResolver, Setting
from app.courses.rules.markdown.words import count_words, reading_minutes


@dataclass(frozen=True)
class Rendered:
    """Safe HTML, the number of words a reader reads, the headings in order, and faults as (line of the given text, sentence)."""

    html: str
    words: int
    headings: tuple[Heading, ...]
    problems: tuple[tuple[int, str], ...] = ()

    @property
    def minutes(self) -> int:
        return reading_minutes(self.words)


@dataclass
class Parsed:
    """The tokens of a text, ready to be cut and rendered, and what was found on the way."""

    tokens: list[Token]
    setting: Setting
    problems: list[tuple[int, str]] = field(default_factory=list)


def render(
    text: str,
    *,
    media: MediaResolver | None = None,
    link: LinkResolver | None = None,
    lang: str = "en",
    id_prefix: str = "c-",
    top_heading: int = 2,
) -> Rendered:
    """Renders one Markdown text without front matter (see `front_matter.split_front_matter`).

    The highest heading of the text becomes `top_heading` and no level is skipped below it. Without `media` no picture is
    shown, only its description. Never raises on any text.
    """
    setting = Setting(media=media, link=link, lang=lang, id_prefix=id_prefix, top_heading=top_heading)
    parsed = parse(text, setting)
    headings = level_headings(parsed.tokens, setting)
    return Rendered(to_html(parsed.tokens, setting), count_words(parsed.tokens), headings, tuple(parsed.problems))


def parse(text: str, setting: Setting, *, quiz: bool = False) -> Parsed:
    """Tokens with links, pictures, tables, alerts already made safe. `quiz` reads `[[gaps]]` and leaves footnotes alone."""
    problems: list[tuple[int, str]] = []
    env: dict[str, Any] = {"setting": setting, "problems": problems}
    tokens = parser_of_texts(quiz).parse(without_controls(text), env)
    return Parsed(tokens, setting, problems)


def to_html(tokens: Sequence[Token], setting: Setting) -> str:
    """Safe HTML of a run of block tokens."""
    return clean(_html_of(tokens, setting, inline=False))


def to_inline_html(token: Token, setting: Setting) -> str:
    """Safe HTML of one inline token (a heading's or a paragraph's content), without a wrapping element."""
    return clean(_html_of([token], setting, inline=True))


def raw_html(text: str) -> list[tuple[int, str]]:
    """(line, snippet) of each piece of raw HTML, so that the author is told instead of finding it as letters on the page."""
    found: list[tuple[int, str]] = []
    if not _may_hold_html(text):
        return found
    for token in parser_that_finds_html().parse(without_controls(text), {}):
        if token.type == "html_block":
            found.append(((token.map or [0])[0] + 1, token.content.strip().split("\n")[0]))
        for child, line in children_with_lines(token):
            if child.type == "html_inline":
                found.append((line, child.content))
    return found


_TAG_BEGINS = re.compile(r"<[A-Za-z/!?]")
_QUIZ_TAGS = re.compile(r"(?m)^<(/?)quiz>[ \t]*$")


def _may_hold_html(text: str) -> bool:
    """Whether it is worth a parse: most pages have no `<` but that of their checks, each opened and closed on a line of its own."""
    tags = _QUIZ_TAGS.findall(text)
    in_turn = all(mark == ("/" if number % 2 else "") for number, mark in enumerate(tags)) and len(tags) % 2 == 0
    return not in_turn or len(_TAG_BEGINS.findall(text)) > len(tags)


def _html_of(tokens: Sequence[Token], setting: Setting, *, inline: bool) -> str:
    parser = parser_of_texts(False)
    env = {"setting": setting}
    if inline:
        return "".join(parser.renderer.renderInline(token.children or [], parser.options, env) for token in tokens)  # type: ignore[attr-defined]
    return str(parser.renderer.render(tokens, parser.options, env))
