"""DocFX-flavoured Markdown turned into Markdown that a course may hold, line by line, each line knowing where it came from.

What Markdown is, is decided on the parser's tokens: nothing inside code is touched, and links, pictures and raw HTML are
found where the parser finds them. Only DocFX's own marks (`[!INCLUDE]`, `:::image`, `[!VIDEO]`), which no Markdown parser
knows, are found by their spelling.
"""

from collections.abc import Callable, Sequence

from app.courses.rules.learn_module.docfx.code import code_lines
from app.courses.rules.learn_module.docfx.directives import Directives
from app.courses.rules.learn_module.docfx.includes import Includes
from app.courses.rules.learn_module.docfx.inlines import Inlines
from app.courses.rules.learn_module.docfx.raw_html import html_as_text
from app.courses.rules.learn_module.docfx.spelling import as_plain, escape
from app.courses.rules.learn_module.docfx.targets import Targets
from app.courses.rules.learn_module.source import Files, Line, Notes

__all__ = ["Converter", "as_plain", "code_lines", "escape"]


class Converter:
    """Turns the text of one unit into Markdown."""

    def __init__(self, files: Files, notes: Notes, site: str, lesson_of: Callable[[str], str | None]) -> None:
        """`site` is put before links that start with `/`; `lesson_of` names the lesson made of a file of the module."""
        self._notes = notes
        self._targets = Targets(files, notes, site, lesson_of)
        self._includes = Includes(files, notes)
        self._directives = Directives(files, notes, self._targets)
        self._inlines = Inlines(notes, self._targets)

    @property
    def media(self) -> dict[str, bytes]:
        """The pictures that the texts turned so far show: path -> bytes."""
        return self._targets.media

    def convert(self, lines: Sequence[Line]) -> list[Line]:
        """All passes, in the order in which each can see what it needs."""
        result = self._includes.expand(list(lines), ())
        result = html_as_text(result, self._notes)
        result = self._directives.turn(result)
        return self._inlines.rewrite(result)
