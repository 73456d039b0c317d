"""Where a text is code, so that nothing in it is touched; as the Markdown parser sees it."""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.courses.rules import markdown
from app.courses.rules.learn_module.source import Line
from app.courses.rules.markdown.link_labels import find_each_label_once

_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")


class _AsWritten(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        return True

    def normalizeLink(self, url: str) -> str:
        # As written: the importer compares with the source.
        return url


def reader_of_blocks() -> MarkdownIt:
    parser = _AsWritten("commonmark", {"html": True, "maxNesting": markdown.MAX_NESTING})
    parser.enable("table")
    find_each_label_once(parser)
    return parser


_READER: MarkdownIt = reader_of_blocks()


def blocks(lines: Sequence[Line]) -> list[Token]:
    return _READER.parse("\n".join(line.text for line in lines))


def code_lines(lines: Sequence[Line]) -> set[int]:
    """Indexes of the lines inside code blocks."""
    found: set[int] = set()
    for token in blocks(lines):
        if token.type in {"fence", "code_block"} and token.map:
            found.update(range(*token.map))
    return found


def outside_code(pattern: re.Pattern[str], text: str, start: int = 0) -> re.Match[str] | None:
    """The first match that is not inside `code`."""
    spans = [(found.start(), found.end()) for found in _CODE_SPAN.finditer(text)]
    for found in pattern.finditer(text, start):
        if not any(left <= found.start() and found.end() <= right for left, right in spans):
            return found
    return None
