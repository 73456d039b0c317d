"""Issue and revoke. A certificate is rendered and signed before the lock is taken, and issued whole inside the transaction."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.audit import services as audit
from app.certificates.document.errors import AmbiguousStream
from app.certificates.document.render import render
from app.certificates.document.sign import sign
from app.certificates.issuer import Issuer
from app.certificates.models import Certificate
from app.certificates.rules.numbers import new_number
from app.certificates.rules.snapshot import CourseCompletion, Locale, ProgramCompletion, Snapshot
from app.kernel.clock import end_of_day
from app.kernel.errors import DomainError, constraint_says

constraint_says("one_live_certificate_a_case", "This case already has a certificate that is valid.")
constraint_says("one_live_certificate_a_registration", "This course already has a certificate that is valid.")

# One number in some two hundred makes a QR code whose stored picture ends so that a checker misreads it.
_NUMBERS_TO_TRY = 5


@dataclass(frozen=True)
class Prepared:
    """A certificate made but not issued: it exists nowhere until `issue` keeps it."""

    snapshot: Snapshot
    pdf: bytes
    signing_key: str

    @property
    def pdf_digest(self) -> str:
        return sha256(self.pdf).hexdigest()


def prepare(
    completion: ProgramCompletion | CourseCompletion,
    *,
    holder: str,
    partner_name: str,
    partner_number: str,
    issued_on: date,
    expires_on: date | None,
    locale: Locale,
    issuer: Issuer,
    at: datetime,
) -> Prepared:
    """Freeze, render and sign: some 120 ms of a core, so never under the write lock.

    Raises UnprintableText, TooLongForOnePage, UnusablePicture or KeyRefused, each a sentence that says what to mend.
    """
    for _ in range(_NUMBERS_TO_TRY):
        number = new_number(secrets.token_bytes(10))
        snapshot = Snapshot(
            number=number,
            completion=completion,
            vendor_name=issuer.vendor_name,
            holder=holder,
            partner_name=partner_name,
            partner_number=partner_number,
            issued_on=issued_on,
            expires_on=expires_on,
            signatory=issuer.signatory,
            verify_url=issuer.verify_url(number),
            locale=locale,
        )
        try:
            rendered = render(snapshot, brand=issuer.brand)
        except AmbiguousStream:
            continue
        return Prepared(snapshot, sign(rendered, issuer.key, at=at), issuer.key.fingerprint)
    raise DomainError("The certificate could not be written as a document that archives accept. Try again in a moment.")


def issue(
    session: Session,
    prepared: Prepared,
    *,
    partner_id: int,
    time_zone: str,
    person_id: int | None = None,
    case_id: int | None = None,
    determination_id: int | None = None,
    registration_id: int | None = None,
    by: Actor,
    at: datetime,
) -> Certificate:
    """Keep a prepared certificate: snapshot, stored bytes and digests in one row. Its validity ends with the last day in `time_zone`."""
    if not any(character.isalnum() for character in prepared.snapshot.holder):
        raise DomainError("A certificate needs a holder's name that can be read.")
    snapshot = prepared.snapshot
    certificate = Certificate(
        number=snapshot.number,
        kind=snapshot.kind,
        partner_id=partner_id,
        person_id=person_id,
        case_id=case_id,
        determination_id=determination_id,
        registration_id=registration_id,
        snapshot=snapshot.canonical().decode(),
        snapshot_digest=snapshot.digest(),
        pdf=prepared.pdf,
        pdf_digest=prepared.pdf_digest,
        signing_key=prepared.signing_key,
        issued_by_id=by.person_id,
        issued_at=at,
        expires_on=snapshot.expires_on,
        expires_at=end_of_day(snapshot.expires_on, time_zone) if snapshot.expires_on else None,
    )
    session.add(certificate)
    session.flush()
    audit.record(
        session,
        "certificate.issued",
        "certificate",
        certificate.id,
        by=by,
        at=at,
        partner_id=partner_id,
        details={
            "kind": snapshot.kind.value,
            "case": case_id,
            "registration": registration_id,
            "pdf_digest": certificate.pdf_digest,
        },
    )
    return certificate
