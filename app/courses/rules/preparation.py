"""A bundle made ready to be kept: checked, parsed, rendered, packed and hashed, before any transaction begins."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from app.courses.rules.bundle import Bundle, content_hash, is_text, pack
from app.courses.rules.course import INDEX, Addresses, Course, examine, parse_all
from app.courses.rules.durations import Duration
from app.courses.rules.lint import lint
from app.courses.rules.problems import CourseRefused, Problem, Severity

# Where the pages serve what a course refers to. Kept in the rendered text, so they can't change; a test ties them to the routes.
MEDIA_ADDRESS = "/courses/media/{content_hash}/{path}"
LESSON_ADDRESS = "/courses/lessons/{content_hash}/{slug}"

DEFAULT_ATTEMPTS = 3
"""Of a course that says nothing about it. After the last one a person decides how it goes on, so nobody is locked out."""

_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LONGEST_UNIT_NAME = 100
_LONGEST_VERSION = 40
_LONGEST_LANGUAGE = 20
_LONGEST = {"time_required": 366, "wait_between": 366, "valid_for": 366 * 50, "renew_from": 366 * 50, "due": 366 * 10}

MEDIA_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".vtt": "text/vtt",
    ".md": "text/plain",
}


@dataclass(frozen=True)
class MediaFile:
    path: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Prepared:
    """A course version that may be proposed. `problems` are warnings only; `package` unpacks to a bundle with this hash.

    `course` is in its own language, `translations` are the others, by tag.
    """

    slug: str
    course: Course
    content_hash: str
    package: bytes
    media: tuple[MediaFile, ...]
    problems: tuple[Problem, ...]
    translations: tuple[Course, ...] = ()

    @property
    def title(self) -> str:
        return self.course.title

    @property
    def version(self) -> str:
        return self.course.version


def problems_of(slug: str, bundle: Bundle) -> list[Problem]:
    """Every fault of a course folder, by file and line: those of the format, of what the portal can keep, and warnings."""
    courses, found = examine(bundle)
    if not any(problem.severity is Severity.ERROR for problem in found):
        texts = {path: bundle[path].decode() for path in bundle if is_text(path)}
        sizes = _faults_of_size(slug, courses)
        found = sorted({*found, *sizes, *lint(texts, courses)}, key=lambda p: (p.file, p.line, p.message))
    return found


def prepare(slug: str, bundle: Bundle) -> Prepared:
    """The course of the folder `slug`, ready for `services.propose_version`. Raises CourseRefused with every problem.

    Takes time (it renders every page) and touches no database: call it before the transaction.
    """
    problems = problems_of(slug, bundle)
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise CourseRefused(problems)
    named = content_hash(bundle)
    addresses = Addresses(
        media=lambda path: MEDIA_ADDRESS.format(content_hash=named, path=quote(path)),
        unit=lambda unit: LESSON_ADDRESS.format(content_hash=named, slug=quote(unit)),
    )
    media = tuple(
        MediaFile(path, MEDIA_TYPES[PurePosixPath(path).suffix.lower()], bundle[path])
        for path in bundle
        if "/" in path or not path.endswith(".md")
    )
    course, *translations = parse_all(bundle, addresses=addresses).values()
    return Prepared(slug, course, named, pack(bundle), media, tuple(problems), tuple(translations))


def _faults_of_size(slug: str, courses: Mapping[str, Course]) -> list[Problem]:
    """`courses` by language, the course's own first."""
    faults = []
    course, *translations = courses.values()
    if not _SLUG.fullmatch(slug):
        faults.append(
            Problem(
                INDEX, 0, f"The folder's name '{slug}' is the course's id: use up to 64 letters, digits, - and _ only."
            )
        )
    if course.meta.draft:
        faults.append(Problem(INDEX, 0, "The course says draft: true; take that out when it is ready to be judged."))
    if len(course.version) > _LONGEST_VERSION:
        faults.append(Problem(INDEX, 0, f"version: write it in at most {_LONGEST_VERSION} characters."))
    if len(course.lang) > _LONGEST_LANGUAGE:
        faults.append(Problem(INDEX, 0, f"lang: write it in at most {_LONGEST_LANGUAGE} characters."))
    for key, days in _LONGEST.items():
        duration: Duration | None = getattr(course.meta, key)
        if duration is not None and duration.in_days > days:
            faults.append(Problem(INDEX, 0, f"{key}: {duration} is longer than the portal keeps ({days} days)."))
    for unit in course.units:
        if len(unit.slug) > _LONGEST_UNIT_NAME:
            faults.append(
                Problem(f"{unit.slug}.md", 0, f"The file's name is longer than {_LONGEST_UNIT_NAME} characters.")
            )
    for translation in translations:
        if len(translation.lang) > _LONGEST_LANGUAGE:
            file = f"index.{translation.lang}.md"
            faults.append(
                Problem(file, 0, f"The language in the file's name is longer than {_LONGEST_LANGUAGE} letters.")
            )
    return faults
