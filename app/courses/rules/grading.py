"""Drawing a paper from a quiz, and grading the answers to it.

What a question earns, from 0 to 1:

- single, multiple, ordering, number: all or nothing;
- matching, blanks: the share of pairs or gaps that are right;
- open: never scored; attestation: not part of the quiz at all.

The score is the mean over the scored questions of the paper, with 4 decimals, half up. An unanswered question earns 0.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from pydantic import TypeAdapter

from app.courses.rules.front_matter import ShowCorrect
from app.courses.rules.problems import AnswerRejected
from app.courses.rules.questions import Attestation, Feedback, Question, Response, Shown
from app.courses.rules.quiz import Assessment, Section

FOUR_DECIMALS = Decimal("0.0001")


@dataclass(frozen=True)
class ShownSection:
    title: str
    intro_html: str
    questions: tuple[Shown, ...]


@dataclass(frozen=True)
class Paper:
    """What one attempt is shown: no key, no feedback, no explanation, and nothing from which they could be worked out."""

    title: str
    lang: str
    sections: tuple[ShownSection, ...]

    @property
    def questions(self) -> tuple[Shown, ...]:
        return tuple(question for section in self.sections for question in section.questions)

    @property
    def question_ids(self) -> tuple[str, ...]:
        return tuple(question.id for question in self.questions)

    def question(self, question_id: str) -> Shown | None:
        return next((question for question in self.questions if question.id == question_id), None)

    def to_json(self) -> dict[str, object]:
        """Plain JSON values; `from_json` gives an equal paper."""
        found: dict[str, object] = _PAPER.dump_python(self, mode="json")
        return found

    @classmethod
    def from_json(cls, value: object) -> "Paper":
        return _PAPER.validate_python(value)


@dataclass(frozen=True)
class QuestionResult:
    """How one question went. `answered` and `key` are in words; `review` are slugs of lessons to read again."""

    question_id: str
    kind: str
    title: str
    scored: bool
    answered: tuple[str, ...]
    points: Decimal
    correct: bool
    partial: bool
    feedback: tuple[Feedback, ...]
    explanation_html: str
    key: tuple[str, ...]
    objective: str | None
    review: tuple[str, ...]

    def without_key(self) -> "QuestionResult":
        """The same without the right answer, and without the explanation too unless the answer was right: it gives the key away."""
        return QuestionResult(
            question_id=self.question_id,
            kind=self.kind,
            title=self.title,
            scored=self.scored,
            answered=self.answered,
            points=self.points,
            correct=self.correct,
            partial=self.partial,
            feedback=self.feedback,
            explanation_html=self.explanation_html if self.correct else "",
            key=(),
            objective=self.objective,
            review=self.review,
        )


@dataclass(frozen=True)
class Result:
    """A graded paper. `score` is 0.0000 to 1.0000."""

    score: Decimal
    questions: tuple[QuestionResult, ...]
    show_correct: ShowCorrect

    def passed(self, mastery_score: Decimal) -> bool:
        return self.score >= mastery_score

    @property
    def right(self) -> int:
        """How many scored questions were wholly right."""
        return sum(1 for question in self.questions if question.scored and question.correct)

    @property
    def scored(self) -> int:
        return sum(1 for question in self.questions if question.scored)

    @property
    def review(self) -> tuple[str, ...]:
        """Slugs of the lessons to read again, each once, for the questions that were not wholly right."""
        missed = (
            slug for question in self.questions if question.scored and not question.correct for slug in question.review
        )
        return tuple(dict.fromkeys(missed))

    def for_learner(self, *, passed: bool) -> "Result":
        """What the learner may see: with the key when the course says so (`show_correct`), else without."""
        if self.show_correct is ShowCorrect.ALWAYS or (self.show_correct is ShowCorrect.PASSED and passed):
            return self
        return Result(self.score, tuple(question.without_key() for question in self.questions), self.show_correct)

    def to_json(self) -> dict[str, object]:
        found: dict[str, object] = _RESULT.dump_python(self, mode="json")
        return found

    @classmethod
    def from_json(cls, value: object) -> "Result":
        return _RESULT.validate_python(value)


_PAPER: TypeAdapter[Paper] = TypeAdapter(Paper)
_RESULT: TypeAdapter[Result] = TypeAdapter(Result)


def draw(
    assessment: Assessment,
    *,
    seed: str,
    seen: Sequence[Collection[str]] = (),
    failed_objectives: Collection[str] = (),
) -> Paper:
    """The paper of one attempt: the same seed and the same past give the same paper, for ever and on every machine.

    `seen` are the ids that the earlier papers of this registration asked, oldest paper first. A section that picks takes what
    was never asked before what was asked longest ago; among equals, questions on `failed_objectives` come first. How many
    it asks stays as it is, and a section that asks everything asks everything again.
    """
    shuffle = assessment.settings.shuffle_answers
    last_seen = {identifier: number for number, asked in enumerate(seen, start=1) for identifier in asked}
    sections = []
    for number, section in enumerate(assessment.sections):
        questions = tuple(
            question.shown(seed, shuffle=shuffle, section=section.title)
            for question in _picked(section, number, seed, last_seen, failed_objectives)
        )
        if questions:
            sections.append(ShownSection(section.title, section.intro_html, questions))
    return Paper(assessment.title, assessment.lang, tuple(sections))


def _picked(
    section: Section, number: int, seed: str, last_seen: Mapping[str, int], failed: Collection[str]
) -> list[Question]:
    questions: list[Question] = [question for question in section.questions if not isinstance(question, Attestation)]
    if section.pick is None:
        return questions

    def lot(question: Question) -> tuple[int, bool, bytes]:
        drawn = hashlib.sha256(f"{seed}\0section {number}\0{question.id}".encode()).digest()
        return last_seen.get(question.id, 0), question.objective not in failed, drawn

    drawn = {question.id for question in sorted(questions, key=lot)[: section.pick]}
    return [question for question in questions if question.id in drawn]


def failed_objectives(results: Sequence[Result]) -> frozenset[str]:
    """The objectives on which something was not wholly right when they were last asked; `results` oldest first."""
    failed: set[str] = set()
    for result in results:
        scored = [question for question in result.questions if question.scored and question.objective]
        failed -= {str(question.objective) for question in scored}
        failed |= {str(question.objective) for question in scored if not question.correct}
    return frozenset(failed)


def show_check(question: Question, *, seed: str = "") -> Shown:
    """An ungraded check of a lesson as the learner sees it. `seed` may be the learner's id, so that neighbours differ."""
    return question.shown(seed, shuffle=True)


