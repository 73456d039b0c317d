"""Training records: a person's own, and who has satisfied what."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from app.access.policy import Actor
from app.decisions.models import Signature
from app.kernel.clock import day_in
from app.kernel.errors import NotFound
from app.learning.models import Attempt, RecordCorrection, TrainingRecord
from app.learning.queries.equivalents import satisfied_elsewhere
from app.partners.models import Partner

_AT_ONCE = 500


_successor = aliased(TrainingRecord)


def stands() -> ColumnElement[bool]:
    """The enclosing statement's training record was not superseded by a corrected one."""
    return ~select(_successor.id).where(_successor.supersedes_id == TrainingRecord.id).exists()


def successor_of(session: Session, record_id: int) -> int | None:
    """The id of the record that was put in this one's place; None where it stands."""
    return session.scalar(select(TrainingRecord.id).where(TrainingRecord.supersedes_id == record_id))


def records_of(session: Session, *, by: Actor) -> Sequence[TrainingRecord]:
    """The actor's own training records that stand, newest first."""
    return session.scalars(
        select(TrainingRecord)
        .where(TrainingRecord.person_id == by.person_id, stands())
        .order_by(TrainingRecord.id.desc())
    ).all()


def of_partner(session: Session, record_id: int, *, partner: Partner) -> TrainingRecord:
    """A training record of a partner that was loaded by reach; NotFound for any other."""
    found = session.scalar(
        select(TrainingRecord).where(TrainingRecord.id == record_id, TrainingRecord.partner_id == partner.id)
    )
    if found is None:
        raise NotFound
    return found


def of_assignment(session: Session, assignment_id: int) -> TrainingRecord | None:
    """The record that an assignment led to and that stands; the latest where there are several."""
    return session.scalar(
        select(TrainingRecord)
        .where(TrainingRecord.assignment_id == assignment_id, stands())
        .order_by(TrainingRecord.id.desc())
        .limit(1)
    )


def history(session: Session, record: TrainingRecord) -> Sequence[TrainingRecord]:
    """The records of the same registration, oldest first: the one that was made, then those that superseded it in turn."""
    return session.scalars(
        select(TrainingRecord)
        .where(TrainingRecord.registration_id == record.registration_id)
        .order_by(TrainingRecord.id)
    ).all()


def corrections_of(session: Session, record: TrainingRecord) -> Sequence[RecordCorrection]:
    """What was proposed to be corrected in a record, newest first."""
    return session.scalars(
        select(RecordCorrection).where(RecordCorrection.record_id == record.id).order_by(RecordCorrection.id.desc())
    ).all()


def attempt_of(session: Session, record: TrainingRecord) -> Attempt | None:
    """The attempt with which a record was earned: questions as shown and answers as given. None where none was needed."""
    return session.get(Attempt, record.attempt_id) if record.attempt_id is not None else None


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
    """The (person id, course id) pairs with a training record, or accepted outside training, that is valid at an instant.

    By the day in the partner's zone.
    """
    wanted, found = sorted(set(person_ids)), set()
    for start in range(0, len(wanted), _AT_ONCE):
        for row in session.execute(
            select(TrainingRecord.person_id, TrainingRecord.course_id, TrainingRecord.valid_until, Partner.time_zone)
            .join(Partner, Partner.id == TrainingRecord.partner_id)
            .where(
                TrainingRecord.person_id.in_(wanted[start : start + _AT_ONCE]),
                TrainingRecord.course_id.in_(sorted(set(course_ids))),
                TrainingRecord.completed_at <= at,
                stands(),
            )
        ):
            if row.valid_until is None or row.valid_until >= day_in(row.time_zone, at):
                found.add((row.person_id, row.course_id))
        found |= satisfied_elsewhere(session, wanted[start : start + _AT_ONCE], course_ids, at=at)
    return found


def record_of_registration(session: Session, registration_id: int, *, by: Actor) -> TrainingRecord | None:
    """What a registration of the actor's own led to, as it stands; None while it is not passed."""
    return session.scalar(
        select(TrainingRecord).where(
            TrainingRecord.registration_id == registration_id, TrainingRecord.person_id == by.person_id, stands()
        )
    )


def signature_of(session: Session, record: TrainingRecord) -> Signature | None:
    """The signed attestation behind a record; None where the course asks for none."""
    return session.get(Signature, record.attestation_id) if record.attestation_id is not None else None
