"""Verbs about registrations: begin a cycle, see a unit, complete it, finish, and begin another one by leave."""

from datetime import datetime

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.access.policy import PORTAL, Actor, Permission
from app.accounts.models import Person
from app.audit import services as audit
from app.courses.models import Course, CourseUnit, CourseVersion
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
from app.learning.queries.standing import standing
from app.learning.rules.progress import OutlineUnit, Standing, UnitIs, active_seconds, last_valid_day
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


def own_registration(session: Session, registration_id: int, *, by: Actor, lock: bool = False) -> Registration:
    """A registration of the actor's own; NotFound for anybody else's. `lock` holds it until the transaction ends.

    The portal, when a rule lets it act, reaches each.
    """
    statement = select(Registration).where(Registration.id == registration_id)
    if by is not PORTAL:
        statement = statement.where(Registration.person_id == by.person_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise NotFound
    return found


def start(session: Session, assignment: Assignment, *, by: Actor, at: datetime) -> Registration:
    """Begin the course, on the version that is current now; one that is open already is gone on with."""
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
    return _begin(session, assignment, by=by, at=at)


def latest_registration(session: Session, assignment_id: int) -> Registration | None:
    return session.scalar(
        select(Registration)
        .where(Registration.assignment_id == assignment_id)
        .order_by(Registration.id.desc())
        .limit(1)
    )


def _begin(session: Session, assignment: Assignment, *, by: Actor, at: datetime) -> Registration:
    course = session.get_one(Course, assignment.course_id)
    if course.current_version_id is None:
        raise DomainError("This course has no published version yet. Try again when you are told that it is ready.")
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
        version_id=course.current_version_id,
        language=session.get_one(CourseVersion, course.current_version_id).language,
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
    registration = _begin(session, assignment, by=by, at=at)
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
    """Close a satisfied registration and make its training record, once. The name, the partner and the text are those of now."""
    if registration.state is not RegistrationState.OPEN:
        raise Conflict("This course is finished already. Nothing was changed.")
    version = session.get_one(CourseVersion, registration.version_id)
    person = session.get_one(Person, registration.person_id)
    partner = session.get_one(Partner, registration.partner_id)
    passed = session.scalar(
        select(Attempt)
        .where(Attempt.registration_id == registration.id, Attempt.state == AttemptState.SUBMITTED)
        .order_by(Attempt.passed.desc(), Attempt.score.desc(), Attempt.number.desc())
        .limit(1)
    )
    passed_on = day_in(partner.time_zone, at)
    registration.state, registration.finished_at = RegistrationState.PASSED, at
    registration.active_seconds = active_seconds([*_instants(session, registration), at])
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
        course_title=version.title,
        course_version=version.version,
        content_hash=version.content_hash,
        language=version.language,
        score=passed.score if passed else None,
        mastery_score=version.mastery_score,
        started_at=registration.started_at,
        completed_at=at,
        passed_on=passed_on,
        valid_until=last_valid_day(passed_on, version.valid_days),
        active_seconds=registration.active_seconds,
        attestation_id=attestation_id,
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
        },
    )
    if registration.assignment_id is not None:
        _satisfy(session, registration.assignment_id, record, by=by, at=at)
    return record


def _satisfy(session: Session, assignment_id: int, record: TrainingRecord, *, by: Actor, at: datetime) -> None:
    changed = session.execute(
        update(Assignment)
        .where(
            Assignment.id == assignment_id,
            Assignment.state.in_((AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)),
        )
        .values(state=AssignmentState.SATISFIED, satisfied_at=at, satisfied_by_record_id=record.id)
    )
    if changed.rowcount:  # type: ignore[attr-defined]
        audit.record(
            session,
            "assignment.satisfied",
            "assignment",
            assignment_id,
            by=by,
            at=at,
            partner_id=record.partner_id,
            details={"record": record.id},
        )


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
