"""Readiness materials: documents to read, published as they are, whatever front matter their source put on them."""

from dataclasses import dataclass
from typing import Any

from app.courses.rules import markdown
from app.courses.rules.front_matter import read_page
from app.courses.rules.problems import Problem, Report


@dataclass(frozen=True)
class Material:
    """A material ready for the page. `title` stands above `html`, which therefore starts at heading level 2.

    `meta` is the front matter as read (keys of other systems, such as `ms.date`, are kept and mean nothing here).
    """

    title: str
    html: str
    words: int
    headings: tuple[markdown.Heading, ...]
    meta: dict[str, Any]
    problems: tuple[Problem, ...]

    @property
    def minutes(self) -> int:
        return markdown.reading_minutes(self.words)


def read_material(text: str, *, file: str = "material.md", lang: str = "en", title: str = "") -> Material:
    """Reads a Markdown document. Never raises on any text; what could not be shown is in `problems`.

    The title is `title`, else the one in the front matter, else the document's first heading, which is then not repeated.
    """
    report = Report()
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    page = read_page(file, text, report)
    setting = markdown.Setting(lang=lang, first_line=page.body_line)
    parsed = markdown.parse(page.body, setting)
    for line, message in parsed.problems:
        report.warning(file, line, message)
    for line, snippet in markdown.raw_html(page.body):
        report.warning(file, line + page.body_line - 1, f"Raw HTML is shown as text: '{snippet[:60]}'.")
    words = markdown.count_words(parsed.tokens)
    tokens = parsed.tokens
    declared = page.raw.get("title")
    title = title or (declared.strip() if isinstance(declared, str) else "")
    if tokens and tokens[0].type == "heading_open":
        first = markdown.plain_text([tokens[1]])
        if not title or title == first:
            title = first
            tokens = tokens[3:]
    headings = markdown.level_headings(tokens, setting)
    return Material(title, markdown.to_html(tokens, setting), words, headings, page.raw, tuple(report.sorted()))
