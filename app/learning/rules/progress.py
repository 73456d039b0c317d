"""How far somebody is in a course, what is left, and whether that is enough. Values in, values out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from app.courses.rules.durations import Duration

LONGEST_PAUSE = timedelta(minutes=10)


class UnitIs(StrEnum):
    LESSON = "lesson"
    QUIZ = "quiz"
    ATTESTATION = "attestation"


@dataclass(frozen=True)
class OutlineUnit:
    """One page of a course version as lists show it. `position` counts from 1; `language` is that of its title and text."""

    position: int
    kind: UnitIs
    title: str
    minutes: int
    slug: str = ""
    language: str = "en"


@dataclass(frozen=True)
class Statement:
    """A sentence to be attested at the end: `text` is what is signed, `html` how it is shown (safe, inline)."""

    id: str
    html: str
    text: str


@dataclass(frozen=True)
class Outline:
    """What a course version asks of people. Scores are parts of ten thousand.

    `statements` are to be attested at the end; a course that has some is never finished without a signature.
    `language` is that of the title, `languages` are all that the version is there in, its own first.
    """

    title: str
    units: tuple[OutlineUnit, ...]
    move_on: str
    mastery_score: int
    attempts_allowed: int
    wait_seconds: int
    statements: tuple[Statement, ...] = ()
    language: str = "en"
    languages: tuple[str, ...] = ("en",)
    time_limit_seconds: int | None = None

    @property
    def lessons(self) -> tuple[OutlineUnit, ...]:
        return tuple(unit for unit in self.units if unit.kind is UnitIs.LESSON)

    @property
    def quiz(self) -> OutlineUnit | None:
        return next((unit for unit in self.units if unit.kind is UnitIs.QUIZ), None)

    @property
    def attestation(self) -> OutlineUnit | None:
        return next((unit for unit in self.units if unit.kind is UnitIs.ATTESTATION), None)

    @property
    def signed_text(self) -> str:
        """The exact words that are signed: every statement, one a line."""
        return "\n".join(statement.text for statement in self.statements)

    @property
    def must_pass(self) -> bool:
        """Whether nobody finishes without passing the quiz."""
        return self.quiz is not None and self.move_on in ("Passed", "CompletedAndPassed")

    @property
    def lessons_come_first(self) -> bool:
        """Whether the quiz opens only when every lesson is completed."""
        return self.move_on in ("Completed", "CompletedAndPassed")

    def unit(self, position: int) -> OutlineUnit | None:
        return self.units[position - 1] if 1 <= position <= len(self.units) else None

    def lesson_number(self, position: int) -> int:
        """The number of a lesson among the lessons, from 1."""
        return sum(1 for unit in self.lessons if unit.position <= position)


@dataclass(frozen=True)
class Standing:
    """How far one registration is. `viewed` are positions opened but not completed, latest first."""

    outline: Outline
    done: frozenset[int]
    viewed: tuple[int, ...] = ()
    finished: bool = False

    @property
    def lessons_left(self) -> tuple[OutlineUnit, ...]:
        return tuple(unit for unit in self.outline.lessons if unit.position not in self.done)

    @property
    def passed(self) -> bool:
        quiz = self.outline.quiz
        return quiz is not None and quiz.position in self.done

    @property
    def satisfied(self) -> bool:
        """Whether the course's `move_on` is met; a signature may still be missing."""
        lessons = not self.lessons_left
        match self.outline.move_on:
            case "Passed":
                return self.passed
            case "Completed":
                return lessons
            case "CompletedOrPassed":
                return self.passed or lessons
            case "NotApplicable":
                return bool(self.done)
            case _:
                return lessons and (self.passed or self.outline.quiz is None)

    @property
    def needs_signature(self) -> bool:
        return bool(self.outline.statements)

    @property
    def done_count(self) -> int:
        return sum(1 for unit in self.outline.units if unit.position in self.done)

    @property
    def total(self) -> int:
        return len(self.outline.units)

    @property
    def left(self) -> tuple[OutlineUnit, ...]:
        return tuple(unit for unit in self.outline.units if unit.position not in self.done)

    @property
    def in_words(self) -> str:
        """`4 of 6 done; left: lesson 5, quiz`."""
        words = f"{self.done_count} of {self.total} done"
        return f"{words}; left: {', '.join(self._names_left())}" if self.left else words

    def _names_left(self) -> list[str]:
        numbers = [self.outline.lesson_number(unit.position) for unit in self.lessons_left]
        names = []
        if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
            names.append(f"lessons {numbers[0]} to {numbers[-1]}")
        else:
            names += [f"lesson {number}" for number in numbers]
        return names + [unit.kind.value for unit in self.left if unit.kind is not UnitIs.LESSON]

    def why_closed(self, unit: OutlineUnit) -> str | None:
        """Why a unit can't be worked on yet, as a sentence; None when it can."""
        if unit.kind is UnitIs.QUIZ and self.outline.lessons_come_first and self.lessons_left:
            return f"The quiz opens when every lesson is completed. Left: {', '.join(self._lessons_left())}."
        if unit.kind is UnitIs.ATTESTATION and not self.satisfied:
            before = [*self._lessons_left(), *(["the quiz"] if self.outline.must_pass and not self.passed else [])]
            return f"You sign at the end. Left before that: {', '.join(before)}."
        return None

    def _lessons_left(self) -> list[str]:
        return [f"lesson {self.outline.lesson_number(unit.position)}, “{unit.title}”" for unit in self.lessons_left]

    def once_done(self, position: int) -> "Standing":
        """The standing as it will be when a unit is completed."""
        return replace(self, done=self.done | {position})

    @property
    def resume(self) -> OutlineUnit:
        """Where to go on: the unit opened last if it isn't completed, else the first one that is left, else the first."""
        for position in self.viewed:
            unit = self.outline.unit(position)
            if unit is not None and self.why_closed(unit) is None:
                return unit
        return next((unit for unit in self.left if self.why_closed(unit) is None), self.outline.units[0])

    def after(self, position: int) -> OutlineUnit | None:
        """What follows a unit: the next one that is open, whether done or not; at the end, the first that was left out."""
        following = [unit for unit in self.outline.units if unit.position > position]
        for unit in following:
            if self.why_closed(unit) is None:
                return unit
        left = [unit for unit in self.left if unit.position != position and self.why_closed(unit) is None]
        return left[0] if left else None


