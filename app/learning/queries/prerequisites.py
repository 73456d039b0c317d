"""What must be completed before a course can be begun."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.courses.models import Course, CourseVersion
from app.learning.models import OPEN_STATES, Assignment
from app.learning.queries.records import satisfying, waived


@dataclass(frozen=True)
class Prerequisite:
    """A course that comes first."""

    course_id: int
    title: str
    minutes: int


def prerequisites_of(session: Session, course_ids: Collection[int]) -> dict[int, tuple[Prerequisite, ...]]:
    """By course id what its current version asks to be completed first; what is not published asks nothing of anybody."""
    named = {
        row.id: row.prerequisites
        for row in session.execute(
            select(Course.id, CourseVersion.prerequisites)
            .join(CourseVersion, CourseVersion.id == Course.current_version_id)
            .where(Course.id.in_(sorted(set(course_ids))))
        )
    }
    slugs = sorted({slug for needed in named.values() for slug in needed})
    if not slugs:
        return {}
    published = {
        row.slug: Prerequisite(row.id, row.title, row.minutes)
        for row in session.execute(
            select(Course.slug, Course.id, CourseVersion.title, CourseVersion.minutes)
            .join(CourseVersion, CourseVersion.id == Course.current_version_id)
            .where(Course.slug.in_(slugs))
        )
    }
    return {
        course_id: tuple(published[slug] for slug in needed if slug in published)
        for course_id, needed in named.items()
        if needed
    }


def missing(
    session: Session, people: Mapping[int, Collection[int]], *, at: datetime
) -> dict[int, dict[int, tuple[Prerequisite, ...]]]:
    """What people still lack for courses. `people` and the answer are by course id; the answer then by person id, without those
    who lack nothing. A prerequisite that is waived for somebody does not stand in their way.
    """
    needed = prerequisites_of(session, people)
    everybody = {person_id for course_id in needed for person_id in people[course_id]}
    before = {one.course_id for ones in needed.values() for one in ones}
    if not everybody or not before:
        return {}
    done = {*satisfying(session, everybody, before, at=at), *waived(session, everybody, before, at=at)}
    found: dict[int, dict[int, tuple[Prerequisite, ...]]] = defaultdict(dict)
    for course_id, ones in needed.items():
        for person_id in people[course_id]:
            left = tuple(one for one in ones if (person_id, one.course_id) not in done)
            if left:
                found[course_id][person_id] = left
    return dict(found)


@dataclass(frozen=True)
class First:
    """A prerequisite that somebody lacks, and their own open assignment of it (None: it is not assigned to them)."""

    title: str
    minutes: int
    assignment_id: int | None


def comes_first(session: Session, person_id: int, course_id: int, *, at: datetime) -> tuple[First, ...]:
    """What a person has to complete before they can begin a course; empty when nothing stands in the way."""
    left = missing(session, {course_id: [person_id]}, at=at).get(course_id, {}).get(person_id, ())
    if not left:
        return ()
    own = {
        row.course_id: row.id
        for row in session.execute(
            select(Assignment.course_id, Assignment.id).where(
                Assignment.person_id == person_id,
                Assignment.course_id.in_([one.course_id for one in left]),
                Assignment.state.in_(OPEN_STATES),
            )
        )
    }
    return tuple(First(one.title, one.minutes, own.get(one.course_id)) for one in left)
