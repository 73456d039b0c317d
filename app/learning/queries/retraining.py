"""Whom a new version of a course touches: people who passed an older one and whose record still counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Select, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.access.policy import Actor
from app.accounts.models import Person
from app.courses.models import CourseVersion, VersionState
from app.courses.rules.retraining import Retrain
from app.kernel.clock import day_in
from app.kernel.errors import NotFound
from app.kernel.prepared import Prepared
from app.learning.models import (
    Assignment,
    AssignmentState,
    Origin,
    Registration,
    RegistrationState,
    TrainingRecord,
    VersionAcknowledgement,
)
from app.learning.queries.records import COUNTS
from app.learning.rules.progress import due_in_words
from app.partners.models import Partner

_OPEN = (AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)


class Touched(NamedTuple):
    """Somebody to ask: their partner and its time zone."""

    person_id: int
    partner_id: int
    time_zone: str


def count_touched(session: Session, course_id: int, *, at: datetime) -> int:
    """How many people hold a record of the course that counts now: whom a material change of it would touch."""
    held = _holders(session, course_id, None, at=at).subquery()
    return session.scalar(select(func.count()).select_from(held)) or 0


def to_ask(session: Session, version: CourseVersion, *, after: int, limit: int, at: datetime) -> Sequence[Touched]:
    """The next people, by id beyond `after`, whom a published version asks and who were not asked for it yet.

    To take the course again nobody is asked who has it to do already, or is in the middle of an older version.
    """
    statement = _holders(session, version.course_id, version, at=at)
    if version.retrain is Retrain.RETAKE:
        statement = statement.where(
            ~exists().where(
                Assignment.person_id == Person.id,
                Assignment.course_id == version.course_id,
                or_(
                    Assignment.state.in_(_OPEN),
                    # Asked for this version before, or for one after it: done, waived or taken back, it is not asked twice.
                    (Assignment.origin == Origin.NEW_VERSION) & (Assignment.assigned_at >= version.published_at),
                ),
            ),
            ~exists().where(
                Registration.person_id == Person.id,
                Registration.course_id == version.course_id,
                Registration.state == RegistrationState.OPEN,
            ),
        )
    else:
        statement = statement.where(
            ~exists().where(
                VersionAcknowledgement.person_id == Person.id, VersionAcknowledgement.version_id == version.id
            )
        )
    rows = session.execute(statement.where(Person.id > after).order_by(Person.id).limit(limit))
    return [Touched(row.person_id, row.partner_id, row.time_zone) for row in rows]


def _holders(session: Session, course_id: int, version: CourseVersion | None, *, at: datetime) -> Select[int, int, str]:
    """People of the course who still work for their partner and hold a record that counts: valid on this day where the partner
    is, confirmed where that is asked for, not superseded; of a version older than `version` and of none newer.
    """
    zones = session.scalars(select(Partner.time_zone).distinct()).all()
    today = case({zone: day_in(zone, at) for zone in zones}, value=Partner.time_zone) if zones else at.date()
    statement = (
        select(Person.id.label("person_id"), Partner.id.label("partner_id"), Partner.time_zone)
        .select_from(TrainingRecord)
        .join(Person, Person.id == TrainingRecord.person_id)
        .join(Partner, Partner.id == TrainingRecord.partner_id)
        .where(
            TrainingRecord.course_id == course_id,
            Person.deactivated_at.is_(None),
            Person.partner_id == TrainingRecord.partner_id,
            or_(TrainingRecord.valid_until.is_(None), TrainingRecord.valid_until >= today),
            COUNTS,
        )
        .group_by(Person.id, Partner.id, Partner.time_zone)
    )
    if version is None:
        return statement
    newer = session.scalars(
        select(CourseVersion.id).where(
            CourseVersion.course_id == course_id, CourseVersion.published_at >= version.published_at
        )
    ).all()
    newest = aliased(TrainingRecord)
    return statement.where(
        TrainingRecord.version_id.not_in(newer),
        ~exists().where(newest.person_id == Person.id, newest.course_id == course_id, newest.version_id.in_(newer)),
    )


@dataclass(frozen=True)
class ToRead:
    """A difference that its reader has been asked to read, and has not confirmed."""

    version_id: int
    title: str
    version: str
    due_on: date
    today: date

    @property
    def is_overdue(self) -> bool:
        return self.due_on < self.today

    @property
    def due_in_words(self) -> str:
        return due_in_words(self.due_on, self.today)


_ack, _version, _record, _partner = (
    VersionAcknowledgement.__table__,
    CourseVersion.__table__,
    TrainingRecord.__table__,
    Partner.__table__,
)
_other_ack, _other = _ack.alias("other_ack"), _version.alias("other")
_IS_THERE = Prepared(
    select(_ack.c.version_id).where(_ack.c.person_id == bindparam("person"), _ack.c.acknowledged_at.is_(None)).limit(1)
)
_TO_READ = (
    select(_ack.c.version_id, _version.c.title, _version.c.version, _ack.c.due_on, _partner.c.time_zone)
    .join_from(_ack, _version, _version.c.id == _ack.c.version_id)
    .join(_partner, _partner.c.id == _ack.c.partner_id)
    .where(
        _ack.c.person_id == bindparam("person"),
        _ack.c.acknowledged_at.is_(None),
        # Reading what the newest version changed covers those before it, and so does having taken it.
        ~exists()
        .where(
            _other_ack.c.person_id == _ack.c.person_id,
            _other_ack.c.version_id == _other.c.id,
            _other.c.course_id == _version.c.course_id,
            _other.c.published_at > _version.c.published_at,
        )
        .correlate(_ack, _version),
        ~exists()
        .where(
            _record.c.person_id == _ack.c.person_id,
            _record.c.version_id == _other.c.id,
            _other.c.course_id == _version.c.course_id,
            _other.c.published_at >= _version.c.published_at,
        )
        .correlate(_ack, _version),
    )
    .order_by(_ack.c.due_on, _ack.c.version_id)
)


def to_read(session: Session, *, by: Actor, at: datetime) -> Sequence[ToRead]:
    """What the actor has been asked to read and has not confirmed, by due date. Nearly always nothing: then one short question."""
    if _IS_THERE.one(session, {"person": by.person_id}) is None:
        return ()
    return [
        ToRead(row.version_id, row.title, row.version, row.due_on, day_in(row.time_zone, at))
        for row in session.execute(_TO_READ, {"person": by.person_id})
    ]


@dataclass(frozen=True)
class OwnChange:
    """A published version, the one that the actor took before it, and what they were asked about it (None: nothing)."""

    version: CourseVersion
    taken: CourseVersion
    acknowledgement: VersionAcknowledgement | None


def own_change(session: Session, version_id: int, *, by: Actor) -> OwnChange:
    """What a version changed for somebody who passed an older one; NotFound for everybody else."""
    version = session.get(CourseVersion, version_id)
    if version is None or version.state is not VersionState.PUBLISHED:
        raise NotFound
    taken = session.scalar(
        select(CourseVersion)
        .join(TrainingRecord, TrainingRecord.version_id == CourseVersion.id)
        .where(
            TrainingRecord.person_id == by.person_id,
            TrainingRecord.course_id == version.course_id,
            CourseVersion.published_at < version.published_at,
        )
        .order_by(CourseVersion.published_at.desc(), CourseVersion.id.desc())
        .limit(1)
    )
    if taken is None:
        raise NotFound
    return OwnChange(version, taken, session.get(VersionAcknowledgement, (version.id, by.person_id)))


@dataclass(frozen=True)
class Followed:
    """How far a published version's retraining is: people asked, and those of them who have done it."""

    asked: int
    done: int


def followed(session: Session, version: CourseVersion) -> Followed:
    """Counted from what stands: assignments that the version made, or acknowledgements."""
    if version.retrain is Retrain.ACKNOWLEDGE:
        asked = select(func.count(), func.count(VersionAcknowledgement.acknowledged_at)).where(
            VersionAcknowledgement.version_id == version.id
        )
    else:
        until = session.scalar(
            select(func.min(CourseVersion.published_at, type_=CourseVersion.published_at.type)).where(
                CourseVersion.course_id == version.course_id, CourseVersion.published_at > version.published_at
            )
        )
        asked = select(func.count(), func.count(Assignment.satisfied_at)).where(
            Assignment.course_id == version.course_id,
            Assignment.origin == Origin.NEW_VERSION,
            Assignment.assigned_at >= version.published_at,
            *([Assignment.assigned_at < until] if until is not None else []),
        )
    return Followed(*session.execute(asked).one())
