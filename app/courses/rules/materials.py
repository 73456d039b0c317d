"""Readiness materials: documents to read, published as they are, whatever front matter their source put on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from markdown_it.token import Token
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from app.courses.rules import markdown
from app.courses.rules.front_matter import read_page
from app.courses.rules.problems import Problem, Report
from app.kernel.errors import DomainError

LONGEST_SUMMARY = 280
MINUTES_A_PAGE = 2
MOST_PAGES = 500


@dataclass(frozen=True)
class Material:
    """A material ready for the page. `title` stands above `html`, which therefore starts at heading level 2.

    `summary` is one plain paragraph for lists: the description in the front matter, else the text's first paragraph.
    `meta` is the front matter as read (keys of other systems, such as `ms.date`, are kept and mean nothing here).
    """

    title: str
    summary: str
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
    return Material(
        title=title,
        summary=_summary(page.raw.get("description"), tokens),
        html=markdown.to_html(tokens, setting),
        words=words,
        headings=headings,
        meta=page.raw,
        problems=tuple(report.sorted()),
    )


def _summary(described: object, tokens: Sequence[Token]) -> str:
    if isinstance(described, str) and described.strip():
        text = " ".join(described.split())
    else:
        first = next((i for i, token in enumerate(tokens) if token.type == "paragraph_open"), None)
        text = markdown.plain_text([tokens[first + 1]]) if first is not None else ""
    # Cut at a word's end, where the script has spaces.
    return text if len(text) <= LONGEST_SUMMARY else f"{text[:LONGEST_SUMMARY].rsplit(' ', 1)[0]} …"


def pages_of(document: bytes) -> int:
    """How many pages a PDF has. Raises DomainError (field `file`) for what is no whole PDF, or one that a reader could not open."""
    try:
        reader = PdfFileReader(BytesIO(document), strict=False)
        if reader.encrypted:
            raise DomainError(
                "This PDF is protected by a password. Save it without one, and choose that file.", field="file"
            )
        pages = int(reader.root["/Pages"]["/Count"])
    except (PdfError, KeyError, TypeError, ValueError, IndexError, RecursionError, OverflowError) as error:
        raise DomainError(
            "This file is no whole PDF. Open it, save it as a PDF again, and choose that file.", field="file"
        ) from error
    if not 1 <= pages <= MOST_PAGES:
        raise DomainError(f"A material may have 1 to {MOST_PAGES} pages; this PDF says {pages}.", field="file")
    return pages
