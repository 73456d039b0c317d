"""What regrades made of attempts: the score that counts, the marks again in their order, and the effect before it is decided."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from app.courses.models import Course, CourseVersion, VersionState
from app.courses.rules.grading import Result
from app.courses.rules.questions import Question
from app.kernel.errors import NotFound
from app.learning.models import (
    Attempt,
    AttemptState,
    MarkedAnswer,
    Regrade,
    RegradedAttempt,
    RegradeRule,
    RegradeState,
)
from app.learning.queries import content
from app.learning.rules import regrading

WHOLE = 10_000
MOST_LOOKED_AT = 5_000
_AT_ONCE = 500


def effective_score() -> ColumnElement[int]:
    """The score of the enclosing statement's attempt that counts: regrades only ever raise one."""
    again = (
        select(func.max(RegradedAttempt.score_after))
        .where(RegradedAttempt.attempt_id == Attempt.id)
        .correlate(Attempt)
        .scalar_subquery()
    )
    return func.coalesce(again, Attempt.score)


def effective_passed() -> ColumnElement[bool]:
    """Whether the enclosing statement's attempt counts as passed."""
    again = (
        select(RegradedAttempt.attempt_id)
        .where(RegradedAttempt.attempt_id == Attempt.id, RegradedAttempt.passed_after.is_(True))
        .correlate(Attempt)
        .exists()
    )
    return or_(Attempt.passed.is_(True), again)


@dataclass(frozen=True)
class MarkedAgain:
    """What one regrade made of one attempt. Scores are parts of ten thousand."""

    at: datetime
    score_before: int
    score_after: int
    passed_before: bool
    passed_after: bool
    result: dict[str, Any]
    reason: str

    @property
    def changed(self) -> bool:
        return self.score_after != self.score_before or self.passed_after != self.passed_before


def marked_again(session: Session, attempt_id: int) -> Sequence[MarkedAgain]:
    """The regrades of an attempt in the order in which they were applied; the last one says what counts."""
    rows = session.execute(
        select(
            Regrade.applied_at,
            RegradedAttempt.score_before,
            RegradedAttempt.score_after,
            RegradedAttempt.passed_before,
            RegradedAttempt.passed_after,
            RegradedAttempt.result,
            Regrade.reason,
        )
        .join(Regrade, Regrade.id == RegradedAttempt.regrade_id)
        .where(RegradedAttempt.attempt_id == attempt_id)
        .order_by(Regrade.applied_at, Regrade.id)
    )
    return [MarkedAgain(*row) for row in rows]


def in_force(session: Session, version_id: int) -> Sequence[Regrade]:
    """The regrades of a version that were approved, in their order."""
    return session.scalars(
        select(Regrade)
        .where(Regrade.version_id == version_id, Regrade.state == RegradeState.APPLIED)
        .order_by(Regrade.applied_at, Regrade.id)
    ).all()


def regrades_of(session: Session, version_id: int) -> Sequence[Regrade]:
    """All regrades of a version, newest first."""
    return session.scalars(select(Regrade).where(Regrade.version_id == version_id).order_by(Regrade.id.desc())).all()


def load(session: Session, slug: str, regrade_id: int) -> Regrade:
    """A regrade of a version of this course; NotFound otherwise."""
    found = session.scalar(
        select(Regrade)
        .join(CourseVersion, CourseVersion.id == Regrade.version_id)
        .join(Course, Course.id == CourseVersion.course_id)
        .where(Regrade.id == regrade_id, Course.slug == slug)
    )
    if found is None:
        raise NotFound
    return found


def question_of(session: Session, version_id: int, question_id: str) -> Question | None:
    """A scored question of a version's quiz, with its key; None where it has no such one."""
    version = session.execute(
        select(CourseVersion.content_hash).where(CourseVersion.id == version_id, CourseVersion.assessment.is_not(None))
    ).one_or_none()
    if version is None:
        return None
    found = content.assessment(session, (version_id, version.content_hash)).question(question_id)
    return found if found is not None and found.scored else None


def versions_with(session: Session, version: CourseVersion, question: Question) -> list[CourseVersion]:
    """Other published versions of the same course that ask this question, in the same kind, newest first."""
    others = session.scalars(
        select(CourseVersion)
        .where(
            CourseVersion.course_id == version.course_id,
            CourseVersion.id != version.id,
            CourseVersion.state == VersionState.PUBLISHED,
            CourseVersion.assessment.is_not(None),
        )
        .order_by(CourseVersion.id.desc())
    ).all()
    found = []
    for other in others:
        asked = content.assessment(session, (other.id, other.content_hash)).question(question.id)
        if asked is not None and asked.kind == question.kind:
            found.append(other)
    return found


