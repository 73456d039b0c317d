"""One page read as a lesson: its text in parts, with its ungraded checks between them."""

from dataclasses import replace

from app.courses.rules import markdown
from app.courses.rules.course.file_names import title_of
from app.courses.rules.course.model import Part, Unit
from app.courses.rules.course.pages import Pages
from app.courses.rules.front_matter import CourseMeta, LessonMeta, Page, read_meta
from app.courses.rules.questions import Question
from app.courses.rules.quiz import read_check


def read_lesson(page: Page, stem: str, lang: str, course: CourseMeta, pages: Pages) -> Unit:
    meta = read_meta(LessonMeta, page, pages.report) or LessonMeta()
    for objective in meta.objectives:
        if objective not in course.objectives:
            pages.report.error(
                page.file,
                page.key_lines.get("objectives", 1),
                f"The course has no objective '{objective}'. {_known(course)}",
            )
    pages.refuse_html(page)
    setting = pages.setting(page, lang)
    parsed = markdown.parse(page.body, setting)
    pages.pass_on(page, parsed)
    headings = markdown.level_headings(parsed.tokens, setting)
    parts: list[Part] = []
    checks: list[Question] = []
    words = 0
    start = 0
    for index, token in enumerate([*parsed.tokens, None]):
        if token is not None and token.type != "quiz":
            continue
        piece = parsed.tokens[start:index]
        start = index + 1
        words += markdown.count_words(piece)
        if html := markdown.to_html(piece, setting):
            parts.append(Part(html=html))
        if token is None:
            continue
        line = (token.map or [0])[0] + page.body_line
        if not token.meta["closed"]:
            pages.report.error(page.file, line, "This <quiz> is not closed: put </quiz> on a line of its own after it.")
            continue
        if token.content.split("\n", 1)[0].strip():
            pages.report.error(
                page.file, line, "Leave an empty line after <quiz>, so that other Markdown readers show the list."
            )
        inner = replace(setting, first_line=line + 1, id_prefix=f"{setting.id_prefix}{stem}-")
        question = read_check(
            page.file,
            token.content,
            inner,
            pages.report,
            name=f"{stem}-check-{len(checks) + 1}",
            objectives=course.objectives,
        )
        if question is None:
            continue
        if any(question.id == other.id for other in checks):
            pages.report.error(
                page.file, line, f"The id '{question.id}' is already used in this lesson. Give each check its own."
            )
        checks.append(question)
        parts.append(Part(check=question.id))
    if not parts:
        pages.report.error(page.file, 0, "The lesson is empty. Write its text, or delete the file.")
    title = meta.title or (headings[0].text if headings else title_of(stem))
    return Unit(
        slug=stem,
        kind="lesson",
        title=title,
        lang=lang,
        minutes=meta.time_required.in_minutes if meta.time_required else markdown.reading_minutes(words),
        words=words,
        description=meta.description,
        objectives=meta.objectives,
        parts=tuple(parts),
        headings=headings,
        checks=tuple(checks),  # type: ignore[arg-type]
    )


def _known(course: CourseMeta) -> str:
    if not course.objectives:
        return "Name the objectives in index.md first."
    return f"Its objectives are: {', '.join(course.objectives)}."
