"""What a certificate says, frozen at the moment of issue.

A `Snapshot` is every name, title, version, date and score as it was. From it come the canonical JSON (stored, attached
to the PDF, hashed) and the one list of printed fields, from which both the PDF and the public verify page are made: what
the paper says and what the page says can't differ.

The words of the labels belong to the format (see `wording`).
"""

import json
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from app.certificates.rules.facts import (
    CertificateKind,
    CompletedStep,
    CourseCompletion,
    Locale,
    Officer,
    Outcome,
    ProgramCompletion,
    StepStatus,
    TrainingCoverage,
)
from app.certificates.rules.printing import Printed, PrintedField, long_date, printed
from app.certificates.rules.stored import completion_from, day_or_none
from app.kernel.canonical import canonical

__all__ = [
    "FORMAT",
    "CertificateKind",
    "CompletedStep",
    "CourseCompletion",
    "Locale",
    "Officer",
    "Outcome",
    "Printed",
    "PrintedField",
    "ProgramCompletion",
    "Snapshot",
    "StepStatus",
    "TrainingCoverage",
    "UnreadableSnapshot",
    "long_date",
]

FORMAT = "good-standing-certificate/1"


class UnreadableSnapshot(ValueError):
    """Stored bytes that aren't the canonical JSON of a snapshot in a format known here."""


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

    def printed(self) -> Printed:
        """Everything that is printed, in reading order. The PDF has no other source of words about this certificate."""
        return printed(self)

    def fields(self) -> tuple[PrintedField, ...]:
        return self.printed().fields

    def printed_fields(self) -> list[tuple[str, str]]:
        """What is printed as (label, value) pairs."""
        return self.printed().pairs()


def _from_json(data: dict[str, Any]) -> Snapshot:
    if data["format"] != FORMAT:
        raise ValueError(f"the format {data['format']!r} is unknown.")
    return Snapshot(
        number=data["number"],
        completion=completion_from(CertificateKind(data["kind"]), data["completion"]),
        vendor_name=data["vendor_name"],
        holder=data["holder"],
        partner_name=data["partner_name"],
        partner_number=data["partner_number"],
        issued_on=date.fromisoformat(data["issued_on"]),
        expires_on=day_or_none(data["expires_on"]),
        signatory=Officer(**data["signatory"]),
        verify_url=data["verify_url"],
        locale=Locale(data["locale"]),
        replaces=data["replaces"],
    )
