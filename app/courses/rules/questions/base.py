"""What every kind of question has in common: how it is drafted from Markdown, shown, answered and judged."""

import hashlib
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self, TypedDict

from markdown_it.token import Token

from app.courses.rules import markdown
from app.courses.rules.problems import AnswerRejected, Report

Response = str | list[str] | dict[str, str]
"""What a learner answered, as JSON: an option id, a list of ids, or parts by id. The kind says which."""

MAX_TYPED_CHARACTERS = 200
MAX_OPEN_CHARACTERS = 5000


@dataclass(frozen=True)
class Block:
    """One top-level block of a question (paragraph, list, quote …) as its tokens."""

    tokens: tuple[Token, ...]

    @property
    def type(self) -> str:
        return self.tokens[0].type

    @property
    def start(self) -> int:
        """Line of the text, from 0."""
        return (self.tokens[0].map or [0, 0])[0]

    @property
    def end(self) -> int:
        return (self.tokens[0].map or [0, 0])[1]

    @property
    def inline(self) -> Token | None:
        """The content of a paragraph, or None."""
        return self.tokens[1] if self.type == "paragraph_open" else None


def blocks_of(tokens: Sequence[Token]) -> list[Block]:
    """Cuts a run of tokens into its top-level blocks."""
    blocks: list[Block] = []
    depth, start = 0, 0
    for index, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            blocks.append(Block(tuple(tokens[start : index + 1])))
            start = index + 1
    return blocks


def items_of(list_block: Block) -> list[tuple[Token, list[Block]]]:
    """Each item of a list: its opening token and the blocks in it."""
    items: list[tuple[Token, list[Block]]] = []
    depth, start = 0, 0
    for index, token in enumerate(list_block.tokens[1:-1], start=1):
        depth += token.nesting
        if depth == 1 and token.nesting == 1:
            start = index
        elif depth == 0 and token.nesting == -1:
            items.append((list_block.tokens[start], blocks_of(list_block.tokens[start + 1 : index])))
    return items


LISTS = frozenset({"bullet_list_open", "ordered_list_open"})


def has_boxes(block: Block) -> bool:
    return block.type in LISTS and any("checked" in (item.meta or {}) for item, _ in items_of(block))


class CommonFields(TypedDict):
    """The fields that every kind takes from its draft."""

    id: str
    title: str
    title_html: str
    prompt_html: str
    hints: tuple[str, ...]
    explanation_html: str
    objective: str | None


@dataclass
class Draft:
    """A question as its author wrote it: heading taken apart, body in blocks, hints set aside."""

    file: str
    line: int
    id: str
    title: str
    title_html: str
    attributes: Mapping[str, str]
    objective: str | None
    blocks: list[Block]
    hints: tuple[str, ...]
    setting: markdown.Setting
    source_lines: Sequence[str]
    report: Report

    def error(self, message: str, line: int | None = None) -> None:
        self.report.error(self.file, line if line is not None else self.line, message)

    def line_of(self, block: Block) -> int:
        """The block's line in the file, from 1."""
        return block.start + self.setting.first_line

    def html(self, blocks: Iterable[Block]) -> str:
        return markdown.to_html([token for block in blocks for token in block.tokens], self.setting)

    def common(self, before: Iterable[Block], after: Iterable[Block]) -> CommonFields:
        """The fields of any question: `before` is the prompt, `after` the explanation."""
        return CommonFields(
            id=self.id,
            title=self.title,
            title_html=self.title_html,
            prompt_html=self.html(before),
            hints=self.hints,
            explanation_html=self.html(after),
            objective=self.objective,
        )

    def halves(self, answer: Block) -> tuple[list[Block], list[Block]]:
        """(blocks before the answers, blocks of the explanation after them); a rule `---` straight after is only a divider."""
        at = self.blocks.index(answer)
        after = self.blocks[at + 1 :]
        return self.blocks[:at], after[1:] if after and after[0].type == "hr" else after


def option_id(question_id: str, text: str) -> str:
    """An id made from the text alone, so that it says nothing of the place in the source nor of right and wrong."""
    normal = " ".join(unicodedata.normalize("NFC", text).split())
    return "o" + hashlib.sha256(f"{question_id}\0{normal}".encode()).hexdigest()[:10]


