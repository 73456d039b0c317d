"""How much of a module came over, as a reader would count it."""

from dataclasses import dataclass

from app.courses.rules import markdown
from app.courses.rules.bundle import Bundle
from app.courses.rules.course import parse


@dataclass(frozen=True)
class Counts:
    lessons: int
    questions: int
    pictures: int
    words: int


def counts_of(bundle: Bundle) -> Counts:
    """Counted on the finished course, so that the figures say what readers will find."""
    course = parse(bundle)
    return Counts(
        lessons=len(course.lessons),
        questions=len(course.assessment.questions) if course.assessment else 0,
        pictures=sum(path.lower().endswith(tuple(markdown.IMAGE_SUFFIXES)) for path in bundle),
        words=sum(len(bundle[path].decode().split()) for path in bundle if path.endswith(".md")),
    )
