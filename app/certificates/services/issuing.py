"""Issue and revoke. A certificate is rendered and signed before the lock is taken, and issued whole inside the transaction."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.audit import services as audit
from app.certificates.credential.payload import Slot, payload
from app.certificates.credential.token import token
from app.certificates.document.errors import AmbiguousStream, KeyRefused
from app.certificates.document.render import render
from app.certificates.document.sign import sign_and_stamp
from app.certificates.issuer import Issuer
from app.certificates.models import Certificate, DistrustedKey
from app.certificates.queries.statuses import free_slot
from app.certificates.rules.numbers import new_number
from app.certificates.rules.snapshot import CourseCompletion, Locale, ProgramCompletion, Snapshot
from app.kernel.clock import end_of_day
from app.kernel.errors import DomainError, constraint_says

constraint_says("one_live_certificate_a_case", "This case already has a certificate that is valid.")
constraint_says("one_live_certificate_a_registration", "This course already has a certificate that is valid.")
constraint_says("uq_certificate_training_record_id", "This training record has its certificate already.")
constraint_says(
    "one_certificate_a_place_in_a_status_list",
    "Another certificate was issued at the same moment and took this one's place in the status list. Try again.",
)

# One number in some two hundred makes a QR code whose stored picture ends so that a checker misreads it.
_NUMBERS_TO_TRY = 5


@dataclass(frozen=True)
class Prepared:
    """A certificate made but not issued: it exists nowhere until `issue` keeps it."""

    snapshot: Snapshot
    pdf: bytes
    signing_key: str
    credential: str
    slot: Slot
    expires_at: datetime | None
    timestamped_at: datetime | None = None

    @property
    def pdf_digest(self) -> str:
        return sha256(self.pdf).hexdigest()


def prepare(
    session: Session,
    completion: ProgramCompletion | CourseCompletion,
    *,
    holder: str,
    partner_name: str,
    partner_number: str,
    issued_on: date,
    expires_on: date | None,
    replaces: str = "",
    time_zone: str,
    locale: Locale,
    issuer: Issuer,
    at: datetime,
) -> Prepared:
    """Freeze, render and sign: some 120 ms of a core, so never under the write lock.

    `time_zone` (IANA) is the holder's: the credential is valid to the end of the last day there. The session is read, to
    find a place in the status list, and not written. Where a timestamp authority is set but doesn't answer in time, the
    certificate has none.

    Raises UnprintableText, TooLongForOnePage, UnusablePicture or KeyRefused, each a sentence that says what to mend.
    """
    key = issuer.key
    slot = free_slot(session)
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
            replaces=replaces,
            signatory=issuer.signatory,
            verify_url=issuer.verify_url(number),
            locale=locale,
        )
        claims = payload(snapshot, base_url=issuer.base_url, slot=slot, time_zone=time_zone)
        credential = token(claims, issuer.credential_key, base_url=issuer.base_url)
        try:
            rendered = render(snapshot, brand=issuer.brand, credential=credential)
        except AmbiguousStream:
            continue
        signed = sign_and_stamp(rendered, key, at=at, authority=issuer.timestamps)
        return Prepared(
            snapshot,
            signed.pdf,
            key.fingerprint,
            credential,
            slot,
            end_of_day(expires_on, time_zone) if expires_on else None,
            signed.timestamped_at,
        )
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
    training_record_id: int | None = None,
    by: Actor,
    at: datetime,
) -> Certificate:
    """Keep a prepared certificate: snapshot, stored bytes, credential and digests in one row.

    Its validity ends with the last day in `time_zone`, which must be the one it was prepared for: ValueError otherwise.
    """
    if not any(character.isalnum() for character in prepared.snapshot.holder):
        raise DomainError("A certificate needs a holder's name that can be read.")
    if session.scalar(select(DistrustedKey.id).where(DistrustedKey.fingerprint == prepared.signing_key)) is not None:
        raise KeyRefused("The signing key was declared compromised. Put a new one in its place, then issue again.")
    snapshot = prepared.snapshot
    expires_at = end_of_day(snapshot.expires_on, time_zone) if snapshot.expires_on else None
    if expires_at != prepared.expires_at:
        raise ValueError("A certificate is issued for the time zone that its credential was made for.")
    certificate = Certificate(
        number=snapshot.number,
        kind=snapshot.kind,
        partner_id=partner_id,
        person_id=person_id,
        case_id=case_id,
        determination_id=determination_id,
        registration_id=registration_id,
        training_record_id=training_record_id,
        snapshot=snapshot.canonical().decode(),
        snapshot_digest=snapshot.digest(),
        pdf=prepared.pdf,
        pdf_digest=prepared.pdf_digest,
        signing_key=prepared.signing_key,
        timestamped_at=prepared.timestamped_at,
        issued_by_id=by.person_id,
        issued_at=at,
        expires_on=snapshot.expires_on,
        expires_at=expires_at,
        credential=prepared.credential,
        status_list=prepared.slot.number,
        status_index=prepared.slot.index,
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
            "timestamped_at": certificate.timestamped_at,
        },
    )
    return certificate
