"""The question grammar: sections, questions, hints, explanations (COURSE_FORMAT rules 1 to 10). Kinds live in `questions/`."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token
from pydantic import TypeAdapter

from app.courses.rules import markdown
from app.courses.rules.front_matter import QuizSettings, ShowCorrect
from app.courses.rules.problems import Report
from app.courses.rules.questions import (
    KINDS,
    AnyQuestion,
    Attestation,
    Blanks,
    Block,
    Draft,
    Item,
    OpenAnswer,
    Question,
    blocks_of,
)
from app.courses.rules.questions.base import has_boxes
from app.courses.rules.questions.number import Number, is_number

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_SECTION_KEYS = ("pick", "objective")
_QUESTION_KEYS = ("type", "objective")
_LONGEST_TITLE = 300
_TYPES = ("single", "multiple", "attestation")


@dataclass(frozen=True)
class Section:
    """A part of the quiz. `pick` questions are drawn from it; None asks them all."""

    title: str
    questions: tuple[AnyQuestion, ...]
    pick: int | None = None
    objective: str | None = None
    intro_html: str = ""


@dataclass(frozen=True)
class Statement:
    """A sentence to be attested: the id of its question, its own id, safe inline HTML, plain text."""

    question_id: str
    id: str
    html: str
    text: str


@dataclass(frozen=True)
class Assessment:
    """The final quiz with its key. Never send this to a browser: `grading.draw` makes what may be shown."""

    title: str
    lang: str
    sections: tuple[Section, ...]
    settings: QuizSettings
    review: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """For each objective, the slugs of the lessons that teach it."""

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(question for section in self.sections for question in section.questions)

    @property
    def graded(self) -> tuple[Question, ...]:
        """Everything that stands on the quiz page; attestations don't."""
        return tuple(question for question in self.questions if not isinstance(question, Attestation))

    @property
    def attestations(self) -> tuple[Attestation, ...]:
        return tuple(question for question in self.questions if isinstance(question, Attestation))

    @property
    def attestation_statements(self) -> tuple[Statement, ...]:
        """The statements to be signed on the page of their own, in order; empty when the course asks for none."""
        return tuple(
            Statement(question.id, statement.id, statement.html, statement.text)
            for question in self.attestations
            for statement in question.statements
        )

    @property
    def show_correct(self) -> ShowCorrect:
        return self.settings.show_correct

    @property
    def asked(self) -> int:
        """How many questions one attempt has."""
        return sum(
            section.pick or sum(1 for question in section.questions if not isinstance(question, Attestation))
            for section in self.sections
        )

    def question(self, question_id: str) -> Question | None:
        return next((question for question in self.questions if question.id == question_id), None)

    def review_of(self, objective: str | None) -> tuple[str, ...]:
        return dict(self.review).get(objective or "", ())

    def to_json(self) -> dict[str, object]:
        """Plain JSON values; `from_json` gives an equal assessment."""
        found: dict[str, object] = _ASSESSMENT.dump_python(self, mode="json")
        return found

    @classmethod
    def from_json(cls, value: object) -> "Assessment":
        return _ASSESSMENT.validate_python(value)


_ASSESSMENT: TypeAdapter[Assessment] = TypeAdapter(Assessment)
_QUESTION: TypeAdapter[AnyQuestion] = TypeAdapter(AnyQuestion)


def question_to_json(question: Question) -> dict[str, object]:
    found: dict[str, object] = _QUESTION.dump_python(question, mode="json")  # type: ignore[arg-type]
    return found


def question_from_json(value: object) -> Question:
    return _QUESTION.validate_python(value)


def attestation_complaint(assessment: Assessment, ticked: Sequence[str]) -> str | None:
    """Why the ticked statement ids are no attestation (a sentence), or None when every statement is ticked and no other."""
    wanted = {statement.id for statement in assessment.attestation_statements}
    if not set(ticked) <= wanted:
        return "That is not one of the statements."
    return None if set(ticked) == wanted else "Tick every statement that you attest; each one is needed."


