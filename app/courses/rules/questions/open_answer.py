"""An open answer: `[[___]]`, kept and never scored (rule 8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal, Self

from app.courses.rules.questions.base import MAX_OPEN_CHARACTERS, Block, Draft, Judgement, Question, Response, Shown


@dataclass(frozen=True, kw_only=True)
class OpenAnswer(Question):
    """The response is the text."""

    instruction: ClassVar[str] = "Write in your own words"
    scored: ClassVar[bool] = False
    kind: Literal["open"] = "open"

    @classmethod
    def recognises(cls, draft: Draft) -> bool:
        return any(_is_open(block) for block in draft.blocks)

    @classmethod
    def read(cls, draft: Draft) -> Self | None:
        lines = [block for block in draft.blocks if _is_open(block)]
        answer = lines[0]
        children = [
            child
            for child in (answer.inline.children or [] if answer.inline else [])
            if child.content.strip() or child.type == "gap"
        ]
        if len(lines) > 1 or len(children) > 1:
            draft.error("Put [[___]] once, in a paragraph of its own.", draft.line_of(lines[-1]))
            return None
        before, after = draft.halves(answer)
        return cls(**draft.common(before, after))

    def shown(self, seed: str, *, shuffle: bool, section: str = "") -> Shown:
        return self._shown(section)

    def complaint(self, response: object) -> str | None:
        if not isinstance(response, str) or not response.strip():
            return "Write an answer."
        if len(response) > MAX_OPEN_CHARACTERS:
            return f"The answer is too long; keep it under {MAX_OPEN_CHARACTERS} characters."
        return None

    def judge(self, response: Response) -> Judgement:
        return Judgement(Decimal(1))

    def key(self) -> tuple[str, ...]:
        return ()

    def in_words(self, response: Response) -> tuple[str, ...]:
        return (response,) if isinstance(response, str) else ()

    def right_response(self) -> Response:
        return "…"

    def response_from(self, fields: Mapping[str, Sequence[str]]) -> Response | None:
        text = "\n".join(fields.get(self.field, []))
        return text if text.strip() else None


def is_open_gap(content: str) -> bool:
    return len(content) >= 3 and not content.strip("_")


def _is_open(block: Block) -> bool:
    return bool(
        block.inline
        and any(child.type == "gap" and is_open_gap(child.content) for child in block.inline.children or [])
    )
