"""A number: `= 24`, `= 10 +- 2`, `= [8, 12]`, alone in its paragraph (rule 6)."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import ClassVar, Literal, Self

from app.courses.rules.questions.base import MAX_TYPED_CHARACTERS, Block, Draft, Judgement, Question, Response, Shown

_NUMBER = r"[+-]?[\d\u0020\u00a0\u202f]*[.,]?\d+"
_EXACT = re.compile(rf"=\s*({_NUMBER})")
_TOLERANCE = re.compile(rf"=\s*({_NUMBER})\s*(?:\+-|\+/-|±)\s*({_NUMBER})\s*(%?)")
_RANGE = re.compile(rf"=\s*\[\s*({_NUMBER})\s*[,;]\s*({_NUMBER})\s*\]")
_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009'’")
_MAX_DIGITS = 30


_ARABIC_SIGNS = str.maketrans(
    {"\u2212": "-", "\u066b": ".", "\u066c": None, "\u061c": None, "\u200e": None, "\u200f": None}
)


def parse_number(text: str) -> Decimal | None:
    """`1 000`, `10,5`, `10.5`, `1,000.50`, `1.000,50`, `-3`; None when it is no number.

    Where both signs stand, the last one is the decimal sign. A single comma or point is the decimal sign too, so that
    `10,5` and `10.5` are the same number; `1,000,000`, with several, can only be thousands. Digits may be those of any
    script: `٢٤` is 24, and `٦٠٬٠٠٠` has a sign of thousands that is never a decimal one.
    """
    compact = unicodedata.normalize("NFKC", text).strip().translate(_SPACES).translate(_ARABIC_SIGNS)
    compact = "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in compact)
    if not compact or len(compact) > _MAX_DIGITS:
        return None
    signs = [character for character in compact if character in ".,"]
    if len(set(signs)) == 2:
        decimal_sign = signs[-1]
        if signs.count(decimal_sign) > 1:
            return None
        groups, _, rest = compact.partition(decimal_sign)
        if not _is_grouped(groups, signs[0]):
            return None
        compact = groups.replace(signs[0], "") + "." + rest
    elif len(signs) > 1:
        if not _is_grouped(compact, signs[0]):
            return None
        compact = compact.replace(signs[0], "")
    else:
        compact = compact.replace(",", ".")
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", compact, re.ASCII):
        return None
    try:
        return Decimal(compact)
    except InvalidOperation:
        return None


def _is_grouped(text: str, sign: str) -> bool:
    first, *rest = text.lstrip("+-").split(sign)
    return 1 <= len(first) <= 3 and all(len(group) == 3 for group in rest)


@dataclass(frozen=True, kw_only=True)
class Number(Question):
    """Right when low <= typed number <= high. The response is the text as typed. All or nothing."""

    instruction: ClassVar[str] = "Type a number"
    kind: Literal["number"] = "number"
    low: Decimal
    high: Decimal
    as_written: str

    @classmethod
    def recognises(cls, draft: Draft) -> bool:
        return any(_line_of_number(block) is not None for block in draft.blocks)

    @classmethod
    def read(cls, draft: Draft) -> Self | None:
        answers = [block for block in draft.blocks if _line_of_number(block) is not None]
        answer = answers[0]
        if len(answers) > 1:
            draft.error("The question has two numbers as its answer; keep one.", draft.line_of(answers[1]))
            return None
        position = _line_of_number(answer)
        if position != (0, 1):
            draft.error(
                "Put the number in a paragraph of its own, with an empty line before and after.", draft.line_of(answer)
            )
            return None
        written = answer.inline.content.strip() if answer.inline else ""
        bounds = _bounds(written)
        if bounds is None:
            draft.error(f"'{written}' is not a number. Write = 24, = 10 +- 2 or = [8, 12].", draft.line_of(answer))
            return None
        low, high = bounds
        if low > high:
            draft.error(
                f"In '{written}' the first number is the greater one. Write the smaller one first.",
                draft.line_of(answer),
            )
            return None
        before, after = draft.halves(answer)
        return cls(low=low, high=high, as_written=written.removeprefix("=").strip(), **draft.common(before, after))

    def shown(self, seed: str, *, shuffle: bool, section: str = "") -> Shown:
        return self._shown(section)

    def complaint(self, response: object) -> str | None:
        if not isinstance(response, str) or not response.strip():
            return "Type a number."
        if len(response) > MAX_TYPED_CHARACTERS or parse_number(response) is None:
            return "That is not a number. Type digits, for example 24 or 10.5."
        return None

    def judge(self, response: Response) -> Judgement:
        number = parse_number(response) if isinstance(response, str) else None
        return Judgement(Decimal(int(number is not None and self.low <= number <= self.high)))

    def key(self) -> tuple[str, ...]:
        return (str(self.low),) if self.low == self.high else (f"{self.low} – {self.high}",)

    def in_words(self, response: Response) -> tuple[str, ...]:
        return (response,) if isinstance(response, str) else ()

    def right_response(self) -> Response:
        return str(self.low)

    def response_from(self, fields: Mapping[str, Sequence[str]]) -> Response | None:
        values = [value for value in fields.get(self.field, []) if value.strip()]
        return values[0] if len(values) == 1 else list(values) or None


def is_number(block: Block) -> bool:
    """Whether the block is a number as an answer: `= 24` alone in its paragraph."""
    return _line_of_number(block) == (0, 1)


def _line_of_number(block: Block) -> tuple[int, int] | None:
    """(index of the line that starts with `= `, number of lines) of a paragraph with such a line."""
    if block.inline is None:
        return None
    lines = block.inline.content.split("\n")
    for index, line in enumerate(lines):
        text = line.strip()
        if (
            text.startswith("=")
            and text.strip("=")
            and (text[1:2].isspace() or text[1:2].isdigit() or text[1:2] in {"[", "+", "-"})
        ):
            return index, len(lines)
    return None


def _bounds(written: str) -> tuple[Decimal, Decimal] | None:
    if found := _EXACT.fullmatch(written):
        value = parse_number(found[1])
        return (value, value) if value is not None else None
    if found := _TOLERANCE.fullmatch(written):
        value, margin = parse_number(found[1]), parse_number(found[2])
        if value is None or margin is None or margin < 0:
            return None
        if found[3]:
            margin = abs(value) * margin / 100
        return value - margin, value + margin
    if found := _RANGE.fullmatch(written):
        low, high = parse_number(found[1]), parse_number(found[2])
        return (low, high) if low is not None and high is not None else None
    return None