def check_answer(question: Question, response: object) -> QuestionResult:
    """Judges an ungraded check. Raises AnswerRejected for what is no answer to it."""
    return _judged(question, question.check(response), ())


def grade(assessment: Assessment, paper: Paper, answers: Mapping[str, object]) -> Result:
    """Grades answers (question id -> response) to a paper drawn from this assessment.

    Raises AnswerRejected for an answer to a question that is not on the paper, or that is no answer to it; ValueError when
    the paper was drawn from another quiz.
    """
    questions = _questions_of(assessment, paper)
    for identifier in answers:
        if identifier not in questions:
            raise AnswerRejected("That question is not on this paper.", identifier)
    results = []
    for identifier, question in questions.items():
        response = question.check(answers[identifier]) if identifier in answers else None
        results.append(_judged(question, response, assessment.review_of(question.objective)))
    return Result(score_of(results), tuple(results), assessment.show_correct)


def score_of(results: Sequence[QuestionResult]) -> Decimal:
    """The mean over the scored questions, 0.0000 to 1.0000; all of it where nothing is scored."""
    scored = [result for result in results if result.scored]
    total = sum((result.points for result in scored), Decimal(0))
    return (total / len(scored)).quantize(FOUR_DECIMALS, ROUND_HALF_UP) if scored else Decimal("1.0000")


def _questions_of(assessment: Assessment, paper: Paper) -> dict[str, Question]:
    known = {question.id: question for question in assessment.graded}
    missing = [identifier for identifier in paper.question_ids if identifier not in known]
    if missing:
        raise ValueError(f"The paper asks {', '.join(missing)}, which this quiz does not have.")
    return {identifier: known[identifier] for identifier in paper.question_ids}


def _judged(question: Question, response: Response | None, review: tuple[str, ...]) -> QuestionResult:
    judgement = question.judge(response) if response is not None else None
    points = judgement.points if judgement and question.scored else Decimal(0)
    return QuestionResult(
        question_id=question.id,
        kind=question.kind,
        title=question.title,
        scored=question.scored,
        answered=question.in_words(response) if response is not None else (),
        points=points,
        correct=bool(judgement and question.scored and judgement.correct),
        partial=bool(judgement and question.scored and judgement.partial),
        feedback=judgement.feedback if judgement else (),
        explanation_html=question.explanation_html,
        key=question.key(),
        objective=question.objective,
        review=review,
    )
