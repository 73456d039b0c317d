"""`[!INCLUDE]`: the files that a text takes in, put in their place."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from app.courses.rules.front_matter import split_front_matter
from app.courses.rules.learn_module.docfx.code import code_lines, outside_code
from app.courses.rules.learn_module.docfx.spelling import escape, hanging_indent
from app.courses.rules.learn_module.source import Files, Line, Notes

MAX_INCLUDE_DEPTH = 10
MAX_LINES = 20_000
_INCLUDE = re.compile(
    r"\[!include\s*\[(?P<label>[^\]]*)\]\s*\(\s*(?P<path>[^)\s]+)(?:\s+\"[^\"]*\")?\s*\)\s*\]", re.IGNORECASE
)
_LEAD = re.compile(r"[\s>]*(?:(?:[-*+]|\d+[.)])\s+)?[\s>]*")


@dataclass(frozen=True)
class Includes:
    """Takes in the files of a module; what becomes of each mark is noted."""

    files: Files
    notes: Notes

    def expand(self, lines: list[Line], above: tuple[str, ...]) -> list[Line]:
        """Puts the included files in place, nested ones too, each line keeping its own file and number."""
        code = code_lines(lines)
        result: list[Line] = []
        for index, line in enumerate(lines):
            found = outside_code(_INCLUDE, line.text) if index not in code else None
            if found is None or len(result) > MAX_LINES:
                result.append(line)
                continue
            result += self._include(line, found, above)
        return result

    def _include(self, line: Line, found: re.Match[str], above: tuple[str, ...]) -> list[Line]:
        target = unquote(found["path"].strip("<>").split("#")[0].split("?")[0])
        path = self.files.find(line.file, target)
        before, after = line.text[: found.start()], line.text[found.end() :]
        if path is None or path in above or len(above) >= MAX_INCLUDE_DEPTH:
            why = "is not there" if path is None else "includes itself"
            self.notes.leave(line, f"The included file '{target}' {why}.", found[0])
            kept = f"{before}{escape(found['label'])}{after}"
            return self.expand([line.saying(kept)], above) if kept.strip() else [line.saying("")]
        included = self.expand(self.lines_of(path), (*above, path))
        self.notes.carry(line, f"Included {path}.", found[0])
        while included and not included[0].text.strip():
            included.pop(0)
        while included and not included[-1].text.strip():
            included.pop()
        if not included:
            return self.expand([line.saying(before + after)], above)
        hanging = hanging_indent(lead[0]) if (lead := _LEAD.match(before)) else ""
        included[0] = included[0].saying(before + included[0].text)
        included[1:] = [
            one.saying((hanging + one.text) if one.text.strip() else hanging.rstrip()) for one in included[1:]
        ]
        included[-1] = included[-1].saying(included[-1].text + after)
        if outside_code(_INCLUDE, after):
            included[-1:] = self.expand([included[-1]], above)
        return included

    def lines_of(self, path: str) -> list[Line]:
        """A Markdown file without its front matter, which is listed."""
        text = self.files.text(path)
        front, body, first = split_front_matter(text)
        if front is not None and front.strip():
            self.notes.carry(Line("", path, 1), "Front matter for its authors, not shown to readers.", front)
        return [Line(line, path, first + index) for index, line in enumerate(body.split("\n"))]
