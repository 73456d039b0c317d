"""Fill in the gaps: `[[word | other spelling]]` to be typed, `[[a | (b) | c]]` to be chosen (rule 5)."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar, Literal, Self

from markdown_it.token import Token

from app.courses.rules.questions.base import (
    MAX_TYPED_CHARACTERS,
    Block,
    Draft,
    Feedback,
    Item,
    Judgement,
    Question,
    Response,
    Shown,
    ShownPart,
    option_id,
    shuffled,
)

# Private characters that no text may hold (markdown.parse takes them out) stand for gap 1, 2 … in the prompt's HTML.
_OPEN, _CLOSE = "\ue000", "\ue001"


def normal(text: str) -> str:
    """How typed words are compared: NFKC, case folded, no space around, one space between."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True)
class Gap:
    """One gap. `accepted` are the spellings of a typed one; `options` (and `right_id`) those of a drop-down."""

    id: str
    accepted: tuple[str, ...] = ()
    options: tuple[Item, ...] = ()
    right_id: str = ""

    def takes(self, typed: str) -> bool:
        if self.options:
            return typed == self.right_id
        return normal(typed) in {normal(spelling) for spelling in self.accepted}


@dataclass(frozen=True, kw_only=True)
class Blanks(Question):
    """The response maps gap numbers ("1", "2" …) to the typed word or the option id. Points are the share of right gaps."""

    instruction: ClassVar[str] = "Fill in the gaps"
    kind: Literal["blanks"] = "blanks"
    gaps: tuple[Gap, ...]

    @classmethod
    def recognises(cls, draft: Draft) -> bool:
        return any(_gaps_in(block) for block in draft.blocks)

    @classmethod
    def read(cls, draft: Draft) -> Self | None:
        divider = next((index for index, block in enumerate(draft.blocks) if block.type == "hr"), len(draft.blocks))
        before, after = draft.blocks[:divider], draft.blocks[divider + 1 :]
        if stray := next((block for block in after if _gaps_in(block)), None):
            draft.error(
                "A gap stands after the --- that begins the explanation. Move it above that line.", draft.line_of(stray)
            )
            return None
        gaps: list[Gap] = []
        for block in before:
            for token in _gaps_in(block):
                gap = _read_gap(draft, block, token, str(len(gaps) + 1))
                if gap is None:
                    return None
                token.meta = {"number": gap.id}
                gaps.append(gap)
        return cls(gaps=tuple(gaps), **draft.common(before, after))

    def shown(self, seed: str, *, shuffle: bool, section: str = "") -> Shown:
        gaps = {gap.id: gap for gap in self.gaps}
        parts: list[ShownPart] = []
        for index, piece in enumerate(self.prompt_html.split(_OPEN)):
            if index:
                number, _, piece = piece.partition(_CLOSE)
                by_id = {option.id: option for option in gaps[number].options}
                order = shuffled(by_id, seed, f"{self.id}.{number}") if shuffle else list(by_id)
                parts.append(
                    ShownPart(gap=number, field=f"{self.field}.{number}", options=tuple(by_id[one] for one in order))
                )
            if piece:
                parts.append(ShownPart(html=piece))
        return replace(self._shown(section, prompt_html="", parts=tuple(parts)))

    def complaint(self, response: object) -> str | None:
        if not isinstance(response, dict) or not response:
            return "Fill in the gaps."
        gaps = {gap.id: gap for gap in self.gaps}
        for number, typed in response.items():
            if number not in gaps:
                return "That gap is not in the question."
            if not isinstance(typed, str) or len(typed) > MAX_TYPED_CHARACTERS:
                return f"A gap takes at most {MAX_TYPED_CHARACTERS} characters."
            if gaps[number].options and typed not in {option.id for option in gaps[number].options}:
                return "That word is not one of those offered."
        return None

    def judge(self, response: Response) -> Judgement:
        typed = response if isinstance(response, dict) else {}
        right = [gap for gap in self.gaps if gap.id in typed and gap.takes(typed[gap.id])]
        feedback = tuple(
            Feedback(next((o.text for o in gap.options if o.id == typed[gap.id]), typed[gap.id]), gap in right, "")
            for gap in self.gaps
            if gap.id in typed
        )
        return Judgement(Decimal(len(right)) / Decimal(len(self.gaps)), feedback)

    def key(self) -> tuple[str, ...]:
        return tuple(
            next(option.text for option in gap.options if option.id == gap.right_id)
            if gap.options
            else " / ".join(gap.accepted)
            for gap in self.gaps
        )

    def in_words(self, response: Response) -> tuple[str, ...]:
        return tuple(one.answer for one in self.judge(response).feedback)

    def right_response(self) -> Response:
        return {gap.id: gap.right_id if gap.options else gap.accepted[0] for gap in self.gaps}

    def response_from(self, fields: Mapping[str, Sequence[str]]) -> Response | None:
        posted = {gap.id: "".join(fields.get(f"{self.field}.{gap.id}", [])) for gap in self.gaps}
        return {number: typed for number, typed in posted.items() if typed.strip()} or None


def _gaps_in(block: Block) -> list[Token]:
    return [
        child
        for token in block.tokens
        if token.type == "inline"
        for child in token.children or []
        if child.type == "gap"
    ]


def _read_gap(draft: Draft, block: Block, token: Token, number: str) -> Gap | None:
    line = draft.line_of(block)
    words = [" ".join(word.split()) for word in token.content.split("|")]
    if not all(words):
        draft.error(
            f"The gap [[{token.content}]] has an empty word. Write one between the bars, or take a bar out.", line
        )
        return None
    marked = [word for word in words if word.startswith("(") and word.endswith(")")]
    if not marked or len(words) == 1:
        return Gap(number, accepted=tuple(words))
    if len(marked) > 1:
        draft.error(
            f"The gap [[{token.content}]] has {len(marked)} right words in brackets; a drop-down has one. Take the others out of their brackets.",
            line,
        )
        return None
    plain = [word[1:-1].strip() if word in marked else word for word in words]
    if len(set(plain)) != len(plain) or not all(plain):
        draft.error(f"The gap [[{token.content}]] has the same word twice, or an empty one. Change it.", line)
        return None
    options = tuple(Item(option_id(f"{draft.id}.{number}", word), "", word) for word in plain)
    return Gap(number, options=options, right_id=options[words.index(marked[0])].id)
