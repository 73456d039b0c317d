"""Who of the people in scope has done what a step asks: never more than there are, and nobody hidden."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class InScope:
    """A line of the roster as coverage sees it."""

    person_id: int
    name: str
    category: str
    joined_on: date
    leave_from: date | None = None
    leave_until: date | None = None
    leave_reason: str | None = None

    def is_away(self, on: date) -> bool:
        if self.leave_from is None or self.leave_from > on:
            return False
        return self.leave_until is None or self.leave_until >= on


@dataclass(frozen=True)
class PersonCoverage:
    """One person: which of the things asked (course or material names) are done, which are left."""

    person_id: int
    name: str
    category: str
    done: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def is_satisfied(self) -> bool:
        return not self.left


@dataclass(frozen=True)
class Exempt:
    """A person in scope who is not counted now, and why: by a waiver, or else on leave."""

    person_id: int
    name: str
    reason: str
    is_waived: bool


@dataclass(frozen=True)
class Coverage:
    """At a day: everybody who counts, everybody who does not, and the target in parts of ten thousand."""

    on: date
    target: int
    people: tuple[PersonCoverage, ...]
    exceptions: tuple[Exempt, ...]

    @property
    def total(self) -> int:
        return len(self.people)

    @property
    def satisfied(self) -> int:
        return sum(1 for person in self.people if person.is_satisfied)

    @property
    def is_reached(self) -> bool:
        """With nobody in scope nothing is reached: an empty roster proves nothing."""
        return self.total > 0 and self.satisfied * 10_000 >= self.target * self.total

    @property
    def has_begun(self) -> bool:
        return any(person.done for person in self.people)

    @property
    def left(self) -> tuple[str, ...]:
        """Names of the people who are not done, in the roster's order."""
        return tuple(person.name for person in self.people if not person.is_satisfied)

    def counted(self) -> str:
        """Numbers only, fit for the audit trail: `5 of 6 covered persons are done; the target is 100 %.`"""
        share, rest = divmod(self.target, 100)
        percent = str(share) if not rest else f"{share}.{rest:02d}".rstrip("0")
        people = "person is" if self.satisfied == 1 and self.total == 1 else "persons are"
        return f"{self.satisfied} of {self.total} covered {people} done; the target is {percent} %."


def coverage(
    roster: Sequence[InScope],
    asked: Sequence[str],
    satisfied: Collection[tuple[int, str]],
    *,
    target: int,
    on: date,
    waived: Mapping[tuple[int, str], date] | None = None,
) -> Coverage:
    """Count a roster (without those who have left). `satisfied` holds (person id, name of the thing asked), `waived` the last
    day of a waiver by the same.

    People on leave, and people from whom nothing is asked but what is waived for them, are exceptions, listed by name and not
    counted, unless they have done everything all the same. A person who comes into scope later than `on` is neither.
    """
    excused = waived or {}
    people: list[PersonCoverage] = []
    exceptions: list[Exempt] = []
    seen: set[int] = set()
    for line in roster:
        if line.joined_on > on or line.person_id in seen:
            continue
        seen.add(line.person_id)
        done = tuple(name for name in asked if (line.person_id, name) in satisfied)
        open_ones = tuple(name for name in asked if (line.person_id, name) not in satisfied)
        left = tuple(name for name in open_ones if (line.person_id, name) not in excused)
        if open_ones and not left:
            until = min(excused[line.person_id, name] for name in open_ones)
            exceptions.append(
                Exempt(line.person_id, line.name, f"Waived until {until.day} {until:%B %Y}", is_waived=True)
            )
        elif left and line.is_away(on):
            reason = f"On leave: {line.leave_reason or 'no reason given'}"
            exceptions.append(Exempt(line.person_id, line.name, reason, is_waived=False))
        else:
            people.append(PersonCoverage(line.person_id, line.name, line.category, done, left))
    return Coverage(on, target, tuple(people), tuple(exceptions))
