"""What a certificate says, frozen at the moment of issue.

A `Snapshot` is every name, title, version, date and score as it was. From it come the canonical JSON (stored, attached
to the PDF, hashed) and the one list of printed fields, from which both the PDF and the public verify page are made: what
the paper says and what the page says can't differ.

The wording of the labels belongs to the format. Whoever changes a label raises `FORMAT` and keeps the old wording for
snapshots of the old format; otherwise an old PDF would no longer match its page.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple

from app.kernel.canonical import canonical

FORMAT = "good-standing-certificate/1"

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


class CertificateKind(StrEnum):
    """What a certificate certifies. Only a program completion certificate is a key to a case's holds."""

    PROGRAM_COMPLETION = "program_completion"
    COURSE_COMPLETION = "course_completion"


class Outcome(StrEnum):
    """The outcomes of a determination that a certificate can be issued for."""

    COMPLETED = "completed"
    COMPLETED_WITH_CONDITIONS = "completed_with_conditions"


class Locale(StrEnum):
    """The languages in which the printed words of a certificate exist, as BCP 47 tags."""

    ENGLISH = "en"


class UnreadableSnapshot(ValueError):
    """Stored bytes that aren't the canonical JSON of a snapshot in a format known here."""


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
    note: str = ""
    """Printed after the date when the step wasn't simply accepted: `waived`, `not applicable`."""


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
    coverage: str
    """A sentence: `24 of 24 covered persons trained on 2 March 2026.`"""
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
    """The language the course was taken in, in words as printed: `English`."""
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


class PrintedField(NamedTuple):
    """One thing printed on a certificate. `key` says which one it is, so that the layout can give it its place."""

    key: str
    label: str
    value: str


@dataclass(frozen=True)
class Snapshot:
    """Everything that a certificate says.

    `holder` is the partner's legal name (program completion) or the person's name (course completion);
    `partner_name` is the partner of that person, and equals `holder` for a program completion.
    `verify_url` is the full public address of this certificate's verify page, `https://…/verify/7K3Q-M9TD-0XWZ-5HRB`.
    """

    number: str
    completion: ProgramCompletion | CourseCompletion
    vendor_name: str
    holder: str
    partner_name: str
    partner_number: str
    issued_on: date
    expires_on: date | None
    signatory: Officer
    verify_url: str
    locale: Locale = Locale.ENGLISH
    replaces: str = ""
    """The number of the certificate that this one supersedes, if it is a correction."""

    def __post_init__(self) -> None:
        for name in ("number", "vendor_name", "holder", "partner_name", "partner_number", "verify_url"):
            if not str(getattr(self, name)).strip():
                raise ValueError(f"A certificate can't be issued without its {name.replace('_', ' ')}.")
        if self.kind is CertificateKind.PROGRAM_COMPLETION and self.holder != self.partner_name:
            raise ValueError("A program completion certificate is held by the partner itself.")
        # What replaces a certificate that has lapsed has lapsed too.
        if self.expires_on is not None and self.expires_on < self.issued_on and not self.replaces:
            raise ValueError("A certificate can't end before it is issued.")

    @property
    def kind(self) -> CertificateKind:
        """Which of the two certificates this is."""
        if isinstance(self.completion, ProgramCompletion):
            return CertificateKind.PROGRAM_COMPLETION
        return CertificateKind.COURSE_COMPLETION

    def canonical(self) -> bytes:
        """The one JSON spelling of this snapshot: sorted keys, no spaces, UTF-8, dates as YYYY-MM-DD."""
        return canonical({"format": FORMAT, "kind": self.kind, **asdict(self)})

    def digest(self) -> str:
        """SHA-256 of the canonical bytes, 64 hexadecimal digits."""
        return sha256(self.canonical()).hexdigest()

    @classmethod
    def from_canonical(cls, stored: bytes) -> "Snapshot":
        """The snapshot whose canonical bytes were stored.

        Raises UnreadableSnapshot when the bytes aren't the canonical form of a snapshot, to the last byte.
        """
        try:
            snapshot = _from_json(json.loads(stored))
            unchanged = snapshot.canonical() == stored
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UnreadableSnapshot(f"These bytes are no certificate snapshot: {error}") from error
        if not unchanged:
            raise UnreadableSnapshot("These bytes say more or other than the snapshot read from them.")
        return snapshot

    def fields(self) -> tuple[PrintedField, ...]:
        """Everything that is printed, in reading order. The PDF has no other source of words about this certificate."""
        return tuple(field for field in self._fields() if field.value)

    def printed_fields(self) -> list[tuple[str, str]]:
        """The same list as (label, value) pairs, for the verify page."""
        return [(field.label, field.value) for field in self.fields()]

    def _fields(self) -> list[PrintedField]:
        completion = self.completion
        if isinstance(completion, ProgramCompletion):
            middle = self._program_fields(completion)
            title = "Certificate of Program Completion"
        else:
            middle = self._course_fields(completion)
            title = "Certificate of Course Completion"
        return [
            PrintedField("vendor", "Issued by", self.vendor_name),
            PrintedField("title", "Certificate", title),
            PrintedField("holder", "Awarded to", self.holder),
            *middle,
            PrintedField("issued_on", "Issued on", long_date(self.issued_on)),
            PrintedField("expires_on", "Valid until", long_date(self.expires_on) if self.expires_on else "No end date"),
            PrintedField("replaces", "Replaces certificate", self.replaces),
            PrintedField("signatory", "For the issuer", self.signatory.name),
            PrintedField("signatory_title", "Position", self.signatory.title),
            PrintedField("number", "Certificate number", self.number),
            PrintedField("verify_url", "Verify at", self.verify_url),
        ]

    def _program_fields(self, completion: ProgramCompletion) -> list[PrintedField]:
        several = len(completion.program_names) > 1
        outcome = {
            Outcome.COMPLETED: "Completed",
            Outcome.COMPLETED_WITH_CONDITIONS: "Completed with conditions",
        }[completion.outcome]
        steps = [
            PrintedField(f"step_{place}", f"Step {place}", _step_in_words(step))
            for place, step in enumerate(completion.steps, start=1)
        ]
        return [
            PrintedField("programs", "Programs" if several else "Program", _listed(completion.program_names)),
            PrintedField("partner_number", "Partner number", self.partner_number),
            PrintedField("case", "Case", completion.case_number),
            PrintedField("outcome", "Determination", outcome),
            PrintedField("determination", "Determination reference", completion.determination_reference),
            PrintedField("determined_on", "Determined on", long_date(completion.determined_on)),
            PrintedField("conditions", "Conditions", completion.conditions),
            PrintedField("proposed_by", "Proposed by", _officer_in_words(completion.proposed_by)),
            PrintedField("approved_by", "Approved by", _officer_in_words(completion.approved_by)),
            PrintedField("coverage", "Coverage", completion.coverage),
            *steps,
            PrintedField("digest", "Evidence manifest (SHA-256)", completion.manifest_digest),
        ]

    def _course_fields(self, completion: CourseCompletion) -> list[PrintedField]:
        score = "" if completion.score is None else f"{completion.score} % ({completion.mastery_score} % needed)"
        return [
            PrintedField("course", "Course", completion.course_title),
            PrintedField("course_version", "Course version", completion.course_version),
            PrintedField("language", "Language", completion.language),
            PrintedField("score", "Score", score),
            PrintedField("passed_on", "Passed on", long_date(completion.passed_on)),
            PrintedField("partner", "Partner", self.partner_name),
            PrintedField("partner_number", "Partner number", self.partner_number),
            PrintedField("case", "Case", completion.case_number),
            PrintedField("digest", "Course content (SHA-256)", completion.content_hash),
        ]


