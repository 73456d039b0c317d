"""What somebody who helps a learner on needs to know, and what the learner is told of it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.courses.models import Course, CourseTranslation, CourseVersion
from app.learning.models import Registration


def languages_to_begin_in(session: Session, course_id: int) -> tuple[str, ...]:
    """The languages of the version that a new cycle of a course takes, its own first; empty where nothing is published."""
    version = session.execute(
        select(CourseVersion.id, CourseVersion.language)
        .join(Course, Course.current_version_id == CourseVersion.id)
        .where(Course.id == course_id)
    ).one_or_none()
    if version is None:
        return ()
    others = session.scalars(
        select(CourseTranslation.language)
        .where(CourseTranslation.version_id == version.id)
        .order_by(CourseTranslation.language)
    )
    return (version.language, *others)


def asked_for_help_at(session: Session, registration_id: int) -> datetime | None:
    """When a person was asked to help: the moment in which the last attempt was used."""
    return session.scalar(select(Registration.finished_at).where(Registration.id == registration_id))
