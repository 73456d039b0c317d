"""What a certificate can say: its kinds, outcomes and languages, and the shapes of its facts."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal


class CertificateKind(StrEnum):
    """What a certificate certifies. Only a program completion certificate is a key to a case's holds."""

    PROGRAM_COMPLETION = "program_completion"
    COURSE_COMPLETION = "course_completion"


class Outcome(StrEnum):
    """The outcomes of a determination that a certificate can be issued for."""

    COMPLETED = "completed"
    COMPLETED_WITH_CONDITIONS = "completed_with_conditions"


class StepStatus(StrEnum):
    """How a step of the plan came to be done."""

    ACCEPTED = "accepted"
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"


class Locale(StrEnum):
    """The languages in which the printed words of a certificate exist, as BCP 47 tags."""

    ENGLISH = "en"
    FRENCH = "fr"
    ARABIC = "ar"

    @property
    def label(self) -> str:
        return self.name.capitalize()

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """Which way its pages run."""
        return "rtl" if self is Locale.ARABIC else "ltr"


@dataclass(frozen=True)
class Officer:
    """A person who acted for the vendor, as named at that time: `Officer("Ana Reyes", "Compliance approver")`."""

    name: str
    title: str


@dataclass(frozen=True)
class CompletedStep:
    """One step of the plan that was accepted, waived or found not applicable, and when."""

    title: str
    completed_on: date
    status: StepStatus = StepStatus.ACCEPTED


@dataclass(frozen=True)
class TrainingCoverage:
    """Who took a training of the plan: `trained` of `covered` people, by a day (None for a training that was not accepted).

    People with a waiver and people on leave are in neither number; how many they are is said beside.
    """

    trained: int
    covered: int
    trained_by: date | None
    waived: int = 0
    on_leave: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.trained <= self.covered or self.waived < 0 or self.on_leave < 0:
            raise ValueError("No more people can be trained than are covered, and no count is below zero.")


@dataclass(frozen=True)
class ProgramCompletion:
    """The partner has completed the remediation program of one case."""

    case_number: str
    program_names: tuple[str, ...]
    outcome: Outcome
    conditions: str
    """The conditions in words; empty unless the outcome is `completed_with_conditions`."""
    determination_reference: str
    determined_on: date
    proposed_by: Officer
    approved_by: Officer
    steps: tuple[CompletedStep, ...]
    coverage: tuple[TrainingCoverage, ...]
    """One for each training of the plan; empty when no training was part of it."""
    manifest_digest: str
    """SHA-256 of the evidence manifest that the determination judged, 64 hexadecimal digits."""

    def __post_init__(self) -> None:
        if self.outcome is Outcome.COMPLETED_WITH_CONDITIONS and not self.conditions:
            raise ValueError("A completion with conditions has to say what they are.")
        if self.outcome is Outcome.COMPLETED and self.conditions:
            raise ValueError("A completion without conditions can't list any.")
        _require_digest(self.manifest_digest)


@dataclass(frozen=True)
class CourseCompletion:
    """A person has passed one version of a course."""

    course_title: str
    course_version: str
    content_hash: str
    """SHA-256 of the course version's content, 64 hexadecimal digits."""
    language: str
    """The language the course was taken in, in words of the certificate's language: `English`, `Anglais`."""
    score: int | None
    """Percent reached; None when the course has no graded assessment."""
    mastery_score: int | None
    """Percent needed; None exactly when the score is None."""
    passed_on: date
    case_number: str = ""
    """The case for which the course was assigned; empty when it wasn't part of one."""

    def __post_init__(self) -> None:
        if (self.score is None) != (self.mastery_score is None):
            raise ValueError("A score and the score needed come together or not at all.")
        if self.score is not None and self.mastery_score is not None and not self.mastery_score <= self.score <= 100:
            raise ValueError("A course certificate needs a score between the score needed and 100.")
        _require_digest(self.content_hash)


def _require_digest(digest: str) -> None:
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise ValueError("A digest is 64 lower-case hexadecimal digits of SHA-256.")
