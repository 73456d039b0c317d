"""In which of a course's languages its learner reads it. The cycle stays the same: what is done in one is done in all."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.accounts.models import Person
from app.audit import services as audit
from app.courses.models import Course, CourseVersion
from app.courses.queries import languages_of
from app.kernel.errors import DomainError, NotFound
from app.learning.models import Assignment
from app.learning.services.own import own_registration


def change_language(session: Session, registration_id: int, language: str, *, by: Actor, at: datetime) -> None:
    """Go on in another language, now and in courses begun later. A quiz that is being answered stays in its own.

    Raises DomainError for a language that the version is not there in. The same language again changes nothing.
    """
    registration = own_registration(session, registration_id, by=by, lock=True)
    _require_offered(session, registration.version_id, language)
    session.get_one(Person, registration.person_id).language = language
    former, registration.language = registration.language, language
    session.flush()
    if former != language:
        audit.record(
            session,
            "registration.language-changed",
            "registration",
            registration.id,
            by=by,
            at=at,
            partner_id=registration.partner_id,
            details={"old": former, "new": language},
        )


def choose_language(session: Session, assignment: Assignment, language: str, *, by: Actor, at: datetime) -> None:
    """Say, before a course is begun, in which language it and later ones shall be. Errors as those of `change_language`."""
    course = session.get_one(Course, assignment.course_id)
    if assignment.person_id != by.person_id or course.current_version_id is None:
        raise NotFound
    _require_offered(session, course.current_version_id, language)
    person = session.get_one(Person, assignment.person_id)
    former, person.language = person.language, language
    session.flush()
    if former != language:
        audit.record(
            session,
            "person.language-chosen",
            "person",
            person.id,
            by=by,
            at=at,
            partner_id=person.partner_id,
            details={"old": former, "new": language},
        )


def _require_offered(session: Session, version_id: int, language: str) -> None:
    if language not in languages_of(session, session.get_one(CourseVersion, version_id)):
        raise DomainError(
            "The course is not there in that language. Choose one of those on its page.", field="language"
        )
