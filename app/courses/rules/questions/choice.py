"""Choose one, or choose all that apply: `- [x]` right, `- [ ]` wrong, feedback as a quote under an answer (rules 3 and 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal, Self

from app.courses.rules.markdown import plain_text, to_inline_html
from app.courses.rules.questions.base import (
    Block,
    CommonFields,
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


@dataclass(frozen=True)
class Option(Item):
    """One answer: whether it is right, and what the author says to someone who chose it (safe HTML, may be empty)."""

    right: bool
    feedback_html: str = ""


def read_boxes(draft: Draft) -> tuple[list[Block], list[Option], list[Block]] | None:
    """(prompt, answers, explanation) of a question with boxes; None after reporting why it can't be read."""
    lists = [block for block in draft.blocks if has_boxes(block)]
    if len(lists) > 1:
        draft.error(
            "The answers are in two lists. Keep them in one, with the same mark (-) and the feedback indented by 4 spaces.",
            draft.line_of(lists[1]),
        )
        return None
    answers = lists[0]
    options: list[Option] = []
    for item, blocks in items_of(answers):
        line = (item.map or [0])[0] + draft.setting.first_line
        if "checked" not in (item.meta or {}):
            draft.error("Every answer starts with [x] or [ ]; this one has no box.", line)
            continue
        quotes = [block for block in blocks if block.type in {"blockquote_open", "alert_open"}]
        for quote in quotes:
            source = draft.source_lines[quote.start] if quote.start < len(draft.source_lines) else ""
            if len(source) - len(source.lstrip(" ")) < 4 and not source.startswith("\t"):
                draft.error("Indent the feedback by 4 spaces.", draft.line_of(quote))
        body = [block for block in blocks if block not in quotes]
        for block in body:
            if block.inline and any(
                before.type == "softbreak" and after.type == "text" and after.content.lstrip().startswith(">")
                for before, after in zip(block.inline.children or [], (block.inline.children or [])[1:], strict=False)
            ):
                draft.error("The feedback is indented too far to be read as a quote; indent it by 4 spaces.", line)
        text = plain_text([token for block in body for token in block.tokens])
        if not text:
            draft.error("This answer has no text. Write it after the box.", line)
            continue
        if len(body) == 1 and body[0].inline:
            html = to_inline_html(body[0].inline, draft.setting)
        else:
            html = draft.html(body)
        feedback = draft.html(Block(quote.tokens[1:-1]) for quote in quotes if len(quote.tokens) > 2)
        option = Option(option_id(draft.id, html), html, text, bool(item.meta["checked"]), feedback)
        if any(option.id == other.id for other in options):
            draft.error(f"Two answers are the same: '{text}'. Change one, or take it out.", line)
            continue
        options.append(option)
    before, after = draft.halves(answers)
    if after and after[0].type == "blockquote_open" and after[0].start == answers.end:
        draft.error(
            "This quote is outside the list, so it belongs to no answer. Indent the feedback by 4 spaces.",
            draft.line_of(after[0]),
        )
    return before, options, after


