"""Lines that Markdown reads otherwise than they look."""

from collections.abc import Sequence

from app.courses.rules.lint.written import WrittenPage
from app.courses.rules.problems import Report
from app.courses.rules.questions.base import LISTS


def lines_that_fall_out_of_their_list(pages: Sequence[WrittenPage], report: Report) -> None:
    """Indented by 1 to 3 spaces right under a list: it looks like a part of the item and is none."""
    for page in pages:
        before = ""
        for block in page.blocks:
            source = page.lines[block.start] if block.start < len(page.lines) else ""
            indent = len(source) - len(source.lstrip(" "))
            if before in LISTS and 0 < indent < 4 and source.strip():
                report.warning(
                    page.file,
                    page.line(block.start),
                    f"This line is indented by {indent} and so does not belong to the list above it. Indent by 4 spaces what belongs "
                    "to a list item, and not at all what doesn't.",
                )
            before = block.type


def underlined_headings(pages: Sequence[WrittenPage], report: Report) -> None:
    """In quizzes this is an error; in a lesson it may be meant."""
    for page in pages:
        for block in page.blocks:
            mark = block.tokens[0].markup if block.type == "heading_open" else ""
            if mark in {"=", "-"} and not page.is_quiz:
                sign = "#" if mark == "=" else "##"
                report.warning(
                    page.file,
                    page.line(block.start),
                    f"A line of {mark * 3} straight under text makes that text a heading. Leave an empty line before it; or, if a heading is "
                    f"meant, write {sign} before the text.",
                )
