"""The life of a case as a table: from, to, who, whether a reason is needed."""

from enum import StrEnum

from app.access.policy import Permission
from app.remediation.rules.transitions import Transition


class CaseState(StrEnum):
    DRAFT = "draft"
    NOTIFIED = "notified"
    PLANNING = "planning"
    PLAN_REVIEW = "plan_review"
    IN_REMEDIATION = "in_remediation"
    COMPLETION_REVIEW = "completion_review"
    MONITORING = "monitoring"
    REFERRED = "referred"
    CLOSED_COMPLETED = "closed_completed"
    CLOSED_OFFBOARDED = "closed_offboarded"
    DISMISSED = "dismissed"

    @property
    def label(self) -> str:
        return CASE_LABELS[self]


CASE_LABELS: dict[CaseState, str] = {
    CaseState.DRAFT: "Draft",
    CaseState.NOTIFIED: "Notified",
    CaseState.PLANNING: "Planning",
    CaseState.PLAN_REVIEW: "Plan in review",
    CaseState.IN_REMEDIATION: "In remediation",
    CaseState.COMPLETION_REVIEW: "Completion in review",
    CaseState.MONITORING: "Monitoring",
    CaseState.REFERRED: "Referred",
    CaseState.CLOSED_COMPLETED: "Closed: completed",
    CaseState.CLOSED_OFFBOARDED: "Closed: offboarded",
    CaseState.DISMISSED: "Dismissed",
}

CLOSED = frozenset({CaseState.CLOSED_COMPLETED, CaseState.CLOSED_OFFBOARDED, CaseState.DISMISSED})
# States in which steps are worked on.
WORKING = frozenset({CaseState.IN_REMEDIATION, CaseState.COMPLETION_REVIEW})
# States in which the plan may still be replaced: before work has begun.
PLANNABLE = frozenset({CaseState.DRAFT, CaseState.NOTIFIED, CaseState.PLANNING, CaseState.PLAN_REVIEW})


class Outcome(StrEnum):
    """What compliance determines."""

    COMPLETED = "completed"
    COMPLETED_WITH_CONDITIONS = "completed_with_conditions"
    NOT_COMPLETED = "not_completed"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()

    @property
    def is_completion(self) -> bool:
        return self in (Outcome.COMPLETED, Outcome.COMPLETED_WITH_CONDITIONS)


C = CaseState
_ANALYST = frozenset({Permission.CASE_ADVANCE})

CASE_TRANSITIONS: tuple[Transition[CaseState], ...] = (
    Transition(None, C.DRAFT, may=frozenset({Permission.CASE_OPEN})),
    Transition(C.DRAFT, C.NOTIFIED, by_decision=True),
    Transition(C.DRAFT, C.DISMISSED, may=_ANALYST),
    Transition(C.NOTIFIED, C.PLANNING, may=frozenset({Permission.NOTICE_ACKNOWLEDGE}), needs_reason=False),
    Transition(C.NOTIFIED, C.REFERRED, by_decision=True),
    Transition(C.NOTIFIED, C.DISMISSED, by_decision=True),
    Transition(C.PLANNING, C.PLAN_REVIEW, by_rule=True),
    Transition(C.PLANNING, C.REFERRED, by_decision=True),
    Transition(C.PLANNING, C.DISMISSED, by_decision=True),
    Transition(C.PLAN_REVIEW, C.PLANNING, by_rule=True),
    Transition(C.PLAN_REVIEW, C.IN_REMEDIATION, by_rule=True),
    Transition(C.PLAN_REVIEW, C.REFERRED, by_decision=True),
    Transition(C.PLAN_REVIEW, C.DISMISSED, by_decision=True),
    Transition(C.IN_REMEDIATION, C.COMPLETION_REVIEW, by_rule=True),
    Transition(C.IN_REMEDIATION, C.REFERRED, by_decision=True),
    Transition(C.IN_REMEDIATION, C.DISMISSED, by_decision=True),
    Transition(C.COMPLETION_REVIEW, C.IN_REMEDIATION, may=_ANALYST, by_rule=True, by_decision=True),
    Transition(C.COMPLETION_REVIEW, C.CLOSED_COMPLETED, by_decision=True),
    Transition(C.COMPLETION_REVIEW, C.MONITORING, by_decision=True),
    Transition(C.COMPLETION_REVIEW, C.REFERRED, by_decision=True),
    Transition(C.COMPLETION_REVIEW, C.DISMISSED, by_decision=True),
    Transition(C.MONITORING, C.CLOSED_COMPLETED, may=_ANALYST),
    Transition(C.MONITORING, C.IN_REMEDIATION, by_decision=True),
    Transition(C.CLOSED_COMPLETED, C.IN_REMEDIATION, by_decision=True),
    Transition(C.MONITORING, C.REFERRED, by_decision=True),
    Transition(C.REFERRED, C.NOTIFIED, by_decision=True),
    Transition(C.REFERRED, C.PLANNING, by_decision=True),
    Transition(C.REFERRED, C.IN_REMEDIATION, by_decision=True),
    Transition(C.REFERRED, C.CLOSED_OFFBOARDED, by_decision=True),
    Transition(C.REFERRED, C.DISMISSED, by_decision=True),
)

AFTER_DETERMINATION: dict[Outcome, CaseState] = {
    Outcome.COMPLETED: C.CLOSED_COMPLETED,
    Outcome.COMPLETED_WITH_CONDITIONS: C.MONITORING,
    Outcome.NOT_COMPLETED: C.IN_REMEDIATION,
    Outcome.REFUSED: C.REFERRED,
}

# From where a case goes back to work when the determination that completed it falls.
AFTER_COMPLETION = frozenset({C.MONITORING, C.CLOSED_COMPLETED})

# Where an approved referral may lead. “Back to work” is one wish; the state it leads to follows from how far the case was.
REFERRAL_DESTINATIONS = (C.REFERRED, C.IN_REMEDIATION, C.CLOSED_OFFBOARDED, C.DISMISSED)


def back_to_work(*, acknowledged: bool, plan_accepted: bool) -> CaseState:
    """The state in which a referred case goes on."""
    if not acknowledged:
        return C.NOTIFIED
    return C.IN_REMEDIATION if plan_accepted else C.PLANNING


def referral_refusal(source: CaseState, destination: CaseState) -> str | None:
    """Why this can't be proposed from here, or None."""
    if destination not in REFERRAL_DESTINATIONS:
        return "Choose whether to refer the case, return it to work, close it as offboarded, or dismiss it."
    if destination is C.IN_REMEDIATION:
        return None if source is C.REFERRED else "Only a referred case goes back to work this way."
    if any(row.source == source and row.target == destination and row.by_decision for row in CASE_TRANSITIONS):
        return None
    return f"A case that is “{source.label}” can't become “{destination.label}” by referral."
