"""The one list of what is printed, from which both the PDF and the public verify page are made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from app.certificates.rules.facts import (
    CertificateKind,
    CompletedStep,
    CourseCompletion,
    Locale,
    Officer,
    ProgramCompletion,
)
from app.certificates.rules.phrases import Phrase, alone, joined, phrase
from app.certificates.rules.wording import Wording, wording

if TYPE_CHECKING:
    from app.certificates.rules.snapshot import Snapshot


@dataclass(frozen=True)
class PrintedField:
    """One thing printed on a certificate. `key` says which one it is, so that the layout can give it its place."""

    key: str
    label: str
    pieces: Phrase

    @property
    def value(self) -> str:
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True)
class Printed:
    """All that is printed on one certificate, in reading order, and the language that it is printed in."""

    locale: Locale
    fields: tuple[PrintedField, ...]

    @property
    def lang(self) -> str:
        return self.locale.value

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        return self.locale.direction

    def value(self, key: str) -> str:
        """What is printed for a key of `PrintedField`; empty where nothing is."""
        return next((field.value for field in self.fields if field.key == key), "")

    def pairs(self) -> list[tuple[str, str]]:
        """The same list as (label, value)."""
        return [(field.label, field.value) for field in self.fields]


def printed(snapshot: "Snapshot", locale: Locale | None = None) -> Printed:
    """What is printed for a snapshot: in its own language, or worded in another one."""
    chosen = locale or snapshot.locale
    return Printed(chosen, tuple(field for field in _fields(snapshot, wording(chosen)) if field.value))


def long_date(day: date, locale: Locale) -> str:
    """`3 March 2026`, `3 mars 2026`, `3 مارس 2026`."""
    return wording(locale).long_date(day)


def _fields(snapshot: "Snapshot", words: Wording) -> list[PrintedField]:
    completion = snapshot.completion
    if isinstance(completion, ProgramCompletion):
        middle = _program_fields(snapshot, completion, words)
        title = words.titles[CertificateKind.PROGRAM_COMPLETION]
    else:
        middle = _course_fields(snapshot, completion, words)
        title = words.titles[CertificateKind.COURSE_COMPLETION]
    return [
        _field(words, "vendor", snapshot.vendor_name),
        _field(words, "title", title),
        _field(words, "holder", snapshot.holder),
        *middle,
        _field(words, "issued_on", words.long_date(snapshot.issued_on)),
        _field(words, "expires_on", words.long_date(snapshot.expires_on) if snapshot.expires_on else words.no_end_date),
        _field(words, "replaces", snapshot.replaces),
        _field(words, "signatory", snapshot.signatory.name),
        _field(words, "signatory_title", snapshot.signatory.title),
        _field(words, "number", snapshot.number),
        _field(words, "verify_url", snapshot.verify_url),
    ]


def _program_fields(snapshot: "Snapshot", completion: ProgramCompletion, words: Wording) -> list[PrintedField]:
    names = completion.program_names
    coverage = " ".join(dict.fromkeys(words.coverage(counted) for counted in completion.coverage))
    return [
        PrintedField(
            "programs",
            words.labels["programs" if len(names) > 1 else "program"],
            joined(names, words.separator, words.last_separator),
        ),
        _field(words, "partner_number", snapshot.partner_number),
        _field(words, "case", completion.case_number),
        _field(words, "outcome", words.outcomes[completion.outcome]),
        _field(words, "determination", completion.determination_reference),
        _field(words, "determined_on", words.long_date(completion.determined_on)),
        _field(words, "conditions", completion.conditions),
        PrintedField("proposed_by", words.labels["proposed_by"], _officer(completion.proposed_by, words)),
        PrintedField("approved_by", words.labels["approved_by"], _officer(completion.approved_by, words)),
        _field(words, "coverage", coverage or words.no_training),
        *_steps(completion.steps, words),
        PrintedField("digest", words.labels["manifest_digest"], alone(completion.manifest_digest)),
    ]


def _course_fields(snapshot: "Snapshot", completion: CourseCompletion, words: Wording) -> list[PrintedField]:
    score = (
        ()
        if completion.score is None
        else phrase(
            words.score,
            score=words.percent.format(number=completion.score),
            needed=words.percent.format(number=completion.mastery_score),
        )
    )
    return [
        _field(words, "course", completion.course_title),
        _field(words, "course_version", completion.course_version),
        _field(words, "language", completion.language),
        PrintedField("score", words.labels["score"], score),
        _field(words, "passed_on", words.long_date(completion.passed_on)),
        _field(words, "partner", snapshot.partner_name),
        _field(words, "partner_number", snapshot.partner_number),
        _field(words, "case", completion.case_number),
        PrintedField("digest", words.labels["content_digest"], alone(completion.content_hash)),
    ]


def _field(words: Wording, key: str, value: str) -> PrintedField:
    return PrintedField(key, words.labels[key], alone(value))


def _officer(officer: Officer, words: Wording) -> Phrase:
    return phrase(words.officer, name=officer.name, title=officer.title) if officer.title else alone(officer.name)


def _steps(steps: Sequence[CompletedStep], words: Wording) -> list[PrintedField]:
    return [
        PrintedField(
            f"step_{place}",
            words.labels["step"].format(number=place),
            phrase(words.steps[step.status], title=step.title, day=words.long_date(step.completed_on)),
        )
        for place, step in enumerate(steps, start=1)
    ]
