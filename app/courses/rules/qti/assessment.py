"""The test: its sections with their pools, and the score over all of them."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from app.courses.rules.course import Course
from app.courses.rules.front_matter import ShowCorrect
from app.courses.rules.qti.items import Item
from app.courses.rules.qti.xml import blocks, child, root_of


@dataclass(frozen=True)
class Pool:
    """A section: its title, its introduction, the identifiers and files of its items, and how many are drawn (None: all)."""

    title: str
    intro_html: str
    identifiers: tuple[str, ...]
    files: tuple[str, ...]
    pick: int | None

    @property
    def asked(self) -> int:
        return self.pick if self.pick is not None else len(self.files)


def assessment_test(slug: str, course: Course, pools: list[Pool]) -> Item:
    """An `assessmentTest`. SCORE is the mean over what is asked, PASSED whether it reaches the course's mastery score."""
    assert course.assessment is not None
    root = root_of("assessmentTest", identifier=test_identifier(slug), title=course.assessment.title)
    for name, base in (("SCORE", "float"), ("PASSED", "boolean")):
        declared = child(root, "outcomeDeclaration", identifier=name, cardinality="single", baseType=base)
        if name == "SCORE":
            declared.set("normalMaximum", "1")
    if course.assessment.settings.time_limit is not None:
        child(root, "timeLimits", maxTime=str(course.assessment.settings.time_limit.in_seconds))
    part = child(root, "testPart", identifier="part-1", navigationMode="nonlinear", submissionMode="simultaneous")
    always = course.assessment.show_correct is ShowCorrect.ALWAYS
    child(part, "itemSessionControl", maxAttempts="1", showFeedback="true" if always else "false")
    media: list[str] = []
    for number, pool in enumerate(pools, start=1):
        section = child(
            part,
            "assessmentSection",
            identifier=f"section-{number}",
            title=pool.title or f"Section {number}",
            visible="true",
        )
        if pool.pick is not None:
            child(section, "selection", select=str(pool.pick))
        if pool.intro_html:
            media += blocks(child(section, "rubricBlock", view="candidate"), pool.intro_html).media
        for identifier, file in zip(pool.identifiers, pool.files, strict=True):
            child(section, "assessmentItemRef", identifier=identifier, href=file)
    _outcome(root, sum(pool.asked for pool in pools), format(course.meta.mastery_score, "f"))
    for picture in root.iter("img"):
        picture.set("src", picture.get("src", "").removeprefix("../"))  # the test stands one folder above its items
    return Item(root, tuple(dict.fromkeys(media)))


def test_identifier(slug: str) -> str:
    return f"course-{slug}"


def _outcome(root: Element, asked: int, mastery: str) -> None:
    processing = child(root, "outcomeProcessing")
    divided = child(child(processing, "setOutcomeValue", identifier="SCORE"), "divide")
    child(child(divided, "sum"), "testVariables", variableIdentifier="SCORE")
    child(divided, "baseValue", str(asked), baseType="float")
    reached = child(child(processing, "setOutcomeValue", identifier="PASSED"), "gte")
    child(reached, "variable", identifier="SCORE")
    child(reached, "baseValue", mastery, baseType="float")
