"""What a pass brings about: until when it counts, and which assignments it satisfies."""

from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.audit import services as audit
from app.courses.models import Course, CourseVersion
from app.learning.models import (
    OPEN_STATES,
    Assignment,
    AssignmentState,
    Origin,
    Registration,
    RegistrationState,
    TrainingRecord,
)
from app.learning.queries.records import COUNTS
from app.learning.rules.progress import last_valid_day


def valid_until(
    session: Session, registration: Registration, version: CourseVersion, passed_on: date, *, at: datetime
) -> date | None:
    """The last day on which a pass of `passed_on` counts. Who renews in time keeps the anniversary; see docs/adr/0011."""
    if version.valid_for is None:
        return None
    earlier = session.scalar(
        select(TrainingRecord.valid_until)
        .where(
            TrainingRecord.person_id == registration.person_id,
            TrainingRecord.course_id == registration.course_id,
            TrainingRecord.valid_until >= passed_on,
            COUNTS,
        )
        .order_by(TrainingRecord.valid_until.desc())
        .limit(1)
    )
    renew_days = version.renew_days
    if earlier is not None and _was_asked_to_renew(session, registration):
        # The portal itself asked for it before the end, perhaps under a version with another window.
        renew_days = max(renew_days or 0, (earlier - passed_on).days)
    return last_valid_day(passed_on, version.valid_for, earlier_end=earlier, renew_days=renew_days)


def _was_asked_to_renew(session: Session, registration: Registration) -> bool:
    if registration.assignment_id is None:
        return False
    return session.get_one(Assignment, registration.assignment_id).origin is Origin.RECERTIFICATION


def satisfy(session: Session, record: TrainingRecord, *, by: Actor, at: datetime) -> None:
    """A record counts now: its assignment is satisfied, and so are open ones of courses that name its course as equivalent."""
    served = [record.course_id, *_courses_served(session, record.course_id)]
    found = session.scalars(
        select(Assignment)
        .where(
            Assignment.person_id == record.person_id,
            Assignment.course_id.in_(served),
            Assignment.state.in_(OPEN_STATES),
        )
        .order_by(Assignment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for assignment in found:
        former = assignment.state
        assignment.state, assignment.satisfied_at = AssignmentState.SATISFIED, at
        assignment.satisfied_by_record_id = record.id
        end_running(session, assignment.id, at=at)
        session.flush()
        audit.record(
            session,
            "assignment.satisfied",
            "assignment",
            assignment.id,
            by=by,
            at=at,
            partner_id=assignment.partner_id,
            details={"record": record.id, "old": former.value, "new": assignment.state.value},
        )


def end_running(session: Session, assignment_id: int, *, at: datetime) -> None:
    """Nothing is left to do in an assignment: a registration that is open in it ends; what was read and answered stays."""
    session.execute(
        update(Registration)
        .where(Registration.assignment_id == assignment_id, Registration.state == RegistrationState.OPEN)
        .values(state=RegistrationState.ABANDONED, finished_at=at)
    )


def _courses_served(session: Session, course_id: int) -> list[int]:
    """The courses whose current version names this one as equivalent. The names are a list in JSON, so they are looked at here."""
    slug = session.get_one(Course, course_id).slug
    rows = session.execute(
        select(Course.id, CourseVersion.equivalents).join(CourseVersion, CourseVersion.id == Course.current_version_id)
    )
    return [row.id for row in rows if slug in row.equivalents]
