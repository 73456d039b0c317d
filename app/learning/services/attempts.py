"""Verbs about attempts: begin one, save an answer, hand it in, and sign at the end. Only the server marks."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.accounts.rules import Reauthentication
from app.audit import services as audit
from app.courses.models import CourseVersion
from app.courses.rules.grading import Paper, Result, draw, failed_objectives, grade
from app.courses.rules.questions import Response
from app.decisions.rules import Meaning
from app.decisions.services import sign
from app.kernel.canonical import canonical, digest
from app.kernel.database import Base
from app.kernel.errors import Conflict, DomainError, NotFound, constraint_says
from app.kernel.prepared import Prepared
from app.learning.models import (
    Answer,
    Attempt,
    AttemptState,
    MarkedAnswer,
    Registration,
    RegistrationState,
    TrainingRecord,
)
from app.learning.models.attempts import LONGEST_COUNTED
from app.learning.queries import content
from app.learning.queries.attempts import allowance_of
from app.learning.queries.extra_time import extra_percent
from app.learning.queries.regrades import effective_passed, effective_score
from app.learning.queries.standing import standing
from app.learning.rules.timing import GRACE, closing_time
from app.learning.services.own import own_attempt, own_registration
from app.learning.services.registrations import finish, finish_if_satisfied, note_completed
from app.learning.services.regrades import mark_at_once
from app.outbox.services import enqueue

constraint_says("one_open_attempt_a_registration", "You have begun this quiz in another window. Continue it there.")
constraint_says("uq_attempt_registration_id_number", "You have begun this quiz in another window. Continue it there.")

WHOLE = Decimal(10_000)

_attempt, _answer = Base.metadata.tables["attempt"], Base.metadata.tables["answer"]
_given = (
    select(
        _attempt.c.id,
        bindparam("question", type_=_answer.c.question_id.type),
        bindparam("response", type_=_answer.c.response.type),
        bindparam("at", type_=_answer.c.saved_at.type),
    )
    .where(
        _attempt.c.id == bindparam("attempt"),
        _attempt.c.person_id == bindparam("person"),
        _attempt.c.state == AttemptState.OPEN,
        or_(
            _attempt.c.closes_at.is_(None), _attempt.c.closes_at >= bindparam("since", type_=_attempt.c.closes_at.type)
        ),
    )
    # On PostgreSQL the attempt is held while its answer is written, so that none is saved after it was handed in.
    .with_for_update(read=True)
)


def _upsert(insert: Any) -> Any:
    made = insert.from_select(["attempt_id", "question_id", "response", "saved_at"], _given)
    return made.on_conflict_do_update(
        index_elements=["attempt_id", "question_id"],
        set_={"response": made.excluded.response, "saved_at": made.excluded.saved_at},
    )


_SAVE = Prepared(_upsert(sqlite.insert(_answer)), postgresql=_upsert(postgresql.insert(_answer)))


@dataclass(frozen=True)
class Submitted:
    """An attempt that is marked, and the training record where it completed the course."""

    attempt: Attempt
    record: TrainingRecord | None


def start_attempt(session: Session, registration_id: int, *, by: Actor, at: datetime) -> Attempt:
    """Begin an attempt, its questions drawn once from a fresh seed; one that is open already is gone on with.

    Refuses before the lessons are done, before the waiting time is over, and beyond the number allowed.
    """
    registration = own_registration(session, registration_id, by=by, lock=True)
    version = session.get_one(CourseVersion, registration.version_id)
    key = (version.id, version.content_hash, registration.language)
    outline = content.outline(session, key)
    if outline.quiz is None:
        raise NotFound
    running = open_attempt(session, registration.id)
    if running is not None:
        return running
    if registration.state is not RegistrationState.OPEN:
        raise Conflict("This course is finished already: there is nothing left to answer in it.")
    now_at = standing(session, registration)
    if now_at.passed:
        raise Conflict("You have passed this quiz already. Go on with what is left.")
    closed = now_at.why_closed(outline.quiz)
    if closed is not None:
        raise DomainError(closed)
    allowed = allowance_of(session, registration.id, outline)
    if allowed.left == 0:
        raise DomainError(
            f"All {allowed.allowed} attempts are used. Your account representative was asked to allow another start; "
            "you will get a message when they have."
        )
    if not allowed.opens(at):
        raise DomainError("The next attempt is not open yet. Use the time to read the lessons again.")
    seed = secrets.token_hex(16)
    seen, failed = _past(session, registration.id)
    limit = version.time_limit_seconds
    more = extra_percent(session, registration.person_id) if limit is not None else 0
    attempt = Attempt(
        registration_id=registration.id,
        person_id=registration.person_id,
        number=allowed.used + 1,
        state=AttemptState.OPEN,
        seed=seed,
        paper=draw(content.assessment(session, key), seed=seed, seen=seen, failed_objectives=failed).to_json(),
        started_at=at,
        closes_at=closing_time(at, limit, more),
    )
    session.add(attempt)
    session.flush()
    audit.record(
        session,
        "attempt.started",
        "attempt",
        attempt.id,
        by=by,
        at=at,
        partner_id=registration.partner_id,
        details={"registration": registration.id, "number": attempt.number},
    )
    return attempt


def _past(session: Session, registration_id: int) -> tuple[list[tuple[str, ...]], frozenset[str]]:
    """What the registration's earlier papers asked, oldest first, and the objectives that are still failed."""
    earlier = session.execute(
        select(Attempt.paper, Attempt.result)
        .where(Attempt.registration_id == registration_id, Attempt.state == AttemptState.SUBMITTED)
        .order_by(Attempt.number)
    ).all()
    seen = [Paper.from_json(row.paper).question_ids for row in earlier]
    return seen, failed_objectives([Result.from_json(row.result) for row in earlier])


