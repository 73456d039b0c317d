"""What a new version asks of people who passed an older one: read from its number and CHANGES.md, and from its author's wish.

The first number says it: 1.4.0 → 2.0.0 is a material change, all else is a minor one. What contradicts that is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.courses.rules.course.model import Change as ChangeLine
from app.courses.rules.versions import is_later
from app.kernel.errors import Conflict, DomainError

DEFAULT_DAYS = 30
LONGEST_DAYS = 366


class Change(StrEnum):
    """What a version is against the one before it."""

    FIRST = "first"
    MINOR = "minor"
    MATERIAL = "material"


class Retrain(StrEnum):
    """What a material change asks of people who passed an older version and whose record still counts."""

    NOBODY = "nobody"
    ACKNOWLEDGE = "acknowledge"
    RETAKE = "retake"


@dataclass(frozen=True)
class Wish:
    """What the author said when proposing; None where they left it to the version's number and CHANGES.md."""

    change: Change | None = None
    retrain: Retrain | None = None
    days: int | None = None


@dataclass(frozen=True)
class Retraining:
    """What is put before a second person. `days` after publication, in each partner's zone; None where nobody is asked."""

    change: Change
    retrain: Retrain
    days: int | None

    @property
    def change_in_words(self) -> str:
        return {Change.FIRST: "The first version", Change.MINOR: "Minor", Change.MATERIAL: "Material"}[self.change]

    @property
    def in_words(self) -> str:
        """What is asked of those who passed an older version, as a phrase that stands alone."""
        if self.retrain is Retrain.RETAKE:
            return f"Take the course again within {_days(self.days)} of publication"
        if self.retrain is Retrain.ACKNOWLEDGE:
            return f"Read what changed and confirm it within {_days(self.days)} of publication"
        return "Nothing"


def settle(
    wish: Wish, *, version: str, live: str | None, lines: Iterable[ChangeLine], due_days: int | None
) -> Retraining:
    """What is proposed. `live` is the number of the version that it replaces (None: there is none), `lines` are those of
    CHANGES.md, `due_days` how long the course itself gives people. Raises DomainError on a contradiction."""
    if live is None:
        return _first(wish)
    is_major = int(version.partition(".")[0]) > int(live.partition(".")[0])
    said = [line.retrain for line in lines if is_later(line.version, live) and not is_later(line.version, than=version)]
    _refuse_other_change(wish, is_major=is_major, version=version, live=live)
    if not is_major:
        return _minor(wish, asks_again=any(said), version=version, live=live)
    return _material(wish, said=any(said) if said else None, version=version, due_days=due_days)


def _first(wish: Wish) -> Retraining:
    if wish.change not in (None, Change.FIRST) or wish.retrain not in (None, Retrain.NOBODY) or wish.days is not None:
        raise DomainError(
            "This is the first version of the course: nobody has passed an older one, so there is nothing to say about "
            "the change or about training people again. Leave --change, --retrain and --within away."
        )
    return Retraining(Change.FIRST, Retrain.NOBODY, None)


def _refuse_other_change(wish: Wish, *, is_major: bool, version: str, live: str) -> None:
    if wish.change is Change.FIRST:
        raise DomainError(f"Version {live} is live, so this is not the first version. Say minor or material.")
    if wish.change is Change.MINOR and is_major:
        raise DomainError(
            f"From {live} to {version} the first number rises, which says that the change is material. "
            f"For a minor change raise the second or third number only."
        )
    if wish.change is Change.MATERIAL and not is_major:
        raise DomainError(
            f"From {live} to {version} the first number stays, which says that the change is minor. "
            f"For a material change raise it, to {_next_major(live)}."
        )


def _minor(wish: Wish, *, asks_again: bool, version: str, live: str) -> Retraining:
    if asks_again:
        raise DomainError(
            f"CHANGES.md says 'retrain: yes', but from {live} to {version} the first number stays. Raise it, to "
            f"{_next_major(live)}, or write 'retrain: no'."
        )
    if wish.retrain not in (None, Retrain.NOBODY) or wish.days is not None:
        raise DomainError(
            f"A minor change asks nothing of people who passed an older version. To ask something of them, raise the "
            f"first number, to {_next_major(live)}; otherwise leave --retrain and --within away."
        )
    return Retraining(Change.MINOR, Retrain.NOBODY, None)


def _material(wish: Wish, *, said: bool | None, version: str, due_days: int | None) -> Retraining:
    """`said` is what CHANGES.md says of taking it again; None where it has no line."""
    if wish.retrain is None and said is False:
        raise DomainError(
            f"Version {version} raises the first number, so its change is material, but CHANGES.md says 'retrain: no'. "
            "Say whether people only read what changed (--retrain acknowledge) or are asked nothing (--retrain nobody), "
            "or write 'retrain: yes'."
        )
    retrain = wish.retrain or Retrain.RETAKE
    if said is not None and said is not (retrain is Retrain.RETAKE):
        raise DomainError(
            f"CHANGES.md says 'retrain: {'yes' if said else 'no'}', and you ask for '{retrain.value}'. Mend one of the two."
        )
    if retrain is Retrain.NOBODY:
        if wish.days is not None:
            raise DomainError("Nobody is asked anything, so there is no time to do it in. Leave --within away.")
        return Retraining(Change.MATERIAL, retrain, None)
    days = wish.days if wish.days is not None else min(due_days or DEFAULT_DAYS, LONGEST_DAYS)
    if not 1 <= days <= LONGEST_DAYS:
        raise DomainError(f"Give people between 1 and {LONGEST_DAYS} days, for example 30d.")
    return Retraining(Change.MATERIAL, retrain, days)


def refuse_another(wish: Wish, stands: Retraining, *, version: str) -> None:
    """An open proposal is judged as it is: who wishes something else of it has it rejected first. Raises Conflict."""
    wanted = ((wish.change, stands.change), (wish.retrain, stands.retrain), (wish.days, stands.days))
    if any(said is not None and said != stood for said, stood in wanted):
        raise Conflict(
            f"Version {version} waits for its decision already. Change: {stands.change_in_words.lower()}. Asked of people "
            f"who passed an older version: {stands.in_words.lower()}. To ask something else, have it rejected first."
        )


def _next_major(version: str) -> str:
    return f"{int(version.partition('.')[0]) + 1}.0.0"


def _days(days: int | None) -> str:
    return f"{days} day{'' if days == 1 else 's'}"
