"""The other languages of a course version: kept when it is proposed, found when it is shown. Ids are the same in all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.courses.models import CourseTranslation, CourseUnit, CourseUnitText, CourseVersion, UnitKind
from app.courses.rules import check_places
from app.courses.rules.course import Course
from app.courses.rules.quiz import Assessment, question_to_json


def statements_of(quiz: Assessment | None) -> list[dict[str, str]]:
    """What is to be signed, as a version keeps it."""
    return [{"id": one.id, "html": one.html, "text": one.text} for one in (quiz.attestation_statements if quiz else ())]


def keep_translation(session: Session, version: CourseVersion, units: Sequence[CourseUnit], read: Course) -> None:
    """Keep a version in another language. What is not translated gets no row: its readers see the original, and are told."""
    translated = {unit.slug: unit for unit in read.units if unit.lang == read.lang}
    quiz = read.assessment if any(unit.kind == "quiz" for unit in translated.values()) else None
    session.add(
        CourseTranslation(
            version_id=version.id,
            language=read.lang,
            title=read.title,
            description=read.meta.description,
            overview_html=read.overview_html,
            objectives=dict(read.objectives),
            assessment=quiz.to_json() if quiz else None,
            attestation_statements=statements_of(quiz),
        )
    )
    for unit in units:
        text = translated.get(unit.slug)
        if text is not None:
            session.add(
                CourseUnitText(
                    unit_id=unit.id,
                    language=read.lang,
                    title=text.title,
                    minutes=text.minutes,
                    words=text.words,
                    html=check_places.joined(text.parts),
                    checks=[question_to_json(question) for question in text.checks],
                )
            )
        elif unit.kind is UnitKind.ATTESTATION and quiz and quiz.attestations:
            title = quiz.attestations[0].title or unit.title
            session.add(
                CourseUnitText(unit_id=unit.id, language=read.lang, title=title, minutes=1, words=0, html="", checks=[])
            )
    session.flush()


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
