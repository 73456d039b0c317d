"""What the partner reads first on its case: where it stands in a sentence, and which step comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.remediation.rules.case_states import CaseState
from app.remediation.rules.step_kinds import StepKind
from app.remediation.rules.step_states import OPEN, StepState


@dataclass(frozen=True)
class Standing:
    """`title` says where the case stands, `text` what that means for the reader now."""

    title: str
    text: str


def standing(state: CaseState, *, is_acknowledged: bool, has_signed: bool, monitoring_until: str = "") -> Standing:
    """Words for a partner's people. Never a threat, never a date that is not set."""
    match state:
        case CaseState.NOTIFIED:
            return Standing("A notice waits for you", "Read it and confirm that you have. It takes about five minutes.")
        case CaseState.PLANNING | CaseState.PLAN_REVIEW:
            return Standing(
                "We are preparing your plan",
                "You have nothing to do now. When the plan is ready, its steps stand here and you get an e-mail.",
            )
        case CaseState.IN_REMEDIATION:
            return Standing(
                "Your steps", "Do them in any order. You can stop at any time; nothing that you saved is lost."
            )
        case CaseState.COMPLETION_REVIEW if has_signed:
            return Standing(
                "Everything is in. We decide now.",
                "Your executive has signed. You have nothing to do; we tell you by e-mail what we determine.",
            )
        case CaseState.COMPLETION_REVIEW:
            return Standing(
                "One signature is left",
                "All steps are done. Your executive reads the list of what you handed in and signs.",
            )
        case CaseState.MONITORING:
            return Standing(
                "Completed, with conditions",
                f"You have completed the program. Keep the conditions until {monitoring_until}; then the case is closed."
                if monitoring_until
                else "You have completed the program. Keep the conditions; then the case is closed.",
            )
        case CaseState.REFERRED:
            return Standing(
                "The case was referred",
                "A person decides how the partnership goes on. Nothing ends by itself. If you want to take part again, write to us.",
            )
        case CaseState.CLOSED_COMPLETED:
            return Standing("Completed", "You have completed the program. Thank you for the work that you put into it.")
        case CaseState.CLOSED_OFFBOARDED:
            return Standing("Closed", "This case is closed, and the partnership in this program has ended.")
        case CaseState.DISMISSED:
            return Standing("Dismissed", "This case was opened in error. Nothing is asked of you.")
        case _:
            return Standing("In preparation", "There is nothing to do.")


@dataclass(frozen=True)
class Doable:
    """A step as the choice of the next one sees it."""

    step_id: int
    position: int
    kind: StepKind
    state: StepState
    current_due_on: date
    is_others_turn: bool = False
    minutes_wait: bool = False


def next_for_contact(steps: Sequence[Doable]) -> Doable | None:
    """The step that the compliance contact does next: first what was returned, then what only waits for a click, then in order.

    Training comes last once people are on the roster: they do it, and the contact can only ask them.
    """
    ranked = []
    for step in steps:
        if step.kind.takes_evidence and step.state in OPEN:
            returned = step.state in (StepState.CHANGES_REQUESTED, StepState.REOPENED)
            ranked.append((0 if returned else 2, step.position, step))
        elif step.kind is StepKind.ENGAGEMENT and step.minutes_wait:
            ranked.append((1, step.position, step))
        elif step.kind.is_computed and step.state in OPEN:
            ranked.append((3 if step.is_others_turn else 2, step.position, step))
    return min(ranked, key=lambda one: one[:2])[2] if ranked else None


def next_for_executive(steps: Sequence[Doable], state: CaseState) -> Doable | None:
    """The attestation, once everything else is done."""
    if state is not CaseState.COMPLETION_REVIEW:
        return None
    return next((step for step in steps if step.kind is StepKind.ATTESTATION and step.state in OPEN), None)
