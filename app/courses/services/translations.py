"""The other languages of a course version, kept when it is proposed."""

from collections.abc import Sequence

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
