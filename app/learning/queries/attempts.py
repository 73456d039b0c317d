"""Questions about attempts: what is on the page, what may come next, what the result was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.courses.models import CourseVersion
from app.courses.rules.grading import Paper, Result
from app.courses.rules.questions import Question, Response, Shown
from app.kernel.errors import NotFound
from app.learning.models import Answer, Attempt, AttemptState, Registration, RegistrationState
from app.learning.queries import content
from app.learning.queries.regrades import MarkedAgain, effective_passed, effective_score, marked_again
from app.learning.rules.attempts import Allowance, allowance
from app.learning.rules.progress import Outline

_USED = select(func.count().label("used"), func.max(Attempt.submitted_at).label("last")).where(
    Attempt.registration_id == bindparam("registration")
)


def allowance_of(session: Session, registration_id: int, outline: Outline) -> Allowance:
    """How many attempts a registration has left, and when the next may begin."""
    row = session.execute(_USED, {"registration": registration_id}).one()
    return allowance(row.used, outline.attempts_allowed, row.last, outline.wait_seconds)


def attempts_of(session: Session, registration_id: int) -> Sequence[Any]:
    """The attempts of a registration in order: id, number, state, submitted_at, score, passed (as they count). No answers."""
    score, passed = effective_score().label("score"), effective_passed().label("passed")
    return session.execute(
        select(Attempt.id, Attempt.number, Attempt.state, Attempt.submitted_at, score, passed)
        .where(Attempt.registration_id == registration_id)
        .order_by(Attempt.number)
    ).all()


@dataclass(frozen=True)
class Saved:
    """An answer as kept; `response` is None where it was taken back."""

    response: Response | None
    at: datetime


@dataclass(frozen=True)
class Sheet:
    """An attempt of the reader's own: its paper, what was answered so far, and whether it was handed in.

    `version` is in the language of the paper, which an attempt keeps; `language` is what its learner reads in now.
    """

    attempt_id: int
    registration_id: int
    assignment_id: int | None
    number: int
    is_open: bool
    version: content.Version
    paper: Paper
    language: str
    saved: Mapping[str, Saved]

    @property
    def questions(self) -> tuple[Shown, ...]:
        return self.paper.questions

    @property
    def total(self) -> int:
        return len(self.questions)

    def is_answered(self, question_id: str) -> bool:
        return question_id in self.saved and self.saved[question_id].response is not None

    @property
    def answered(self) -> int:
        return sum(1 for question in self.questions if self.is_answered(question.id))

    @property
    def first_open(self) -> int:
        """The number of the first question without an answer; the last question where each has one."""
        return next(
            (number for number, question in enumerate(self.questions, 1) if not self.is_answered(question.id)),
            self.total,
        )


_attempt, _answer = Attempt.__table__, Answer.__table__
_registration, _version = Registration.__table__, CourseVersion.__table__

# An attempt of a person's own, with whatever columns are asked of it.
_OWN = (
    select(_registration.c.version_id, _version.c.content_hash)
    .join_from(_attempt, _registration, _registration.c.id == _attempt.c.registration_id)
    .join(_version, _version.c.id == _registration.c.version_id)
    .where(_attempt.c.id == bindparam("attempt"), _attempt.c.person_id == bindparam("person"))
)
_SHEET = _OWN.add_columns(
    _attempt.c.id,
    _attempt.c.registration_id,
    _attempt.c.number,
    _attempt.c.state,
    _attempt.c.paper,
    _registration.c.assignment_id,
    _registration.c.language,
)
_PAPER = _OWN.add_columns(_attempt.c.paper)

_SAVED = select(_answer.c.question_id, _answer.c.response, _answer.c.saved_at).where(
    _answer.c.attempt_id == bindparam("attempt")
)

# By sign-in and attempt: the course version and the questions on the paper, in order. Neither they nor whose attempt it is
# ever change, and the name of a sign-in is random: in another database there is no such one.
_papers: content.Kept[tuple[content.Version, tuple[str, ...]]] = content.Kept(2048)


def sheet(session: Session, attempt_id: int, *, by: Actor) -> Sheet:
    """An attempt of the actor's own with its paper and answers; NotFound for anybody else's."""
    row = _own(session, _SHEET, attempt_id, by)
    paper = Paper.from_json(row.paper)
    return Sheet(
        row.id,
        row.registration_id,
        row.assignment_id,
        row.number,
        row.state == AttemptState.OPEN,
        (row.version_id, row.content_hash, paper.lang),
        paper,
        row.language,
        {
            answer.question_id: Saved(answer.response, answer.saved_at)
            for answer in session.execute(_SAVED, {"attempt": attempt_id})
        },
    )


def asked(session: Session, attempt_id: int, question_id: str, *, by: Actor) -> tuple[Question, int, int]:
    """A question on the paper of an attempt of the actor's own, its number there, and how many there are; NotFound otherwise.

    No statement, unless the attempt is new to this process and sign-in: answers are saved far more often than papers are
    drawn. Whether the attempt is still open, only saving the answer can tell.
    """
    if by.session_id:
        version, ids = _papers.get((by.session_id, attempt_id), lambda: _on_paper(session, attempt_id, by))
    else:
        version, ids = _on_paper(session, attempt_id, by)
    question = content.assessment(session, version).question(question_id)
    if question is None or question_id not in ids:
        raise NotFound
    return question, ids.index(question_id) + 1, len(ids)


def _on_paper(session: Session, attempt_id: int, by: Actor) -> tuple[content.Version, tuple[str, ...]]:
    row = _own(session, _PAPER, attempt_id, by)
    paper = Paper.from_json(row.paper)
    return (row.version_id, row.content_hash, paper.lang), paper.question_ids


def _own(session: Session, statement: Select[Any], attempt_id: int, by: Actor) -> Row[Any]:
    row = session.execute(statement, {"attempt": attempt_id, "person": by.person_id}).one_or_none()
    if row is None:
        raise NotFound
    return row


@dataclass(frozen=True)
class Marked:
    """A marked attempt as its learner may see it. Scores are parts of ten thousand; `result` holds the key only where the course shows it.

    Score, passed and result are those that count; `again` says what regrades changed, in their order.
    """

    attempt_id: int
    number: int
    submitted_at: datetime
    score: int
    passed: bool
    result: Result
    registration_id: int
    assignment_id: int | None
    registration_state: RegistrationState
    outline: Outline
    version: content.Version
    again: tuple[MarkedAgain, ...] = ()


def marked(session: Session, attempt_id: int, *, by: Actor) -> Marked:
    """The result of an attempt of the actor's own that was handed in; NotFound otherwise."""
    row = session.execute(
        select(
            Attempt.number,
            Attempt.submitted_at,
            Attempt.score,
            Attempt.passed,
            Attempt.result,
            Attempt.registration_id,
            Registration.state,
            Registration.assignment_id,
            Registration.version_id,
            Registration.language,
            CourseVersion.content_hash,
        )
        .join(Registration, Registration.id == Attempt.registration_id)
        .join(CourseVersion, CourseVersion.id == Registration.version_id)
        .where(Attempt.id == attempt_id, Attempt.person_id == by.person_id, Attempt.state == AttemptState.SUBMITTED)
    ).one_or_none()
    if row is None:
        raise NotFound
    version = (row.version_id, row.content_hash, row.language)
    again = marked_again(session, attempt_id)
    passed = again[-1].passed_after if again else row.passed
    result = Result.from_json(again[-1].result if again else row.result)
    return Marked(
        attempt_id,
        row.number,
        row.submitted_at,
        again[-1].score_after if again else row.score,
        passed,
        result.for_learner(passed=passed),
        row.registration_id,
        row.assignment_id,
        row.state,
        content.outline(session, version),
        version,
        tuple(one for one in again if one.changed),
    )
