"""Statements to sign: `{type=attestation}`, every box to be ticked by the learner, none ticked by the author (rule 8).

Not graded and not on the quiz page: the portal shows the statements as a page of their own and has them signed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal, Self

from app.courses.rules.questions.base import Draft, Item, Judgement, Question, Response, Shown
from app.courses.rules.questions.choice import read_boxes


@dataclass(frozen=True, kw_only=True)
class Attestation(Question):
    """The response is the list of ticked statement ids; all must be there."""

    instruction: ClassVar[str] = "Tick every statement"
    scored: ClassVar[bool] = False
    kind: Literal["attestation"] = "attestation"
    statements: tuple[Item, ...]

    @classmethod
    def recognises(cls, draft: Draft) -> bool:
        return draft.attributes.get("type") == "attestation"

    @classmethod
    def read(cls, draft: Draft) -> Self | None:
        found = read_boxes(draft) if any(True for block in draft.blocks if _is_list(block.type)) else None
        if found is None or not found[1]:
            draft.error("An attestation needs its statements as a list of empty boxes: - [ ] I have read …")
            return None
        before, options, after = found
        if any(option.right for option in options):
            draft.error("An attestation has no right answers: leave the boxes empty, the learner ticks them.")
            return None
        statements = tuple(Item(option.id, option.html, option.text) for option in options)
        return cls(statements=statements, **draft.common(before, after))

    def shown(self, seed: str, *, shuffle: bool, section: str = "") -> Shown:
        return self._shown(section, options=self.statements)

    def complaint(self, response: object) -> str | None:
        ids = {statement.id for statement in self.statements}
        if (
            not isinstance(response, list)
            or not all(isinstance(one, str) for one in response)
            or not set(response) <= ids
        ):
            return "That is not one of the statements."
        if set(response) != ids:
            return "Tick every statement that you attest; each one is needed."
        return None

    def judge(self, response: Response) -> Judgement:
        return Judgement(Decimal(1))

    def key(self) -> tuple[str, ...]:
        return ()

    def in_words(self, response: Response) -> tuple[str, ...]:
        return tuple(statement.text for statement in self.statements if statement.id in response)

    def right_response(self) -> Response:
        return [statement.id for statement in self.statements]

    def response_from(self, fields: Mapping[str, Sequence[str]]) -> Response | None:
        return list(fields.get(self.field, [])) or None


def _is_list(block_type: str) -> bool:
    return block_type in {"bullet_list_open", "ordered_list_open"}
