"""The final quiz of a course as a QTI 2.1 package (IMS Global, 2012), so that other learning systems can ask it.

The package holds one file an item, one for the test with its sections and pools, the pictures that the items show, and the
manifest. Scoring is that of `grading`: all or nothing for choices, numbers and orders, shares for gaps and pairs, the mean over
what was asked. Open answers and attestations earn no points here and have no counterpart there; they are left out and listed.
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from app.courses.rules.bundle import Bundle
from app.courses.rules.course import Addresses, parse
from app.courses.rules.qti.assessment import Pool, assessment_test
from app.courses.rules.qti.items import ITEM_KINDS, identifier_of, item
from app.courses.rules.qti.manifest import manifest
from app.courses.rules.qti.xml import written
from app.courses.rules.questions import Blanks, Question
from app.kernel.errors import DomainError

TEST_FILE = "test.xml"
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


class NothingToExport(DomainError):
    """The course has no quiz, or none of its questions has a counterpart."""


@dataclass(frozen=True)
class Exported:
    """`files`: path in the package -> bytes. `items`: the ids of the questions in it. `left`: sentences on what is not, or differs."""

    files: Mapping[str, bytes]
    items: tuple[str, ...]
    left: tuple[str, ...]


def export(bundle: Bundle, *, slug: str, lang: str | None = None) -> Exported:
    """The quiz in one language (the course's own by default). Raises CourseRefused and NothingToExport."""
    course = parse(bundle, lang=lang, addresses=Addresses(media=lambda path: f"../{quote(path)}", unit=lambda _: ""))
    if course.assessment is None:
        raise NothingToExport("The course has no final quiz, so there is nothing to export.")
    files: dict[str, bytes] = {}
    shown: dict[str, tuple[str, ...]] = {}
    left: list[str] = []
    sections: list[Pool] = []
    for section in course.assessment.sections:
        kept: list[Question] = []
        for question in section.questions:
            if not isinstance(question, ITEM_KINDS):
                kind = "an open answer" if question.kind == "open" else "an attestation"
                left.append(f"'{question.id}' is left out: {kind} has no points.")
                continue
            made = item(question, lang=course.lang, shuffle=course.assessment.settings.shuffle_answers)
            name = f"items/{question.id}.xml"
            files[name] = written(made.root)
            shown[name] = tuple(path for path in made.media if path in bundle)
            left += [f"'{question.id}': {sentence}" for sentence in _differences(question, made.dropped)]
            kept.append(question)
        if not kept:
            continue
        pick = min(section.pick, len(kept)) if section.pick is not None else None
        if section.pick is not None and len(kept) < len(section.questions):
            left.append(
                f"The section '{section.title}' draws {pick} of {len(kept)} questions: open ones are no longer among them."
            )
        sections.append(
            Pool(
                section.title,
                section.intro_html,
                tuple(identifier_of(one.id) for one in kept),
                tuple(f"items/{one.id}.xml" for one in kept),
                pick,
            )
        )
    if not sections:
        raise NothingToExport("None of the quiz's questions can be told in QTI, so there is nothing to export.")
    if course.assessment.attestation_statements:
        left.append("Have the statements of the attestation signed in another way.")
    test = assessment_test(slug, course, sections)
    files[TEST_FILE] = written(test.root)
    shown[TEST_FILE] = tuple(path for path in test.media if path in bundle)
    for path in sorted({path for paths in shown.values() for path in paths}):
        files[path] = bundle[path]
    files["imsmanifest.xml"] = written(manifest(slug, course, TEST_FILE, shown))
    items = tuple(
        one.id for section in course.assessment.sections for one in section.questions if isinstance(one, ITEM_KINDS)
    )
    return Exported(files, items, tuple(left))


def packed(exported: Exported) -> bytes:
    """As a zip file whose bytes follow from the files alone; the manifest first, as the packaging standard advises."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(exported.files, key=lambda one: (one != "imsmanifest.xml", one)):
            entry = zipfile.ZipInfo(path, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, exported.files[path])
    return buffer.getvalue()


def _differences(question: Question, dropped: tuple[str, ...]) -> list[str]:
    said = [f"{what} has no counterpart in QTI; its words are kept." for what in dropped]
    if question.hints:
        said.append("its hints are left out.")
    if isinstance(question, Blanks) and any(not gap.options for gap in question.gaps):
        said.append("typed words are compared letter by letter there, capitals apart; here spaces are forgiven too.")
    return said


__all__ = ["Exported", "NothingToExport", "export", "packed"]
