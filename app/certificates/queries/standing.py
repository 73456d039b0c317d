"""The state of a certificate at an instant, and whether what is kept of it is still what was issued."""

from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.certificates.models import Certificate
from app.certificates.rules.snapshot import CertificateKind, Snapshot, UnreadableSnapshot
from app.kernel.faults import Fault


class Standing(StrEnum):
    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


class Issued(NamedTuple):
    """Of a certificate's row what is public, without the bytes of its document."""

    number: str
    kind: CertificateKind
    snapshot: str
    snapshot_digest: str
    pdf_digest: str
    status_list: int
    issued_at: datetime
    expires_on: date | None
    expires_at: datetime | None
    revoked_at: datetime | None
    superseded_by_number: str | None


def standing(certificate: Certificate | Issued, *, at: datetime) -> Standing:
    """The state of a certificate at an instant. There is no way back from any but valid."""
    if certificate.revoked_at is not None:
        return Standing.REVOKED
    if certificate.superseded_by_number is not None:
        return Standing.SUPERSEDED
    if certificate.expires_at is not None and at > certificate.expires_at:
        return Standing.EXPIRED
    return Standing.VALID


def alteration(certificate: Certificate) -> str | None:
    """What no longer agrees with what was issued, or None. The row must have been loaded with its bytes."""
    if sha256(certificate.pdf).hexdigest() != certificate.pdf_digest:
        return "The stored document is not the one that was issued: its digest differs."
    try:
        snapshot = Snapshot.from_canonical(certificate.snapshot.encode())
    except UnreadableSnapshot:
        return "The stored facts are not the ones that were issued."
    if snapshot.digest() != certificate.snapshot_digest or snapshot.number != certificate.number:
        return "The stored facts are not the ones that were issued: their digest differs."
    return None


def faults(session: Session) -> list[Fault]:
    """Certificates whose stored bytes or facts are no longer those of their issue."""
    found = []
    for certificate in session.scalars(
        select(Certificate).options(undefer(Certificate.pdf)).execution_options(yield_per=50)
    ):
        altered = alteration(certificate)
        if altered:
            found.append(
                Fault("certificate data at issue = at any later download", f"certificate {certificate.number}", altered)
            )
        session.expunge(certificate)
    return found
