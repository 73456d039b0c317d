"""Links to a heading that the page does not have."""

from collections.abc import Sequence
from urllib.parse import unquote

from app.courses.rules import markdown
from app.courses.rules.course.file_names import LANGUAGE_SUFFIX
from app.courses.rules.lint.written import WrittenPage
from app.courses.rules.problems import Report


def links_to_no_heading(pages: Sequence[WrittenPage], own_lang: str, report: Report) -> None:
    """Files that are not there are errors already; here the part after # is followed, in the language that its reader sees."""
    by_place = {(page.stem, page.lang): page for page in pages}
    headings: dict[str, list[str]] = {}
    for page in pages:
        for token, line in page.inlines():
            href = str(token.attrs.get("href", "")) if token.type == "link_open" else ""
            path, mark, fragment = href.partition("#")
            if not mark or ":" in path or path.startswith("/"):
                continue
            inside = markdown.inside_folder(unquote(path)) if path else page.file
            if inside is None or "/" in inside or not inside.endswith(".md"):
                continue
            found = LANGUAGE_SUFFIX.fullmatch(inside)
            stem = found["stem"] if found else inside.removesuffix(".md")
            target = by_place.get((stem, page.lang)) or by_place.get((stem, ""))
            wanted = markdown.slug(unquote(fragment).removeprefix("c-") if not path else unquote(fragment))
            if target is None:
                continue
            if target.file not in headings:
                headings[target.file] = _headings(target)
            if wanted not in headings[target.file]:
                report.warning(page.file, line, _sentence(href, target, headings[target.file]))


def _headings(page: WrittenPage) -> list[str]:
    if page.is_quiz:
        return []
    # A copy, for levelling changes the tokens: a heading's own {#id} is taken off its text.
    tokens = markdown.parse(page.page.body, markdown.Setting(media=markdown.Media, link=str)).tokens
    return [heading.id.removeprefix("c-") for heading in markdown.level_headings(tokens, markdown.Setting())]


def _sentence(href: str, target: WrittenPage, headings: list[str]) -> str:
    if target.is_quiz:
        return f"The link to '{href[:80]}' leads to no place: questions can't be linked to. Link to the lesson that explains it."
    known = f"Headings there: {', '.join('#' + one for one in headings[:8])}." if headings else "It has no headings."
    return f"The link to '{href[:80]}' leads to no heading of {target.file}. {known}"
