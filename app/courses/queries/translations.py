"""A course version in its languages. Ids are the same in all of them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.courses.models import CourseTranslation, CourseUnit, CourseUnitText, CourseVersion, UnitKind


def languages_of(session: Session, version: CourseVersion) -> tuple[str, ...]:
    """The languages that a version is there in, its own first."""
    others = session.scalars(
        select(CourseTranslation.language)
        .where(CourseTranslation.version_id == version.id)
        .order_by(CourseTranslation.language)
    )
    return (version.language, *others)


@dataclass(frozen=True)
class UnitInLanguage:
    """A unit as it is shown to readers of one language; `language` is that of the words themselves."""

    id: int
    position: int
    slug: str
    kind: UnitKind
    title: str
    minutes: int
    html: str
    checks: list[Any]
    language: str


@dataclass(frozen=True)
class VersionInLanguage:
    """A version as readers of one language see it. `language` is that of its title, and of everything but perhaps the quiz."""

    language: str
    title: str
    description: str
    overview_html: str
    objectives: dict[str, Any]
    assessment: dict[str, Any] | None
    attestation_statements: list[Any]
    units: tuple[UnitInLanguage, ...]


def in_language(session: Session, version: CourseVersion, language: str) -> VersionInLanguage:
    """A version in one of its languages; what is not translated, and another language than those, comes in its own."""
    translation = session.get(CourseTranslation, (version.id, language))
    rows = session.execute(
        select(CourseUnit, CourseUnitText)
        .outerjoin(CourseUnitText, (CourseUnitText.unit_id == CourseUnit.id) & (CourseUnitText.language == language))
        .where(CourseUnit.version_id == version.id)
        .order_by(CourseUnit.position)
    )
    units = []
    for unit, found in rows:
        translated: CourseUnitText | None = found
        text = unit if translated is None else translated
        units.append(
            UnitInLanguage(
                unit.id,
                unit.position,
                unit.slug,
                unit.kind,
                text.title,
                text.minutes,
                text.html,
                text.checks,
                language if translated is not None else version.language,
            )
        )
    shown = translation or version
    quiz = translation if translation is not None and translation.assessment is not None else version
    return VersionInLanguage(
        language if translation is not None else version.language,
        shown.title,
        shown.description,
        shown.overview_html,
        shown.objectives,
        quiz.assessment,
        quiz.attestation_statements,
        tuple(units),
    )
