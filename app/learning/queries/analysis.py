"""How the questions of a course version do: counted by the database over every marked answer, without names."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.courses.models import CourseTranslation, CourseVersion
from app.courses.rules.questions import MultipleChoice, Question, SingleChoice
from app.courses.rules.quiz import Assessment
from app.learning.models import MarkedAnswer
from app.learning.rules.analysis import Choice, Tally

MOST_FREQUENT = 5
_ROWS_A_QUESTION = 20
_WHOLE = 10_000


def tallies(session: Session, version_id: int) -> list[Tally]:
    """The sums of every question in every language in which it was answered; one statement."""
    points, score = MarkedAnswer.points, MarkedAnswer.attempt_score
    rows = session.execute(
        select(
            MarkedAnswer.question_id,
            MarkedAnswer.language,
            func.count(),
            func.count().filter(points == _WHOLE),
            func.sum(points),
            func.sum(points * points),
            func.sum(points * score),
            func.sum(score),
            func.sum(score * score),
        )
        .where(MarkedAnswer.version_id == version_id)
        .group_by(MarkedAnswer.language, MarkedAnswer.question_id)
    )
    return [Tally(question_id, language, *(int(number) for number in sums)) for question_id, language, *sums in rows]


def assessment_in(session: Session, version: CourseVersion, language: str) -> Assessment:
    """The quiz in a language: the translation, or the version's own words where it has none. The version has a quiz."""
    translated = session.scalar(
        select(CourseTranslation.assessment).where(
            CourseTranslation.version_id == version.id, CourseTranslation.language == language
        )
    )
    return Assessment.from_json(translated if translated is not None else version.assessment)


def asked(quiz: Assessment) -> int:
    """How many scored questions a paper has; where a pool mixes scored and open ones, the most it can have."""
    total = 0
    for section in quiz.sections:
        scored = sum(1 for question in section.questions if question.scored)
        total += min(scored, section.pick) if section.pick is not None else scored
    return total


def choices(
    session: Session, version_id: int, language: str, questions: Sequence[Question]
) -> dict[str, tuple[Choice, ...]]:
    """How often each answer was given, by question: every option of a choice, of other kinds the five most frequent answers.

    One statement; of typed answers, which may be many, only the frequent ones leave the database.
    """
    listed = {one.id for one in questions if isinstance(one, SingleChoice | MultipleChoice)}
    given: dict[str, list[tuple[Any, int]]] = defaultdict(list)
    for question_id, chosen, count in _given(session, version_id, language, listed):
        given[question_id].append((json.loads(chosen) if chosen is not None else None, count))
    return {question.id: _choices(question, given[question.id]) for question in questions}


def _given(session: Session, version_id: int, language: str, listed: Collection[str]) -> Sequence[Any]:
    chosen = MarkedAnswer.chosen
    counted = (
        select(
            MarkedAnswer.question_id,
            chosen.label("chosen"),
            func.count().label("given"),
            func.row_number()
            .over(partition_by=MarkedAnswer.question_id, order_by=(func.count().desc(), chosen))
            .label("place"),
        )
        .where(MarkedAnswer.version_id == version_id, MarkedAnswer.language == language)
        .group_by(MarkedAnswer.question_id, chosen)
        .subquery()
    )
    return session.execute(
        select(counted.c.question_id, counted.c.chosen, counted.c.given).where(
            or_(counted.c.place <= _ROWS_A_QUESTION, counted.c.question_id.in_(sorted(listed)))
        )
    ).all()


def _choices(question: Question, given: list[tuple[Any, int]]) -> tuple[Choice, ...]:
    if isinstance(question, SingleChoice | MultipleChoice):
        counts: Counter[str] = Counter()
        for response, count in given:
            for option_id in [response] if isinstance(response, str) else response or ():
                counts[option_id] += count
        return tuple(Choice(option.text, counts[option.id], option.right) for option in question.options)
    told: Counter[tuple[str, bool]] = Counter()
    for response, count in given:
        if response is not None and question.complaint(response) is None:
            typed = question.check(response)
            told["; ".join(question.in_words(typed)), question.judge(typed).correct] += count
    return tuple(Choice(text, count, right) for (text, right), count in told.most_common(MOST_FREQUENT))
