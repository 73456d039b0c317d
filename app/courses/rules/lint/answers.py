"""Answers that can be guessed without the lesson: the longest one, and those that point at the others."""

import re
from collections.abc import Mapping, Sequence

from app.courses.rules.course import Course
from app.courses.rules.lint.written import WrittenPage
from app.courses.rules.problems import Report
from app.courses.rules.questions import SingleChoice

_ANSWER = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+\[[ xX]\]\s+(?P<text>.+)")
_POINTS_AT_OTHERS = re.compile(
    r"(all|none|both|neither|any) of (the |these|those|them)( ?(above|below|answers|options|others))?"
    r"|(toutes|aucune) (les|de ces|des) (réponses|propositions)( (ci-dessus|précédentes))?"
    r"|(alle|keine) (der )?(genannten|antworten|oben genannten)( (antworten|möglichkeiten))?"
    r"|(todas|ninguna) (las|de las) (anteriores|respuestas)( anteriores)?"
    r"|(جميع|كل|لا شيء من) (ما سبق|مما سبق|الإجابات)( السابقة)?",
    re.IGNORECASE,
)
_FEWEST_QUESTIONS = 4
"""Fewer say nothing: of three questions two have their longest answer right by chance often enough."""


def answers_that_give_themselves_away(
    pages: Sequence[WrittenPage], courses: Mapping[str, Course], report: Report
) -> None:
    for page in pages:
        code = page.code_rows() if page.is_quiz else set()
        for row, line in enumerate(page.lines):
            found = _ANSWER.fullmatch(line)
            if found and row not in code and _POINTS_AT_OTHERS.fullmatch(found["text"].strip(" .!*_")):
                report.warning(
                    page.file,
                    page.line(row),
                    f"'{found['text'].strip()}' can be guessed, and means nothing once the answers are shuffled. Write an answer that "
                    "stands for itself, or let several be right.",
                )
    quizzes = {page.lang: page for page in pages if page.is_quiz}
    own = next(iter(courses), "")
    for lang, course in courses.items():
        quiz = quizzes.get("" if lang == own else lang)
        if quiz is not None:
            _longest_is_right(quiz, course, report)


def _longest_is_right(quiz: WrittenPage, course: Course, report: Report) -> None:
    asked = [one for one in course.assessment.questions if isinstance(one, SingleChoice)] if course.assessment else []
    asked = [one for one in asked if len(one.options) > 2]  # of two answers one is always the longer
    told = [one.id for one in asked if _is_longest(one)]
    if len(asked) >= _FEWEST_QUESTIONS and 2 * len(told) > len(asked):
        report.warning(
            quiz.file,
            quiz.page.key_lines.get("quiz", 1),
            f"In {len(told)} of {len(asked)} questions the right answer is the longest, so it can be guessed. "
            f"Shorten it, or make the wrong ones as exact: {', '.join(told)}.",
        )


def _is_longest(question: SingleChoice) -> bool:
    right = next(len(option.text) for option in question.options if option.right)
    return all(right > len(option.text) for option in question.options if not option.right)
