"""What a certificate is worth: to the public who verify it, to the money that it unlocks, to `flask check`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, undefer

from app.access.policy import Actor, Permission
from app.certificates.document import sign
from app.certificates.issuer import Issuer
from app.certificates.models import Certificate
from app.certificates.rules.numbers import normalise
from app.certificates.rules.snapshot import CertificateKind, Snapshot, UnreadableSnapshot
from app.kernel.errors import NotFound
from app.kernel.faults import Fault
from app.partners.queries import in_reach


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
    issued_at: datetime
    expires_on: date | None
    expires_at: datetime | None
    revoked_at: datetime | None
    superseded_by_id: int | None


def standing(certificate: Certificate | Issued, *, at: datetime) -> Standing:
    """The state of a certificate at an instant. There is no way back from any but valid."""
    if certificate.revoked_at is not None:
        return Standing.REVOKED
    if certificate.superseded_by_id is not None:
        return Standing.SUPERSEDED
    if certificate.expires_at is not None and at > certificate.expires_at:
        return Standing.EXPIRED
    return Standing.VALID


@dataclass(frozen=True)
class Public:
    """What anyone may see of a certificate: its standing and every field that is printed on it."""

    certificate: Issued
    standing: Standing
    fields: Sequence[tuple[str, str]]
    superseded_by: str | None


_certificate = Certificate.__table__
_newer = _certificate.alias("newer")
_PUBLIC = (
    select(*(_certificate.c[name] for name in Issued._fields), _newer.c.number)
    .outerjoin_from(_certificate, _newer, _newer.c.id == _certificate.c.superseded_by_id)
    .where(_certificate.c.number == bindparam("number"))
)


def public(session: Session, number: str, *, at: datetime) -> Public:
    """A certificate by its number, however typed; NotFound for unknown and malformed alike. A revoked one is found."""
    normal = normalise(number)
    row = session.execute(_PUBLIC, {"number": normal}).one_or_none() if normal else None
    if row is None:
        raise NotFound
    *facts, newer = row
    issued = Issued(*facts)
    return Public(issued, standing(issued, at=at), printed(issued), newer)


def printed(certificate: Certificate | Issued) -> Sequence[tuple[str, str]]:
    """Every field that is printed on it, as (label, value)."""
    return _printed_of(certificate.snapshot)


@lru_cache(maxsize=512)
def _printed_of(snapshot: str) -> Sequence[tuple[str, str]]:
    return Snapshot.from_canonical(snapshot.encode()).printed_fields()


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
    state = standing(found, at=at)
    if state is not Standing.VALID:
        return Fit(False, f"The certificate is {state.value} and unlocks nothing.", found)
    return Fit(True, f"Certificate {found.number} is authentic, valid, and was issued for this case.", found)


_verdicts: dict[tuple[str, str], sign.Verdict] = {}


def _signature(digest: str, pdf: bytes, issuer: Issuer) -> sign.Verdict:
    """The verdict on bytes of a digest, which never changes and is therefore remembered."""
    key = (digest, issuer.key.fingerprint)
    if key not in _verdicts:
        _verdicts[key] = sign.verify(pdf, issuer.trusted)
    return _verdicts[key]


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


@dataclass(frozen=True)
class Recognised:
    """What a file is that somebody wants checked: the certificate it claims to be, if it is ours, and why we say so."""

    genuine: bool
    sentence: str
    number: str | None = None


def recognise(session: Session, pdf: bytes, *, issuer: Issuer) -> Recognised:
    """Is this file one of our certificates, byte for byte? Digest first; then, for a better sentence, the signature."""
    number = session.scalar(select(Certificate.number).where(Certificate.pdf_digest == sha256(pdf).hexdigest()))
    if number is not None:
        return Recognised(True, "This is the very file that was issued, byte for byte.", number)
    verdict = sign.verify(pdf, issuer.trusted)
    if verdict.ok:
        return Recognised(
            False, "The signature is ours, but this file is not in our register. Do not rely on it; write to us."
        )
    return Recognised(
        False,
        f"This file was not issued by {issuer.vendor_name} as it is. {verdict.sentence} Ask for the certificate's number and enter it here.",
    )


def load(session: Session, number: str, *, by: Actor, with_pdf: bool = False) -> Certificate:
    """A certificate of a party to it: the person it names, its partner's case people, or staff in whose reach the partner is."""
    statement = select(Certificate).where(Certificate.number == (normalise(number) or ""))
    found = session.scalar(statement.options(undefer(Certificate.pdf)) if with_pdf else statement)
    if found is None or not _is_party(session, found, by):
        raise NotFound
    return found


def _is_party(session: Session, certificate: Certificate, by: Actor) -> bool:
    if certificate.person_id is not None and certificate.person_id == by.person_id:
        return True
    if not by.may(Permission.CERTIFICATE_READ):
        return False
    if by.partner_id is not None and certificate.person_id is not None:
        return False
    return (
        session.scalar(
            select(Certificate.id).where(Certificate.id == certificate.id, in_reach(by, Certificate.partner_id))
        )
        is not None
    )


def own(session: Session, *, by: Actor, limit: int = 100) -> Sequence[Certificate]:
    """The actor's own course certificates, and their partner's program certificates where they may see those; newest first."""
    wanted = Certificate.person_id == by.person_id
    if by.partner_id is not None and by.may(Permission.CERTIFICATE_READ):
        wanted = wanted | ((Certificate.partner_id == by.partner_id) & Certificate.case_id.is_not(None))
    elif by.may(Permission.CERTIFICATE_READ):
        wanted = in_reach(by, Certificate.partner_id) & Certificate.case_id.is_not(None)
    return session.scalars(select(Certificate).where(wanted).order_by(Certificate.id.desc()).limit(limit)).all()


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
