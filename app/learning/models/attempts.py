"""Tries at the final quiz: what was shown, what was answered, what was made of it, and what a regrade made of it later."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DDL, JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, append_only, choice


class AttemptState(StrEnum):
    OPEN = "open"
    SUBMITTED = "submitted"


class Attempt(Base):
    """One try at the final quiz. `paper` is what was shown, `answers` what was given, `result` what the server made of it.

    Scores are parts of ten thousand. The result belongs to the attempt: nothing that is published later changes it; a
    regrade stands beside it. `closes_at` is None unless the course sets a time limit; more time for its person moves it later.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("registration_id", "number"),
        CheckConstraint("number >= 1", name="attempts_are_numbered_from_one"),
        CheckConstraint("score BETWEEN 0 AND 10000", name="attempt_score_is_a_share"),
        CheckConstraint("closes_at IS NULL OR closes_at > started_at", name="attempts_close_after_they_begin"),
        CheckConstraint("(state = 'submitted') = (submitted_at IS NOT NULL)", name="a_submitted_attempt_says_when"),
        CheckConstraint("(submitted_at IS NULL) = (score IS NULL)", name="a_submitted_attempt_has_a_score"),
        CheckConstraint("(submitted_at IS NULL) = (passed IS NULL)", name="a_submitted_attempt_is_passed_or_not"),
        CheckConstraint("(submitted_at IS NULL) = (answers IS NULL)", name="a_submitted_attempt_keeps_its_answers"),
        CheckConstraint("(submitted_at IS NULL) = (result IS NULL)", name="a_submitted_attempt_keeps_its_result"),
        Index(
            "one_open_attempt_a_registration",
            "registration_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    number: Mapped[int]
    state: Mapped[AttemptState] = mapped_column(
        choice(AttemptState, name="attempt_state_is_known"), default=AttemptState.OPEN
    )
    seed: Mapped[str] = mapped_column(String(64))
    paper: Mapped[dict[str, Any]]
    started_at: Mapped[datetime]
    closes_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    answers: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    score: Mapped[int | None]
    passed: Mapped[bool | None]


append_only(Attempt.__table__, columns=("registration_id", "person_id", "number", "seed", "paper", "started_at"))


def submitted_attempts_stay(dialect: str) -> str:
    """The statement that makes the database itself refuse to change an attempt after it was handed in."""
    if dialect == "sqlite":
        return (
            "CREATE TRIGGER attempt_stays_as_submitted BEFORE UPDATE ON attempt WHEN OLD.state = 'submitted' "
            "BEGIN SELECT RAISE(ABORT, 'attempt is append-only once it is submitted'); END"
        )
    return (
        "CREATE TRIGGER attempt_stays_as_submitted BEFORE UPDATE ON attempt "
        "FOR EACH ROW WHEN (OLD.state = 'submitted') EXECUTE FUNCTION refuse_change()"
    )


for _dialect in ("sqlite", "postgresql"):
    _ddl = DDL(submitted_attempts_stay(_dialect)).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
    event.listen(Attempt.__table__, "after_create", _ddl)


class Answer(Base):
    """The answer to one question of an open attempt, as last saved. `response` is JSON null where it was taken back."""

    __tablename__ = "answer"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    question_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    response: Mapped[Any] = mapped_column(JSON)
    saved_at: Mapped[datetime]


append_only(Answer.__table__, columns=("attempt_id", "question_id"))


# What an index takes on every database, whatever the script.
LONGEST_COUNTED = 500


class MarkedAnswer(Base):
    """One scored question of one marked attempt, on its own row: what the analysis of questions counts.

    `points` and `attempt_score` are parts of ten thousand. `chosen` is the response as given, as JSON in canonical text; None
    where there was none, or one too long to be counted with others (the attempt has it).
    """

    __tablename__ = "marked_answer"
    __table_args__ = (
        CheckConstraint("points BETWEEN 0 AND 10000", name="answer_points_are_a_share"),
        # Holds, in the order of the groups, all that the analysis counts: a million answers without reading or sorting the table.
        Index(
            "ix_marked_answer_version_id",
            "version_id",
            "language",
            "question_id",
            "chosen",
            "points",
            "attempt_score",
        ),
    )

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    question_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    language: Mapped[str] = mapped_column(String(20))
    points: Mapped[int]
    attempt_score: Mapped[int]
    chosen: Mapped[str | None] = mapped_column(String(LONGEST_COUNTED))


append_only(MarkedAnswer.__table__)


class RegradeRule(StrEnum):
    """How a question with a wrong key is marked again."""

    ACCEPT_EVERY_ANSWER = "accept_every_answer"
    LEAVE_OUT = "leave_out"
    KEY_OF_VERSION = "key_of_version"


class RegradeState(StrEnum):
    PROPOSED = "proposed"
    APPLIED = "applied"
    REJECTED = "rejected"


class Regrade(Base):
    """A wrong key, mended by marking again: which question of which version, by which rule, why. Two people decide it."""

    __tablename__ = "regrade"
    __table_args__ = (
        CheckConstraint(
            "(rule = 'key_of_version') = (key_version_id IS NOT NULL)", name="a_regrade_by_another_key_names_it"
        ),
        CheckConstraint("(state = 'applied') = (applied_at IS NOT NULL)", name="an_applied_regrade_says_when"),
        Index("ix_regrade_version_id", "version_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    question_id: Mapped[str] = mapped_column(String(64))
    rule: Mapped[RegradeRule] = mapped_column(choice(RegradeRule, name="regrade_rule_is_known"))
    key_version_id: Mapped[int | None] = mapped_column(ForeignKey("course_version.id"))
    reason: Mapped[str]
    state: Mapped[RegradeState] = mapped_column(
        choice(RegradeState, name="regrade_state_is_known"), default=RegradeState.PROPOSED
    )
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]


append_only(
    Regrade.__table__,
    columns=("version_id", "question_id", "rule", "key_version_id", "reason", "proposed_by_id", "proposed_at"),
)


class RegradedAttempt(Base):
    """What a regrade made of one attempt, before and after. A pass stays a pass; the attempt itself stays as it was marked."""

    __tablename__ = "regraded_attempt"
    __table_args__ = (
        CheckConstraint("score_before BETWEEN 0 AND 10000", name="former_score_is_a_share"),
        CheckConstraint("score_after BETWEEN 0 AND 10000", name="regraded_score_is_a_share"),
        CheckConstraint("passed_after OR NOT passed_before", name="a_regrade_takes_no_pass_away"),
        Index("ix_regraded_attempt_attempt_id", "attempt_id"),
    )

    regrade_id: Mapped[int] = mapped_column(ForeignKey("regrade.id"), primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    score_before: Mapped[int]
    score_after: Mapped[int]
    passed_before: Mapped[bool]
    passed_after: Mapped[bool]
    result: Mapped[dict[str, Any]]


append_only(RegradedAttempt.__table__)


class ExtraTime(Base):
    """A person has more time in every quiz with a time limit, by so many percent, until that is ended. The reason is staff's own."""

    __tablename__ = "extra_time"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 1 AND 900", name="extra_time_is_a_percentage"),
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="ended_extra_time_says_who_ended_it"),
        Index(
            "one_live_extra_time_a_person",
            "person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    percent: Mapped[int]
    reason: Mapped[str]
    granted_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    granted_at: Mapped[datetime]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]


append_only(ExtraTime.__table__, columns=("person_id", "percent", "reason", "granted_by_id", "granted_at"))
