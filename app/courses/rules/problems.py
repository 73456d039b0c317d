"""What is wrong with a course, said so that its author can find the place and mend it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.kernel.errors import DomainError


class Severity(StrEnum):
    ERROR = "error"  # the course is not published; its last good version stays live
    WARNING = "warning"  # published all the same


@dataclass(frozen=True, order=True)
class Problem:
    """One fault: file relative to the course folder, line counted from 1 (0 = the file as a whole), what is wrong and the mend.

    `text` is that line of the file, cut to a length that fits a screen.
    """

    file: str
    line: int
    message: str
    severity: Severity = Severity.ERROR
    text: str = field(default="", compare=False)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.severity}: {self.message}"


_LONGEST_TEXT = 160


def with_texts(problems: Sequence[Problem], texts: Mapping[str, str]) -> list[Problem]:
    """The problems, each with the line of its file that it is about. `texts`: path -> text."""
    lines = {file: texts[file].split("\n") for file in {problem.file for problem in problems} if file in texts}
    return [
        replace(problem, text=_cut(lines[problem.file][problem.line - 1]))
        if problem.file in lines and 0 < problem.line <= len(lines[problem.file])
        else problem
        for problem in problems
    ]


def _cut(line: str) -> str:
    text = line.strip()
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


@dataclass
class Report:
    """Collects problems while a course is read; the same problem is kept once."""

    problems: list[Problem] = field(default_factory=list)

    def error(self, file: str, line: int, message: str) -> None:
        self._add(Problem(file, line, message))

    def warning(self, file: str, line: int, message: str) -> None:
        self._add(Problem(file, line, message, Severity.WARNING))

    def _add(self, problem: Problem) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity is Severity.ERROR]

    def sorted(self) -> list[Problem]:
        return sorted(self.problems, key=lambda p: (p.file, p.line, p.message))


class CourseRefused(DomainError):
    """The course has errors. `problems` lists every one of them, warnings too."""

    def __init__(self, problems: list[Problem]) -> None:
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        count = len(errors)
        first = f" The first: {errors[0]}" if errors else ""
        super().__init__(f"The course has {count} error{'' if count == 1 else 's'}.{first}")
        self.problems = problems


class BundleRefused(DomainError):
    """The folder, or the packed file, can't be taken as a course: a link out of the folder, a file too large, a bad name."""


class AnswerRejected(DomainError):
    """A posted answer that the page could not have sent. `question_id` names the question."""

    def __init__(self, sentence: str, question_id: str) -> None:
        super().__init__(sentence, field=question_id)
        self.question_id = question_id
