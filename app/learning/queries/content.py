"""What a course version says, kept in the process: it never changes, and its hash is part of every key."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import bindparam, func, literal_column, select
from sqlalchemy.orm import Session, aliased

from app.courses.models import CourseTranslation, CourseUnit, CourseUnitText, CourseVersion
from app.courses.rules.questions import Question
from app.courses.rules.quiz import Assessment, question_from_json
from app.learning.rules.progress import Outline, OutlineUnit, Statement, UnitIs

T = TypeVar("T")
Version = tuple[int, str] | tuple[int, str, str]
"""A version's id, its content hash and the language that it is read in; by two alone, the version in its own language.

Both of the first: the id alone could name another text in another database.
"""


class Kept(Generic[T]):
    """The latest `limit` values by key; what falls out is read again when it is needed."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: OrderedDict[object, T] = OrderedDict()

    def get(self, key: object, read: Callable[[], T]) -> T:
        found = self._values.get(key)
        if found is None:
            found = self._values[key] = read()
            while len(self._values) > self._limit:
                self._values.popitem(last=False)
        return found


@dataclass(frozen=True)
class UnitText:
    """A lesson as published: clean HTML, and the ungraded checks in it with their key, which never leaves the server.

    `language` is that of the text: the wanted one, or the version's own where the lesson is not translated.
    """

    html: str
    checks: tuple[Question, ...]
    language: str

    def check(self, check_id: str) -> Question | None:
        return next((question for question in self.checks if question.id == check_id), None)


_outlines: Kept[Outline] = Kept(256)
_texts: Kept[UnitText] = Kept(512)
_assessments: Kept[Assessment] = Kept(64)

_translation, _unit_text = aliased(CourseTranslation), aliased(CourseUnitText)
_other = aliased(CourseTranslation)
_in_language = (_translation.version_id == CourseVersion.id) & (_translation.language == bindparam("language"))
_text_in_language = (_unit_text.unit_id == CourseUnit.id) & (_unit_text.language == bindparam("language"))
_quiz_is_translated = _translation.assessment.is_not(None)

_VERSION = (
    select(
        func.coalesce(_translation.title, CourseVersion.title).label("title"),
        CourseVersion.move_on,
        CourseVersion.mastery_score,
        CourseVersion.attempts_allowed,
        CourseVersion.wait_seconds,
        CourseVersion.attestation_statements,
        CourseVersion.time_limit_seconds,
        _translation.attestation_statements.label("statements_translated"),
        _quiz_is_translated.label("quiz_is_translated"),
        CourseVersion.language,
        _translation.language.label("translated_into"),
        select(func.aggregate_strings(_other.language, literal_column("','")))  # type: ignore[arg-type]
        .where(_other.version_id == CourseVersion.id)
        .correlate(CourseVersion)
        .scalar_subquery()
        .label("others"),
    )
    .outerjoin(_translation, _in_language)
    .where(CourseVersion.id == bindparam("version_id"))
)

_UNITS = (
    select(
        CourseUnit.position,
        CourseUnit.kind,
        func.coalesce(_unit_text.title, CourseUnit.title).label("title"),
        func.coalesce(_unit_text.minutes, CourseUnit.minutes).label("minutes"),
        CourseUnit.slug,
        _unit_text.language.label("translated_into"),
    )
    .outerjoin(_unit_text, _text_in_language)
    .where(CourseUnit.version_id == bindparam("version_id"))
    .order_by(CourseUnit.position)
)

_TEXT = (
    select(
        CourseUnit.html,
        CourseUnit.checks,
        CourseVersion.language,
        _unit_text.language.label("translated_into"),
        _unit_text.html.label("html_translated"),
        _unit_text.checks.label("checks_translated"),
    )
    .join(CourseVersion, CourseVersion.id == CourseUnit.version_id)
    .outerjoin(_unit_text, _text_in_language)
    .where(CourseUnit.version_id == bindparam("version_id"), CourseUnit.position == bindparam("position"))
)

_ASSESSMENT = (
    select(CourseVersion.assessment, _translation.assessment.label("translated"))
    .outerjoin(_translation, _in_language)
    .where(CourseVersion.id == bindparam("version_id"))
)


def _wanted(version: Version) -> dict[str, object]:
    """The parameters by which a version is looked for; no text is in the language that has no name."""
    return {"version_id": version[0], "language": version[2] if len(version) == 3 else ""}


def outline(session: Session, version: Version) -> Outline:
    """The version's units in order and what it asks, each in the wanted language where there is that."""

    def read() -> Outline:
        about = session.execute(_VERSION, _wanted(version)).one()
        own = about.language
        units = tuple(
            OutlineUnit(
                row.position, UnitIs(row.kind.value), row.title, row.minutes, row.slug, row.translated_into or own
            )
            for row in session.execute(_UNITS, _wanted(version))
        )
        asked = about.statements_translated if about.quiz_is_translated else about.attestation_statements
        statements = tuple(Statement(**statement) for statement in asked)
        return Outline(
            about.title,
            units,
            about.move_on,
            about.mastery_score,
            about.attempts_allowed,
            about.wait_seconds,
            statements,
            about.translated_into or own,
            (own, *sorted((about.others or "").split(",") if about.others else ())),
            time_limit_seconds=about.time_limit_seconds,
        )

    return _outlines.get(version, read)


def unit_text(session: Session, version: Version, position: int) -> UnitText:
    """A lesson's text and checks."""

    def read() -> UnitText:
        row = session.execute(_TEXT, _wanted(version) | {"position": position}).one()
        if row.translated_into:
            html, checks, language = row.html_translated, row.checks_translated, row.translated_into
        else:
            html, checks, language = row.html, row.checks, row.language
        return UnitText(html, tuple(question_from_json(check) for check in checks), language)

    return _texts.get((version, position), read)


def assessment(session: Session, version: Version) -> Assessment:
    """The final quiz with its key, in the wanted language where it is translated. Only for versions that have one."""

    def read() -> Assessment:
        row = session.execute(_ASSESSMENT, _wanted(version)).one()
        return Assessment.from_json(row.translated or row.assessment)

    return _assessments.get(version, read)
