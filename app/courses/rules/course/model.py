"""A course as it is shown and kept: its units, its final quiz, what changed between its versions."""

from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from app.courses.rules import markdown
from app.courses.rules.front_matter import CourseMeta, MoveOn
from app.courses.rules.questions import AnyQuestion, Question
from app.courses.rules.quiz import Assessment


@dataclass(frozen=True)
class Part:
    """A stretch of a lesson: safe HTML, or (when `check` is set) the place of the ungraded check with that id."""

    html: str = ""
    check: str = ""


@dataclass(frozen=True)
class Unit:
    """A page of the course. `checks` hold their keys: show them with `grading.show`, never as they are."""

    slug: str
    kind: Literal["lesson", "quiz"]
    title: str
    lang: str
    minutes: int
    words: int
    description: str = ""
    objectives: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    headings: tuple[markdown.Heading, ...] = ()
    checks: tuple[AnyQuestion, ...] = ()

    @property
    def html(self) -> str:
        """The lesson without its checks."""
        return "\n".join(part.html for part in self.parts if part.html)

    def check(self, check_id: str) -> Question | None:
        return next((question for question in self.checks if question.id == check_id), None)


@dataclass(frozen=True)
class Change:
    """One line of CHANGES.md: the version, whether people who took an older one must take it again, and the words."""

    version: str
    retrain: bool
    text: str


@dataclass(frozen=True)
class Course:
    """One language of one course version. `languages` names every language that the bundle holds."""

    meta: CourseMeta
    lang: str
    languages: tuple[str, ...]
    overview_html: str
    units: tuple[Unit, ...]
    assessment: Assessment | None
    minutes: int
    changes: tuple[Change, ...] = ()

    @property
    def title(self) -> str:
        return self.meta.title

    @property
    def version(self) -> str:
        return self.meta.version

    @property
    def objectives(self) -> dict[str, str]:
        return self.meta.objectives

    @property
    def move_on(self) -> MoveOn:
        """As declared; by default passed where there is a quiz, completed where there is none."""
        if self.meta.move_on is not None:
            return self.meta.move_on
        return MoveOn.COMPLETED_AND_PASSED if self.assessment else MoveOn.COMPLETED

    @property
    def lessons(self) -> tuple[Unit, ...]:
        return tuple(unit for unit in self.units if unit.kind == "lesson")

    def unit(self, slug: str) -> Unit | None:
        return next((unit for unit in self.units if unit.slug == slug), None)

    def to_json(self) -> dict[str, object]:
        """Plain JSON values; `from_json` gives an equal course."""
        found: dict[str, object] = _COURSE.dump_python(self, mode="json")
        return found

    @classmethod
    def from_json(cls, value: object) -> "Course":
        return _COURSE.validate_python(value)


_COURSE: TypeAdapter[Course] = TypeAdapter(Course)
