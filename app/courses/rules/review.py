"""What somebody who judges a draft wants to know: what it changed, and how a question will look, with its key or without."""

from dataclasses import dataclass
from html import escape

from app.courses.rules.bundle import Bundle
from app.courses.rules.comparison import Difference, compare
from app.courses.rules.course import Change, parse
from app.courses.rules.preparation import problems_of
from app.courses.rules.problems import CourseRefused, Problem
from app.courses.rules.questions import Item, MultipleChoice, Option, Question, Shown, SingleChoice
from app.courses.rules.versions import is_later


@dataclass(frozen=True)
class Review:
    """A draft beside the version that it would replace. `files` are (path, "added" | "changed" | "removed").

    `changes` are the lines of CHANGES.md since then, newest first as written; `problems` are warnings.
    """

    changes: tuple[Change, ...]
    files: tuple[tuple[str, str], ...]
    questions: tuple[Difference, ...]
    problems: tuple[Problem, ...]


def review(slug: str, draft: Bundle, published: Bundle | None) -> Review:
    """Both bundles were accepted once; one that today's rules refuse is compared by its files alone."""
    files = _changed_files(draft, published) if published is not None else ()
    problems = tuple(problems_of(slug, draft))
    try:
        read = parse(draft)
        before = parse(published) if published is not None else None
    except CourseRefused:
        return Review((), files, (), problems)
    changes = tuple(
        change
        for change in read.changes
        if not is_later(change.version, read.version) and (before is None or is_later(change.version, before.version))
    )
    return Review(changes, files, compare(before, read) if before else (), problems)


def _changed_files(draft: Bundle, published: Bundle) -> tuple[tuple[str, str], ...]:
    return tuple(
        (path, "added" if path not in published else "removed" if path not in draft else "changed")
        for path in sorted({*draft, *published})
        if path not in published or path not in draft or draft[path] != published[path]
    )


@dataclass(frozen=True)
class Answer:
    """One answer, pair or statement, as safe HTML; `right` is None where it has no right and wrong or the key is not shown."""

    html: str
    right: bool | None = None
    feedback_html: str = ""


@dataclass(frozen=True)
class QuestionPreview:
    """A question as staff read it. Without the key: no right answers, no feedback, no explanation."""

    id: str
    title_html: str
    prompt_html: str
    instruction: str
    scored: bool
    answers: tuple[Answer, ...]
    others: tuple[Answer, ...]
    """The right-hand side of a matching question."""
    hints: tuple[str, ...]
    key: tuple[str, ...]
    """The right answer in words, where the answers themselves don't show it."""
    explanation_html: str


def preview(question: Question, *, with_key: bool) -> QuestionPreview:
    """Answers are in the author's order with the key, and otherwise in one that gives nothing away."""
    shown = question.shown("preview", shuffle=not with_key)
    marked = with_key and isinstance(question, SingleChoice | MultipleChoice)
    return QuestionPreview(
        id=question.id,
        title_html=question.title_html,
        prompt_html=_with_gaps(shown) if shown.parts else shown.prompt_html,
        instruction=shown.instruction,
        scored=shown.scored,
        answers=tuple(_answer(item) for item in _items(question, shown, marked)),
        others=tuple(_answer(item) for item in shown.options) if shown.lefts else (),
        hints=shown.hints,
        key=question.key() if with_key and not marked else (),
        explanation_html=question.explanation_html if with_key else "",
    )


def _items(question: Question, shown: Shown, marked: bool) -> tuple[Item, ...]:
    if marked and isinstance(question, SingleChoice | MultipleChoice):
        return question.options
    return shown.lefts or shown.options


def _answer(item: Item) -> Answer:
    html = item.html or escape(item.text)
    return Answer(html, item.right, item.feedback_html) if isinstance(item, Option) else Answer(html)


def _with_gaps(shown: Shown) -> str:
    """The text with each gap as a line to write on, or as the words to choose from."""
    return "".join(
        part.html or f"[ {' / '.join(escape(option.text) for option in part.options) or '……'} ]" for part in shown.parts
    )
