"""The kinds of questions.

To add a kind: write a module here with a frozen dataclass derived from `Question` whose `kind` is a new Literal, add it to
`AnyQuestion` and `KINDS` below (the first kind that recognises a question reads it), and give it a template.
"""

from typing import Annotated

from pydantic import Field

from app.courses.rules.questions.attestation import Attestation
from app.courses.rules.questions.base import (
    Block,
    Draft,
    Feedback,
    Item,
    Judgement,
    Question,
    Response,
    Shown,
    ShownPart,
    blocks_of,
)
from app.courses.rules.questions.blanks import Blanks, Gap
from app.courses.rules.questions.choice import MultipleChoice, Option, SingleChoice
from app.courses.rules.questions.matching import Left, Matching
from app.courses.rules.questions.number import Number, parse_number
from app.courses.rules.questions.open_answer import OpenAnswer
from app.courses.rules.questions.ordering import Ordering

AnyQuestion = Annotated[
    SingleChoice | MultipleChoice | Blanks | Number | Ordering | Matching | OpenAnswer | Attestation,
    Field(discriminator="kind"),
]

KINDS: tuple[type[Question], ...] = (
    Attestation,
    SingleChoice,
    MultipleChoice,
    Number,
    Matching,
    OpenAnswer,
    Blanks,
    Ordering,
)

__all__ = [
    "KINDS",
    "AnyQuestion",
    "Attestation",
    "Blanks",
    "Block",
    "Draft",
    "Feedback",
    "Gap",
    "Item",
    "Judgement",
    "Left",
    "Matching",
    "MultipleChoice",
    "Number",
    "OpenAnswer",
    "Option",
    "Ordering",
    "Question",
    "Response",
    "Shown",
    "ShownPart",
    "SingleChoice",
    "blocks_of",
    "parse_number",
]
