"""Questions about courses, their versions and media. What an actor may not see is not found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, column, func, or_, select, table, true, union_all
from sqlalchemy.orm import Session, aliased, joinedload, undefer

from app.access.policy import Actor, Permission
from app.courses.models import (
    Course,
    CourseMedia,
    CourseUnit,
    CourseVersion,
    ReadinessMaterial,
    UnitKind,
    VersionState,
)
from app.courses.rules.bundle import Bundle, content_hash, unpack
from app.courses.rules.problems import BundleRefused
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind
from app.kernel.errors import NotFound
from app.kernel.faults import Fault

# Who takes which version is known two rooms higher. Of that table only these columns are asked for, by name.
_registration = table("registration", column("id"), column("person_id"), column("version_id"))

_PUBLISHED = CourseVersion.state == VersionState.PUBLISHED


def sees_drafts(by: Actor) -> bool:
    """Who writes, judges or audits course versions sees those that are not published too."""
    return any(by.may(one) for one in (Permission.COURSE_PROPOSE, Permission.COURSE_PUBLISH, Permission.AUDIT_READ))


def sees_keys(by: Actor) -> bool:
    """Who writes or judges a course has to see its right answers; nobody else does."""
    return by.may(Permission.COURSE_PROPOSE) or by.may(Permission.COURSE_PUBLISH)


# Courses


def current_version(session: Session, slug: str) -> CourseVersion:
    """The version that new registrations take; NotFound when the course has none."""
    version = session.scalar(
        select(CourseVersion).join(Course, Course.current_version_id == CourseVersion.id).where(Course.slug == slug)
    )
    if version is None:
        raise NotFound
    return version


def live_version_of(session: Session, version: CourseVersion) -> CourseVersion | None:
    """The version of the same course that new registrations take, which may be this one."""
    return session.scalar(
        select(CourseVersion)
        .join(Course, Course.current_version_id == CourseVersion.id)
        .where(Course.id == version.course_id)
    )


def catalogue(session: Session) -> Sequence[CourseVersion]:
    """The current version of every published course, by title, with its course: what can be read about and assigned."""
    return session.scalars(
        select(CourseVersion)
        .join(Course, Course.current_version_id == CourseVersion.id)
        .options(joinedload(CourseVersion.course))
        .order_by(CourseVersion.title, CourseVersion.id)
    ).all()


def waiting(session: Session, *, by: Actor) -> Sequence[CourseVersion]:
    """Versions that wait for somebody to publish or reject them, oldest first; none for those who see no drafts."""
    if not sees_drafts(by):
        return []
    return session.scalars(
        select(CourseVersion)
        .where(CourseVersion.state == VersionState.PROPOSED)
        .options(joinedload(CourseVersion.course))
        .order_by(CourseVersion.id)
    ).all()


def load_course(session: Session, slug: str, *, by: Actor) -> Course:
    """A course that the actor may read about: a published one, or any for those who see drafts."""
    course = session.scalar(select(Course).where(Course.slug == slug))
    if course is None or (course.current_version_id is None and not sees_drafts(by)):
        raise NotFound
    return course


def versions(session: Session, course: Course, *, by: Actor) -> Sequence[CourseVersion]:
    """The versions of a course, newest first."""
    statement = select(CourseVersion).where(CourseVersion.course_id == course.id).order_by(CourseVersion.id.desc())
    return session.scalars(statement if sees_drafts(by) else statement.where(_PUBLISHED)).all()


def load_version(session: Session, slug: str, version_id: int, *, by: Actor) -> CourseVersion:
    """One version of a course that the actor may read, with its course."""
    course = load_course(session, slug, by=by)
    version = session.scalar(
        select(CourseVersion)
        .where(CourseVersion.id == version_id, CourseVersion.course_id == course.id)
        .options(joinedload(CourseVersion.course))
    )
    if version is None or (version.state is not VersionState.PUBLISHED and not sees_drafts(by)):
        raise NotFound
    return version


def units(session: Session, version: CourseVersion) -> Sequence[CourseUnit]:
    return session.scalars(
        select(CourseUnit).where(CourseUnit.version_id == version.id).order_by(CourseUnit.position)
    ).all()


def version_by_hash(session: Session, named: str) -> CourseVersion:
    """The version that a training record names. Where two courses hold the very same content, the older one."""
    version = session.scalar(
        select(CourseVersion).where(CourseVersion.content_hash == named).order_by(CourseVersion.id).limit(1)
    )
    if version is None:
        raise NotFound
    return version


def stored_bundle(version: CourseVersion) -> Bundle:
    """The files of a version as they were proposed; their hash is the version's own. Raises BundleRefused when damaged."""
    return unpack(version.package)


def media(session: Session, named: str, path: str, *, by: Actor) -> CourseMedia:
    """A picture or other file of a version: for those who take it or took it, and for staff who may read it."""
    statement = (
        select(CourseMedia)
        .join(CourseVersion, CourseVersion.id == CourseMedia.version_id)
        .where(CourseVersion.content_hash == named, CourseMedia.path == path, _may_read(by))
        .options(undefer(CourseMedia.content))
        .order_by(CourseMedia.id)
        .limit(1)
    )
    found = session.scalar(statement)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class LessonPlace:
    """Where a lesson opens for somebody: in their registration, or (None) in the preview of the version."""

    version: CourseVersion
    position: int
    registration_id: int | None


