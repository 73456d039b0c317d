"""Where the pictures and links of a module lead in the course."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from posixpath import basename
from urllib.parse import unquote, urlsplit

from app.courses.rules import markdown
from app.courses.rules.course import fault_of_file
from app.courses.rules.learn_module.docfx.spelling import destination, escape
from app.courses.rules.learn_module.source import Files, Line, Notes


@dataclass
class Targets:
    """The files, site and lessons that a text may point to. `media` gathers the pictures that it shows: path -> bytes."""

    files: Files
    notes: Notes
    site: str
    lesson_of: Callable[[str], str | None]
    media: dict[str, bytes] = field(default_factory=dict)

    def picture(self, line: Line, source: str, alt: str, raw: str) -> str:
        """Markdown for a picture: the picture when its file is there, otherwise its description in italics, and a note."""
        path = self.files.find(line.file, unquote(source.split("?")[0].split("#")[0])) if source else None
        description = " ".join(alt.split())
        if path is not None and self.take(path):
            if not description:
                description = PurePosixPath(path).stem.replace("-", " ").replace("_", " ")
                self.notes.leave(
                    line, f"The picture '{source}' has no description; its file name stands in for one.", raw
                )
            else:
                self.notes.carry(line, f"The picture {path}.", raw)
            return f"![{escape(description)}]({destination(path)})"
        why = "is not there" if path is None else "is not a picture that a course may hold"
        self.notes.leave(line, f"The picture '{source}' {why}.", raw)
        if description:
            return f"*Figure: {escape(description)}*"
        return f"*Figure: {escape(basename(source))}*"

    def address(self, line: Line, href: str, raw: str) -> str | None:
        """Where a link leads in the course; None when only its words can be kept (which is listed)."""
        if href.startswith("#"):
            return href if len(href) > 1 and not href.startswith("#tab/") else self._no_link(line, href, raw)
        try:
            scheme = urlsplit(href).scheme.lower()
        except ValueError:
            return self._no_link(line, href, raw)
        if scheme in markdown.LINK_SCHEMES:
            return href
        if href.startswith("/") and not href.startswith("//"):
            absolute = self.absolute(href)
            self.notes.carry(line, f"The link {href} became {absolute}.", raw)
            return absolute
        if scheme or href.startswith("//"):
            return self._no_link(line, href, raw)
        path, _, fragment = href.partition("#")
        found = self.files.find(line.file, unquote(path.split("?")[0]))
        lesson = self.lesson_of(found) if found else None
        if lesson is not None:
            self.notes.carry(line, f"The link {href} leads to {lesson}.", raw)
            return lesson + (f"#{fragment}" if fragment else "")
        if found and PurePosixPath(found).suffix.lower() in markdown.IMAGE_SUFFIXES and self.take(found):
            return found
        return self._no_link(line, href, raw)

    def _no_link(self, line: Line, href: str, raw: str) -> str | None:
        self.notes.leave(line, f"The link to '{href}' leads out of the module; its words are kept.", raw)
        return None

    def absolute(self, url: str) -> str:
        return f"{self.site}{url}" if url.startswith("/") and not url.startswith("//") else url

    def take(self, path: str) -> bool:
        """Puts a picture among the course's media, if a course may hold it."""
        if (
            fault_of_file(path, self.files.files[path])
            or PurePosixPath(path).suffix.lower() not in markdown.IMAGE_SUFFIXES
        ):
            return False
        self.media[path] = self.files.files[path]
        return True
