"""Marking one question of an attempt again. Values in, values out; the attempt itself is never touched.

A mistake of ours is never charged to a learner: where the new marking would lower a score, the former result stands.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from app.courses.rules.grading import QuestionResult, Result, score_of
from app.courses.rules.questions import Question

Remark = Callable[[QuestionResult, object], QuestionResult]
"""From how a question went and the response as given (None where there was none) to how it goes now."""


def accept_every_answer(former: QuestionResult, response: object) -> QuestionResult:
    """Whatever was answered is right; a question that was left out stays left out."""
    if response is None:
        return former
    return replace(_without_words_of_the_key(former), points=Decimal(1), correct=True, partial=False)


def leave_out(former: QuestionResult, _response: object) -> QuestionResult:
    """The question does not count any more, whatever was answered."""
    return replace(
        _without_words_of_the_key(former), scored=False, points=Decimal(0), correct=False, partial=False, review=()
    )


def by_key_of(question: Question) -> Remark:
    """The key of the same question in another version; an answer that it can't judge stays as it was marked."""

    def remark(former: QuestionResult, response: object) -> QuestionResult:
        if response is None or question.complaint(response) is not None:
            return former
        judged = question.judge(question.check(response))
        return replace(
            former,
            points=judged.points,
            correct=judged.correct,
            partial=judged.partial,
            feedback=judged.feedback,
            explanation_html=question.explanation_html,
            key=question.key(),
        )

    return remark


def mark_again(former: Result, question_id: str, response: object, remark: Remark) -> Result:
    """The result with one question marked again, or the former one where the score would be lower or nothing be left to score."""
    questions = tuple(
        remark(one, response) if one.question_id == question_id and one.scored else one for one in former.questions
    )
    if not any(one.scored for one in questions):
        return former
    score = score_of(questions)
    return former if score < former.score else Result(score, questions, former.show_correct)


def _without_words_of_the_key(former: QuestionResult) -> QuestionResult:
    """Without what the author said of right and wrong: the key behind it was mistaken."""
    return replace(former, feedback=(), explanation_html="", key=())