def lesson_place(session: Session, named: str, slug: str, *, by: Actor) -> LessonPlace:
    """Where a link from one lesson to another leads. Somebody's own latest registration comes before the preview."""
    found = session.execute(
        select(CourseVersion, CourseUnit.position, func.max(_registration.c.id).label("registration_id"))
        .join(CourseUnit, CourseUnit.version_id == CourseVersion.id)
        .outerjoin(
            _registration,
            (_registration.c.version_id == CourseVersion.id) & (_registration.c.person_id == by.person_id),
        )
        .where(CourseVersion.content_hash == named, CourseUnit.slug == slug)
        .group_by(CourseVersion.id, CourseUnit.position)
        .order_by(CourseVersion.id)
        .options(joinedload(CourseVersion.course))
    ).all()
    for row in found:
        if row.registration_id is not None:
            return LessonPlace(row.CourseVersion, row.position, row.registration_id)
    for row in found:
        if by.may(Permission.COURSE_READ) and (row.CourseVersion.published_at or sees_drafts(by)):
            return LessonPlace(row.CourseVersion, row.position, None)
    raise NotFound


def _may_read(by: Actor) -> ColumnElement[bool]:
    """The condition on versions whose pictures an actor may fetch: those they take or took; for staff those they may read."""
    if by.may(Permission.COURSE_READ):
        return true() if sees_drafts(by) else _PUBLISHED
    taken = select(_registration.c.version_id).where(_registration.c.person_id == by.person_id)
    return CourseVersion.id.in_(taken)


def titles(session: Session, *, course_slugs: Collection[str], material_slugs: Collection[str]) -> dict[str, str]:
    """What these courses and materials are called now, by slug; what is not published any more is left out."""
    current = select(Course.slug, CourseVersion.title).join(Course, Course.current_version_id == CourseVersion.id)
    texts = select(ReadinessMaterial.slug, ReadinessMaterial.title).where(ReadinessMaterial.retired_at.is_(None))
    both = union_all(
        current.where(Course.slug.in_(course_slugs)), texts.where(ReadinessMaterial.slug.in_(material_slugs))
    )
    return {row.slug: row.title for row in session.execute(both)}


# What must always hold


def faults(session: Session) -> list[Fault]:
    """Versions whose kept content is not what their hash names, that one person alone published, or that have an empty lesson."""
    return [*_altered_versions(session), *_lone_publications(session), *_missing_pages(session)]


def _altered_versions(session: Session) -> list[Fault]:
    found = []
    invariant = "a training record's content hash leads to a retrievable course version"
    rows = session.execute(
        select(CourseVersion.id, CourseVersion.content_hash, CourseVersion.package)
        .order_by(CourseVersion.id)
        .execution_options(yield_per=5)
    )
    for row in rows:
        try:
            now_named = content_hash(unpack(row.package))
        except BundleRefused as error:
            found.append(Fault(invariant, f"course_version {row.id}", f"its package can't be read: {error.sentence}"))
            continue
        if now_named != row.content_hash:
            found.append(
                Fault(
                    invariant,
                    f"course_version {row.id}",
                    f"its package has the hash {now_named}, but it is named {row.content_hash}",
                )
            )
    return found


def _lone_publications(session: Session) -> list[Fault]:
    decision = aliased(Decision)
    approved = (
        select(decision.id)
        .where(
            decision.kind == DecisionKind.COURSE_PUBLICATION,
            decision.subject_id == CourseVersion.id,
            decision.state == DecisionState.APPROVED,
            decision.decided_by_id == CourseVersion.published_by_id,
            decision.proposed_by_id != decision.decided_by_id,
        )
        .exists()
    )
    rows = session.scalars(
        select(CourseVersion.id)
        .where(_PUBLISHED, or_(CourseVersion.published_by_id == CourseVersion.proposed_by_id, ~approved))
        .order_by(CourseVersion.id)
    )
    live = session.execute(
        select(Course.slug, CourseVersion.id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(CourseVersion.state != VersionState.PUBLISHED)
        .order_by(Course.slug)
    )
    invariant = "a course version is published by two people"
    return [
        *(Fault(invariant, f"course_version {one}", "no approval by a second person stands behind it") for one in rows),
        *(
            Fault(invariant, f"course {row.slug}", f"its current version {row.id} is not a published one")
            for row in live
        ),
    ]


def _missing_pages(session: Session) -> list[Fault]:
    invariant = "a published version can be read from beginning to end"
    empty = session.execute(
        select(CourseUnit.version_id, CourseUnit.position)
        .where(CourseUnit.kind == UnitKind.LESSON, func.trim(CourseUnit.html) == "")
        .order_by(CourseUnit.version_id, CourseUnit.position)
    )
    counted = session.execute(
        select(CourseVersion.id, func.count(CourseUnit.id).label("pages"), func.max(CourseUnit.position).label("last"))
        .outerjoin(CourseUnit, CourseUnit.version_id == CourseVersion.id)
        .group_by(CourseVersion.id)
        .order_by(CourseVersion.id)
    )
    return [
        *(
            Fault(invariant, f"course_unit {row.position} of course_version {row.version_id}", "the lesson has no text")
            for row in empty
        ),
        *(
            Fault(
                invariant, f"course_version {row.id}", f"it has {row.pages} pages, the last is number {row.last or 0}"
            )
            for row in counted
            if not row.pages or row.pages != row.last
        ),
    ]
