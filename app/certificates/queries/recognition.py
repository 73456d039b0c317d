"""What a file is that somebody wants checked: genuine, altered from one of ours, or unknown."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.certificates.document.confinement import examine_confined
from app.certificates.document.examination import Examination, examine, signed_revisions
from app.certificates.document.verification import LARGEST_VERIFIED, Verdict, verify
from app.certificates.issuer import Issuer
from app.certificates.models import Certificate
from app.certificates.queries.keys import is_distrusted
from app.certificates.queries.register import Public, public
from app.certificates.rules.comparison import (
    MOST_DIFFERENCES,
    Difference,
    differences_in_data,
    differences_in_facts,
    differences_in_words,
)
from app.certificates.rules.numbers import normalise

# The number as it is printed, or as it stands at the end of an address.
_NUMBER = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}\b")
_MOST_NUMBERS = 5

Examine = Callable[..., Examination]


class Finding(StrEnum):
    """What a file is: one that was issued, byte for byte; made from such a one or bearing its number; or neither."""

    GENUINE = "genuine"
    ALTERED = "altered"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Recognised:
    """What a file is that somebody wants checked, in sentences, and the certificate that it is or was made from.

    `signature` is what can be said of the file's signature alone; None where it wasn't looked at.
    """

    finding: Finding
    sentence: str
    original: Public | None = None
    differences: tuple[Difference, ...] = ()
    signature: Verdict | None = None

    @property
    def genuine(self) -> bool:
        return self.finding is Finding.GENUINE

    @property
    def number(self) -> str | None:
        return self.original.certificate.number if self.original else None


def recognise(
    session: Session, pdf: bytes, *, issuer: Issuer, at: datetime, examine_file: Examine = examine_confined
) -> Recognised:
    """What is this file? The register speaks first: only a file whose digest it has is genuine.

    Any other is read, in confinement, for what it was made from and what differs. Raises TooBusy, nothing else.
    """
    original = _by_digest(session, sha256(pdf).hexdigest())
    if original is not None:
        signature = verify(pdf, issuer.trusted, timestamp_roots=issuer.timestamp_roots)
        sentence = "This is the very file that was issued, byte for byte."
        if signature.key is not None and is_distrusted(session, signature.key, at=at):
            sentence += " The key that signed it was declared compromised later: this page tells it apart from a forgery, its signature doesn't."
        return Recognised(Finding.GENUINE, sentence, public(session, original, at=at), signature=signature)
    if b"%PDF-" not in pdf[:1024]:
        return Recognised(
            Finding.UNKNOWN,
            "This is no PDF document. A photograph or a scan can't be checked as a file: enter the number that is printed on it.",
        )
    begins_as = next(filter(None, (_by_digest(session, digest) for digest in signed_revisions(pdf))), None)
    if len(pdf) > LARGEST_VERIFIED:
        return _too_large(session, begins_as, at=at)
    found = examine_file(pdf, issuer.trusted, timestamp_roots=issuer.timestamp_roots)
    number = begins_as or next(filter(None, (_known(session, number) for number in _numbers_in(found))), None)
    if number is None:
        return _unknown(session, found, issuer, at=at)
    return _altered(session, number, found, adds_only=begins_as is not None, issuer=issuer, at=at)


def _altered(
    session: Session, number: str, found: Examination, *, adds_only: bool, issuer: Issuer, at: datetime
) -> Recognised:
    original = public(session, number, at=at)
    differences = _differences(session, original, found, issuer)
    if adds_only:
        how = "It begins as the file that was issued, and something was added or changed after it was signed."
    elif found.verdict.ok:
        how = "What the signature covers is unchanged; what was changed is the signature's own wrapping."
    else:
        how = f"{found.verdict.sentence} It is not the file that was issued."
    if found.words is None and found.data is None:
        how += " What it shows can't be read."
    elif not differences:
        how += " No word that can be read in it differs; it may have been printed or saved anew."
    return Recognised(
        Finding.ALTERED,
        f"This file bears the number of certificate {number}. {how}",
        original,
        tuple(differences),
        found.verdict,
    )


def _differences(session: Session, original: Public, found: Examination, issuer: Issuer) -> list[Difference]:
    pdf = session.scalars(
        select(Certificate).where(Certificate.number == original.certificate.number).options(undefer(Certificate.pdf))
    ).one()
    ours = examine(pdf.pdf, issuer.trusted)
    differences = []
    if found.words is not None and ours.words is not None:
        differences += differences_in_words(found.words, ours.words, original.fields)
    if found.words is not None or found.data is not None:
        seen = {(one.label, one.in_file) for one in differences}
        in_data = differences_in_data(found.data, original.certificate.snapshot)
        differences += [
            Difference(f"{one.label} (attached data)", one.in_file, one.issued)
            if (one.label, one.in_file) not in seen and one.label != "Attached data"
            else one
            for one in in_data
            if (one.label, one.in_file) not in seen
        ]
    if found.facts:
        differences += differences_in_facts(found.facts, ours.facts)
    if not differences and found.drawing is not None and found.drawing != ours.drawing:
        differences.append(Difference("Drawing of the page", "other lines, shapes or places", "as issued"))
    return differences[: 2 * MOST_DIFFERENCES]


def _unknown(session: Session, found: Examination, issuer: Issuer, *, at: datetime) -> Recognised:
    if found.verdict.key is not None and is_distrusted(session, found.verdict.key, at=at):
        sentence = "We did not issue this file. It is signed with a key of ours that was declared compromised: anybody may have made it."
    elif found.verdict.ok:
        sentence = "The signature is ours, but this file is not in our register. Do not rely on it; write to us."
    else:
        sentence = (
            f"This file was not issued by {issuer.vendor_name} as it is. {found.verdict.sentence} "
            "Ask for the certificate's number and enter it here."
        )
    return Recognised(Finding.UNKNOWN, sentence, signature=found.verdict)


def _too_large(session: Session, begins_as: str | None, *, at: datetime) -> Recognised:
    if begins_as is None:
        return Recognised(Finding.UNKNOWN, "This file is too large to be one of our certificates.")
    return Recognised(
        Finding.ALTERED,
        f"This file begins as certificate {begins_as}, and a great deal was added to it after it was signed.",
        public(session, begins_as, at=at),
    )


def _numbers_in(found: Examination) -> Iterator[str]:
    """Every number that the file gives for itself: in its data, then in its words."""
    if found.data is not None:
        try:
            named = json.loads(found.data)["number"]
        except (ValueError, KeyError, TypeError, RecursionError):
            named = None
        if isinstance(named, str):
            yield named
    yield from list(dict.fromkeys(_NUMBER.findall((found.words or "").upper())))[:_MOST_NUMBERS]


def _known(session: Session, number: str) -> str | None:
    return session.scalar(select(Certificate.number).where(Certificate.number == (normalise(number) or "")))


def _by_digest(session: Session, digest: str) -> str | None:
    return session.scalar(select(Certificate.number).where(Certificate.pdf_digest == digest))
