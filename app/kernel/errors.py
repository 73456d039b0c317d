"""What can go wrong, as sentences fit for a page. The web turns them into answers; nothing here knows of HTTP."""

from dataclasses import dataclass, field
from typing import Any


class DomainError(Exception):
    """Something the person can mend. `sentence` is shown as it is; `field` names the input it is about, if one."""

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class NotFound(Exception):
    """Missing, or not the actor's to see: the same answer for both."""


class Conflict(DomainError):
    """The thing has changed, or was already done: look again before acting."""


@dataclass(frozen=True)
class RefusedAct:
    """What the audit trail keeps of an act that was refused."""

    action: str
    subject_type: str
    subject_id: str
    partner_id: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


class Refused(DomainError):
    """The rules forbid this act to this person. The transaction is undone, the refusal itself is kept in the audit trail."""

    def __init__(self, sentence: str, act: RefusedAct, *, by: object, field: str | None = None) -> None:
        super().__init__(sentence, field=field)
        self.act = act
        self.by = by
        self.is_kept = False


class NotPermitted(Refused):
    """The person's roles do not hold the permission. `held_by` names the roles that do."""

    def __init__(self, sentence: str, act: RefusedAct, *, by: object, held_by: tuple[str, ...] = ()) -> None:
        super().__init__(sentence, act, by=by)
        self.held_by = held_by


_sentences: dict[str, tuple[str, str | None]] = {}


def constraint_says(name: str, sentence: str, *, field: str | None = None) -> None:
    """Register what a person is told when the named database constraint refuses (usually the loser of a race)."""
    if name in _sentences and _sentences[name] != (sentence, field):
        raise ValueError(f"Constraint {name} already has a sentence.")
    _sentences[name] = (sentence, field)


def sentence_of(name: str) -> DomainError | None:
    """The error registered for a constraint, or None where its breach would be our own fault."""
    found = _sentences.get(name)
    return Conflict(found[0], field=found[1]) if found else None