def open_attempt(session: Session, registration_id: int) -> Attempt | None:
    return session.scalar(
        select(Attempt).where(Attempt.registration_id == registration_id, Attempt.state == AttemptState.OPEN)
    )


def save_answer(
    session: Session, attempt_id: int, question_id: str, response: Response | None, *, by: Actor, at: datetime
) -> None:
    """Keep one answer of an open attempt of the actor's own; None takes an answer back. The last one saved stands.

    Whether the question is on the paper and the response an answer to it was checked before the lock, by `queries.attempts.asked`.
    """
    saved = _SAVE.run(
        session,
        {
            "attempt": attempt_id,
            "person": by.person_id,
            "question": question_id,
            "response": response,
            "at": at,
            "since": at - GRACE,
        },
    )
    if not saved:
        if own_attempt(session, attempt_id, by=by).state is AttemptState.OPEN:
            raise Conflict(
                "The time for this attempt is over. What you answered in time is kept and counts; this was not added."
            )
        raise Conflict(
            "This attempt was handed in already. Your answers are as they were then; this one was not added."
        )
    audit.record(
        session,
        "answer.saved",
        "attempt",
        attempt_id,
        by=by,
        at=at,
        partner_id=by.partner_id,
        details={"question": question_id},
    )


def submit_attempt(session: Session, attempt_id: int, *, by: Actor, at: datetime) -> Submitted:
    """Hand in and mark, once. An attempt that was handed in already gives the same result again."""
    registration_id = own_attempt(session, attempt_id, by=by).registration_id
    registration = own_registration(session, registration_id, by=by, lock=True)
    attempt = own_attempt(session, attempt_id, by=by, lock=True)
    if attempt.state is AttemptState.SUBMITTED:
        return Submitted(attempt, None)
    version = session.get_one(CourseVersion, registration.version_id)
    paper = Paper.from_json(attempt.paper)
    key = (version.id, version.content_hash, paper.lang)
    outline = content.outline(session, key)
    answers = {
        row.question_id: row.response
        for row in session.execute(
            select(Answer.question_id, Answer.response)
            .where(Answer.attempt_id == attempt.id)
            .order_by(Answer.question_id)
        )
        if row.response is not None
    }
    result = grade(content.assessment(session, key), paper, answers)
    attempt.answers, attempt.result = answers, result.to_json()
    attempt.score = int(result.score * WHOLE)
    attempt.passed = attempt.score >= version.mastery_score
    attempt.submitted_at, attempt.state = at, AttemptState.SUBMITTED
    session.flush()
    _keep_marked_answers(session, attempt, result, version)
    audit.record(
        session,
        "attempt.submitted",
        "attempt",
        attempt.id,
        by=by,
        at=at,
        partner_id=registration.partner_id,
        details={
            "registration": registration.id,
            "number": attempt.number,
            "score": attempt.score,
            "passed": attempt.passed,
            "answers_digest": digest(answers),
        },
    )
    counts_as_passed = mark_at_once(session, attempt, version, at=at)
    if registration.state is not RegistrationState.OPEN:
        return Submitted(attempt, None)
    if counts_as_passed:
        if outline.quiz is not None:
            note_completed(session, registration, outline.quiz, by=by, at=at)
        record = finish_if_satisfied(session, registration, standing(session, registration), by=by, at=at)
        return Submitted(attempt, record)
    if outline.must_pass and allowance_of(session, registration.id, outline).left == 0:
        _fail(session, registration, by=by, at=at)
    return Submitted(attempt, None)


