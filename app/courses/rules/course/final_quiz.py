"""One page read as the course's final quiz."""

from app.courses.rules.course.file_names import title_of
from app.courses.rules.course.model import Unit
from app.courses.rules.course.pages import Pages
from app.courses.rules.front_matter import CourseMeta, Page, QuizMeta
from app.courses.rules.quiz import Assessment, read_sections

_SECONDS_PER_QUESTION = 45


def read_quiz(
    page: Page, meta: QuizMeta | None, course: CourseMeta, lang: str, units: tuple[Unit, ...], pages: Pages
) -> Assessment | None:
    pages.refuse_html(page)
    sections = read_sections(
        page.file, page.body, pages.setting(page, lang), pages.report, objectives=course.objectives
    )
    if meta is None:
        return None
    review = tuple(
        (objective, tuple(unit.slug for unit in units if objective in unit.objectives))
        for objective in course.objectives
    )
    assessment = Assessment(
        title=meta.title or title_of(page.file.removesuffix(".md")),
        lang=lang,
        sections=sections,
        settings=meta.quiz,
        review=review,
    )
    if not any(question.scored for question in assessment.questions):
        pages.report.error(
            page.file,
            0,
            "The quiz has no question that can be scored. Add one with answers, a number, gaps, steps or pairs.",
        )
    return assessment


def minutes_of(assessment: Assessment) -> int:
    """Minutes that one attempt takes at a steady pace."""
    return -(-assessment.asked * _SECONDS_PER_QUESTION // 60)
