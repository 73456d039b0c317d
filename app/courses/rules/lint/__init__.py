"""What makes a course bad though it can be published: warnings, by file and line, each with its mend.

A rule is a function that takes the written pages (and what was read of them) and reports; the list below is all of them.
"""

from collections.abc import Mapping

from app.courses.rules.course import Course
from app.courses.rules.lint.anchors import links_to_no_heading
from app.courses.rules.lint.answers import answers_that_give_themselves_away
from app.courses.rules.lint.indents import lines_that_fall_out_of_their_list, underlined_headings
from app.courses.rules.lint.media import pictures_and_films
from app.courses.rules.lint.translations import translations_behind
from app.courses.rules.lint.written import written_pages
from app.courses.rules.problems import Problem, Report, with_texts


def lint(texts: Mapping[str, str], courses: Mapping[str, Course]) -> list[Problem]:
    """The warnings of a course without errors. `texts`: path -> text of its .md and .vtt files; `courses`: language -> course."""
    report = Report()
    original = next(iter(courses.values()))
    pages = written_pages(texts, original.lang)
    answers_that_give_themselves_away(pages, courses, report)
    pictures_and_films(pages, texts, report)
    links_to_no_heading(pages, original.lang, report)
    lines_that_fall_out_of_their_list(pages, report)
    underlined_headings(pages, report)
    translations_behind(pages, courses, report)
    return with_texts(report.sorted(), texts)


__all__ = ["lint"]
