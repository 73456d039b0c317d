"""What must always hold of learning, asked of a live database."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Select, Text, and_, cast, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.courses.models import Course, CourseUnit, CourseVersion, UnitKind
from app.decisions.models import Signature
from app.decisions.queries import seal_holds
from app.kernel.faults import Fault
from app.learning.models import (
    Answer,
    Assignment,
    AssignmentState,
    Attempt,
    AttemptState,
    EquivalentTraining,
    MarkedAnswer,
    ProposalState,
    Registration,
    RegistrationState,
    Regrade,
    RegradedAttempt,
    RegradeState,
    TrainingRecord,
    UnitProgress,
)
from app.learning.queries.records import IS_CONFIRMED

_RETRIEVABLE = "A training record's content hash leads to a retrievable course version"
_EARNED = "A training record is made by passing, and by nothing else"
_SATISFIED = "A satisfied assignment has its training record"
_LIMIT = "Attempts stay within the number allowed"
_KEPT = "An attempt keeps what was shown, answered and scored"
_ONE = "A learner has one open registration of a course, and one open attempt in it"
_CORRECTED = "A corrected training record says what the old one said, but for what was corrected"
_REGRADED = "A regrade reaches every attempt that it is about"
_DUE = "Original due dates never change"


def faults(session: Session) -> list[Fault]:
    """Every row that breaks one of these, named with the reason."""
    found = [
        Fault(invariant, f"{table} {number}", sentence)
        for invariant, table, sentence, statement in _CHECKS
        for number in session.scalars(statement)
    ]
    return [
        *found,
        *_other_courses(session),
        *_lost_answers(session),
        *_missing_signatures(session),
        *_broken_signatures(session),
    ]


def _other_courses(session: Session) -> Iterator[Fault]:
    """Assignments satisfied by a record of a course that no version of theirs ever named as equivalent."""
    for assignment_id, course_id, other in session.execute(
        select(Assignment.id, Assignment.course_id, Course.slug)
        .join(TrainingRecord, TrainingRecord.id == Assignment.satisfied_by_record_id)
        .join(Course, Course.id == TrainingRecord.course_id)
        .where(TrainingRecord.course_id != Assignment.course_id)
        .order_by(Assignment.id)
    ).all():
        named = session.scalars(select(CourseVersion.equivalents).where(CourseVersion.course_id == course_id))
        if not any(other in others for others in named):
            yield Fault(
                _SATISFIED,
                f"assignment {assignment_id}",
                f"is satisfied by a record of “{other}”, which is another course",
            )


def _lost_answers(session: Session) -> Iterator[Fault]:
    """Attempts whose frozen answers are not those that were saved for them."""
    rows = session.execute(
        select(Attempt.id, Attempt.answers, Answer.question_id, Answer.response)
        .outerjoin(Answer, Answer.attempt_id == Attempt.id)
        .where(Attempt.state == AttemptState.SUBMITTED)
        .order_by(Attempt.id)
        .execution_options(yield_per=500)
    )
    for attempt_id, group in groupby(rows, key=lambda row: int(row.id)):
        saved = list(group)
        kept = {row.question_id: row.response for row in saved if row.question_id and row.response is not None}
        if kept != saved[0].answers:
            yield Fault(_KEPT, f"attempt {attempt_id}", "was marked on other answers than those that were saved")


def _missing_signatures(session: Session) -> Iterator[Fault]:
    """Records of courses with statements that nobody signed; the statements are a list in JSON, so they are looked at here."""
    for record_id, statements in session.execute(
        select(TrainingRecord.id, CourseVersion.attestation_statements)
        .join(CourseVersion, CourseVersion.id == TrainingRecord.version_id)
        .where(TrainingRecord.attestation_id.is_(None))
        .execution_options(yield_per=500)
    ):
        if statements:
            yield Fault(
                _EARNED, f"training record {record_id}", "the course asks for an attestation, and none was signed"
            )


def _broken_signatures(session: Session) -> Iterator[Fault]:
    for record_id, registration_id, signature in session.execute(
        select(TrainingRecord.id, TrainingRecord.registration_id, Signature)
        .join(Signature, Signature.id == TrainingRecord.attestation_id)
        .execution_options(yield_per=500)
    ):
        if not seal_holds(signature):
            yield Fault(_EARNED, f"training record {record_id}", "its attestation was altered after it was signed")
        elif (signature.subject_type, signature.subject_id) != ("registration", str(registration_id)):
            yield Fault(_EARNED, f"training record {record_id}", "its attestation was signed for something else")


_earlier, _superseded = aliased(Attempt), aliased(TrainingRecord)
_done = (
    exists()
    .where(
        UnitProgress.registration_id == Registration.id,
        UnitProgress.unit_id == CourseUnit.id,
        UnitProgress.completed_at.is_not(None),
    )
    .correlate(Registration, CourseUnit)
)
_lessons_undone = (
    exists()
    .where(CourseUnit.version_id == Registration.version_id, CourseUnit.kind == UnitKind.LESSON, ~_done)
    .correlate(Registration)
)
_again = exists().where(RegradedAttempt.attempt_id == Attempt.id, RegradedAttempt.passed_after.is_(True))
_passed = exists().where(Attempt.registration_id == Registration.id, or_(Attempt.passed.is_(True), _again))
_started = exists().where(UnitProgress.registration_id == Registration.id, UnitProgress.completed_at.is_not(None))
_unmet = or_(
    and_(CourseVersion.move_on == "Passed", ~_passed),
    and_(CourseVersion.move_on == "Completed", _lessons_undone),
    and_(CourseVersion.move_on == "CompletedAndPassed", or_(_lessons_undone, ~_passed)),
    and_(CourseVersion.move_on == "CompletedOrPassed", _lessons_undone, ~_passed),
    and_(CourseVersion.move_on == "NotApplicable", ~_started),
)
_records = select(TrainingRecord.id).join(Registration, Registration.id == TrainingRecord.registration_id)

# A record of another course satisfies where some version of the course has named courses that do.
_names_equivalents = (
    select(CourseVersion.id)
    .where(CourseVersion.course_id == Assignment.course_id, cast(CourseVersion.equivalents, Text) != "[]")
    .correlate(Assignment)
    .exists()
)

_CHECKS: tuple[tuple[str, str, str, Select[Any]], ...] = (
    (
        _RETRIEVABLE,
        "training record",
        "names a content hash that its course version does not have",
        select(TrainingRecord.id)
        .outerjoin(
            CourseVersion,
            and_(
                CourseVersion.id == TrainingRecord.version_id,
                CourseVersion.content_hash == TrainingRecord.content_hash,
                CourseVersion.course_id == TrainingRecord.course_id,
            ),
        )
        .where(CourseVersion.id.is_(None)),
    ),
    (
        _EARNED,
        "training record",
        "the course asked for more than the registration holds",
        _records.join(CourseVersion, CourseVersion.id == Registration.version_id).where(_unmet),
    ),
    (
        _EARNED,
        "training record",
        "is not of its registration's person, course and version, or that registration is not passed",
        _records.where(
            or_(
                Registration.state != RegistrationState.PASSED,
                Registration.person_id != TrainingRecord.person_id,
                Registration.course_id != TrainingRecord.course_id,
                Registration.version_id != TrainingRecord.version_id,
            )
        ),
    ),
    (
        _EARNED,
        "training record",
        "has another score than the attempt that it names",
        select(TrainingRecord.id)
        .join(Attempt, Attempt.id == TrainingRecord.attempt_id)
        .where(
            or_(
                and_(
                    Attempt.score.is_distinct_from(TrainingRecord.score),
                    ~exists().where(
                        RegradedAttempt.attempt_id == Attempt.id, RegradedAttempt.score_after == TrainingRecord.score
                    ),
                ),
                Attempt.registration_id != TrainingRecord.registration_id,
            )
        ),
    ),
    (
        _CORRECTED,
        "training record",
        "supersedes a record of another person, registration, attempt or text",
        select(TrainingRecord.id)
        .join(_superseded, _superseded.id == TrainingRecord.supersedes_id)
        .where(
            or_(
                _superseded.person_id != TrainingRecord.person_id,
                _superseded.registration_id != TrainingRecord.registration_id,
                _superseded.content_hash != TrainingRecord.content_hash,
                _superseded.attempt_id.is_distinct_from(TrainingRecord.attempt_id),
                _superseded.score.is_distinct_from(TrainingRecord.score),
            )
        ),
    ),
    (
        _REGRADED,
        "attempt",
        "was handed in after a regrade of its question was applied, and is not marked by it",
        select(Attempt.id)
        .join(MarkedAnswer, MarkedAnswer.attempt_id == Attempt.id)
        .join(
            Regrade,
            and_(Regrade.version_id == MarkedAnswer.version_id, Regrade.question_id == MarkedAnswer.question_id),
        )
        .outerjoin(
            RegradedAttempt,
            and_(RegradedAttempt.regrade_id == Regrade.id, RegradedAttempt.attempt_id == Attempt.id),
        )
        .where(
            Regrade.state == RegradeState.APPLIED,
            RegradedAttempt.attempt_id.is_(None),
            Attempt.submitted_at >= Regrade.applied_at,
        ),
    ),
    (
        _EARNED,
        "registration",
        "is passed but has no training record",
        select(Registration.id)
        .outerjoin(TrainingRecord, TrainingRecord.registration_id == Registration.id)
        .where(Registration.state == RegistrationState.PASSED, TrainingRecord.id.is_(None)),
    ),
    (
        _SATISFIED,
        "assignment",
        "is satisfied by a record or by training of another person, or by none",
        select(Assignment.id)
        .outerjoin(TrainingRecord, TrainingRecord.id == Assignment.satisfied_by_record_id)
        .outerjoin(EquivalentTraining, EquivalentTraining.id == Assignment.satisfied_by_equivalent_id)
        .where(
            Assignment.state == AssignmentState.SATISFIED,
            func.coalesce(TrainingRecord.person_id, EquivalentTraining.person_id, 0) != Assignment.person_id,
        ),
    ),
    (
        _SATISFIED,
        "assignment",
        "is satisfied by what was done for another course, or by outside training that nobody accepted",
        select(Assignment.id)
        .outerjoin(TrainingRecord, TrainingRecord.id == Assignment.satisfied_by_record_id)
        .outerjoin(EquivalentTraining, EquivalentTraining.id == Assignment.satisfied_by_equivalent_id)
        .where(
            Assignment.state == AssignmentState.SATISFIED,
            or_(
                and_(TrainingRecord.course_id != Assignment.course_id, ~_names_equivalents),
                EquivalentTraining.course_id != Assignment.course_id,
                EquivalentTraining.state != ProposalState.ACCEPTED,
            ),
        ),
    ),
    (
        _SATISFIED,
        "assignment",
        "is satisfied by a record that compliance has not confirmed",
        select(Assignment.id)
        .join(TrainingRecord, TrainingRecord.id == Assignment.satisfied_by_record_id)
        .where(TrainingRecord.needs_confirmation, ~IS_CONFIRMED),
    ),
    (
        _LIMIT,
        "attempt",
        "is beyond the number that its course version allows",
        select(Attempt.id)
        .join(Registration, Registration.id == Attempt.registration_id)
        .join(CourseVersion, CourseVersion.id == Registration.version_id)
        .where(Attempt.number > CourseVersion.attempts_allowed),
    ),
    (
        _LIMIT,
        "attempt",
        "follows an attempt that was passed",
        select(Attempt.id).where(
            exists()
            .where(_earlier.registration_id == Attempt.registration_id, _earlier.number < Attempt.number)
            .where(_earlier.passed.is_(True))
        ),
    ),
    (
        _KEPT,
        "attempt",
        "is handed in but has no score, no answers or no result",
        select(Attempt.id).where(
            Attempt.state == AttemptState.SUBMITTED,
            or_(
                Attempt.score.is_(None),
                Attempt.answers.is_(None),
                Attempt.result.is_(None),
                Attempt.submitted_at.is_(None),
            ),
        ),
    ),
    (
        _KEPT,
        "attempt",
        "is not of its registration's person",
        select(Attempt.id)
        .join(Registration, Registration.id == Attempt.registration_id)
        .where(Registration.person_id != Attempt.person_id),
    ),
    (
        _ONE,
        "registration",
        "is open beside another one of the same person and course",
        select(func.max(Registration.id))
        .where(Registration.state == RegistrationState.OPEN)
        .group_by(Registration.person_id, Registration.course_id)
        .having(func.count() > 1),
    ),
    (
        _ONE,
        "attempt",
        "is open beside another one of the same registration",
        select(func.max(Attempt.id))
        .where(Attempt.state == AttemptState.OPEN)
        .group_by(Attempt.registration_id)
        .having(func.count() > 1),
    ),
    (
        _ONE,
        "assignment",
        "is open beside another one of the same person and course",
        select(func.max(Assignment.id))
        .where(Assignment.state.in_((AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)))
        .group_by(Assignment.person_id, Assignment.course_id)
        .having(func.count() > 1),
    ),
    (
        _DUE,
        "assignment",
        "is due before the day that was first set",
        select(Assignment.id).where(Assignment.due_on < Assignment.original_due_on),
    ),
)
