"""Pictures described by their file's name, films without a transcript."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from app.courses.rules import markdown
from app.courses.rules.lint.written import WrittenPage
from app.courses.rules.problems import Report

_SAYS_NOTHING = re.compile(
    r"(the |an? )?(image|picture|photo|figure|diagram|screenshot|graphic|logo|icon|drawing|chart|alt( text)?|"
    r"capture d.écran|abbildung|bild|imagen|foto|صورة)s?(\s*\d+)?|(img|dsc|pxl|scan|screenshot)[-_ ]?[\d_-]+",
    re.IGNORECASE,
)


def pictures_and_films(pages: Sequence[WrittenPage], texts: Mapping[str, str], report: Report) -> None:
    for page in pages:
        for token, line in page.inlines():
            if token.type == "image":
                _picture(page, str(token.attrs.get("src", "")), markdown.plain_text_of_alt(token).strip(), line, report)
            elif token.type == "media" and token.info in markdown.VIDEO_SUFFIXES:
                _film(page, str(token.meta["path"]), texts, line, report)


def _picture(page: WrittenPage, source: str, description: str, line: int, report: Report) -> None:
    name = PurePosixPath(source)
    if not description:
        return  # an error, reported when the course was read
    if _is_name(description, name) or _SAYS_NOTHING.fullmatch(description.strip(" .:")):
        report.warning(
            page.file,
            line,
            f"The description '{description}' says nothing to somebody who can't see '{name.name}'. Write what the picture shows.",
        )


def _is_name(description: str, name: PurePosixPath) -> bool:
    has_suffix = PurePosixPath(description).suffix.lower() in markdown.IMAGE_SUFFIXES
    return has_suffix or (markdown.slug(description) == markdown.slug(name.stem) and len(description.split()) < 3)


def _film(page: WrittenPage, path: str, texts: Mapping[str, str], line: int, report: Report) -> None:
    stem = path[: -len(PurePosixPath(path).suffix)]
    if f"{stem}.md" not in texts and not any(
        other.startswith(f"{stem}.") and other.endswith(".md") and "/" not in other[len(stem) :] for other in texts
    ):
        beside = PurePosixPath(stem).name
        report.warning(
            page.file,
            line,
            f"The film '{path}' has no transcript, for those who can neither hear nor see it. Put {beside}.md beside it; "
            "it is shown under the film.",
        )