def read_sections(
    file: str, body: str, setting: markdown.Setting, report: Report, *, objectives: Mapping[str, str] | None = None
) -> tuple[Section, ...]:
    """The quiz body as sections. Faults go to `report`; what can be read is returned all the same."""
    parsed = markdown.parse(body, setting, quiz=True)
    _pass_on(file, parsed, report)
    reader = _Reader(file, body.split("\n"), setting, report, objectives)
    reader.read(blocks_of(parsed.tokens))
    return reader.sections()


def read_check(
    file: str,
    body: str,
    setting: markdown.Setting,
    report: Report,
    *,
    name: str,
    objectives: Mapping[str, str] | None = None,
) -> Question | None:
    """One ungraded check: the inside of a `<quiz>` block in a lesson. `name` is its id when its heading gives none."""
    parsed = markdown.parse(body, setting, quiz=True)
    _pass_on(file, parsed, report)
    reader = _Reader(file, body.split("\n"), setting, report, objectives)
    return reader.read_check(blocks_of(parsed.tokens), name)


def _pass_on(file: str, parsed: markdown.Parsed, report: Report) -> None:
    for line, message in parsed.problems:
        report.error(file, line, message)


@dataclass
class _OpenSection:
    title: str
    line: int
    pick: int | None
    objective: str | None
    intro: list[Block]
    questions: list[Question]