def shuffled(ids: Iterable[str], seed: str, question_id: str) -> list[str]:
    """An order that follows from the seed and the ids alone: the same for ever, and blind to the order of the source."""
    return sorted(ids, key=lambda one: hashlib.sha256(f"{seed}\0{question_id}\0{one}".encode()).digest())


@dataclass(frozen=True)
class Item:
    """Something to choose, order or match: id, safe inline HTML, plain text."""

    id: str
    html: str
    text: str


@dataclass(frozen=True)
class ShownPart:
    """A piece of a text with gaps: HTML, or a gap (its form field, its number; options when it is a drop-down)."""

    html: str = ""
    gap: str = ""
    field: str = ""
    options: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Shown:
    """A question as the learner sees it before grading. Holds no key, no feedback, no explanation.

    `options` for single, multiple, ordering (the items) and matching (the right side); `lefts` for matching; `parts` for blanks.
    `field` is the form field; for lefts and ordering items it is `field + "." + id`.
    """

    id: str
    kind: str
    instruction: str
    section: str
    title: str
    title_html: str
    prompt_html: str
    field: str
    scored: bool
    hints: tuple[str, ...] = ()
    options: tuple[Item, ...] = ()
    lefts: tuple[Item, ...] = ()
    parts: tuple[ShownPart, ...] = ()


@dataclass(frozen=True)
class Feedback:
    """What the author says to one chosen answer. `right` is whether that answer was right."""

    answer: str
    right: bool
    html: str


@dataclass(frozen=True)
class Judgement:
    """Points from 0 to 1 of one question, and the feedback to what was chosen."""

    points: Decimal
    feedback: tuple[Feedback, ...] = ()

    @property
    def correct(self) -> bool:
        return self.points == 1

    @property
    def partial(self) -> bool:
        return 0 < self.points < 1


@dataclass(frozen=True, kw_only=True)
class Question(ABC):
    """One question. A kind is a subclass in a module of this package, listed in `questions/__init__.py`."""

    instruction: ClassVar[str]
    scored: ClassVar[bool] = True

    id: str
    kind: str
    title: str
    title_html: str
    prompt_html: str
    hints: tuple[str, ...] = ()
    explanation_html: str = ""
    objective: str | None = None

    @classmethod
    @abstractmethod
    def recognises(cls, draft: Draft) -> bool:
        """Whether the body has this kind's answers."""

    @classmethod
    @abstractmethod
    def read(cls, draft: Draft) -> Self | None:
        """The question, or None after reporting what is wrong."""

    @abstractmethod
    def shown(self, seed: str, *, shuffle: bool, section: str = "") -> Shown:
        """As the learner sees it, shuffled by the seed."""

    @abstractmethod
    def complaint(self, response: object) -> str | None:
        """Why `response` can't be an answer to this question (a sentence), or None when it can. Right or wrong plays no part."""

    @abstractmethod
    def judge(self, response: Response) -> Judgement:
        """Grades a response about which there is no complaint."""

    @abstractmethod
    def key(self) -> tuple[str, ...]:
        """The right answer in words, one line each; empty when there is none."""

    @abstractmethod
    def in_words(self, response: Response) -> tuple[str, ...]:
        """What was answered, one line each, for people who read the attempt later."""

    @abstractmethod
    def right_response(self) -> Response:
        """A response that earns all points."""

    @abstractmethod
    def response_from(self, fields: Mapping[str, Sequence[str]]) -> Response | None:
        """The response in posted form fields (name -> values), or None when the question was left out."""

    @property
    def field(self) -> str:
        """The name of its form field."""
        return f"q.{self.id}"

    def check(self, response: object) -> Response:
        """Returns the response typed, or raises AnswerRejected."""
        sentence = self.complaint(response)
        if sentence is not None:
            raise AnswerRejected(sentence, self.id)
        return response  # type: ignore[return-value]

    def _shown(
        self,
        section: str,
        *,
        prompt_html: str | None = None,
        options: tuple[Item, ...] = (),
        lefts: tuple[Item, ...] = (),
        parts: tuple[ShownPart, ...] = (),
    ) -> Shown:
        return Shown(
            id=self.id,
            kind=self.kind,
            instruction=self.instruction,
            section=section,
            title=self.title,
            title_html=self.title_html,
            prompt_html=self.prompt_html if prompt_html is None else prompt_html,
            field=self.field,
            scored=self.scored,
            hints=self.hints,
            options=options,
            lefts=lefts,
            parts=parts,
        )
