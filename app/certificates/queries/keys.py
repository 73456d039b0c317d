"""Whether a certificate is the key to a case's holds."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.certificates.document.verification import Verdict, verify
from app.certificates.issuer import Issuer
from app.certificates.models import Certificate, DistrustedKey
from app.certificates.queries.standing import Standing, alteration, standing
from app.certificates.rules.numbers import normalise
from app.certificates.rules.snapshot import CertificateKind


@dataclass(frozen=True)
class Fit:
    """Whether a certificate is the key to a case's holds, in a sentence that can be shown."""

    ok: bool
    sentence: str
    certificate: Certificate | None = None


def key_of_case(session: Session, case_id: int) -> Certificate | None:
    """The newest program completion certificate of a case, whatever its standing."""
    return session.scalar(
        select(Certificate).where(Certificate.case_id == case_id).order_by(Certificate.id.desc()).limit(1)
    )


def fits(
    session: Session, certificate_id: int | None, *, case_id: int, at: datetime, issuer: Issuer | None = None
) -> Fit:
    """Does the key fit the lock: authentic, of the right type, for this very case, and valid at `at`?

    Authentic means that the stored bytes still have the digest kept at issue, that the snapshot still has its own, and –
    where an `issuer` is given, as for every release – that the signature holds under one of the vendor's keys.
    """
    if certificate_id is None:
        return Fit(False, "No program completion certificate has been issued for this case.")
    found = session.scalar(
        select(Certificate).where(Certificate.id == certificate_id).options(undefer(Certificate.pdf))
    )
    if found is None:
        return Fit(False, "That certificate does not exist.")
    return _judged(session, found, case_id=case_id, at=at, issuer=issuer)


def presented(
    session: Session, number: str, *, document: bytes | None = None, case_id: int, at: datetime, issuer: Issuer
) -> Fit:
    """As `fits`, for a certificate that somebody shows: by the number as typed and, if they have it, the PDF file.

    The register decides, never the file: of a file it is asked only whether it is the one that was issued.
    """
    if not number.strip():
        return Fit(False, "Enter the number of the program completion certificate that unlocks this case.")
    normal = normalise(number)
    found = (
        session.scalar(select(Certificate).where(Certificate.number == normal).options(undefer(Certificate.pdf)))
        if normal
        else None
    )
    if found is None:
        return Fit(
            False,
            "No certificate with this number was issued. Check the number; if it is printed like this, the paper is not ours.",
        )
    if document is not None and sha256(document).hexdigest() != found.pdf_digest:
        return Fit(
            False,
            "The file is not the one that was issued under this number: at least one byte differs. It may have been edited.",
            found,
        )
    return _judged(session, found, case_id=case_id, at=at, issuer=issuer)


def _judged(session: Session, found: Certificate, *, case_id: int, at: datetime, issuer: Issuer | None) -> Fit:
    if found.kind is not CertificateKind.PROGRAM_COMPLETION:
        return Fit(False, "A course certificate unlocks no withheld payment.", found)
    if found.case_id != case_id:
        return Fit(False, "That certificate was issued for another case.", found)
    altered = alteration(found)
    if altered:
        return Fit(False, altered, found)
    if issuer is not None:
        verdict = _signature(found.pdf_digest, found.pdf, issuer)
        if not verdict.ok:
            return Fit(False, f"The stored certificate's signature does not hold: {verdict.sentence}", found)
    if is_distrusted(session, found.signing_key, at=at):
        return Fit(
            False, "The key that signed this certificate was declared compromised. A new certificate is needed.", found
        )
    refusal = _WHY_NOT.get(standing(found, at=at))
    if refusal is not None:
        return Fit(False, refusal.format(newer=found.superseded_by_number), found)
    return Fit(True, f"Certificate {found.number} is authentic, valid, and was issued for this case.", found)


_WHY_NOT = {
    Standing.REVOKED: "The certificate was revoked and unlocks nothing.",
    Standing.SUPERSEDED: "The certificate was superseded by {newer} and unlocks nothing. Use the newer one.",
    Standing.EXPIRED: "The certificate has expired and unlocks nothing.",
}


def is_distrusted(session: Session, fingerprint: str, *, at: datetime) -> bool:
    """Whether the key of this fingerprint had been declared compromised at that time."""
    declared = select(DistrustedKey.id).where(DistrustedKey.fingerprint == fingerprint, DistrustedKey.declared_at <= at)
    return session.scalar(declared) is not None


_verdicts: dict[tuple[str, tuple[x509.Certificate, ...]], Verdict] = {}


def _signature(digest: str, pdf: bytes, issuer: Issuer) -> Verdict:
    """The verdict on bytes of a digest, which changes only with the keys that are trusted and is therefore remembered."""
    key = (digest, issuer.trusted)
    if key not in _verdicts:
        _verdicts[key] = verify(pdf, issuer.trusted)
    return _verdicts[key]
