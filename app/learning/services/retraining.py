"""Verbs that follow from a material change of a course: ask people to take it again or to read what changed, and confirm having read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.audit import services as audit
from app.courses.models import CourseVersion
from app.courses.rules.retraining import Retrain
from app.kernel.clock import day_in
from app.kernel.errors import NotFound
from app.learning.models import Assignment, AssignmentState, Origin, VersionAcknowledgement
from app.learning.queries.retraining import Touched, to_ask
from app.outbox.services import enqueue_all


@dataclass(frozen=True)
class Asked:
    """What came of one batch: how many were asked, and the last person's id; None where nobody is left."""

    people: int
    last: int | None


def ask_holders(session: Session, version: CourseVersion, *, after: int, limit: int, by: Actor, at: datetime) -> Asked:
    """Ask the next `limit` people, by id beyond `after`, for what a published version asks of those who passed an older one.

    Each gets an assignment, or a difference to read, and one message. Who was asked before is not asked again, so a batch that
    is repeated changes nothing.
    """
    if version.retrain is Retrain.NOBODY or version.published_at is None or version.retrain_days is None:
        return Asked(0, None)
    people = to_ask(session, version, after=after, limit=limit, at=at)
    if not people:
        return Asked(0, None)
    due = {zone: _due_on(version, zone, at=at) for zone in {one.time_zone for one in people}}
    ask = _to_take_again if version.retrain is Retrain.RETAKE else _to_read
    ask(session, version, people, due, by=by, at=at)
    return Asked(len(people), people[-1].person_id)


def _due_on(version: CourseVersion, zone: str, *, at: datetime) -> date:
    """So many days after the publication there; today where the work was held up for longer than that."""
    published_on = day_in(zone, version.published_at or at)
    return max(published_on + timedelta(days=version.retrain_days or 0), day_in(zone, at))


def _to_take_again(
    session: Session,
    version: CourseVersion,
    people: Sequence[Touched],
    due: dict[str, date],
    *,
    by: Actor,
    at: datetime,
) -> None:
    rows = [
        {
            "person_id": one.person_id,
            "partner_id": one.partner_id,
            "course_id": version.course_id,
            "origin": Origin.NEW_VERSION,
            "assigned_by_id": by.person_id,
            "assigned_at": at,
            "original_due_on": due[one.time_zone],
            "due_on": due[one.time_zone],
            "state": AssignmentState.ASSIGNED,
        }
        for one in people
    ]
    made = session.execute(insert(Assignment).returning(Assignment.id, Assignment.person_id), rows).all()
    of = {row.person_id: row.id for row in made}
    for one in people:
        audit.record(
            session,
            "assignment.made",
            "assignment",
            of[one.person_id],
            by=by,
            at=at,
            partner_id=one.partner_id,
            details={
                "person": one.person_id,
                "course": version.course_id,
                "due_on": due[one.time_zone].isoformat(),
                "origin": Origin.NEW_VERSION.value,
                "version": version.id,
            },
        )
    enqueue_all(
        session,
        "course_to_retake",
        {
            f"course_to_retake:{of[one.person_id]}": {
                "person_id": one.person_id,
                "assignment_id": of[one.person_id],
                "version_id": version.id,
            }
            for one in people
        },
        at=at,
    )


def _to_read(
    session: Session,
    version: CourseVersion,
    people: Sequence[Touched],
    due: dict[str, date],
    *,
    by: Actor,
    at: datetime,
) -> None:
    session.execute(
        insert(VersionAcknowledgement),
        [
            {
                "version_id": version.id,
                "person_id": one.person_id,
                "partner_id": one.partner_id,
                "asked_at": at,
                "due_on": due[one.time_zone],
            }
            for one in people
        ],
    )
    for one in people:
        audit.record(
            session,
            "course-change.asked",
            "course-version",
            version.id,
            by=by,
            at=at,
            partner_id=one.partner_id,
            details={"person": one.person_id, "due_on": due[one.time_zone].isoformat()},
        )
    enqueue_all(
        session,
        "change_to_read",
        {
            f"change_to_read:{version.id}:{one.person_id}": {"person_id": one.person_id, "version_id": version.id}
            for one in people
        },
        at=at,
    )


def acknowledge_change(session: Session, version_id: int, *, by: Actor, at: datetime) -> None:
    """Confirm having read what a version changed; it covers the versions before it that the person was asked about too.

    A second time changes nothing. NotFound for who was not asked.
    """
    asked = session.scalar(
        select(VersionAcknowledgement)
        .where(VersionAcknowledgement.version_id == version_id, VersionAcknowledgement.person_id == by.person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if asked is None:
        raise NotFound
    if asked.acknowledged_at is not None:
        return
    version = session.get_one(CourseVersion, version_id)
    covered = select(CourseVersion.id).where(
        CourseVersion.course_id == version.course_id, CourseVersion.published_at <= version.published_at
    )
    session.execute(
        update(VersionAcknowledgement)
        .where(
            VersionAcknowledgement.person_id == by.person_id,
            VersionAcknowledgement.version_id.in_(covered),
            VersionAcknowledgement.acknowledged_at.is_(None),
        )
        .values(acknowledged_at=at)
    )
    session.flush()
    audit.record(
        session,
        "course-change.acknowledged",
        "course-version",
        version_id,
        by=by,
        at=at,
        partner_id=asked.partner_id,
        details={"content_hash": version.content_hash},
    )


def note_everybody_asked(session: Session, version: CourseVersion, people: int, *, by: Actor, at: datetime) -> None:
    """Write that the retraining of a version is carried out, and how many it asked."""
    audit.record(
        session,
        "course-version.retrained",
        "course-version",
        version.id,
        by=by,
        at=at,
        details={"retrain": version.retrain.value, "people": people},
    )