def _keep_marked_answers(session: Session, attempt: Attempt, result: Result, version: CourseVersion) -> None:
    """Every scored question on a row of its own, in one statement: what the analysis of questions counts."""
    language, answers = Paper.from_json(attempt.paper).lang, attempt.answers or {}
    rows = [
        {
            "attempt_id": attempt.id,
            "question_id": one.question_id,
            "version_id": version.id,
            "language": language,
            "points": int(one.points * WHOLE),
            "attempt_score": attempt.score,
            "chosen": counted(answers.get(one.question_id)),
        }
        for one in result.questions
        if one.scored
    ]
    if rows:
        session.execute(insert(MarkedAnswer), rows)


def counted(response: Response | None) -> str | None:
    """A response as the analysis counts it, the same text for the same response; None for one that is too long to be usual."""
    text = canonical(response).decode() if response is not None else None
    return text if text is None or len(text) <= LONGEST_COUNTED else None


def _fail(session: Session, registration: Registration, *, by: Actor, at: datetime) -> None:
    """The last attempt is used: the cycle ends, and a person is asked to help. Nobody is left standing."""
    registration.state, registration.finished_at = RegistrationState.FAILED, at
    session.flush()
    audit.record(
        session,
        "registration.failed",
        "registration",
        registration.id,
        by=by,
        at=at,
        partner_id=registration.partner_id,
        details={"old": RegistrationState.OPEN.value, "new": RegistrationState.FAILED.value},
    )
    enqueue(
        session,
        "attempts_used_up",
        f"attempts_used_up:{registration.id}",
        {
            "registration_id": registration.id,
            "assignment_id": registration.assignment_id,
            "partner_id": registration.partner_id,
        },
        at=at,
    )


def attest(
    session: Session, registration_id: int, proof: Reauthentication, *, by: Actor, at: datetime
) -> TrainingRecord | None:
    """Sign the course's statements and finish. None where the course was finished before: nothing is signed twice."""
    registration = own_registration(session, registration_id, by=by, lock=True)
    version = session.get_one(CourseVersion, registration.version_id)
    now_at = standing(session, registration)
    unit = now_at.outline.attestation
    if unit is None:
        raise NotFound
    if registration.state is RegistrationState.PASSED:
        return None
    if registration.state is not RegistrationState.OPEN:
        raise Conflict(f"This course is {registration.state.value}: there is nothing to sign in it.")
    closed = now_at.why_closed(unit)
    if closed is not None:
        raise DomainError(closed)
    passing = session.execute(
        select(Attempt.number, effective_score().label("score"))
        .where(Attempt.registration_id == registration.id, effective_passed())
        .order_by(Attempt.number)
        .limit(1)
    ).one_or_none()
    signature = sign(
        session,
        Meaning.ATTESTED,
        now_at.outline.signed_text,
        "registration",
        registration.id,
        content_digest=digest(
            {
                "course": registration.course_id,
                "version": version.version,
                "content_hash": version.content_hash,
                "attempt": passing.number if passing else None,
                "score": passing.score if passing else None,
            }
        ),
        by=by,
        at=at,
        proof=proof,
        partner_id=registration.partner_id,
    )
    note_completed(session, registration, unit, by=by, at=at)
    return finish(session, registration, by=by, at=at, attestation_id=signature.id)