def long_date(day: date) -> str:
    """`3 March 2026`: no reader takes the day for the month."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _officer_in_words(officer: Officer) -> str:
    return f"{officer.name}, {officer.title}"


def _step_in_words(step: CompletedStep) -> str:
    words = f"{step.title} ({long_date(step.completed_on)})"
    return f"{words}, {step.note}" if step.note else words


def _listed(names: tuple[str, ...]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _require_digest(digest: str) -> None:
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise ValueError("A digest is 64 lower-case hexadecimal digits of SHA-256.")


def _from_json(data: dict[str, Any]) -> Snapshot:
    if data["format"] != FORMAT:
        raise ValueError(f"the format {data['format']!r} is unknown.")
    expires_on = data["expires_on"]
    return Snapshot(
        number=data["number"],
        completion=_completion_from_json(CertificateKind(data["kind"]), data["completion"]),
        vendor_name=data["vendor_name"],
        holder=data["holder"],
        partner_name=data["partner_name"],
        partner_number=data["partner_number"],
        issued_on=date.fromisoformat(data["issued_on"]),
        expires_on=None if expires_on is None else date.fromisoformat(expires_on),
        signatory=Officer(**data["signatory"]),
        verify_url=data["verify_url"],
        locale=Locale(data["locale"]),
        replaces=data["replaces"],
    )


def _completion_from_json(kind: CertificateKind, data: dict[str, Any]) -> ProgramCompletion | CourseCompletion:
    if kind is CertificateKind.PROGRAM_COMPLETION:
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
                CompletedStep(step["title"], date.fromisoformat(step["completed_on"]), step["note"])
                for step in data["steps"]
            ),
            coverage=data["coverage"],
            manifest_digest=data["manifest_digest"],
        )
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
