"""Whether a certificate is the key to a case's holds."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.certificates.document.verification import Verdict, verify
from app.certificates.issuer import Issuer
from app.certificates.models import Certificate, DistrustedKey
from app.certificates.queries.standing import Standing, alteration, standing
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
    state = standing(found, at=at)
    if state is not Standing.VALID:
        return Fit(False, f"The certificate is {state.value} and unlocks nothing.", found)
    return Fit(True, f"Certificate {found.number} is authentic, valid, and was issued for this case.", found)


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