@dataclass(frozen=True, kw_only=True)
class _Choice(Question):
    options: tuple[Option, ...]

    @classmethod
    def recognises(cls, draft: Draft) -> bool:
        return any(has_boxes(block) for block in draft.blocks)

    @classmethod
    def _read(cls, draft: Draft, *, multiple: bool) -> tuple[CommonFields, tuple[Option, ...]] | None:
        found = read_boxes(draft)
        if found is None:
            return None
        before, options, after = found
        right = [option for option in options if option.right]
        if len(options) < 2:
            draft.error("A question needs two answers or more to choose from. Add one: - [ ] …")
            return None
        if not right:
            draft.error("No answer is marked as right. Mark it with [x].")
            return None
        if not multiple and len(right) > 1:
            draft.error(
                f"The question is type=single but {len(right)} answers are marked as right. Leave one [x], or write type=multiple."
            )
            return None
        return draft.common(before, after), tuple(options)

    def _offered(self, seed: str, shuffle: bool) -> tuple[Item, ...]:
        by_id = {option.id: Item(option.id, option.html, option.text) for option in self.options}
        order = shuffled(by_id, seed, self.id) if shuffle else list(by_id)
        return tuple(by_id[one] for one in order)

    def shown(self, seed: str, *, shuffle: bool, section: str = "") -> Shown:
        return self._shown(section, options=self._offered(seed, shuffle))

    def _feedback(self, chosen: list[str]) -> tuple[Feedback, ...]:
        return tuple(
            Feedback(option.text, option.right, option.feedback_html) for option in self.options if option.id in chosen
        )

    def key(self) -> tuple[str, ...]:
        return tuple(option.text for option in self.options if option.right)

    def in_words(self, response: Response) -> tuple[str, ...]:
        chosen = {response} if isinstance(response, str) else set(response)
        return tuple(option.text for option in self.options if option.id in chosen)


@dataclass(frozen=True, kw_only=True)
class SingleChoice(_Choice):
    """One right answer; the response is its option id. All or nothing."""

    instruction: ClassVar[str] = "Choose one"
    kind: Literal["single"] = "single"

    @classmethod
    def recognises(cls, draft: Draft) -> bool:
        if not super().recognises(draft) or draft.attributes.get("type") == "multiple":
            return False
        if draft.attributes.get("type") == "single":
            return True
        rights = [
            item
            for block in draft.blocks
            if has_boxes(block)
            for item, _ in items_of(block)
            if (item.meta or {}).get("checked")
        ]
        return len(rights) < 2

    @classmethod
    def read(cls, draft: Draft) -> Self | None:
        found = cls._read(draft, multiple=False)
        return cls(options=found[1], **found[0]) if found else None

    def complaint(self, response: object) -> str | None:
        if not isinstance(response, str):
            return "Choose one answer."
        if response not in {option.id for option in self.options}:
            return "That answer is not one of those offered."
        return None

    def judge(self, response: Response) -> Judgement:
        chosen = [response] if isinstance(response, str) else []
        right = any(option.right for option in self.options if option.id in chosen)
        return Judgement(Decimal(int(right)), self._feedback(chosen))

    def right_response(self) -> Response:
        return next(option.id for option in self.options if option.right)

    def response_from(self, fields: Mapping[str, Sequence[str]]) -> Response | None:
        values = fields.get(self.field, [])
        # Two values in a single choice did not come from the page: the list is passed on, and refused as an answer.
        return values[0] if len(values) == 1 else list(values) or None


@dataclass(frozen=True, kw_only=True)
class MultipleChoice(_Choice):
    """Several right answers; the response is the list of option ids. All or nothing: each right one and no wrong one."""

    instruction: ClassVar[str] = "Choose all that apply"
    kind: Literal["multiple"] = "multiple"

    @classmethod
    def read(cls, draft: Draft) -> Self | None:
        found = cls._read(draft, multiple=True)
        return cls(options=found[1], **found[0]) if found else None

    def complaint(self, response: object) -> str | None:
        if not isinstance(response, list) or not all(isinstance(one, str) for one in response):
            return "Choose one or more answers."
        if not response:
            return "Choose at least one answer."
        if len(set(response)) != len(response):
            return "An answer was chosen twice."
        if not set(response) <= {option.id for option in self.options}:
            return "That answer is not one of those offered."
        return None

    def judge(self, response: Response) -> Judgement:
        chosen = response if isinstance(response, list) else []
        right = set(chosen) == {option.id for option in self.options if option.right}
        return Judgement(Decimal(int(right)), self._feedback(chosen))

    def right_response(self) -> Response:
        return [option.id for option in self.options if option.right]

    def response_from(self, fields: Mapping[str, Sequence[str]]) -> Response | None:
        return list(fields.get(self.field, [])) or None
