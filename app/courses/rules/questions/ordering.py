"""Put in order: a list `1. 2. 3.` without boxes, in the right order (rule 7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal, Self

from app.courses.rules.markdown import plain_text, to_inline_html
from app.courses.rules.problems import AnswerRejected
from app.courses.rules.questions.base import (
    Draft,
    Item,
    Judgement,
    Question,
    Response,
    Shown,
    has_boxes,
    items_of,
    option_id,
    shuffled,
)


@dataclass(frozen=True, kw_only=True)
class Ordering(Question):
    """The response is the list of all item ids in the learner's order. All or nothing."""

    instruction: ClassVar[str] = "Put in order"
    kind: Literal["ordering"] = "ordering"
    items: tuple[Item, ...]

    @classmethod
    def recognises(cls, draft: Draft) -> bool:
        return any(block.type == "ordered_list_open" and not has_boxes(block) for block in draft.blocks)

    @classmethod
    def read(cls, draft: Draft) -> Self | None:
        lists = [block for block in draft.blocks if block.type == "ordered_list_open" and not has_boxes(block)]
        if len(lists) > 1:
            draft.error(
                "The question has two numbered lists; keep the steps to be ordered in one.", draft.line_of(lists[1])
            )
            return None
        items: list[Item] = []
        for token, blocks in items_of(lists[0]):
            line = (token.map or [0])[0] + draft.setting.first_line
            text = plain_text([inner for block in blocks for inner in block.tokens])
            if not text:
                draft.error("This step has no text. Write it after its number.", line)
                return None
            inline = blocks[0].inline if len(blocks) == 1 else None
            html = to_inline_html(inline, draft.setting) if inline else draft.html(blocks)
            item = Item(option_id(draft.id, html), html, text)
            if any(item.id == other.id for other in items):
                draft.error(f"Two steps are the same: '{text}'. Word one of them otherwise.", line)
                return None
            items.append(item)
        if len(items) < 2:
            draft.error("There must be two steps or more to put in order. Add one.", draft.line_of(lists[0]))
            return None
        before, after = draft.halves(lists[0])
        return cls(items=tuple(items), **draft.common(before, after))

    def shown(self, seed: str, *, shuffle: bool, section: str = "") -> Shown:
        # Always shuffled: the order of the source is the answer.
        by_id = {item.id: item for item in self.items}
        return self._shown(section, options=tuple(by_id[one] for one in shuffled(by_id, seed, self.id)))

    def complaint(self, response: object) -> str | None:
        if not isinstance(response, list) or not all(isinstance(one, str) for one in response):
            return "Give every step a place."
        ids = {item.id for item in self.items}
        if not set(response) <= ids:
            return "That step is not one of those offered."
        if len(response) != len(ids) or set(response) != ids:
            return "Give every step a place of its own."
        return None

    def judge(self, response: Response) -> Judgement:
        return Judgement(Decimal(int(response == self.right_response())))

    def key(self) -> tuple[str, ...]:
        return tuple(f"{number}. {item.text}" for number, item in enumerate(self.items, start=1))

    def in_words(self, response: Response) -> tuple[str, ...]:
        texts = {item.id: item.text for item in self.items}
        return tuple(f"{number}. {texts[one]}" for number, one in enumerate(response, start=1))

    def right_response(self) -> Response:
        return [item.id for item in self.items]

    def response_from(self, fields: Mapping[str, Sequence[str]]) -> Response | None:
        """Either `q.id` with all ids in order (buttons), or `q.id.<item>` = its place from 1 (drop-downs)."""
        if fields.get(self.field):
            return list(fields[self.field])
        places = {item.id: "".join(fields.get(f"{self.field}.{item.id}", [])).strip() for item in self.items}
        if not any(places.values()):
            return None
        wanted = {str(number) for number in range(1, len(self.items) + 1)}
        if set(places.values()) != wanted:
            raise AnswerRejected("Give every step a place of its own.", self.id)
        return sorted(places, key=lambda one: int(places[one]))
