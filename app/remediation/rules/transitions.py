"""One change of state that the rules allow, and how a refusal is worded: the same sentence through every door."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from app.access.policy import Actor, Permission

State = TypeVar("State", bound=StrEnum)


@dataclass(frozen=True)
class Transition(Generic[State]):
    """From one state to another: by whoever holds one of the permissions, by the portal's own rule, or as the effect of an approved decision."""

    source: State | None
    target: State
    may: frozenset[Permission] = frozenset()
    by_rule: bool = False
    by_decision: bool = False
    needs_reason: bool = True

    def open_to(self, by: Actor, *, decided: bool) -> bool:
        """May this actor make it? `decided` is True where an approved decision stands behind the act."""
        if by.person_id is None:
            return self.by_rule or (self.by_decision and decided)
        if self.by_decision and decided:
            return True
        return any(by.may(permission) for permission in self.may)


def find(table: Iterable[Transition[State]], source: State | None, target: State) -> Transition[State] | None:
    return next((row for row in table if row.source == source and row.target == target), None)


def following(table: Iterable[Transition[State]], source: State) -> list[State]:
    """The states that a thing in `source` can come to, in the order of the table."""
    return [row.target for row in table if row.source == source]


def refusal(what: str, source: str, target: str, possible: Iterable[str]) -> str:
    """`what` names the thing (“Case RC-2026-0001”, “This step”); states are given in words."""
    onward = [f"“{state}”" for state in possible]
    if not onward:
        return f"{what} is “{source}”, which is final. It can't become “{target}”."
    listed = onward[0] if len(onward) == 1 else f"{', '.join(onward[:-1])} or {onward[-1]}"
    return f"{what} is “{source}” and can't become “{target}”. From here it can become {listed}."
