"""The kinds of step a plan can hold, and what each asks of whom."""

from dataclasses import dataclass
from enum import StrEnum


class StepKind(StrEnum):
    TRAINING = "training"
    READING = "reading"
    ENGAGEMENT = "engagement"
    ROOT_CAUSE_ANALYSIS = "root_cause_analysis"
    CORRECTION = "correction"
    CORRECTIVE_ACTION = "corrective_action"
    POLICY_ADOPTION = "policy_adoption"
    EVIDENCE = "evidence"
    ATTESTATION = "attestation"

    @property
    def label(self) -> str:
        return KINDS[self].label

    @property
    def is_computed(self) -> bool:
        return self in COMPUTED

    @property
    def takes_evidence(self) -> bool:
        return self in WITH_EVIDENCE


@dataclass(frozen=True)
class KindOfStep:
    """`purpose` says in a sentence what the step is for; `asks` what the partner hands in, where it hands anything in."""

    label: str
    purpose: str
    asks: str = ""


KINDS: dict[StepKind, KindOfStep] = {
    StepKind.TRAINING: KindOfStep(
        "Training", "Everyone in scope takes the courses named here. It completes by itself when enough of them have."
    ),
    StepKind.READING: KindOfStep(
        "Reading", "Everyone in scope reads the materials named here and confirms it. It completes by itself."
    ),
    StepKind.ENGAGEMENT: KindOfStep(
        "Engagement session", "You and the compliance team meet; afterwards you confirm the minutes."
    ),
    StepKind.ROOT_CAUSE_ANALYSIS: KindOfStep(
        "Root cause analysis",
        "Find out why it could happen, not only who did it.",
        "Say what happened, why each control that should have stopped it did not, and what you will change.",
    ),
    StepKind.CORRECTION: KindOfStep(
        "Correction",
        "Repair this occurrence: what was wrong is put right.",
        "Say what was put right, when, and attach what shows it.",
    ),
    StepKind.CORRECTIVE_ACTION: KindOfStep(
        "Corrective action",
        "Remove the cause, so that it can't happen again.",
        "Say what works differently now, since when, who answers for it, and attach what shows it.",
    ),
    StepKind.POLICY_ADOPTION: KindOfStep(
        "Policy adoption",
        "Put a written rule in force and tell the people whom it binds.",
        "Attach the rule as adopted, say who adopted it and when, and how people were told.",
    ),
    StepKind.EVIDENCE: KindOfStep(
        "Evidence", "Show that something is in place.", "Attach the document asked for, or say in words what it shows."
    ),
    StepKind.ATTESTATION: KindOfStep(
        "Completion attestation", "Your executive signs for everything that was handed in. It comes last."
    ),
}

COMPUTED = frozenset({StepKind.TRAINING, StepKind.READING})
WITH_EVIDENCE = frozenset(
    {
        StepKind.ROOT_CAUSE_ANALYSIS,
        StepKind.CORRECTION,
        StepKind.CORRECTIVE_ACTION,
        StepKind.POLICY_ADOPTION,
        StepKind.EVIDENCE,
    }
)
