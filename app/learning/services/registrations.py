"""Verbs about registrations: begin a cycle, see a unit, complete it, finish, and begin another one by leave."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.access.policy import PORTAL, Actor, Permission
from app.accounts.models import Person
from app.audit import services as audit
from app.courses.models import Course, CourseTranslation, CourseUnit, CourseVersion
from app.decisions.models import Signature
from app.decisions.services import require
from app.kernel.clock import day_in
from app.kernel.database import Base
from app.kernel.errors import Conflict, DomainError, NotFound, RefusedAct, constraint_says
from app.kernel.prepared import Prepared
from app.learning.models import (
    Answer,
    Assignment,
    AssignmentState,
    Attempt,
    AttemptState,
    Registration,
    RegistrationState,
    TrainingRecord,
    UnitProgress,
)
from app.learning.queries.help import languages_to_begin_in
from app.learning.queries.languages import language_to_begin
from app.learning.queries.prerequisites import comes_first
from app.learning.queries.regrades import effective_passed, effective_score
from app.learning.queries.standing import standing
from app.learning.rules.progress import OutlineUnit, Standing, UnitIs, active_seconds
from app.learning.services.own import own_registration
from app.learning.services.satisfying import satisfy, valid_until
from app.outbox.services import enqueue
from app.partners.models import Partner

constraint_says(
    "one_open_registration_a_person_and_course",
    "You have started this course in another window. Go back to your training and continue there.",
)
constraint_says(
    "uq_registration_person_id_course_id_number",
    "You have started this course in another window. Go back to your training and continue there.",
)

_registration, _unit, _progress = (
    Base.metadata.tables[name] for name in ("registration", "course_unit", "unit_progress")
)
_seen = (
    select(_registration.c.id, _unit.c.id, bindparam("at", type_=_progress.c.first_viewed_at.type))
    .join_from(_registration, _unit, _unit.c.version_id == _registration.c.version_id)
    .where(
        _registration.c.id == bindparam("registration"),
        _registration.c.person_id == bindparam("person"),
        _registration.c.state == RegistrationState.OPEN,
        _unit.c.position == bindparam("position"),
    )
)
_INTO = ["registration_id", "unit_id", "first_viewed_at"]
_NOTE_VIEW = Prepared(
    sqlite.insert(_progress).from_select(_INTO, _seen).on_conflict_do_nothing(),
    postgresql=postgresql.insert(_progress).from_select(_INTO, _seen).on_conflict_do_nothing(),
)


def start(
    session: Session, assignment: Assignment, *, wanted: Sequence[str] = (), by: Actor, at: datetime
) -> Registration:
    """Begin the course, on the version that is current now; one that is open already is gone on with.

    It begins in the language that its learner chose last, else in the first of the `wanted` ones that it has, else in its own.
    """
    if assignment.person_id != by.person_id:
        raise NotFound
    session.refresh(assignment, with_for_update=True)
    latest = latest_registration(session, assignment.id)
    if latest is not None and latest.state is RegistrationState.OPEN:
        return latest
    if assignment.state not in (AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS):
        raise Conflict(f"This assignment is {assignment.state.value}: there is nothing left to do in it.")
    if latest is not None and latest.state is RegistrationState.FAILED:
        raise DomainError(
            "All attempts at the quiz are used. Your account representative was asked to allow another start; "
            "you will get a message when they have."
        )
    if latest is not None and latest.state is RegistrationState.PASSED:
        raise Conflict("You have passed this course. Compliance confirms it next; you will get a message.")
    first = comes_first(session, assignment.person_id, assignment.course_id, at=at)
    if first:
        titles = " and ".join(f"“{one.title}”" for one in first)
        raise DomainError(f"You cannot start yet: complete {titles} first.")
    return begin(session, assignment, wanted, by=by, at=at)


def latest_registration(session: Session, assignment_id: int) -> Registration | None:
    return session.scalar(
        select(Registration)
        .where(Registration.assignment_id == assignment_id)
        .order_by(Registration.id.desc())
        .limit(1)
    )


def begin(
    session: Session, assignment: Assignment, wanted: Sequence[str] = (), *, by: Actor, at: datetime
) -> Registration:
    """A new cycle, on the version that is current now. Whether there may be one is the caller’s to know; the caller holds the assignment."""
    course = session.get_one(Course, assignment.course_id)
    if course.current_version_id is None:
        raise DomainError("This course has no published version yet. Try again when you are told that it is ready.")
    version = session.get_one(CourseVersion, course.current_version_id)
    number = session.scalar(
        select(func.coalesce(func.max(Registration.number), 0)).where(
            Registration.person_id == assignment.person_id, Registration.course_id == assignment.course_id
        )
    )
    registration = Registration(
        assignment_id=assignment.id,
        person_id=assignment.person_id,
        partner_id=assignment.partner_id,
        course_id=assignment.course_id,
        version_id=version.id,
        language=language_to_begin(session, assignment.person_id, version, wanted),
        number=int(number or 0) + 1,
        state=RegistrationState.OPEN,
        started_at=at,
    )
    session.add(registration)
    former, assignment.state = assignment.state, AssignmentState.IN_PROGRESS
    session.flush()
    audit.record(
        session,
        "registration.started",
        "registration",
        registration.id,
        by=by,
        at=at,
        partner_id=registration.partner_id,
        details={
            "assignment": assignment.id,
            "version": registration.version_id,
            "number": registration.number,
            "language": registration.language,
            "old": former.value,
            "new": assignment.state.value,
        },
    )
    return registration


def grant_new_registration(
    session: Session,
    assignment: Assignment,
    reason: str,
    *,
    language: str | None = None,
    by: Actor,
    at: datetime,
) -> Registration:
    """Allow a learner who used up all attempts another cycle, from the first lesson on, on the version that is current now.

    `language`, where given, is one that this version has: some fail in a language, not in the matter.
    """
    act = RefusedAct("registration.granted", "assignment", str(assignment.id), assignment.partner_id)
    require(Permission.ASSIGNMENT_MAKE, by=by, act=act)
    session.refresh(assignment, with_for_update=True)
    if not reason.strip():
        raise DomainError(
            "Say why another start makes sense, for example what you agreed with the learner.", field="reason"
        )
    if language is not None and language not in languages_to_begin_in(session, assignment.course_id):
        raise DomainError("The course is not there in that language. Choose one of the list.", field="language")
    latest = latest_registration(session, assignment.id)
    if (
        assignment.state is not AssignmentState.IN_PROGRESS
        or latest is None
        or latest.state is not RegistrationState.FAILED
    ):
        raise Conflict("This learner can go on already, or has nothing left to do here. Nothing was changed.")
    registration = begin(session, assignment, [latest.language], by=by, at=at)
    if language is not None:
        registration.language = language
        session.flush()
    audit.record(
        session,
        "registration.granted",
        "registration",
        registration.id,
        by=by,
        at=at,
        partner_id=registration.partner_id,
        reason=reason.strip(),
        details={"assignment": assignment.id, "failed": latest.id, "language": registration.language},
    )
    enqueue(
        session,
        "course_assigned",
        f"course_assigned:registration-{registration.id}",
        {"person_id": registration.person_id, "assignment_ids": [assignment.id], "registration_id": registration.id},
        at=at,
    )
    return registration


def view_unit(session: Session, registration_id: int, position: int, *, by: Actor, at: datetime) -> bool:
    """Note that a unit was opened for the first time; False, with nothing written, where it was open before or is not theirs."""
    made = _NOTE_VIEW.run(
        session, {"registration": registration_id, "person": by.person_id, "position": position, "at": at}
    )
    if not made:
        return False
    audit.record(
        session,
        "unit.viewed",
        "registration",
        registration_id,
        by=by,
        at=at,
        partner_id=by.partner_id,
        details={"unit": position},
    )
    return True


def complete_unit(
    session: Session, registration_id: int, position: int, *, by: Actor, at: datetime
) -> tuple[Standing, TrainingRecord | None]:
    """Mark a lesson as completed; where that was the last thing missing, the training record is made.

    A lesson that is completed already, and a finished course, stay as they are.
    """
    registration = own_registration(session, registration_id, by=by, lock=True)
    now_at = standing(session, registration)
    unit = now_at.outline.unit(position)
    if unit is None:
        raise NotFound
    if unit.kind is not UnitIs.LESSON:
        raise DomainError(
            "Only a lesson is completed by reading on. The quiz and the attestation have pages of their own."
        )
    if registration.state is not RegistrationState.OPEN or position in now_at.done:
        return now_at, None
    note_completed(session, registration, unit, by=by, at=at)
    now_at = standing(session, registration)
    return now_at, finish_if_satisfied(session, registration, now_at, by=by, at=at)


def note_completed(session: Session, registration: Registration, unit: OutlineUnit, *, by: Actor, at: datetime) -> None:
    """Write that a unit is completed, seen or not seen before. An attestation without a page of its own has no row to write."""
    unit_id = session.scalar(
        select(CourseUnit.id).where(
            CourseUnit.version_id == registration.version_id, CourseUnit.position == unit.position
        )
    )
    if unit_id is not None:
        progress = session.get(UnitProgress, (registration.id, unit_id))
        if progress is None:
            progress = UnitProgress(registration_id=registration.id, unit_id=unit_id, first_viewed_at=at)
            session.add(progress)
        if progress.completed_at is None:
            progress.completed_at = max(at, progress.first_viewed_at)
        session.flush()
    audit.record(
        session,
        "unit.completed",
        "registration",
        registration.id,
        by=by,
        at=at,
        partner_id=registration.partner_id,
        details={"unit": unit.position},
    )


def finish_if_satisfied(
    session: Session, registration: Registration, now_at: Standing, *, by: Actor, at: datetime
) -> TrainingRecord | None:
    """The training record, where nothing is missing; None where lessons, quiz or signature are."""
    if not now_at.satisfied or now_at.needs_signature:
        return None
    return finish(session, registration, by=by, at=at)


def finish(
    session: Session, registration: Registration, *, by: Actor = PORTAL, at: datetime, attestation_id: int | None = None
) -> TrainingRecord:
    """Close a satisfied registration and make its training record, once. The name, the partner and the text are those of now.

    The record is in the language of the quiz that was passed; where there was none, in the one that the course was read in.
    Where the course asks compliance to confirm, the assignment stays open until they have; see services/confirmations.py.
    """
    if registration.state is not RegistrationState.OPEN:
        raise Conflict("This course is finished already. Nothing was changed.")
    version = session.get_one(CourseVersion, registration.version_id)
    person = session.get_one(Person, registration.person_id)
    partner = session.get_one(Partner, registration.partner_id)
    score = effective_score()
    passed = session.execute(
        select(Attempt.id, Attempt.paper, score.label("score"))
        .where(Attempt.registration_id == registration.id, Attempt.state == AttemptState.SUBMITTED)
        .order_by(effective_passed().desc(), score.desc(), Attempt.number.desc())
        .limit(1)
    ).one_or_none()
    signature = session.get_one(Signature, attestation_id) if attestation_id is not None else None
    seen = _instants(session, registration)
    language = passed.paper["lang"] if passed else registration.language
    translation = session.get(CourseTranslation, (version.id, language))
    passed_on = day_in(partner.time_zone, at)
    registration.state, registration.finished_at = RegistrationState.PASSED, at
    # What the portal itself finishes, after a regrade, took nobody's time.
    acted = [*seen, at] if by.person_id is not None else [instant for instant in seen if instant != at]
    registration.active_seconds = active_seconds(acted)
    record = TrainingRecord(
        registration_id=registration.id,
        assignment_id=registration.assignment_id,
        attempt_id=passed.id if passed else None,
        person_id=person.id,
        person_name=person.name,
        partner_id=partner.id,
        partner_name=partner.legal_name,
        course_id=registration.course_id,
        version_id=version.id,
        course_title=translation.title if translation else version.title,
        course_version=version.version,
        content_hash=version.content_hash,
        language=language,
        score=passed.score if passed else None,
        mastery_score=version.mastery_score,
        started_at=registration.started_at,
        completed_at=at,
        passed_on=passed_on,
        valid_until=valid_until(session, registration, version, passed_on, at=at),
        active_seconds=registration.active_seconds,
        attestation_id=attestation_id,
        needs_confirmation=version.needs_confirmation,
        attestation_text=signature.statement if signature is not None else None,
    )
    session.add(record)
    session.flush()
    audit.record(
        session,
        "training-record.made",
        "training_record",
        record.id,
        by=by,
        at=at,
        partner_id=partner.id,
        details={
            "registration": registration.id,
            "person": person.id,
            "version": version.id,
            "content_hash": version.content_hash,
            "score": record.score,
            "valid_until": record.valid_until.isoformat() if record.valid_until else None,
            "needs_confirmation": record.needs_confirmation,
        },
    )
    if not record.needs_confirmation:
        satisfy(session, record, by=by, at=at)
    return record


def _instants(session: Session, registration: Registration) -> list[datetime]:
    """When the learner was seen to act in this registration."""
    found: list[datetime | None] = [registration.started_at]
    for seen in session.execute(
        select(UnitProgress.first_viewed_at, UnitProgress.completed_at).where(
            UnitProgress.registration_id == registration.id
        )
    ):
        found += seen
    attempts = select(Attempt.id).where(Attempt.registration_id == registration.id)
    for tried in session.execute(
        select(Attempt.started_at, Attempt.submitted_at).where(Attempt.registration_id == registration.id)
    ):
        found += tried
    found += session.scalars(select(Answer.saved_at).where(Answer.attempt_id.in_(attempts)))
    return [instant for instant in found if instant is not None]
