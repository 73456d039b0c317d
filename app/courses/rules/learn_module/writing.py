"""The course folder made from a Learn module: index.md, lessons, 99-quiz.md, CHANGES.md."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from app.courses.rules import markdown
from app.courses.rules.learn_module.docfx import as_plain, code_lines, escape
from app.courses.rules.learn_module.source import Line, Note, Notes, Value

MAX_TITLE = 200
_LAST_SENTENCE = re.compile(r"(?P<scene>.+[.!?])\s+(?P<question>[A-Z][^.!?]{8,}[.?])")


@dataclass
class Document:
    """A file of the course in the making: front matter, and body lines that know their source."""

    path: str
    front: dict[str, Any]
    source: Line
    body: list[Line] = field(default_factory=list)

    @property
    def front_text(self) -> str:
        return yaml.safe_dump(self.front, sort_keys=False, allow_unicode=True, width=10_000, default_flow_style=False)

    @property
    def text(self) -> str:
        body = "\n".join(line.text for line in self.body)
        return f"---\n{self.front_text}---\n\n{body}\n"

    @property
    def first_body_line(self) -> int:
        """Line of the file on which the body starts."""
        return self.front_text.count("\n") + 4

    def trimmed(self) -> "Document":
        """Without empty lines at either end, so that line numbers of the file are places in `body`."""
        while self.body and not self.body[0].text.strip():
            self.body.pop(0)
        while self.body and not self.body[-1].text.strip():
            self.body.pop()
        return self

    def as_plain_at(self, line: int, notes: Notes, why: str) -> bool:
        """Turns the block around a line of the file (0: everything) into plain words. False when that changes nothing."""
        row = line - self.first_body_line
        if line == 0:
            first, last = 0, len(self.body) - 1
        elif 0 <= row < len(self.body):
            first = last = row
            while first > 0 and self.body[first - 1].text.strip():
                first -= 1
            while last + 1 < len(self.body) and self.body[last + 1].text.strip():
                last += 1
        else:
            return False
        block = self.body[first : last + 1]
        plain = as_plain(block)
        if [one.text for one in plain] == [one.text for one in block]:
            return False
        notes.leave(
            block[0], f"Shown as it is written, letter by letter, because: {why}", "\n".join(one.text for one in block)
        )
        self.body[first : last + 1] = plain
        return True


def title_and_scene(lines: Sequence[Line]) -> tuple[str, list[Line]]:
    """A question's text as (heading, text below it): the last sentence asks, what comes before sets the scene."""
    filled = [line for line in lines if line.text.strip()]
    if not filled:
        return "", []
    if len(filled) == 1:
        text = filled[0].text.strip()
        found = _LAST_SENTENCE.fullmatch(text) if len(text) > 120 and "`" not in text and "[" not in text else None
        if found:
            return found["question"], [filled[0].saying(found["scene"])]
        return text, []
    return filled[0].text.strip(), list(lines[list(lines).index(filled[0]) + 1 :])


def indented(lines: Sequence[Line], by: str) -> list[Line]:
    return [line.saying(f"{by}{line.text}" if line.text.strip() else "") for line in lines]


def quoted(lines: Sequence[Line]) -> list[Line]:
    """As feedback: a quote, indented by 4 spaces."""
    return [line.saying(f"    > {line.text}".rstrip()) for line in lines]


def guarded(lines: Sequence[Line]) -> list[Line]:
    """Text that a quiz would read as its own grammar (`[[…]]`, a line `= 3`, headings of sections) made plain text."""
    code = code_lines(lines)
    result: list[Line] = []
    for index, line in enumerate(lines):
        text = line.text
        if index not in code:
            text = text.replace("[[", r"\[\[")
            text = re.sub(r"^(\s*)=(?=[\s\d\[+-])", r"\1\\=", text)
            text = re.sub(r"^(\s{0,3})#{1,2}(?=\s)", r"\1###", text)
            text = re.sub(r"^(\s*[-*+]\s+)\[([ xX])\](?=\s)", r"\1\\[\2\\]", text)
        result.append(line.saying(text))
    return result


def is_true(value: Value) -> bool:
    return value.text.lower() in {"true", "yes", "1"}


def short_title(value: Value, fallback: str, notes: Notes) -> str:
    """A title that fits; the whole of a longer one is listed."""
    title = " ".join(value.text.split()) or fallback
    if len(title) > MAX_TITLE:
        notes.leave(value.at, f"The title has more than {MAX_TITLE} characters and was cut.", title)
        title = title[: MAX_TITLE - 1].rstrip() + "…"
    return title


def objectives_of(abstract: Sequence[Line]) -> dict[str, str]:
    """The bullets of a module's abstract as course objectives: id -> sentence."""
    objectives: dict[str, str] = {}
    for line in abstract:
        found = re.fullmatch(r"\s*[-*+]\s+(.+)", line.text)
        if not found:
            continue
        sentence = markdown.plain_text(markdown.parse(found[1], markdown.Setting()).tokens)[:300]
        identifier = re.sub(r"[^A-Za-z0-9-]", "", markdown.slug(sentence))[:50].strip("-")
        if sentence and identifier:
            objectives.setdefault(identifier, sentence)
    return objectives


def attribution(title: str, address: str, publisher: str, dated: str, left: int) -> str:
    """What CC BY asks for: title, author, source, licence, changes."""
    when = f", as of {escape(dated)}" if dated else ""
    missing = (
        f" {left} {'thing' if left == 1 else 'things'} of the original could not be carried over and {'is' if left == 1 else 'are'} left out or replaced by words."
        if left
        else ""
    )
    return (
        f"Source: the Learn module [{escape(title)}]({address}) by {escape(publisher)}{when}, licensed under "
        "[Creative Commons Attribution 4.0 International](https://creativecommons.org/licenses/by/4.0/). "
        f"Changes: converted to this portal's course format; the questions are gathered in one final quiz.{missing}"
    )


def changes_file(version: str, title: str) -> str:
    return f"# Changes\n\n- {version}: imported from the Learn module “{title}”. retrain: no\n"


def sorted_notes(notes: Sequence[Note]) -> list[Note]:
    return sorted(notes, key=lambda note: (note.file, note.line, note.message))


def front_matter(pairs: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in pairs.items() if value not in (None, "", [], {})}
