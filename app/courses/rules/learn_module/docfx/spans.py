"""The parser that remembers where each link, picture and tag stood, and the lines on which their edits fall."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from app.courses.rules import markdown
from app.courses.rules.learn_module.docfx.code import reader_of_blocks


@dataclass(frozen=True)
class Span:
    kind: str
    start: int
    end: int
    href: str = ""
    title: str = ""
    label: str = ""
    label_end: int = 0


def recorder() -> MarkdownIt:
    """A parser that leaves on each inline token the spans of its links, pictures and tags, in `meta["spans"]`."""
    parser = reader_of_blocks()
    spans: list[tuple[str, Span]] = []

    def remember(name: str, kind: str) -> None:
        original = next(rule.fn for rule in parser.inline.ruler.__rules__ if rule.name == name)

        def rule(state: StateInline, silent: bool) -> bool:
            start, before = state.pos, len(state.tokens)
            label_end = 0
            if kind == "link" and state.src[start] == "[":
                label_end = state.md.helpers.parseLinkLabel(state, start, True)
            if not original(state, silent):
                return False
            if not silent:
                made = state.tokens[before:]
                first = next((token for token in made if token.type in {"link_open", "image", "html_inline"}), None)
                if first is not None:
                    href = str(first.attrs.get("href", first.attrs.get("src", "")))
                    label = markdown.plain_text_of_alt(first) if first.type == "image" else ""
                    spans.append(
                        (
                            state.src,
                            Span(kind, start, state.pos, href, str(first.attrs.get("title", "")), label, label_end),
                        )
                    )
            return True

        parser.inline.ruler.at(name, rule)

    for name, kind in (("link", "link"), ("image", "image"), ("autolink", "autolink"), ("html_inline", "html")):
        remember(name, kind)

    def inline(state: Any) -> None:
        cell = False
        for token in state.tokens:
            if token.type in {"th_open", "td_open"}:
                cell = True
            elif token.type in {"th_close", "td_close"}:
                cell = False
            elif token.type == "inline":
                spans.clear()
                token.children = []
                state.md.inline.parse(token.content, state.md, state.env, token.children)
                token.meta = {
                    "spans": sorted((span for source, span in spans if source == token.content), key=lambda s: s.start),
                    "cell": cell,
                }

    parser.core.ruler.at("inline", inline)
    return parser


def placed_edits(
    texts: Sequence[str], token: Token, edits: Sequence[tuple[int, int, str]], search_from: dict[int, int]
) -> list[tuple[int, int, int, str]]:
    """Edits of an inline token's content as (row, start, end, new) of the source lines."""
    assert token.map is not None
    placed: list[tuple[int, int, int, str]] = []
    offset = 0
    for index, content_line in enumerate(token.content.split("\n")):
        row = token.map[0] + index
        in_cell = token.meta.get("cell", False)
        column = -1
        if row < len(texts):
            column = (
                texts[row].find(content_line, search_from.get(row, 0)) if in_cell else texts[row].rfind(content_line)
            )
        if column >= 0:
            search_from[row] = column + len(content_line)
            for start, end, new in edits:
                left, right = max(start, offset), min(end, offset + len(content_line))
                if left < right or (left == right == start == offset + len(content_line) < end):
                    # What replaces several lines stands on the first of them.
                    placed.append((row, column + left - offset, column + right - offset, new if left == start else ""))
        offset += len(content_line) + 1
    return placed
