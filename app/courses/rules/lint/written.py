"""The pages of a course as they are written: lines and tokens, before anything is resolved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markdown_it.token import Token

from app.courses.rules import markdown
from app.courses.rules.course.file_names import names_of
from app.courses.rules.front_matter import Page, read_page
from app.courses.rules.markdown.lines import children_with_lines
from app.courses.rules.problems import Report
from app.courses.rules.questions import Block, blocks_of


@dataclass(frozen=True)
class WrittenPage:
    """One Markdown page: `lang` is "" for the course's own language; `lines` and tokens are those of the body."""

    stem: str
    lang: str
    page: Page
    lines: tuple[str, ...]
    tokens: tuple[Token, ...]

    @property
    def file(self) -> str:
        return self.page.file

    @property
    def is_quiz(self) -> bool:
        return "quiz" in self.page.raw

    @property
    def blocks(self) -> list[Block]:
        return blocks_of(self.tokens)

    def line(self, row: int) -> int:
        """The line of the file (from 1) of a row of the body (from 0)."""
        return row + self.page.body_line

    def inlines(self) -> Iterator[tuple[Token, int]]:
        """Every link, picture and film with its line of the file, those inside `<quiz>` too."""
        for token in self.tokens:
            if token.type == "inline":
                yield from ((child, self.line(line - 1)) for child, line in children_with_lines(token))
            elif token.type == "media":
                yield token, self.line((token.map or [0])[0])
            elif token.type == "quiz":
                first = (token.map or [0])[0] + 1
                for inner in _parsed(token.content, quiz=True):
                    if inner.type == "inline":
                        yield from ((child, self.line(first + at - 1)) for child, at in children_with_lines(inner))

    def code_rows(self) -> set[int]:
        """Rows of the body that are code or belong to a check."""
        return {
            row
            for token in self.tokens
            if token.type in {"fence", "code_block", "quiz"} and token.map
            for row in range(*token.map)
        }


def written_pages(texts: Mapping[str, str], own_lang: str) -> list[WrittenPage]:
    """Every page in every language, by name; `texts` also holds what is no page."""
    found: list[WrittenPage] = []
    for stem, files in sorted(names_of(texts).by_stem.items()):
        for lang, file in sorted(files.items()):
            page = read_page(file, texts[file], Report())
            tokens = _parsed(page.body, quiz="quiz" in page.raw, lang=lang or own_lang)
            found.append(WrittenPage(stem, lang, page, tuple(page.body.split("\n")), tuple(tokens)))
    return found


def _parsed(text: str, *, quiz: bool, lang: str = "en") -> list[Token]:
    # Nothing is looked up here: pictures and links stay as written, and their faults were reported when the course was read.
    setting = markdown.Setting(media=markdown.Media, link=str, lang=lang)
    return markdown.parse(text, setting, quiz=quiz).tokens
