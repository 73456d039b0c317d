"""A passed course and its certificate: the record writes an outbox row, the worker makes the certificate or opens a task that says
why there is none, the check finds what was missed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from app.access.policy import PORTAL, Actor
from app.certificates import queries as certificates_register
from app.certificates import services as certificates
from app.certificates.document.errors import CertificateRefused
from app.certificates.issuer import issuer
from app.certificates.models import Certificate
from app.certificates.rules.snapshot import CourseCompletion, Locale
from app.certificates.services import Prepared
from app.courses.models import CourseVersion
from app.kernel.clock import day_in
from app.kernel.database import serialize
from app.kernel.errors import Conflict
from app.kernel.languages import best_match, name_in
from app.learning.models import TrainingRecord
from app.learning.queries.records import COUNTS, COUNTS_SINCE
from app.outbox.services import enqueue
from app.partners.models import Partner
from app.settings import Settings
from app.transactions import reading, transaction

KIND = "course_certificate"
AT_MOST = timedelta(minutes=10)


def announce(session: Session, record: TrainingRecord, *, at: datetime) -> None:
    """Write, once the record counts, that its certificate is to be made; nothing for a course that gives none."""
    counts = session.scalar(select(TrainingRecord.id).where(TrainingRecord.id == record.id, COUNTS))
    if counts is not None and session.get_one(CourseVersion, record.version_id).gives_certificate:
        enqueue(session, KIND, f"{KIND}:{record.id}", {"record": record.id}, at=at)


def carry_out(record_id: int, *, settings: Settings, at: datetime) -> str | None:
    """Make and issue the certificate of a training record; its number, or None if it was issued before. Safe to repeat.

    A record that was corrected is one with what corrects it: the newest gets the certificate, and an earlier one's gives way
    to it in the same transaction. One whose document is refused is kept as a task for a person and is None too: trying again
    by itself would not mend it.
    """
    session = reading()
    if _is_issued(session, _standing(session, record_id)):
        return None
    made = attempt(session, record_id, settings=settings, at=at)
    with transaction() as session:
        issued = keep(session, record_id, made, at=at)
        return issued.number if issued else None


def attempt(session: Session, record_id: int, *, settings: Settings, at: datetime) -> Prepared | CertificateRefused:
    """The certificate of a training record as it stands after corrections, or why its document is refused. Needs no lock.

    Raises KeyRefused where the operator has to mend the signing key.
    """
    record = _standing(session, record_id)
    former = _former(session, record)
    try:
        return prepare(session, record.id, settings=settings, replaces=former.number if former else "", at=at)
    except CertificateRefused as refusal:
        return refusal


def keep(
    session: Session, record_id: int, made: Prepared | CertificateRefused, *, by: Actor = PORTAL, at: datetime
) -> Certificate | None:
    """Issue what `attempt` made and settle its refusal; or open, or count again, the refusal. None where nothing was issued.

    Nothing changes where the certificate was issued meanwhile. `by` is who asked; the certificate is always issued by the
    portal. Raises Conflict where the record was corrected while its certificate was being made.
    """
    record = _standing(session, record_id)
    serialize(session, f"certificate-of-registration:{record.registration_id}")
    if _is_issued(session, record):
        return None
    partner = session.get_one(Partner, record.partner_id)
    if isinstance(made, CertificateRefused):
        certificates.note_refusal(session, made.sentence, partner_id=partner.id, record=record, by=by, at=at)
        return None
    former = _former(session, record)
    printed = made.snapshot
    if (printed.holder, printed.expires_on, printed.replaces) != (
        record.person_name,
        record.valid_until,
        former.number if former else "",
    ):
        raise Conflict("The record was corrected while its certificate was being made. It is made again.")
    if former is not None:
        reason = record.correction_reason or "The training record was corrected."
        certificates.give_way(session, former.id, to=printed.number, reason=reason, by=PORTAL, at=at)
    issued = certificates.issue(
        session,
        made,
        partner_id=partner.id,
        time_zone=partner.time_zone,
        person_id=record.person_id,
        registration_id=record.registration_id,
        training_record_id=record.id,
        by=PORTAL,
        at=at,
    )
    certificates.settle_refusal(session, record=record, by=by, at=at)
    return issued


def _standing(session: Session, record_id: int) -> TrainingRecord:
    """The record that stands where this one was made: itself, or the last that corrected it."""
    registration = select(TrainingRecord.registration_id).where(TrainingRecord.id == record_id)
    return session.scalars(
        select(TrainingRecord)
        .where(TrainingRecord.registration_id.in_(registration))
        .order_by(TrainingRecord.id.desc())
        .limit(1)
    ).one()


_HAS_ITS_OWN = exists().where(Certificate.training_record_id == TrainingRecord.id)
# What was revoked doesn't come back with a correction: whoever is to have a certificate again takes the course again.
_WAS_REVOKED = exists().where(
    Certificate.registration_id == TrainingRecord.registration_id, Certificate.revoked_at.is_not(None)
)


def _is_issued(session: Session, record: TrainingRecord) -> bool:
    """Issued for this very record, or revoked for its registration."""
    found = session.scalar(select(TrainingRecord.id).where(TrainingRecord.id == record.id, _HAS_ITS_OWN | _WAS_REVOKED))
    return found is not None


def _former(session: Session, record: TrainingRecord) -> Certificate | None:
    """The certificate that still stands for the registration, from a record that this one corrects."""
    return session.scalar(
        select(Certificate).where(
            Certificate.registration_id == record.registration_id,
            Certificate.revoked_at.is_(None),
            Certificate.superseded_at.is_(None),
        )
    )


def prepare(session: Session, record_id: int, *, settings: Settings, replaces: str = "", at: datetime) -> Prepared:
    """The certificate of a record, from what the record itself keeps: name, course, score and days as they were."""
    record = session.get_one(TrainingRecord, record_id)
    partner = session.get_one(Partner, record.partner_id)
    locale = locale_for(record.language, settings)
    completion = CourseCompletion(
        course_title=record.course_title,
        course_version=record.course_version,
        content_hash=record.content_hash,
        language=name_in(record.language, locale.value),
        score=record.score // 100 if record.score is not None else None,
        mastery_score=record.mastery_score // 100 if record.score is not None else None,
        passed_on=record.passed_on,
    )
    return certificates.prepare(
        session,
        completion,
        holder=record.person_name,
        partner_name=record.partner_name,
        partner_number=partner.number,
        issued_on=day_in(partner.time_zone, at),
        expires_on=record.valid_until,
        replaces=replaces,
        time_zone=partner.time_zone,
        locale=locale,
        issuer=issuer(settings),
        at=at,
    )


def locale_for(taken_in: str, settings: Settings) -> Locale:
    """The language the course was taken in, where certificates have words for it; else the one of the settings."""
    return Locale(best_match([taken_in], [one.value for one in Locale]) or settings.certificate_language)


def overdue(session: Session, *, at: datetime) -> Sequence[int]:
    """Training records that earned a certificate more than ten minutes ago and have neither it nor an open refusal."""
    refused = certificates_register.refusal_of_registration().exists()
    return session.scalars(without_certificate().where(~refused, at - AT_MOST > COUNTS_SINCE)).all()


def without_certificate() -> Select[int]:
    """The ids of training records that count, whose course gives a certificate, and that have none: earned, to be made."""
    return (
        select(TrainingRecord.id)
        .join(CourseVersion, CourseVersion.id == TrainingRecord.version_id)
        .where(CourseVersion.gives_certificate, COUNTS, ~_HAS_ITS_OWN, ~_WAS_REVOKED)
        .order_by(TrainingRecord.id)
    )
