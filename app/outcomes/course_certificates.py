"""A passed course and its certificate: the record writes an outbox row, the worker makes the certificate, the check finds what was missed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.access.policy import PORTAL
from app.certificates import services as certificates
from app.certificates.issuer import issuer
from app.certificates.models import Certificate
from app.certificates.rules.snapshot import CourseCompletion
from app.certificates.services import Prepared
from app.courses.models import CourseVersion
from app.kernel.clock import day_in
from app.kernel.languages import english_name
from app.learning.models import TrainingRecord
from app.learning.queries.records import COUNTS, COUNTS_SINCE, STANDS
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

    The certificate of the record that this one corrects gives way to it in the same transaction.
    """
    session = reading()
    if _is_issued(session, record_id):
        return None
    former = _former(session, record_id)
    prepared = prepare(session, record_id, settings=settings, replaces=former.number if former else "", at=at)
    with transaction() as session:
        if _is_issued(session, record_id):
            return None
        record = session.get_one(TrainingRecord, record_id)
        partner = session.get_one(Partner, record.partner_id)
        if former is not None:
            reason = record.correction_reason or "The training record was corrected."
            certificates.give_way(session, former.id, to=prepared.snapshot.number, reason=reason, by=PORTAL, at=at)
        certificates.issue(
            session,
            prepared,
            partner_id=partner.id,
            time_zone=partner.time_zone,
            person_id=record.person_id,
            registration_id=record.registration_id,
            training_record_id=record.id,
            by=PORTAL,
            at=at,
        )
    return prepared.snapshot.number


def _is_issued(session: Session, record_id: int) -> bool:
    """Issued or revoked before; or the record was itself corrected meanwhile, and only the newer one gets a certificate."""
    found = session.scalar(
        select(TrainingRecord.id).where(TrainingRecord.id == record_id, _HAS_ITS_OWN | _WAS_REVOKED | ~STANDS)
    )
    return found is not None


_HAS_ITS_OWN = exists().where(Certificate.training_record_id == TrainingRecord.id)
# What was revoked doesn't come back with a correction: whoever is to have a certificate again takes the course again.
_WAS_REVOKED = exists().where(
    Certificate.registration_id == TrainingRecord.registration_id, Certificate.revoked_at.is_not(None)
)


def _former(session: Session, record_id: int) -> Certificate | None:
    """The certificate that still stands for the same registration, from the record that this one corrects."""
    return session.scalar(
        select(Certificate)
        .join(TrainingRecord, TrainingRecord.registration_id == Certificate.registration_id)
        .where(TrainingRecord.id == record_id, Certificate.revoked_at.is_(None), Certificate.superseded_at.is_(None))
    )


def prepare(session: Session, record_id: int, *, settings: Settings, replaces: str = "", at: datetime) -> Prepared:
    """The certificate of a record, from what the record itself keeps: name, course, score and days as they were."""
    record = session.get_one(TrainingRecord, record_id)
    partner = session.get_one(Partner, record.partner_id)
    maker = issuer(settings)
    completion = CourseCompletion(
        course_title=record.course_title,
        course_version=record.course_version,
        content_hash=record.content_hash,
        language=english_name(record.language),
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
        issuer=maker,
        at=at,
    )


def overdue(session: Session, *, at: datetime) -> Sequence[int]:
    """Training records that earned a certificate more than ten minutes ago and have none: earned but not issued."""
    return session.scalars(
        select(TrainingRecord.id)
        .join(CourseVersion, CourseVersion.id == TrainingRecord.version_id)
        .where(CourseVersion.gives_certificate, COUNTS, at - AT_MOST > COUNTS_SINCE, ~_HAS_ITS_OWN, ~_WAS_REVOKED)
        .order_by(TrainingRecord.id)
    ).all()
