"""Training records: a person's own, and who has satisfied what."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.decisions.models import Signature
from app.kernel.clock import day_in
from app.kernel.errors import NotFound
from app.learning.models import TrainingRecord
from app.learning.queries import content
from app.partners.models import Partner

_AT_ONCE = 500


def records_of(session: Session, *, by: Actor) -> Sequence[TrainingRecord]:
    """The actor's own training records, newest first."""
    return session.scalars(
        select(TrainingRecord).where(TrainingRecord.person_id == by.person_id).order_by(TrainingRecord.id.desc())
    ).all()


def record(session: Session, record_id: int, *, by: Actor) -> TrainingRecord:
    """A training record of the actor's own; NotFound for anybody else's."""
    found = session.scalar(
        select(TrainingRecord).where(TrainingRecord.id == record_id, TrainingRecord.person_id == by.person_id)
    )
    if found is None:
        raise NotFound
    return found


def satisfied_by(
    session: Session, person_ids: Collection[int], course_ids: Collection[int], *, at: datetime
) -> set[tuple[int, int]]:
    """The (person id, course id) pairs with a training record that is valid at an instant, by the day in the partner's zone."""
    wanted, found = sorted(set(person_ids)), set()
    for start in range(0, len(wanted), _AT_ONCE):
        for row in session.execute(
            select(TrainingRecord.person_id, TrainingRecord.course_id, TrainingRecord.valid_until, Partner.time_zone)
            .join(Partner, Partner.id == TrainingRecord.partner_id)
            .where(
                TrainingRecord.person_id.in_(wanted[start : start + _AT_ONCE]),
                TrainingRecord.course_id.in_(sorted(set(course_ids))),
                TrainingRecord.completed_at <= at,
            )
        ):
            if row.valid_until is None or row.valid_until >= day_in(row.time_zone, at):
                found.add((row.person_id, row.course_id))
    return found


def record_of_registration(session: Session, registration_id: int, *, by: Actor) -> TrainingRecord | None:
    """What a registration of the actor's own led to; None while it is not passed."""
    return session.scalar(
        select(TrainingRecord).where(
            TrainingRecord.registration_id == registration_id, TrainingRecord.person_id == by.person_id
        )
    )


def language_signed(session: Session, record: TrainingRecord, signature: Signature) -> str:
    """The language of the statements as they were signed: the learner may have changed it between the quiz and the end."""
    version = (record.version_id, record.content_hash)
    for language in content.outline(session, version).languages:
        if content.outline(session, (*version, language)).signed_text == signature.statement:
            return language
    return record.language


def signature_of(session: Session, record: TrainingRecord) -> Signature | None:
    """The signed attestation behind a record; None where the course asks for none."""
    return session.get(Signature, record.attestation_id) if record.attestation_id is not None else None
