"""What a new version of a course changed against the last published one, so that its author can be asked about it.

Editing the words of a question keeps its id; asking something else needs a new id, for results are compared by id.
"""

from dataclasses import dataclass

from app.courses.rules.course import Course
from app.courses.rules.problems import Problem, Report
from app.courses.rules.questions import Question
from app.courses.rules.versions import is_later


@dataclass(frozen=True)
class Difference:
    """One change of a question. `ask` is the question to put to the author; empty when the change speaks for itself."""

    question_id: str
    change: str
    ask: str = ""


def compare(published: Course, draft: Course) -> tuple[Difference, ...]:
    """The changed questions of the final quiz, in the order of the draft, removed ones last."""
    before = {question.id: question for question in published.assessment.questions} if published.assessment else {}
    after = {question.id: question for question in draft.assessment.questions} if draft.assessment else {}
    differences: list[Difference] = []
    for identifier, question in after.items():
        if identifier not in before:
            differences.append(Difference(identifier, "added"))
        elif change := _change(before[identifier], question):
            differences.append(
                Difference(identifier, change, f"Does '{identifier}' still ask the same? If not, give it a new id.")
            )
    differences += [Difference(identifier, "removed") for identifier in before if identifier not in after]
    return tuple(differences)


def check_version(published: Course, draft: Course, *, same_content: bool) -> list[Problem]:
    """Faults of the version number: content changed under the same number, a number that goes back, a new key without a new major."""
    report = Report()
    major = int(published.version.partition(".")[0])
    if not same_content and draft.version == published.version:
        report.error("index.md", 0, f"The course changed but its version is still {draft.version}; raise it.")
    elif is_later(published.version, than=draft.version):
        report.error("index.md", 0, f"Version {draft.version} is lower than the published {published.version}.")
    elif int(draft.version.partition(".")[0]) == major and any(
        difference.change == "right answer changed" for difference in compare(published, draft)
    ):
        report.warning(
            "index.md",
            0,
            f"A right answer changed: raise the first number ({major + 1}.0.0) if people must take the course again.",
        )
    return report.sorted()


def _change(before: Question, after: Question) -> str:
    if before.kind != after.kind:
        return "kind changed"
    if before.key() != after.key():
        return "right answer changed"
    if (before.title, before.prompt_html) != (after.title, after.prompt_html):
        return "reworded"
    return (
        "answers reworded"
        if before.right_response() != after.right_response() or _offers(before) != _offers(after)
        else ""
    )


def _offers(question: Question) -> object:
    shown = question.shown("", shuffle=False)
    return [(item.id, item.text) for item in (*shown.options, *shown.lefts)], shown.parts
