"""Verbs of the catalogue: propose and publish course versions; publish, grant and acknowledge readiness materials."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.courses.models import (
    Change,
    Course,
    CourseMedia,
    CourseUnit,
    CourseVersion,
    MaterialGrant,
    MaterialReceipt,
    ReadinessMaterial,
    UnitKind,
    VersionState,
)
from app.courses.rules import check_places
from app.courses.rules.bundle import content_hash, unpack
from app.courses.rules.materials import read_material
from app.courses.rules.preparation import DEFAULT_ATTEMPTS, Prepared, prepare
from app.courses.rules.problems import CourseRefused, Problem
from app.courses.rules.quiz import question_to_json
from app.courses.rules.versions import is_later
from app.decisions import queries as decision_queries
from app.decisions import services as decisions
from app.decisions.models import DecisionState
from app.decisions.rules import DecisionKind, Duty
from app.kernel.canonical import digest
from app.kernel.database import serialize
from app.kernel.errors import Conflict, DomainError, NotFound, Refused, RefusedAct, constraint_says
from app.partners import queries as partners
from app.partners.models import Partner

__all__ = [
    "CourseRefused",
    "Prepared",
    "acknowledge_material",
    "grant_material",
    "prepare",
    "propose_version",
    "publication_content",
    "publish",
    "publish_material",
    "reject",
]

LARGEST_MATERIAL = 512 * 1024

constraint_says("uq_material_grant_material_id_partner_id", "The partner has access to this material already.")
constraint_says("uq_material_receipt_material_id_person_id", "You have confirmed this material already.")
constraint_says("uq_course_slug", "Somebody proposed this course at the same moment. Try again.")


# Course versions


def propose_version(session: Session, prepared: Prepared, *, reason: str, by: Actor, at: datetime) -> CourseVersion:
    """Put a version before a second person. Content that is proposed or published already is that version, and nothing changes.

    Raises CourseRefused when the version number does not go up. Learners see nothing of it until it is published.
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
    if version is not None and (version.state is VersionState.PUBLISHED or _is_before_somebody(session, version)):
        return version
    current = _current(session, course)
    if current is not None and not is_later(prepared.version, current.version):
        problem = Problem(
            "index.md",
            0,
            f"The course changed, and version {current.version} is published: give it a higher version than {prepared.version}.",
        )
        raise CourseRefused([problem])
    if version is None:
        version = _kept(session, course, prepared, by=by, at=at)
    else:
        version.state = VersionState.PROPOSED
        session.flush()
    audit.record(
        session,
        "course-version.proposed",
        "course-version",
        version.id,
        by=by,
        at=at,
        reason=reason.strip() or None,
        details={"course": course.slug, "version": version.version, "content_hash": version.content_hash},
    )
    decisions.propose(
        session,
        DecisionKind.COURSE_PUBLICATION,
        version.id,
        label=f"{version.title}, version {version.version}",
        content=publication_content(session, version.id),
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


def _kept(session: Session, course: Course, prepared: Prepared, *, by: Actor, at: datetime) -> CourseVersion:
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
        attestation_statements=[{"id": one.id, "html": one.html, "text": one.text} for one in statements],
        mastery_score=int(meta.mastery_score * 10_000),
        attempts_allowed=meta.attempts or DEFAULT_ATTEMPTS,
        wait_seconds=meta.wait_between.in_seconds if meta.wait_between else 0,
        time_limit_seconds=quiz.settings.time_limit.in_seconds if quiz and quiz.settings.time_limit else None,
        valid_days=meta.valid_for.in_days if meta.valid_for else None,
        valid_months=None,
        renew_days=meta.renew_from.in_days if meta.renew_from else None,
        reminders=[],
        prerequisites=[*meta.prerequisites],
        equivalents=[],
        needs_confirmation=False,
        change=Change.FIRST,
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
    return version


def publication_content(session: Session, version_id: int) -> dict[str, Any]:
    """What a publication is judged by, as it stands now: the kept content hashed again, and the version that it replaces."""
    version = session.get(CourseVersion, version_id)
    if version is None:
        raise NotFound
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
        "language": version.language,
        "minutes": version.minutes,
        "units": [row.title for row in units],
        "questions": sum(len(section["questions"]) for section in quiz.get("sections", ())),
        "mastery_per_ten_thousand": version.mastery_score,
        "attempts_allowed": version.attempts_allowed,
        "valid_days": version.valid_days,
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


# Readiness materials


def publish_material(
    session: Session, slug: str, title: str, source: str, *, by: Actor, at: datetime
) -> ReadinessMaterial:
    """Publish a Markdown text as it is. The same text again is the same material; a changed one takes the place of the last.

    `title` may be empty: then the front matter or the first heading gives it.
    """
    act = RefusedAct("material.published", "material", slug)
    decisions.require(Permission.COURSE_PUBLISH, by=by, act=act)
    if by.person_id is None:
        raise DomainError("A material is published by a person.")
    if not slug or len(slug) > 100 or not all(character.isalnum() or character in "-_" for character in slug):
        raise DomainError("Name the material in letters, digits, - and _, at most 100 of them.", field="slug")
    if len(source.encode()) > LARGEST_MATERIAL:
        raise DomainError(f"A material may have {LARGEST_MATERIAL:,} bytes; this text has more.", field="source")
    read = read_material(source, file=f"{slug}.md", title=title.strip())
    if not read.title:
        raise DomainError("Give the material a title, or a heading to take it from.", field="title")
    if not read.html:
        raise DomainError("The material has no text.", field="source")
    named = digest({"title": read.title, "source": source})
    serialize(session, f"material:{slug}")
    rows = session.scalars(select(ReadinessMaterial).where(ReadinessMaterial.slug == slug)).all()
    material = next((row for row in rows if row.content_hash == named), None)
    if material is not None and material.retired_at is None:
        return material
    replaced = [row for row in rows if row.retired_at is None]
    for row in replaced:
        row.retired_at = at
    if material is None:
        material = ReadinessMaterial(
            slug=slug,
            title=read.title,
            summary=read.summary,
            source=source,
            html=read.html,
            minutes=read.minutes,
            content_hash=named,
            published_by_id=by.person_id,
            published_at=at,
        )
        session.add(material)
    else:
        material.retired_at = None
    session.flush()
    audit.record(
        session,
        "material.published",
        "material",
        material.id,
        by=by,
        at=at,
        details={"slug": slug, "content_hash": named, "replaced": [row.id for row in replaced]},
    )
    return material


def grant_material(
    session: Session, material: ReadinessMaterial, partner: Partner, *, by: Actor, at: datetime
) -> MaterialGrant:
    """Give a partner's people access to a material. Once given, giving it again changes nothing."""
    act = RefusedAct("material.granted", "material", str(material.id), partner.id)
    decisions.require(Permission.MATERIAL_GRANT, by=by, act=act)
    partners.load_by_id(session, partner.id, by=by)
    serialize(session, f"material-grant:{partner.id}")
    grant = session.scalar(
        select(MaterialGrant)
        .join(ReadinessMaterial, ReadinessMaterial.id == MaterialGrant.material_id)
        .where(ReadinessMaterial.slug == material.slug, MaterialGrant.partner_id == partner.id)
    )
    if grant is not None:
        return grant
    if material.retired_at is not None:
        raise Conflict("A newer text has taken this material's place. Give access to that one.")
    grant = MaterialGrant(material_id=material.id, partner_id=partner.id, granted_by_id=by.person_id, granted_at=at)
    session.add(grant)
    session.flush()
    audit.record(session, "material.granted", "material", material.id, by=by, at=at, partner_id=partner.id)
    return grant


def acknowledge_material(session: Session, material: ReadinessMaterial, *, by: Actor, at: datetime) -> MaterialReceipt:
    """Confirm, as a partner's person, having read exactly this text. The second time is the first one again.

    `material` comes from `queries.load_material`, which finds only what this person was given.
    """
    act = RefusedAct("material.acknowledged", "material", str(material.id), by.partner_id)
    decisions.require(Permission.MATERIAL_READ, by=by, act=act)
    if by.person_id is None or by.partner_id is None:
        raise DomainError("Materials are confirmed by the partner's own people.")
    serialize(session, f"material-receipt:{by.person_id}")
    receipt = session.scalar(
        select(MaterialReceipt).where(
            MaterialReceipt.material_id == material.id, MaterialReceipt.person_id == by.person_id
        )
    )
    if receipt is not None:
        return receipt
    if material.retired_at is not None:
        raise Conflict("A newer text has taken this material's place. Read and confirm that one.")
    receipt = MaterialReceipt(
        material_id=material.id,
        person_id=by.person_id,
        partner_id=by.partner_id,
        content_hash=material.content_hash,
        at=at,
    )
    session.add(receipt)
    session.flush()
    audit.record(
        session,
        "material.acknowledged",
        "material",
        material.id,
        by=by,
        at=at,
        partner_id=by.partner_id,
        details={"content_hash": material.content_hash},
    )
    return receipt
