"""The facts of a certificate as they come back from stored JSON. Raises KeyError, TypeError or ValueError for anything else."""

from datetime import date
from typing import Any

from app.certificates.rules.facts import (
    CertificateKind,
    CompletedStep,
    CourseCompletion,
    Officer,
    Outcome,
    ProgramCompletion,
    StepStatus,
    TrainingCoverage,
)


def completion_from(kind: CertificateKind, data: dict[str, Any]) -> ProgramCompletion | CourseCompletion:
    """What a certificate of this kind certifies."""
    return _program(data) if kind is CertificateKind.PROGRAM_COMPLETION else _course(data)


def day_or_none(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _program(data: dict[str, Any]) -> ProgramCompletion:
    return ProgramCompletion(
        case_number=data["case_number"],
        program_names=tuple(data["program_names"]),
        outcome=Outcome(data["outcome"]),
        conditions=data["conditions"],
        determination_reference=data["determination_reference"],
        determined_on=date.fromisoformat(data["determined_on"]),
        proposed_by=Officer(**data["proposed_by"]),
        approved_by=Officer(**data["approved_by"]),
        steps=tuple(
            CompletedStep(step["title"], date.fromisoformat(step["completed_on"]), StepStatus(step["status"]))
            for step in data["steps"]
        ),
        coverage=tuple(
            TrainingCoverage(**{**counted, "trained_by": day_or_none(counted["trained_by"])})
            for counted in data["coverage"]
        ),
        manifest_digest=data["manifest_digest"],
    )


def _course(data: dict[str, Any]) -> CourseCompletion:
    return CourseCompletion(
        course_title=data["course_title"],
        course_version=data["course_version"],
        content_hash=data["content_hash"],
        language=data["language"],
        score=data["score"],
        mastery_score=data["mastery_score"],
        passed_on=date.fromisoformat(data["passed_on"]),
        case_number=data["case_number"],
    )
