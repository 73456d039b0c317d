"""The files of a course beside those of an earlier version, as their authors wrote them."""

from pathlib import PurePosixPath

from app.courses.rules.bundle import Bundle, is_text
from app.courses.rules.comparison import Difference, compare
from app.courses.rules.course import CHANGES, parse
from app.courses.rules.course import Change as ChangeLine
from app.courses.rules.course.changes import read_changes
from app.courses.rules.front_matter import CourseMeta
from app.courses.rules.page_differences import PageText
from app.courses.rules.problems import CourseRefused, Report
from app.courses.rules.versions import is_later
from app.courses.rules.word_difference import markdown_paragraphs


def source_pages(bundle: Bundle) -> list[PageText]:
    """Every text file of a course as its author wrote it, CHANGES.md left out, which is told by itself."""
    return [
        PageText(path, path, tuple(markdown_paragraphs(bundle[path].decode("utf-8", errors="replace"))))
        for path in bundle
        if is_text(path) and path != CHANGES
    ]


def other_files(before: Bundle, after: Bundle) -> tuple[tuple[str, str], ...]:
    """Pictures, videos and the like as (path, added | changed | removed)."""
    return tuple(
        (path, "added" if path not in before else "removed" if path not in after else "changed")
        for path in sorted({*before, *after})
        if not is_text(PurePosixPath(path).name)
        and (path not in before or path not in after or before[path] != after[path])
    )


def questions(before: Bundle, after: Bundle) -> tuple[Difference, ...]:
    """What changed in the quiz. Both were accepted once; where today's rules refuse one, its source still shows what changed."""
    try:
        return compare(parse(before), parse(after))
    except CourseRefused:
        return ()


def lines_between(bundle: Bundle, *, since: str, until: str) -> tuple[ChangeLine, ...]:
    """What CHANGES.md says of the versions after `since` up to `until`, as written."""
    if CHANGES not in bundle:
        return ()
    text = bundle[CHANGES].decode("utf-8", errors="replace")
    lines = read_changes(text, CourseMeta.model_construct(version=until), Report())
    return tuple(one for one in lines if is_later(one.version, since) and not is_later(one.version, than=until))
