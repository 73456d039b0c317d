"""Mails to people who passed an older version of a course that has changed."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.courses.models import Course, CourseVersion
from app.learning.models import Assignment, VersionAcknowledgement
from app.notifications import duties
from app.notifications.letters.kinds import KindOfMail, Payload, the_person
from app.notifications.rendering import Letter, Recipient


def to_retake(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """The course is to be taken again; nothing once it is begun, done or taken back."""
    row = session.execute(
        select(CourseVersion.title, CourseVersion.version, CourseVersion.minutes, Assignment.due_on)
        .select_from(Assignment)
        .join(Course, Course.id == Assignment.course_id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(
            Assignment.id == int(payload["assignment_id"]),
            Assignment.person_id == to.person_id,
            Assignment.state.in_(duties.OPEN_ASSIGNMENTS),
        )
    ).one_or_none()
    if row is None:
        return None
    facts = {"course": row.title, "version": row.version, "minutes": row.minutes, "due_on": row.due_on}
    return Letter(to, "course_to_retake", f"/assignments/{payload['assignment_id']}", facts)


def to_read(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """What changed is to be read; nothing once that is confirmed."""
    row = session.execute(
        select(CourseVersion.title, CourseVersion.version, VersionAcknowledgement.due_on)
        .join(VersionAcknowledgement, VersionAcknowledgement.version_id == CourseVersion.id)
        .where(
            CourseVersion.id == int(payload["version_id"]),
            VersionAcknowledgement.person_id == to.person_id,
            VersionAcknowledgement.acknowledged_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    facts = {"course": row.title, "version": row.version, "due_on": row.due_on}
    return Letter(to, "change_to_read", f"/course-changes/{payload['version_id']}", facts)


MAILS = {
    "course_to_retake": KindOfMail(the_person, to_retake),
    "change_to_read": KindOfMail(the_person, to_read),
}
