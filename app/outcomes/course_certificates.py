"""A passed course and its certificate: the record writes an outbox row, the worker makes the certificate, the check finds what was missed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.access.policy import PORTAL
from app.certificates import services as certificates
from app.certificates.issuer import issuer
from app.certificates.models import Certificate
from app.certificates.rules.snapshot import CourseCompletion, Locale
from app.certificates.services import Prepared
from app.courses.models import CourseVersion
from app.kernel.clock import day_in
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
    """Make and issue the certificate of a training record; its number, or None if it was issued before. Safe to repeat."""
    session = reading()
    if session.scalar(_certificate_of(record_id)) is not None:
        return None
    prepared = prepare(session, record_id, settings=settings, at=at)
    with transaction() as session:
        if session.scalar(_certificate_of(record_id)) is not None:
            return None
        record = session.get_one(TrainingRecord, record_id)
        partner = session.get_one(Partner, record.partner_id)
        certificates.issue(
            session,
            prepared,
            partner_id=partner.id,
            time_zone=partner.time_zone,
            person_id=record.person_id,
            registration_id=record.registration_id,
            by=PORTAL,
            at=at,
        )
    return prepared.snapshot.number


def _certificate_of(record_id: int) -> Select[int]:
    return (
        select(Certificate.id)
        .join(TrainingRecord, TrainingRecord.registration_id == Certificate.registration_id)
        .where(TrainingRecord.id == record_id)
    )


def prepare(session: Session, record_id: int, *, settings: Settings, at: datetime) -> Prepared:
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
        completion,
        holder=record.person_name,
        partner_name=record.partner_name,
        partner_number=partner.number,
        issued_on=day_in(partner.time_zone, at),
        expires_on=record.valid_until,
        locale=locale,
        issuer=issuer(settings),
        at=at,
    )


def locale_for(taken_in: str, settings: Settings) -> Locale:
    """The language the course was taken in, where certificates have words for it; else the one of the settings."""
    return Locale(best_match([taken_in], [one.value for one in Locale]) or settings.certificate_language)


def overdue(session: Session, *, at: datetime) -> Sequence[int]:
    """Training records that earned a certificate more than ten minutes ago and have none: earned but not issued."""
    return session.scalars(
        select(TrainingRecord.id)
        .join(CourseVersion, CourseVersion.id == TrainingRecord.version_id)
        .outerjoin(Certificate, Certificate.registration_id == TrainingRecord.registration_id)
        .where(CourseVersion.gives_certificate, Certificate.id.is_(None), COUNTS, at - AT_MOST > COUNTS_SINCE)
        .order_by(TrainingRecord.id)
    ).all()
