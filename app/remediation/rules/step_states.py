"""The life of a step as a table, and the few words by which a partner sees it."""

from enum import StrEnum

from app.access.policy import Permission
from app.remediation.rules.step_kinds import StepKind
from app.remediation.rules.transitions import Transition


class StepState(StrEnum):
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    CHANGES_REQUESTED = "changes_requested"
    ACCEPTED = "accepted"
    REOPENED = "reopened"
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


S = StepState
DONE = frozenset({S.ACCEPTED, S.WAIVED, S.NOT_APPLICABLE})
# States in which it is the partner's turn.
OPEN = frozenset({S.NOT_STARTED, S.IN_PROGRESS, S.CHANGES_REQUESTED, S.REOPENED})

_PARTNER = frozenset({Permission.EVIDENCE_SUBMIT})
_SIGNER = frozenset({Permission.ATTESTATION_SIGN})
_REVIEWER = frozenset({Permission.EVIDENCE_REVIEW})
_VENDOR_HOLDS = frozenset({Permission.SESSION_HOLD})
_ANALYST = frozenset({Permission.CASE_ADVANCE})

STEP_TRANSITIONS: tuple[Transition[StepState], ...] = (
    Transition(S.NOT_STARTED, S.IN_PROGRESS, may=_PARTNER | _VENDOR_HOLDS, by_rule=True, needs_reason=False),
    Transition(S.NOT_STARTED, S.SUBMITTED, may=_PARTNER | _SIGNER, by_rule=True, needs_reason=False),
    Transition(S.IN_PROGRESS, S.SUBMITTED, may=_PARTNER | _VENDOR_HOLDS | _SIGNER, by_rule=True, needs_reason=False),
    Transition(S.SUBMITTED, S.ACCEPTED, may=_REVIEWER, by_rule=True, needs_reason=False),
    Transition(S.SUBMITTED, S.CHANGES_REQUESTED, may=_REVIEWER | frozenset({Permission.SESSION_CONFIRM})),
    Transition(S.CHANGES_REQUESTED, S.IN_PROGRESS, may=_PARTNER | _VENDOR_HOLDS, by_rule=True, needs_reason=False),
    Transition(S.CHANGES_REQUESTED, S.SUBMITTED, may=_PARTNER | _VENDOR_HOLDS, by_rule=True, needs_reason=False),
    Transition(S.ACCEPTED, S.REOPENED, may=_ANALYST | _PARTNER, by_rule=True, by_decision=True),
    Transition(S.REOPENED, S.IN_PROGRESS, may=_PARTNER | _VENDOR_HOLDS, by_rule=True, needs_reason=False),
    Transition(S.REOPENED, S.SUBMITTED, may=_PARTNER | _VENDOR_HOLDS | _SIGNER, by_rule=True, needs_reason=False),
    Transition(S.NOT_STARTED, S.WAIVED, by_decision=True),
    Transition(S.IN_PROGRESS, S.WAIVED, by_decision=True),
    Transition(S.CHANGES_REQUESTED, S.WAIVED, by_decision=True),
    Transition(S.REOPENED, S.WAIVED, by_decision=True),
    Transition(S.WAIVED, S.REOPENED, by_rule=True, by_decision=True),
    Transition(S.NOT_STARTED, S.NOT_APPLICABLE, by_decision=True),
    Transition(S.NOT_APPLICABLE, S.REOPENED, by_decision=True),
)


class Word(StrEnum):
    """How a partner sees a step."""

    NOT_STARTED = "Not started"
    IN_PROGRESS = "In progress"
    WAITING = "Waiting for us"
    COMPLETED = "Completed"
    CLOSED = "Cannot start yet"
    CHANGES = "Needs changes"


_WORDS: dict[StepState, Word] = {
    S.NOT_STARTED: Word.NOT_STARTED,
    S.IN_PROGRESS: Word.IN_PROGRESS,
    S.SUBMITTED: Word.WAITING,
    S.CHANGES_REQUESTED: Word.CHANGES,
    S.ACCEPTED: Word.COMPLETED,
    S.REOPENED: Word.CHANGES,
    S.WAIVED: Word.COMPLETED,
    S.NOT_APPLICABLE: Word.COMPLETED,
}

# The component's tone for each word: colour only for what needs somebody.
TONES: dict[Word, str] = {
    Word.NOT_STARTED: "neutral",
    Word.IN_PROGRESS: "info",
    Word.WAITING: "waiting",
    Word.COMPLETED: "done",
    Word.CLOSED: "waiting",
    Word.CHANGES: "attention",
}


def word_for(kind: StepKind, state: StepState, *, may_start: bool, waits_for_vendor: bool = False) -> Word:
    """The partner's word. `may_start` is False for an attestation before all else is done, and before the plan is in force.

    `waits_for_vendor` says that the next act is the vendor's although nothing was submitted: a session not yet planned.
    """
    if not may_start and state in OPEN:
        return Word.CLOSED
    if kind is StepKind.ENGAGEMENT and state is S.SUBMITTED:
        return Word.IN_PROGRESS
    if waits_for_vendor and state in OPEN:
        return Word.WAITING
    if kind.is_computed and state is S.REOPENED:
        return Word.IN_PROGRESS
    return _WORDS[state]
