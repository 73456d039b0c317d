"""Verbs about regrades: propose to mark a question again, apply what a second person approved, attempt by attempt.

No attempt and no training record is ever changed: what a regrade makes of an attempt stands on a row of its own beside it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import PORTAL, Actor, Permission
from app.audit import services as audit
from app.courses.models import Course, CourseVersion, VersionState
from app.courses.rules.grading import Result
from app.decisions import services as decisions
from app.decisions.queries import approved_by
from app.decisions.rules import DecisionKind
from app.kernel.database import serialize
from app.kernel.errors import Conflict, DomainError, NotFound, Refused, RefusedAct
from app.learning.models import (
    Assignment,
    AssignmentState,
    Attempt,
    Registration,
    RegistrationState,
    Regrade,
    RegradedAttempt,
    RegradeRule,
    RegradeState,
    TrainingRecord,
)
from app.learning.queries import content, regrades
from app.learning.queries.standing import standing
from app.learning.rules.regrading import mark_again
from app.learning.services.registrations import finish_if_satisfied, note_completed
from app.outbox.services import enqueue

KIND = "regrade"
AT_ONCE = 200
_OPEN = (AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)

IN_WORDS = {
    RegradeRule.ACCEPT_EVERY_ANSWER: "Every answer given is accepted as right",
    RegradeRule.LEAVE_OUT: "The question is left out",
    RegradeRule.KEY_OF_VERSION: "The question is marked by the key of another version",
}


def chosen_rule(text: str) -> RegradeRule:
    """The rule that a form names."""
    try:
        return RegradeRule(text)
    except ValueError:
        raise DomainError("Choose how the question is to be marked.", field="rule") from None


def propose_regrade(
    session: Session,
    version: CourseVersion,
    question_id: str,
    rule: RegradeRule,
    *,
    key_version_id: int | None = None,
    reason: str,
    by: Actor,
    at: datetime,
) -> Regrade:
    """Put before a second person how one question of a published version is to be marked again. Nothing is marked yet."""
    act = RefusedAct("regrade.proposed", "course-version", str(version.id))
    decisions.require(Permission.COURSE_PROPOSE, by=by, act=act)
    serialize(session, f"regrades:{version.id}")
    if version.state is not VersionState.PUBLISHED:
        raise DomainError("Nobody has taken this version: it is not published. Mend the draft instead.")
    question = regrades.question_of(session, version.id, question_id)
    if question is None:
        raise DomainError("Choose a question of this version's quiz that is scored.", field="question")
    if rule is RegradeRule.KEY_OF_VERSION:
        if key_version_id not in {one.id for one in regrades.versions_with(session, version, question)}:
            raise DomainError(
                "Choose a published version of this course that asks the same question, in the same kind.",
                field="key_version",
            )
    else:
        key_version_id = None
    waiting = session.scalar(
        select(Regrade.id).where(
            Regrade.version_id == version.id,
            Regrade.question_id == question_id,
            Regrade.state == RegradeState.PROPOSED,
        )
    )
    if waiting is not None:
        raise Conflict("A regrade of this question waits for its decision already. Nothing was added.")
    if by.person_id is None:
        raise DomainError("A regrade is proposed by a person.")
    regrade = Regrade(
        version_id=version.id,
        question_id=question_id,
        rule=rule,
        key_version_id=key_version_id,
        reason=reason.strip(),
        proposed_by_id=by.person_id,
        proposed_at=at,
    )
    session.add(regrade)
    session.flush()
    audit.record(
        session,
        "regrade.proposed",
        "regrade",
        regrade.id,
        by=by,
        at=at,
        reason=regrade.reason or None,
        details={"version": version.id, "question": question_id, "rule": rule.value, "key_version": key_version_id},
    )
    decisions.propose(
        session,
        DecisionKind.REGRADE,
        regrade.id,
        label=f"“{question.title or question.id}” in {version.title}, version {version.version}",
        content=regrade_content(session, regrade.id),
        partner_id=None,
        reason=reason,
        by=by,
        at=at,
    )
    return regrade


def regrade_content(session: Session, regrade_id: int) -> dict[str, Any]:
    """What a regrade is judged by. Versions never change, so that naming them with their hashes names question and key."""
    regrade = session.get(Regrade, regrade_id)
    if regrade is None:
        raise NotFound
    version = session.get_one(CourseVersion, regrade.version_id)
    question = regrades.question_of(session, version.id, regrade.question_id)
    key_version = session.get_one(CourseVersion, regrade.key_version_id) if regrade.key_version_id else None
    return {
        "course": session.get_one(Course, version.course_id).slug,
        "version": version.version,
        "content_hash": version.content_hash,
        "question": question.title if question is not None and question.title else regrade.question_id,
        "question_id": regrade.question_id,
        "rule": IN_WORDS[regrade.rule],
        "key_of_version": f"{key_version.version} ({key_version.content_hash})" if key_version else None,
    }


def apply_regrade(session: Session, regrade_id: int, *, by: Actor, at: datetime) -> None:
    """What follows from an approved regrade: later attempts are marked by it at once, earlier ones by the worker in batches.

    Looks for the approved decision itself. Whoever hands in meanwhile waits for this commit and is marked by it too.
    """
    regrade = session.get_one(Regrade, regrade_id, with_for_update=True)
    act = RefusedAct("regrade.applied", "regrade", str(regrade_id))
    if approved_by(session, DecisionKind.REGRADE, regrade_id, by=by) is None:
        raise Refused("A regrade is applied by approving it under Decisions.", act, by=by)
    if regrade.state is not RegradeState.PROPOSED:
        raise Conflict(f"This regrade is already {regrade.state.value}. Nothing was changed.")
    session.scalar(select(CourseVersion.id).where(CourseVersion.id == regrade.version_id).with_for_update())
    before = regrades.in_force(session, regrade.version_id)
    # The regrades of a version have one order, even where two were approved in the same instant.
    last = before[-1].applied_at if before else None
    regrade.applied_at = max(at, last + timedelta(microseconds=1)) if last is not None else at
    regrade.state = RegradeState.APPLIED
    session.flush()
    enqueue(session, KIND, f"regrade:{regrade.id}:0", {"regrade": regrade.id, "round": 0}, at=at)
    audit.record(
        session,
        "regrade.applied",
        "regrade",
        regrade.id,
        by=by,
        at=at,
        reason=regrade.reason,
        details={"version": regrade.version_id, "question": regrade.question_id, "rule": regrade.rule.value},
    )


def reject_regrade(session: Session, regrade_id: int, *, by: Actor, at: datetime) -> None:
    regrade = session.get_one(Regrade, regrade_id, with_for_update=True)
    if regrade.state is not RegradeState.PROPOSED:
        raise Conflict(f"This regrade is already {regrade.state.value}. Nothing was changed.")
    regrade.state = RegradeState.REJECTED
    session.flush()
    audit.record(session, "regrade.rejected", "regrade", regrade.id, by=by, at=at)


@dataclass(frozen=True)
class Batch:
    """What one batch did: how many attempts were marked again, the training records that came of it, and whether more are left."""

    marked: int
    records: tuple[TrainingRecord, ...]
    more: bool


def mark_batch(session: Session, regrade_id: int, *, round_number: int, at: datetime, limit: int = AT_ONCE) -> Batch:
    """Mark the next attempts that an applied regrade has not reached, and leave a row for the worker where more are left.

    Safe to repeat and to run twice at once: an attempt has one row a regrade, and batches of a version follow each other.
    """
    regrade = session.get_one(Regrade, regrade_id)
    serialize(session, f"regrades:{regrade.version_id}")
    if regrade.state is not RegradeState.APPLIED:
        return Batch(0, (), False)
    ids = regrades.left(session, regrade, limit=limit)
    if not ids:
        return Batch(0, (), False)
    attempts = session.scalars(select(Attempt).where(Attempt.id.in_(ids)).order_by(Attempt.id)).all()
    version = session.get_one(CourseVersion, regrade.version_id)
    records = []
    for attempt, now_passed in _mark(session, version, attempts, at=at):
        if now_passed:
            record = _count_as_passed(session, attempt, at=at)
            if record is not None:
                records.append(record)
    more = len(ids) == limit
    if more:
        following = round_number + 1
        payload = {"regrade": regrade_id, "round": following}
        enqueue(session, KIND, f"regrade:{regrade_id}:{following}", payload, at=at)
    return Batch(len(ids), tuple(records), more)


def mark_at_once(session: Session, attempt: Attempt, version: CourseVersion, *, at: datetime) -> bool:
    """Let the regrades of its version act on an attempt that was handed in just now; True if it counts as passed.

    Holds the version until the commit: a regrade that is being approved is either seen here or sees this attempt.
    """
    session.scalar(select(CourseVersion.id).where(CourseVersion.id == version.id).with_for_update(read=True))
    return any([bool(attempt.passed), *(passed for _, passed in _mark(session, version, [attempt], at=at))])


def _mark(
    session: Session, version: CourseVersion, attempts: Sequence[Attempt], *, at: datetime
) -> list[tuple[Attempt, bool]]:
    """Each attempt with whether it was failed before and counts as passed now. Regrades act in their order, each once."""
    regrades_now = regrades.in_force(session, version.id)
    if not regrades_now:
        return [(attempt, False) for attempt in attempts]
    remarks = {
        one.id: regrades.remark_of(session, one.rule, one.question_id, one.key_version_id) for one in regrades_now
    }
    rows: dict[int, dict[int, RegradedAttempt]] = defaultdict(dict)
    for row in session.scalars(
        select(RegradedAttempt).where(RegradedAttempt.attempt_id.in_([attempt.id for attempt in attempts]))
    ):
        rows[row.attempt_id][row.regrade_id] = row
    marked = []
    for attempt in attempts:
        score, passed, result = attempt.score or 0, bool(attempt.passed), Result.from_json(attempt.result)
        was_passed = passed or any(row.passed_after for row in rows[attempt.id].values())
        asked = {one.question_id for one in result.questions if one.scored}
        for regrade in regrades_now:
            if regrade.question_id not in asked:
                continue
            known = rows[attempt.id].get(regrade.id)
            if known is None:
                response = (attempt.answers or {}).get(regrade.question_id)
                result = mark_again(result, regrade.question_id, response, remarks[regrade.id])
                after = int(result.score * regrades.WHOLE)
                known = RegradedAttempt(
                    regrade_id=regrade.id,
                    attempt_id=attempt.id,
                    score_before=score,
                    score_after=after,
                    passed_before=passed,
                    passed_after=passed or after >= version.mastery_score,
                    result=result.to_json(),
                )
                session.add(known)
                if known.score_after != score or known.passed_after != passed:
                    _note(session, attempt, known, at=at)
            else:
                result = Result.from_json(known.result)
            score, passed = known.score_after, known.passed_after
        marked.append((attempt, passed and not was_passed))
    session.flush()
    return marked


def _note(session: Session, attempt: Attempt, row: RegradedAttempt, *, at: datetime) -> None:
    audit.record(
        session,
        "attempt.regraded",
        "attempt",
        attempt.id,
        by=PORTAL,
        at=at,
        details={
            "regrade": row.regrade_id,
            "old": {"score": row.score_before, "passed": row.passed_before},
            "new": {"score": row.score_after, "passed": row.passed_after},
        },
    )


def _count_as_passed(session: Session, attempt: Attempt, *, at: datetime) -> TrainingRecord | None:
    """A failed attempt counts as passed now: its cycle goes on, or is completed, and the learner is told.

    Nothing follows where the assignment was satisfied, waived or cancelled meanwhile: what stands is not touched.
    """
    registration = session.scalars(
        select(Registration)
        .where(Registration.id == attempt.registration_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if registration.state not in (RegistrationState.OPEN, RegistrationState.FAILED):
        return None
    if registration.assignment_id is not None:
        assignment = session.get_one(Assignment, registration.assignment_id, with_for_update=True)
        if assignment.state not in _OPEN:
            return None
    if registration.state is RegistrationState.FAILED and not _reopen(session, registration, at=at):
        return None
    version = session.get_one(CourseVersion, registration.version_id)
    quiz = content.outline(session, (version.id, version.content_hash)).quiz
    if quiz is not None:
        note_completed(session, registration, quiz, by=PORTAL, at=at)
    record = finish_if_satisfied(session, registration, standing(session, registration), by=PORTAL, at=at)
    enqueue(
        session,
        "quiz_passed_after_all",
        f"quiz_passed_after_all:{attempt.id}",
        {"person_id": registration.person_id, "registration_id": registration.id, "attempt_id": attempt.id},
        at=at,
    )
    return record


def _reopen(session: Session, registration: Registration, *, at: datetime) -> bool:
    """Open a cycle again that had failed; False where a later one has passed its quiz already and goes on instead.

    A later cycle that was allowed meanwhile and is not that far is ended: nobody repeats what they have passed.
    """
    running = session.scalar(
        select(Registration)
        .where(
            Registration.person_id == registration.person_id,
            Registration.course_id == registration.course_id,
            Registration.state == RegistrationState.OPEN,
        )
        .with_for_update()
    )
    if running is not None:
        if standing(session, running).passed:
            return False
        _move(session, running, RegistrationState.ABANDONED, "registration.abandoned", at=at)
    _move(session, registration, RegistrationState.OPEN, "registration.reopened", at=at)
    return True


def _move(session: Session, registration: Registration, to: RegistrationState, action: str, *, at: datetime) -> None:
    former, registration.state = registration.state, to
    registration.finished_at = None if to is RegistrationState.OPEN else at
    session.flush()
    audit.record(
        session,
        action,
        "registration",
        registration.id,
        by=PORTAL,
        at=at,
        partner_id=registration.partner_id,
        reason="An attempt counts as passed after a regrade.",
        details={"old": former.value, "new": to.value},
    )
