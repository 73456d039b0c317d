"""Verbs about course versions: propose, publish, reject."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.courses.models import (
    Course,
    CourseMedia,
    CourseUnit,
    CourseVersion,
    UnitKind,
    VersionState,
)
from app.courses.queries import languages_of
from app.courses.rules import check_places
from app.courses.rules.bundle import content_hash, unpack
from app.courses.rules.front_matter import Confirm
from app.courses.rules.preparation import DEFAULT_ATTEMPTS, Prepared
from app.courses.rules.problems import CourseRefused, Problem
from app.courses.rules.quiz import question_to_json
from app.courses.rules.retraining import Retrain, Retraining, Wish, refuse_another, settle
from app.courses.rules.versions import is_later
from app.courses.services.translations import keep_translation, statements_of
from app.decisions import queries as decision_queries
from app.decisions import services as decisions
from app.decisions.models import DecisionState
from app.decisions.rules import DecisionKind, Duty
from app.kernel.database import serialize
from app.kernel.errors import Conflict, NotFound, Refused, RefusedAct, constraint_says

_PEOPLE = "people_asked_as_counted_for_this_proposal"

constraint_says("uq_course_slug", "Somebody proposed this course at the same moment. Try again.")


# Course versions


def propose_version(
    session: Session,
    prepared: Prepared,
    *,
    reason: str,
    wish: Wish = Wish(),
    touches: Callable[[Session, int], int] | None = None,
    by: Actor,
    at: datetime,
) -> CourseVersion:
    """Put a version, and what it asks of people who passed an older one, before a second person.

    Content that is proposed or published already is that version, and nothing changes. `touches` counts, for a course's id,
    the people who would be asked now; it is known two rooms higher. Raises CourseRefused when the version number does not
    go up, DomainError where the wish contradicts the number or CHANGES.md. Learners see nothing of it until it is published.
    """
    act = RefusedAct("course-version.proposed", "course", prepared.slug)
    decisions.require(Permission.COURSE_PROPOSE, by=by, act=act)
    serialize(session, f"course:{prepared.slug}")
    course = session.scalar(select(Course).where(Course.slug == prepared.slug))
    if course is None:
        course = Course(slug=prepared.slug, created_at=at)
        session.add(course)
        session.flush()
    version = session.scalar(
        select(CourseVersion).where(
            CourseVersion.course_id == course.id, CourseVersion.content_hash == prepared.content_hash
        )
    )
    if version is not None and version.state is VersionState.PUBLISHED:
        return version
    if version is not None and _is_before_somebody(session, version):
        refuse_another(wish, Retraining(version.change, version.retrain, version.retrain_days), version=version.version)
        return version
    current = _current(session, course)
    if current is not None and not is_later(prepared.version, current.version):
        problem = Problem(
            "index.md",
            0,
            f"The course changed, and version {current.version} is published: give it a higher version than {prepared.version}.",
        )
        raise CourseRefused([problem])
    settled = settle(
        wish,
        version=prepared.version,
        live=current.version if current else None,
        lines=prepared.course.changes,
        due_days=prepared.course.meta.due.in_days if prepared.course.meta.due else None,
    )
    if version is None:
        version = _kept(session, course, prepared, settled, by=by, at=at)
    else:
        version.state = VersionState.PROPOSED
        version.change, version.retrain, version.retrain_days = settled.change, settled.retrain, settled.days
        session.flush()
    asked = touches(session, course.id) if touches is not None and settled.retrain is not Retrain.NOBODY else None
    audit.record(
        session,
        "course-version.proposed",
        "course-version",
        version.id,
        by=by,
        at=at,
        reason=reason.strip() or None,
        details={
            "course": course.slug,
            "version": version.version,
            "content_hash": version.content_hash,
            "change": version.change.value,
            "retrain": version.retrain.value,
            "retrain_days": version.retrain_days,
            "people": asked,
        },
    )
    decisions.propose(
        session,
        DecisionKind.COURSE_PUBLICATION,
        version.id,
        label=f"{version.title}, version {version.version}",
        content=_content(session, version, people=asked),
        partner_id=None,
        reason=reason,
        by=by,
        at=at,
        took_part={} if version.proposed_by_id == by.person_id else {"wrote the draft": version.proposed_by_id},
    )
    return version


def _is_before_somebody(session: Session, version: CourseVersion) -> bool:
    """Whether a proposal to publish it is open: neither decided nor taken back."""
    found = decision_queries.of_subject(session, DecisionKind.COURSE_PUBLICATION, version.id)
    return any(one.state is DecisionState.PROPOSED for one in found)


def _kept(
    session: Session, course: Course, prepared: Prepared, settled: Retraining, *, by: Actor, at: datetime
) -> CourseVersion:
    read, meta, quiz = prepared.course, prepared.course.meta, prepared.course.assessment
    statements = quiz.attestation_statements if quiz else ()
    version = CourseVersion(
        course_id=course.id,
        version=read.version,
        language=read.lang,
        content_hash=prepared.content_hash,
        package=prepared.package,
        title=read.title,
        description=meta.description,
        overview_html=read.overview_html,
        minutes=read.minutes,
        objectives=dict(read.objectives),
        assessment=quiz.to_json() if quiz else None,
        attestation_statements=statements_of(quiz),
        mastery_score=int(meta.mastery_score * 10_000),
        attempts_allowed=meta.attempts or DEFAULT_ATTEMPTS,
        wait_seconds=meta.wait_between.in_seconds if meta.wait_between else 0,
        time_limit_seconds=quiz.settings.time_limit.in_seconds if quiz and quiz.settings.time_limit else None,
        valid_days=(meta.valid_for.whole_days or None) if meta.valid_for else None,
        valid_months=(meta.valid_for.months or None) if meta.valid_for else None,
        renew_days=meta.renew_from.in_days if meta.renew_from else None,
        reminders=sorted({reminder.in_days for reminder in meta.reminders}),
        prerequisites=[*meta.prerequisites],
        equivalents=[*meta.equivalents],
        needs_confirmation=meta.confirm is Confirm.COMPLIANCE,
        change=settled.change,
        retrain=settled.retrain,
        retrain_days=settled.days,
        due_days=meta.due.in_days if meta.due else None,
        move_on=read.move_on.value,
        gives_certificate=meta.certificate != "none",
        show_correct=quiz.show_correct.value if quiz else "never",
        proposed_by_id=by.person_id,
        proposed_at=at,
    )
    session.add(version)
    session.flush()
    units = [
        CourseUnit(
            version_id=version.id,
            position=position,
            slug=unit.slug,
            kind=UnitKind(unit.kind),
            title=unit.title,
            minutes=unit.minutes,
            words=unit.words,
            html=check_places.joined(unit.parts),
            checks=[question_to_json(question) for question in unit.checks],
        )
        for position, unit in enumerate(read.units, start=1)
    ]
    if quiz and statements:
        taken = {unit.slug for unit in units}
        units.append(
            CourseUnit(
                version_id=version.id,
                position=len(units) + 1,
                slug=next(slug for slug in ("attestation", "your-attestation", "~attestation") if slug not in taken),
                kind=UnitKind.ATTESTATION,
                title=quiz.attestations[0].title or "Your statement",
                minutes=1,
                words=0,
                html="",
                checks=[],
            )
        )
    session.add_all(units)
    session.add_all(
        CourseMedia(version_id=version.id, path=file.path, media_type=file.media_type, content=file.content)
        for file in prepared.media
    )
    session.flush()
    for translation in prepared.translations:
        keep_translation(session, version, units, translation)
    return version


def publication_content(session: Session, version_id: int) -> dict[str, Any]:
    """What a publication is judged by, as it stands now: the kept content hashed again, the version that it replaces, and what
    it asks of people who passed an older one. How many those were is what was counted for the open proposal: the number
    goes up and down every day, and an approval must not fail for that.
    """
    version = session.get(CourseVersion, version_id)
    if version is None:
        raise NotFound
    found = decision_queries.of_subject(session, DecisionKind.COURSE_PUBLICATION, version_id)
    counted = next((one.content.get(_PEOPLE) for one in found if one.state is DecisionState.PROPOSED), None)
    return _content(session, version, people=counted)


def _content(session: Session, version: CourseVersion, *, people: int | None) -> dict[str, Any]:
    settled = Retraining(version.change, version.retrain, version.retrain_days)
    course = session.get_one(Course, version.course_id)
    units = session.execute(
        select(CourseUnit.kind, CourseUnit.title)
        .where(CourseUnit.version_id == version.id)
        .order_by(CourseUnit.position)
    ).all()
    current = _current(session, course)
    quiz = version.assessment or {}
    return {
        "title": version.title,
        "course": course.slug,
        "version": version.version,
        "replaces": f"{current.version} ({current.content_hash})" if current else "Nothing: this is its first version",
        "change": settled.change_in_words,
        "asked_of_people_who_passed_an_older_version": settled.in_words if current else None,
        _PEOPLE: people,
        "language": version.language,
        "translations": [*languages_of(session, version)[1:]],
        "minutes": version.minutes,
        "units": [row.title for row in units],
        "questions": sum(len(section["questions"]) for section in quiz.get("sections", ())),
        "mastery_per_ten_thousand": version.mastery_score,
        "attempts_allowed": version.attempts_allowed,
        "valid_for": version.valid_for.in_words if version.valid_for else "It does not lapse",
        "renewable_before_its_end_days": version.renew_days,
        "prerequisites": list(version.prerequisites),
        "equivalents": list(version.equivalents),
        "confirmed_by": "Compliance" if version.needs_confirmation else "Nobody further",
        "content_hash": content_hash(unpack(version.package)),
    }


def publish(session: Session, version_id: int, *, by: Actor, at: datetime) -> None:
    """What follows from an approved publication: new registrations take this version. Earlier ones stay as they are.

    Only for a version whose publication was decided by two people: it looks for that decision itself.
    """
    version, act = _to_decide(session, version_id, "course-version.published", by=by)
    found = decision_queries.of_subject(session, DecisionKind.COURSE_PUBLICATION, version.id)
    decision = next((one for one in found if one.state is DecisionState.APPROVED), None)
    if decision is None or decision.decided_by_id != by.person_id:
        raise Refused("A version is published by approving its publication under Decisions.", act, by=by)
    course = session.get_one(Course, version.course_id, with_for_update=True)
    current = _current(session, course)
    if current is not None and not is_later(version.version, current.version):
        raise Conflict(f"Version {current.version} is published already; version {version.version} is not newer.")
    version.state, version.published_by_id, version.published_at = VersionState.PUBLISHED, by.person_id, at
    course.current_version_id = version.id
    session.flush()
    audit.record(
        session,
        "course-version.published",
        "course-version",
        version.id,
        by=by,
        at=at,
        reason=decision.decision_reason,
        details={
            "course": course.slug,
            "content_hash": version.content_hash,
            "old": {"version": current.version, "id": current.id} if current else None,
            "new": {"version": version.version, "id": version.id},
            "change": version.change.value,
            "retrain": version.retrain.value,
            "retrain_days": version.retrain_days,
            "decision": decision.id,
            "proposed_by": version.proposed_by_id,
        },
    )


def reject(session: Session, version_id: int, *, by: Actor, at: datetime) -> None:
    """What follows from a rejected publication: the version stays on record and unseen; the last good one stays live."""
    version, _ = _to_decide(session, version_id, "course-version.rejected", by=by)
    version.state = VersionState.REJECTED
    session.flush()
    audit.record(
        session,
        "course-version.rejected",
        "course-version",
        version.id,
        by=by,
        at=at,
        details={"content_hash": version.content_hash, "proposed_by": version.proposed_by_id},
    )


def _to_decide(session: Session, version_id: int, action: str, *, by: Actor) -> tuple[CourseVersion, RefusedAct]:
    """The version to be published or rejected by somebody who may and did not write it."""
    act = RefusedAct(action, "course-version", str(version_id))
    decisions.require(Permission.COURSE_PUBLISH, by=by, act=act)
    version = session.get(CourseVersion, version_id, with_for_update=True)
    if version is None:
        raise NotFound
    decisions.keep_apart(
        Duty.DECIDE,
        by=by,
        took_part={"proposed it": version.proposed_by_id},
        subject_type="course-version",
        subject_id=version.id,
    )
    if version.state is not VersionState.PROPOSED:
        raise Conflict(f"This version is {version.state.value} already. Nothing was changed.")
    return version, act


def _current(session: Session, course: Course) -> CourseVersion | None:
    return session.get(CourseVersion, course.current_version_id) if course.current_version_id else None