def active_seconds(instants: Iterable[datetime]) -> int:
    """Time spent, in seconds, from the instants at which somebody was seen to act: gaps count, long pauses only in part."""
    ordered = sorted(instants)
    spent = sum(
        (min(later - earlier, LONGEST_PAUSE) for earlier, later in pairwise(ordered)),
        timedelta(0),
    )
    return int(spent.total_seconds())


def last_valid_day(
    passed_on: date, valid_for: Duration | None, *, earlier_end: date | None = None, renew_days: int | None = None
) -> date | None:
    """The last day on which a training record counts; None when it does not lapse.

    A year after 1 March 2026 is 1 March 2027: months are those of the calendar. Who renews within the last `renew_days` of an
    earlier pass (`earlier_end` is its last day) loses nothing by being early: the new term is counted from that end.
    """
    if valid_for is None:
        return None
    return valid_for.after(renewed_from(passed_on, earlier_end, renew_days))


def renewed_from(passed_on: date, earlier_end: date | None, renew_days: int | None) -> date:
    """The day from which a pass is counted: the day itself, or inside the renewal window the end of the pass before."""
    if earlier_end is None or renew_days is None or not may_renew(earlier_end, renew_days, passed_on):
        return passed_on
    return earlier_end


def may_renew(ends_on: date, renew_days: int, today: date) -> bool:
    """Whether a pass that counts until the end of `ends_on` can be renewed today."""
    return ends_on - timedelta(days=renew_days) <= today <= ends_on


def due_in_words(due_on: date, today: date) -> str:
    """`Due in 5 days`, `Due today`, `3 days overdue`; `today` is the day where the partner is."""
    left = (due_on - today).days
    if left == 0:
        return "Due today"
    days = f"{abs(left):,} day{'' if abs(left) == 1 else 's'}"
    return f"Due in {days}" if left > 0 else f"{days} overdue"
