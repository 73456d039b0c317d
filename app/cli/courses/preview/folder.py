"""A course that somebody is working on: read again only when a file in it has changed."""

import hashlib
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from app.courses.rules.bundle import Bundle
from app.courses.rules.course import INDEX, Addresses, Course, parse
from app.courses.rules.preparation import problems_of
from app.courses.rules.problems import BundleRefused, CourseRefused, Problem, Severity
from app.courses.rules.roots import Source

KEY = "?key=1"


@dataclass
class Look:
    """The folder as it was at one moment. `bundle` is None when it can't be read as a course at all."""

    stamp: str
    bundle: Bundle | None
    problems: Sequence[Problem]
    _courses: dict[tuple[str, bool], Course] = field(default_factory=dict)

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity is Severity.ERROR]

    @property
    def warnings(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity is Severity.WARNING]

    def course(self, lang: str, *, with_key: bool) -> Course | None:
        """In a language ("" for its own); None while its faults keep it from being read. Links keep language and key."""
        if self.bundle is None:
            return None
        if (lang, with_key) not in self._courses:
            try:
                self._courses[lang, with_key] = parse(self.bundle, lang=lang, addresses=_addresses(lang, with_key))
            except CourseRefused:
                return None
        return self._courses[lang, with_key]


def _addresses(lang: str, with_key: bool) -> Addresses:
    return Addresses(
        media=lambda path: f"/media/{quote(path)}",
        unit=lambda slug: f"/{lang}/units/{quote(slug)}{KEY if with_key else ''}",
    )


class CourseFolder:
    """`look()` from any thread."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._lock = threading.Lock()
        self._last: Look | None = None

    @property
    def name(self) -> str:
        return self.source.slug

    def stamp(self) -> str:
        """Changes with every file that is added, removed or saved. Reads no file."""
        digest = hashlib.sha256()
        for root in self.source.folders:
            for here, folders, names in os.walk(root):
                folders.sort()
                for name in sorted(names):
                    try:
                        state = os.stat(os.path.join(here, name))
                    except FileNotFoundError:
                        continue  # an editor's own file, gone again
                    digest.update(f"{here}/{name}:{state.st_mtime_ns}:{state.st_size}\n".encode())
        return digest.hexdigest()[:16]

    def look(self) -> Look:
        with self._lock:
            stamp = self.stamp()
            if self._last is None or self._last.stamp != stamp:
                self._last = self._read(stamp)
            return self._last

    def _read(self, stamp: str) -> Look:
        try:
            bundle = self.source.read()
        except BundleRefused as error:
            return Look(stamp, None, [Problem(INDEX, 0, error.sentence)])
        except FileNotFoundError:
            return Look(stamp, None, [Problem(INDEX, 0, "A file went away while it was read. This page tries again.")])
        return Look(stamp, bundle, problems_of(self.name, bundle))