class _Reader:
    def __init__(
        self,
        file: str,
        lines: Sequence[str],
        setting: markdown.Setting,
        report: Report,
        objectives: Mapping[str, str] | None,
    ) -> None:
        self.file, self.lines, self.setting, self.report, self.objectives = file, lines, setting, report, objectives
        self.found: list[_OpenSection] = []
        self.ids: dict[str, int] = {}

    def read(self, blocks: list[Block]) -> None:
        heads = [
            index
            for index, block in enumerate(blocks)
            if block.type == "heading_open" and block.tokens[0].tag in {"h1", "h2"}
        ]
        for block in blocks:
            self._refuse_underlined_heading(block)
        for block in blocks[: heads[0] if heads else len(blocks)]:
            self._error(
                block.start,
                "Text before the first question. Put it under a section (# Heading) or into the course's index.md.",
            )
        for position, index in enumerate(heads):
            end = heads[position + 1] if position + 1 < len(heads) else len(blocks)
            body = blocks[index + 1 : end]
            if blocks[index].tokens[0].tag == "h1":
                self._open_section(blocks[index], body)
            else:
                self._read_question(blocks[index], body)

    def read_check(self, blocks: list[Block], name: str) -> Question | None:
        for block in blocks:
            self._refuse_underlined_heading(block)
        heading = blocks[0] if blocks and blocks[0].type == "heading_open" else None
        extra = next(
            (block for block in blocks[1:] if block.type == "heading_open" and block.tokens[0].tag in {"h1", "h2"}),
            None,
        )
        if extra:
            self._error(extra.start, "A <quiz> block holds one question; give the second one a block of its own.")
            return None
        attributes: dict[str, str] = {}
        title, title_html = "", ""
        # Without a heading the first paragraph asks; as the title it names the group of answers to a screen reader.
        asks = heading or (blocks[0] if len(blocks) > 1 and _can_be_title(blocks[0]) else None)
        if heading:
            attributes = self._attributes(heading, ("id", *_QUESTION_KEYS)) or {}
        if asks:
            title, title_html = self._title(asks)
        question = self._build(
            heading.start if heading else (blocks[0].start if blocks else 0),
            attributes.get("id", name),
            title,
            title_html,
            attributes,
            blocks[1:] if asks else blocks,
            None,
        )
        if isinstance(question, Attestation):
            self._error(
                heading.start if heading else 0, "An attestation belongs into the final quiz, not into a lesson."
            )
            return None
        return question

    def sections(self) -> tuple[Section, ...]:
        result: list[Section] = []
        for section in self.found:
            attested = next((question for question in section.questions if isinstance(question, Attestation)), None)
            if section.pick is not None:
                if attested:
                    self._error(
                        section.line,
                        f"The attestation '{attested.id}' may not sit in a section with pick: everyone must see it. Give it a section of its own.",
                    )
                if section.pick > len(section.questions):
                    self._error(
                        section.line,
                        f"pick={section.pick}, but the section '{section.title}' has {len(section.questions)} questions. Lower pick, or add questions.",
                    )
            if not section.questions:
                self._error(
                    section.line,
                    f"The section '{section.title}' has no questions. Add one (## Question? {{#id}}), or take the heading out.",
                )
            result.append(
                Section(
                    title=section.title,
                    questions=tuple(section.questions),  # type: ignore[arg-type]
                    pick=section.pick,
                    objective=section.objective,
                    intro_html=markdown.to_html(
                        [token for block in section.intro for token in block.tokens], self.setting
                    ),
                )
            )
        return tuple(result)

    def _error(self, line: int, message: str) -> None:
        """`line` counts from 0 in the body."""
        self.report.error(self.file, line + self.setting.first_line, message)

    def _refuse_underlined_heading(self, block: Block) -> None:
        if block.type != "heading_open" or block.tokens[0].markup not in {"=", "-"}:
            return
        if block.tokens[0].markup == "=":
            advice = "A line of = under text makes it a heading. For a number, leave an empty line and write '= 24'."
        else:
            advice = "A line of --- straight under text makes it a heading. Leave an empty line before it."
        self._error(block.start, advice)

    def _attributes(self, heading: Block, known: Sequence[str]) -> dict[str, str] | None:
        attributes = markdown.take_attributes(heading.tokens[1])
        if attributes is None:
            self._error(
                heading.start,
                "The braces at the end of the heading can't be read. Write for example {#my-id type=multiple}.",
            )
            return None
        for key in [key for key in attributes if key not in known]:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"Known here: {', '.join(known)}."
            self._error(heading.start, f"Unknown key '{key}' in the braces. {hint}")
        return attributes

    def _title(self, heading: Block) -> tuple[str, str]:
        inline = heading.tokens[1]
        if any(child.type == "gap" for child in inline.children or []):
            self._error(heading.start, "A gap can't stand in the heading; write it in the text below.")
        return markdown.plain_text([inline]), markdown.to_inline_html(inline, self.setting)

    def _objective(self, line: int, attributes: Mapping[str, str]) -> str | None:
        objective = attributes.get("objective")
        if objective is not None and self.objectives is not None and objective not in self.objectives:
            near = difflib.get_close_matches(objective, self.objectives, n=1)
            hint = (
                f"Did you mean '{near[0]}'?"
                if near
                else f"Its objectives are: {', '.join(self.objectives) or 'none yet'}."
            )
            self._error(line, f"The course has no objective '{objective}'. {hint}")
        return objective

    def _open_section(self, heading: Block, body: list[Block]) -> None:
        attributes = self._attributes(heading, ("id", *_SECTION_KEYS)) or {}
        pick: int | None = None
        if "pick" in attributes:
            if attributes["pick"].isascii() and attributes["pick"].isdigit() and int(attributes["pick"][:6]) > 0:
                pick = int(attributes["pick"][:6])
            else:
                self._error(
                    heading.start, f"pick={attributes['pick']} is not a number of questions; write for example pick=2."
                )
        title, _ = self._title(heading)
        stray = next((block for block in body if has_boxes(block)), None)
        if stray:
            self._error(stray.start, "These answers belong to no question. A question starts with ## Heading {#id}.")
        self.found.append(
            _OpenSection(title, heading.start, pick, self._objective(heading.start, attributes), body, [])
        )

    def _read_question(self, heading: Block, body: list[Block]) -> None:
        if not self.found:
            self.found.append(_OpenSection("", heading.start, None, None, [], []))
        section = self.found[-1]
        attributes = self._attributes(heading, ("id", *_QUESTION_KEYS))
        if attributes is None:
            return
        title, title_html = self._title(heading)
        identifier = attributes.get("id", "")
        if not identifier:
            near = markdown.slug(title) or "my-id"
            self._error(
                heading.start,
                f"The question has no id. Add one at the end of its heading, for example {{#{near[:40]}}}.",
            )
        elif not _ID.fullmatch(identifier):
            self._error(heading.start, f"'{identifier}' is not an id; use letters, digits, - and _, at most 64.")
        elif identifier in self.ids:
            self._error(
                heading.start,
                f"The id '{identifier}' is already used on line {self.ids[identifier]}. Every question needs its own.",
            )
        else:
            self.ids[identifier] = heading.start + self.setting.first_line
        question = self._build(heading.start, identifier, title, title_html, attributes, body, section.objective)
        if question:
            section.questions.append(question)

    def _build(
        self,
        line: int,
        identifier: str,
        title: str,
        title_html: str,
        attributes: Mapping[str, str],
        body: list[Block],
        objective: str | None,
    ) -> Question | None:
        wanted = attributes.get("type")
        if wanted is not None and wanted not in _TYPES:
            near = difflib.get_close_matches(wanted, _TYPES, n=1)
            self._error(
                line,
                f"type={wanted} is not known. {f'Did you mean {near[0]}?' if near else 'Known: ' + ', '.join(_TYPES) + '.'}",
            )
            return None
        setting = replace(self.setting, id_prefix=f"{self.setting.id_prefix}{identifier or line}-", top_heading=4)
        rest, hints = self._hints(body, setting)
        # The clean copy of the tokens is made here because rendering a heading inside a question changes it.
        markdown.level_headings([token for block in rest for token in block.tokens], setting)
        draft = Draft(
            file=self.file,
            line=line + self.setting.first_line,
            id=identifier,
            title=title,
            title_html=title_html,
            attributes=attributes,
            objective=self._objective(line, attributes) or objective,
            blocks=rest,
            hints=hints,
            setting=setting,
            source_lines=self.lines,
            report=self.report,
        )
        if not title and not rest:
            draft.error("The question is empty. Write what it asks, and its answers.")
            return None
        recognised = [kind for kind in KINDS if kind.recognises(draft)]
        if not recognised:
            draft.error(
                "The question has no answers. Write them as a list, - [x] right and - [ ] wrong; or = 24; or [[gap]]; or [[___]] for an open one."
            )
            return None
        kind = recognised[0]
        gaps_beside = kind not in {Blanks, OpenAnswer} and Blanks in recognised
        number_beside = kind is not Number and Number in recognised
        if gaps_beside or number_beside:
            draft.error("The question has two kinds of answers; make two questions of it.")
            return None
        if wanted in {"single", "multiple"} and not any(has_boxes(block) for block in rest):
            draft.error(f"type={wanted} needs a list of answers with boxes, - [ ] and - [x].")
            return None
        return kind.read(draft)

    def _hints(self, body: list[Block], setting: markdown.Setting) -> tuple[list[Block], tuple[str, ...]]:
        """Sets aside the paragraphs that start with `[[?]]`."""
        rest: list[Block] = []
        hints: list[str] = []
        for block in body:
            children = (block.inline.children or []) if block.inline else []
            marks = [child for child in children if child.type == "gap" and child.content == "?"]
            if not marks:
                rest.append(block)
            elif children[0] is not marks[0] or len(marks) > 1 or not block.inline:
                self._error(block.start, "Start the hint with [[?]], in a paragraph of its own.")
            else:
                hint = Token("inline", "", 0, children=children[1:])
                hints.append(markdown.to_inline_html(hint, setting))
        return rest, tuple(hints)


def _can_be_title(block: Block) -> bool:
    """A paragraph short enough to be a title, without gap, number or picture."""
    children = (block.inline.children or []) if block.inline else []
    return (
        0 < len(markdown.plain_text(block.tokens)) <= _LONGEST_TITLE
        and not is_number(block)
        and all(child.type not in {"gap", "image", "media", "softbreak", "hardbreak"} for child in children)
    )


__all__ = [
    "Assessment",
    "Item",
    "Section",
    "Statement",
    "attestation_complaint",
    "question_from_json",
    "question_to_json",
    "read_check",
    "read_sections",
]
