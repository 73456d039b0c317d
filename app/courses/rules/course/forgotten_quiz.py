"""A file of questions that would be published as a lesson, right answers and all, because its front matter lacks `quiz:`."""

import re

from app.courses.rules import markdown
from app.courses.rules.front_matter import Page
from app.courses.rules.problems import Report
from app.courses.rules.questions import blocks_of
from app.courses.rules.questions.base import has_boxes
from app.courses.rules.questions.number import is_number

_CHECK = re.compile(r"(?ms)^<quiz>.*?^</quiz>")
_QUESTION = re.compile(r"(?m)^ {0,3}##[ \t].*\{#")
_IDENTIFIED = re.compile(r"\{#[^}]*\}\s*$")


def report_forgotten_quiz(page: Page, report: Report) -> None:
    """Says so at the first heading `## … {#id}` with answers under it. Checks in `<quiz>` are no such thing."""
    if not _QUESTION.search(_CHECK.sub("", page.body)):
        return
    parsed = markdown.parse(page.body, markdown.Setting(first_line=page.body_line), quiz=True)
    lines = page.body.split("\n")
    heading: int | None = None
    inside = False
    for block in blocks_of(parsed.tokens):
        first = lines[block.start].strip() if block.start < len(lines) else ""
        if first in {"<quiz>", "</quiz>"}:
            inside = first == "<quiz>"
        if block.type == "heading_open":
            is_question = block.tokens[0].tag == "h2" and _IDENTIFIED.search(block.tokens[1].content)
            heading = block.start if is_question and not inside else None
        elif heading is not None and (
            has_boxes(block)
            or is_number(block)
            or any(child.type == "gap" for child in (block.inline.children or [] if block.inline else []))
        ):
            report.error(
                page.file,
                heading + page.body_line,
                "This is a question, but the front matter of the file has no 'quiz:', so it would be shown as a lesson with its "
                "answers. Add the line 'quiz:' to the front matter. (A question inside a lesson goes between <quiz> and </quiz>; "
                "a checklist under a heading without {#id}.)",
            )
            return