def remark_of(session: Session, rule: RegradeRule, question_id: str, key_version_id: int | None) -> regrading.Remark:
    """How a rule marks one question again."""
    match rule:
        case RegradeRule.ACCEPT_EVERY_ANSWER:
            return regrading.accept_every_answer
        case RegradeRule.LEAVE_OUT:
            return regrading.leave_out
        case RegradeRule.KEY_OF_VERSION:
            question = question_of(session, key_version_id or 0, question_id)
            if question is None:
                raise NotFound
            return regrading.by_key_of(question)


def concerned(version_id: int, question_id: str) -> Select[Any]:
    """The ids of the handed-in attempts of a version whose paper has the question as a scored one."""
    return select(MarkedAnswer.attempt_id).where(
        MarkedAnswer.version_id == version_id, MarkedAnswer.question_id == question_id
    )


@dataclass(frozen=True)
class Effect:
    """What a regrade would change if it were applied now: counts of attempts. Of very many, the newest were looked at."""

    attempts: int
    looked_at: int
    higher: int
    now_passed: int
    kept: int
    """Attempts whose score would be lower by the new marking: their former result stands."""

    @property
    def unchanged(self) -> int:
        return self.looked_at - self.higher - self.kept


def effect(
    session: Session, version: CourseVersion, question_id: str, rule: RegradeRule, key_version_id: int | None
) -> Effect:
    """Marks the attempts concerned again, the newest 5,000 at most, and writes nothing; a statement for each 500."""
    remark = remark_of(session, rule, question_id, key_version_id)
    attempts = session.scalar(select(func.count()).select_from(concerned(version.id, question_id).subquery()))
    looked_at = higher = now_passed = kept = 0
    for row in _attempts(session, version.id, question_id):
        former = Result.from_json(row.again if row.again is not None else row.result)
        response = (row.answers or {}).get(question_id)
        after = regrading.mark_again(former, question_id, response, remark)
        looked_at += 1
        # The very same result comes back where the new marking was not to the learner's good.
        if after.score > former.score:
            higher += 1
            if not row.passed and int(after.score * WHOLE) >= version.mastery_score:
                now_passed += 1
        elif after is former:
            kept += 1
    return Effect(int(attempts or 0), looked_at, higher, now_passed, kept)


def _attempts(session: Session, version_id: int, question_id: str) -> Iterator[Any]:
    """Newest first: answers, the result as marked first and as marked last, and whether it counts as passed."""
    again = (
        select(RegradedAttempt.result)
        .join(Regrade, Regrade.id == RegradedAttempt.regrade_id)
        .where(RegradedAttempt.attempt_id == Attempt.id)
        .order_by(Regrade.applied_at.desc(), Regrade.id.desc())
        .limit(1)
        .correlate(Attempt)
        .scalar_subquery()
    )
    before = None
    for _ in range(MOST_LOOKED_AT // _AT_ONCE):
        statement = (
            select(
                Attempt.id, Attempt.answers, Attempt.result, again.label("again"), effective_passed().label("passed")
            )
            .where(Attempt.id.in_(concerned(version_id, question_id)))
            .order_by(Attempt.id.desc())
            .limit(_AT_ONCE)
        )
        rows = session.execute(statement if before is None else statement.where(Attempt.id < before)).all()
        yield from rows
        if len(rows) < _AT_ONCE:
            return
        before = rows[-1].id


@dataclass(frozen=True)
class Progress:
    """How far the marking again is: attempts done of those concerned, and how many of the done scored higher or passed."""

    concerned: int
    done: int
    higher: int
    now_passed: int


def progress(session: Session, regrade: Regrade) -> Progress:
    """Two statements, whatever the number of attempts."""
    total = session.scalar(
        select(func.count()).select_from(concerned(regrade.version_id, regrade.question_id).subquery())
    )
    row = session.execute(
        select(
            func.count(),
            func.count().filter(RegradedAttempt.score_after > RegradedAttempt.score_before),
            func.count().filter(RegradedAttempt.passed_after.is_(True), RegradedAttempt.passed_before.is_(False)),
        ).where(RegradedAttempt.regrade_id == regrade.id)
    ).one()
    return Progress(int(total or 0), *row)


def left(session: Session, regrade: Regrade, *, limit: int) -> Sequence[int]:
    """Ids of attempts that a regrade has not reached yet, oldest first."""
    reached = select(RegradedAttempt.attempt_id).where(RegradedAttempt.regrade_id == regrade.id)
    return session.scalars(
        select(Attempt.id)
        .where(
            Attempt.id.in_(concerned(regrade.version_id, regrade.question_id)),
            Attempt.state == AttemptState.SUBMITTED,
            Attempt.id.not_in(reached),
        )
        .order_by(Attempt.id)
        .limit(limit)
    ).all()
