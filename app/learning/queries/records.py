"""Training records: a person's own; which of them count; and who has satisfied what."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, and_, case, or_, select
from sqlalchemy.orm import Session, aliased

from app.access.policy import Actor
from app.courses.models import Course, CourseVersion
from app.decisions.models import Signature
from app.kernel.clock import day_in
from app.kernel.errors import NotFound
from app.learning.models import (
    Assignment,
    AssignmentState,
    Attempt,
    Confirmed,
    EquivalentTraining,
    ProposalState,
    RecordConfirmation,
    RecordCorrection,
    TrainingRecord,
    TrainingWaiver,
)
from app.learning.queries import content
from app.partners.models import Partner

_AT_ONCE = 500


_later = aliased(TrainingRecord)
# Of the enclosing statement's training record: no corrected one was put in its place.
STANDS: ColumnElement[bool] = (
    ~select(_later.id).where(_later.supersedes_id == TrainingRecord.id).correlate(TrainingRecord).exists()
)


def successor_of(session: Session, record_id: int) -> int | None:
    """The id of the record that was put in this one's place; None where it stands."""
    return session.scalar(select(TrainingRecord.id).where(TrainingRecord.supersedes_id == record_id))


def records_of(session: Session, *, by: Actor) -> Sequence[TrainingRecord]:
    """The actor's own training records that stand, newest first."""
    return session.scalars(
        select(TrainingRecord)
        .where(TrainingRecord.person_id == by.person_id, STANDS)
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
        .where(TrainingRecord.assignment_id == assignment_id, STANDS)
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


def record_of_registration(session: Session, registration_id: int, *, by: Actor) -> TrainingRecord | None:
    """What a registration of the actor's own led to, as it stands after corrections; None while it is not passed."""
    return session.scalar(
        select(TrainingRecord)
        .where(TrainingRecord.registration_id == registration_id, TrainingRecord.person_id == by.person_id)
        .order_by(TrainingRecord.id.desc())
        .limit(1)
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


def confirmation_of(session: Session, record: TrainingRecord) -> RecordConfirmation | None:
    """What compliance said to what a registration led to, corrected or not; None where nobody has looked yet, or need not."""
    return session.scalar(
        select(RecordConfirmation)
        .join(TrainingRecord, TrainingRecord.id == RecordConfirmation.record_id)
        .where(TrainingRecord.registration_id == record.registration_id)
    )


# What counts. Every page, count and check that asks whether somebody is trained asks it with what stands here.

_same = aliased(TrainingRecord)
# A confirmation is of what a registration led to, so that a corrected record needs none of its own.
_looked_at = (
    select(RecordConfirmation.record_id)
    .join(_same, _same.id == RecordConfirmation.record_id)
    .where(_same.registration_id == TrainingRecord.registration_id)
    .correlate(TrainingRecord)
)
_confirmed_at = (
    select(RecordConfirmation.at)
    .join(_same, _same.id == RecordConfirmation.record_id)
    .where(_same.registration_id == TrainingRecord.registration_id, RecordConfirmation.outcome == Confirmed.CONFIRMED)
    .limit(1)
    .correlate(TrainingRecord)
    .scalar_subquery()
)
IS_CONFIRMED = _confirmed_at.is_not(None)
WAITS_FOR_CONFIRMATION: ColumnElement[bool] = and_(TrainingRecord.needs_confirmation, ~_looked_at.exists(), STANDS)
COUNTS: ColumnElement[bool] = and_(STANDS, or_(~TrainingRecord.needs_confirmation, IS_CONFIRMED))
COUNTS_SINCE: ColumnElement[Any] = case(
    (TrainingRecord.needs_confirmation, _confirmed_at), else_=TrainingRecord.completed_at
)


@dataclass(frozen=True)
class Pass:
    """Something that counts: a training record, or training done elsewhere that was accepted. `course_id` is the course it is of."""

    person_id: int
    course_id: int
    title: str
    passed_on: date
    valid_until: date | None
    since: datetime
    time_zone: str

    def counts_at(self, at: datetime) -> bool:
        """Whether it counts at an instant, by the day in the partner's zone."""
        return self.since <= at and (self.valid_until is None or self.valid_until >= day_in(self.time_zone, at))


def _passes(person_ids: Sequence[int], course_ids: Collection[int]) -> CompoundSelect[Any]:
    """Records that count and accepted training from elsewhere, united here and nowhere else."""
    wanted = sorted(course_ids)
    earned = (
        select(
            TrainingRecord.person_id,
            TrainingRecord.course_id,
            TrainingRecord.course_title.label("title"),
            TrainingRecord.passed_on,
            TrainingRecord.valid_until,
            COUNTS_SINCE.label("since"),
            Partner.time_zone,
        )
        .join(Partner, Partner.id == TrainingRecord.partner_id)
        .where(TrainingRecord.person_id.in_(person_ids), TrainingRecord.course_id.in_(wanted), COUNTS)
    )
    elsewhere = (
        select(
            EquivalentTraining.person_id,
            EquivalentTraining.course_id,
            EquivalentTraining.title,
            EquivalentTraining.completed_on,
            EquivalentTraining.valid_until,
            EquivalentTraining.accepted_at,
            Partner.time_zone,
        )
        .join(Partner, Partner.id == EquivalentTraining.partner_id)
        .where(
            EquivalentTraining.person_id.in_(person_ids),
            EquivalentTraining.course_id.in_(wanted),
            EquivalentTraining.state == ProposalState.ACCEPTED,
            EquivalentTraining.accepted_at.is_not(None),
        )
    )
    return earned.union_all(elsewhere)


def satisfying(
    session: Session, person_ids: Collection[int], course_ids: Collection[int], *, at: datetime
) -> dict[tuple[int, int], Pass]:
    """By (person id, course id) the pass that satisfies the course at an instant, the one that counts longest.

    A course is satisfied by a pass of its own, or of a course that its current version names as equivalent.
    """
    wanted, found = sorted(set(person_ids)), dict[tuple[int, int], Pass]()
    if not wanted or not course_ids:
        return found
    serves: dict[int, set[int]] = defaultdict(set)
    for course_id, others in equivalents(session, course_ids).items():
        for other in (course_id, *others):
            serves[other].add(course_id)
    for start in range(0, len(wanted), _AT_ONCE):
        for row in session.execute(_passes(wanted[start : start + _AT_ONCE], serves)):
            one = Pass(*row)
            if one.counts_at(at):
                for course_id in serves[one.course_id]:
                    key = (one.person_id, course_id)
                    if key not in found or _longer(one, found[key]):
                        found[key] = one
    return found


def _longer(one: Pass, other: Pass) -> bool:
    return (one.valid_until or date.max) > (other.valid_until or date.max)


def satisfied_by(
    session: Session, person_ids: Collection[int], course_ids: Collection[int], *, at: datetime
) -> set[tuple[int, int]]:
    """The (person id, course id) pairs that are satisfied at an instant, by the day in the partner's zone."""
    return set(satisfying(session, person_ids, course_ids, at=at))


def equivalents(session: Session, course_ids: Collection[int]) -> Mapping[int, frozenset[int]]:
    """By course id, the ids of the other courses whose pass satisfies it, as its current version says; not the other way round."""
    named = {
        row.id: row.equivalents
        for row in session.execute(
            select(Course.id, CourseVersion.equivalents)
            .join(CourseVersion, CourseVersion.id == Course.current_version_id)
            .where(Course.id.in_(sorted(set(course_ids))))
        )
    }
    slugs = {slug for others in named.values() for slug in others}
    ids = ids_of(session, slugs)
    return {
        course_id: frozenset(ids[slug] for slug in named.get(course_id, ()) if slug in ids) for course_id in course_ids
    }


def ids_of(session: Session, slugs: Collection[str]) -> dict[str, int]:
    """Courses by slug; no statement where none is asked for."""
    if not slugs:
        return {}
    return {
        row.slug: row.id
        for row in session.execute(select(Course.slug, Course.id).where(Course.slug.in_(sorted(slugs))))
    }


def waived(
    session: Session, person_ids: Collection[int], course_ids: Collection[int], *, at: datetime
) -> dict[tuple[int, int], date]:
    """By (person id, course id) the last day on which the person need not take the course, by a decision of two people."""
    wanted, found = sorted(set(person_ids)) if course_ids else [], dict[tuple[int, int], date]()
    for start in range(0, len(wanted), _AT_ONCE):
        for row in session.execute(
            select(Assignment.person_id, Assignment.course_id, TrainingWaiver.until, Partner.time_zone)
            .join(Assignment, Assignment.id == TrainingWaiver.assignment_id)
            .join(Partner, Partner.id == Assignment.partner_id)
            .where(
                TrainingWaiver.state == ProposalState.ACCEPTED,
                Assignment.state == AssignmentState.WAIVED,
                Assignment.person_id.in_(wanted[start : start + _AT_ONCE]),
                Assignment.course_id.in_(sorted(set(course_ids))),
            )
            .order_by(TrainingWaiver.until)
        ):
            if row.until >= day_in(row.time_zone, at):
                found[row.person_id, row.course_id] = row.until
    return found


def waived_until(session: Session, assignment_id: int) -> date | None:
    """The last day of the waiver of an assignment; None where it has none in force."""
    return session.scalar(
        select(TrainingWaiver.until)
        .where(TrainingWaiver.assignment_id == assignment_id, TrainingWaiver.state == ProposalState.ACCEPTED)
        .order_by(TrainingWaiver.id.desc())
        .limit(1)
    )
