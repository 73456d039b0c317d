"""Match pairs: `- left -> right`, and `- _ -> extra` for an answer that fits nothing (rule 7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal, Self

from markdown_it.token import Token

from app.courses.rules.markdown import plain_text, to_inline_html
from app.courses.rules.questions.base import (
    Block,
    Draft,
    Feedback,
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

ARROWS = ("->", "→")


@dataclass(frozen=True)
class Left(Item):
    """The left side of a pair, and the id of the right side that belongs to it."""

    right_id: str


@dataclass(frozen=True, kw_only=True)
class Matching(Question):
    """The response maps each left id to a right id. Points are the share of lefts that are matched rightly."""

    instruction: ClassVar[str] = "Match each one"
    kind: Literal["matching"] = "matching"
    lefts: tuple[Left, ...]
    rights: tuple[Item, ...]

    @classmethod
    def recognises(cls, draft: Draft) -> bool:
        return any(_is_matching(block) for block in draft.blocks)

    @classmethod
    def read(cls, draft: Draft) -> Self | None:
        lists = [block for block in draft.blocks if _is_matching(block)]
        if len(lists) > 1:
            draft.error("The pairs are in two lists; keep them in one.", draft.line_of(lists[1]))
            return None
        lefts: list[Left] = []
        rights: dict[str, Item] = {}
        for token, blocks in items_of(lists[0]):
            line = (token.map or [0])[0] + draft.setting.first_line
            sides = _sides(blocks[0].inline) if len(blocks) == 1 and blocks[0].inline else None
            if sides is None:
                draft.error("Every line of a matching question is '- left -> right', or '- _ -> extra'.", line)
                return None
            right_text, right_html = plain_text([sides[1]]), to_inline_html(sides[1], draft.setting)
            left_text, left_html = plain_text([sides[0]]), to_inline_html(sides[0], draft.setting)
            if not right_text or not left_text:
                draft.error("One side of this pair is empty; write _ on the left for an extra answer.", line)
                return None
            right = Item(option_id(draft.id, f"right\0{right_html}"), right_html, right_text)
            rights.setdefault(right.id, right)
            if left_text == "_":
                continue
            left = Left(option_id(draft.id, f"left\0{left_html}"), left_html, left_text, right.id)
            if any(left.id == other.id for other in lefts):
                draft.error(f"The left side '{left_text}' stands twice. Word one of them otherwise.", line)
                return None
            lefts.append(left)
        if len(lefts) < 1 or len(rights) < 2:
            draft.error(
                "A matching question needs a pair and two different right sides at least.", draft.line_of(lists[0])
            )
            return None
        before, after = draft.halves(lists[0])
        return cls(lefts=tuple(lefts), rights=tuple(rights.values()), **draft.common(before, after))

    def shown(self, seed: str, *, shuffle: bool, section: str = "") -> Shown:
        # The right sides are always shuffled: in the order of the source they stand beside their lefts.
        rights = {item.id: item for item in self.rights}
        lefts = {left.id: Item(left.id, left.html, left.text) for left in self.lefts}
        left_order = shuffled(lefts, seed, self.id) if shuffle else list(lefts)
        return self._shown(
            section,
            lefts=tuple(lefts[one] for one in left_order),
            options=tuple(rights[one] for one in shuffled(rights, seed, self.id)),
        )

    def complaint(self, response: object) -> str | None:
        if not isinstance(response, dict) or not response:
            return "Choose a match for each one."
        if not set(response) <= {left.id for left in self.lefts}:
            return "That is not one of those to be matched."
        if not all(isinstance(value, str) for value in response.values()) or not set(response.values()) <= {
            r.id for r in self.rights
        }:
            return "That match is not one of those offered."
        return None

    def judge(self, response: Response) -> Judgement:
        chosen = response if isinstance(response, dict) else {}
        texts = {item.id: item.text for item in self.rights}
        right = [left for left in self.lefts if chosen.get(left.id) == left.right_id]
        feedback = tuple(
            Feedback(f"{left.text} → {texts[chosen[left.id]]}", left in right, "")
            for left in self.lefts
            if left.id in chosen
        )
        return Judgement(Decimal(len(right)) / Decimal(len(self.lefts)), feedback)

    def key(self) -> tuple[str, ...]:
        texts = {item.id: item.text for item in self.rights}
        return tuple(f"{left.text} → {texts[left.right_id]}" for left in self.lefts)

    def in_words(self, response: Response) -> tuple[str, ...]:
        return tuple(one.answer for one in self.judge(response).feedback)

    def right_response(self) -> Response:
        return {left.id: left.right_id for left in self.lefts}

    def response_from(self, fields: Mapping[str, Sequence[str]]) -> Response | None:
        """`q.id.<left>` = right id; lefts without a choice are left out."""
        posted = {left.id: "".join(fields.get(f"{self.field}.{left.id}", [])) for left in self.lefts}
        return {left: right for left, right in posted.items() if right} or None


def _is_matching(block: Block) -> bool:
    if block.type != "bullet_list_open" or has_boxes(block):
        return False
    return any(blocks and blocks[0].inline and _sides(blocks[0].inline) for _, blocks in items_of(block))


def _sides(inline: Token) -> tuple[Token, Token] | None:
    """The content before and after the first arrow in plain text (an arrow in `code` is no arrow)."""
    children = inline.children or []
    for index, child in enumerate(children):
        if child.type != "text" or child.level:
            continue
        arrow = next((arrow for arrow in ARROWS if f" {arrow} " in f"{child.content} "), None)
        if arrow is None:
            continue
        left, _, right = f"{child.content} ".partition(f" {arrow} ")
        return (
            Token("inline", "", 0, children=[*children[:index], Token("text", "", 0, content=left.strip())]),
            Token("inline", "", 0, children=[Token("text", "", 0, content=right.strip()), *children[index + 1 :]]),
        )
    return None
