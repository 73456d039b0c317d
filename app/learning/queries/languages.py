"""In which language a course is shown to somebody who has not begun it."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.courses.models import CourseVersion
from app.courses.queries import languages_of
from app.kernel.languages import best_match


def language_to_begin(session: Session, person_id: int, version: CourseVersion, wanted: Sequence[str]) -> str:
    """The language that a person chose last, else the first of the `wanted` ones that the version has, else the version's own."""
    offered = languages_of(session, version)
    chosen = session.get_one(Person, person_id).language
    return best_match([chosen, *wanted] if chosen else wanted, offered) or offered[0]
