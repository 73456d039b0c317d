"""What a course version says, kept in the process: it never changes, and its hash is part of every key."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.courses.models import CourseUnit, CourseVersion
from app.courses.rules.questions import Question
from app.courses.rules.quiz import Assessment, question_from_json
from app.learning.rules.progress import Outline, OutlineUnit, Statement, UnitIs

T = TypeVar("T")
Version = tuple[int, str]
"""A version's id and its content hash. Both: the id alone could name another text in another database."""


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
    """A lesson as published: clean HTML, and the ungraded checks in it with their key, which never leaves the server."""

    html: str
    checks: tuple[Question, ...]
    language: str

    def check(self, check_id: str) -> Question | None:
        return next((question for question in self.checks if question.id == check_id), None)


_outlines: Kept[Outline] = Kept(256)
_texts: Kept[UnitText] = Kept(512)
_assessments: Kept[Assessment] = Kept(64)

_VERSION = select(
    CourseVersion.title,
    CourseVersion.move_on,
    CourseVersion.mastery_score,
    CourseVersion.attempts_allowed,
    CourseVersion.wait_seconds,
    CourseVersion.attestation_statements,
    CourseVersion.time_limit_seconds,
).where(CourseVersion.id == bindparam("version_id"))

_UNITS = (
    select(CourseUnit.position, CourseUnit.kind, CourseUnit.title, CourseUnit.minutes, CourseUnit.slug)
    .where(CourseUnit.version_id == bindparam("version_id"))
    .order_by(CourseUnit.position)
)

_TEXT = (
    select(CourseUnit.html, CourseUnit.checks, CourseVersion.language)
    .join(CourseVersion, CourseVersion.id == CourseUnit.version_id)
    .where(CourseUnit.version_id == bindparam("version_id"), CourseUnit.position == bindparam("position"))
)

_ASSESSMENT = select(CourseVersion.assessment).where(CourseVersion.id == bindparam("version_id"))


def outline(session: Session, version: Version) -> Outline:
    """The version's units in order and what it asks."""

    def read() -> Outline:
        about = session.execute(_VERSION, {"version_id": version[0]}).one()
        units = tuple(
            OutlineUnit(row.position, UnitIs(row.kind.value), row.title, row.minutes, row.slug)
            for row in session.execute(_UNITS, {"version_id": version[0]})
        )
        statements = tuple(Statement(**statement) for statement in about.attestation_statements)
        return Outline(
            about.title,
            units,
            about.move_on,
            about.mastery_score,
            about.attempts_allowed,
            about.wait_seconds,
            statements,
            time_limit_seconds=about.time_limit_seconds,
        )

    return _outlines.get(version, read)


def unit_text(session: Session, version: Version, position: int) -> UnitText:
    """A lesson's text and checks."""

    def read() -> UnitText:
        row = session.execute(_TEXT, {"version_id": version[0], "position": position}).one()
        return UnitText(row.html, tuple(question_from_json(check) for check in row.checks), row.language)

    return _texts.get((version, position), read)


def assessment(session: Session, version: Version) -> Assessment:
    """The final quiz with its key. Only for versions that have one."""

    def read() -> Assessment:
        return Assessment.from_json(session.execute(_ASSESSMENT, {"version_id": version[0]}).scalar_one())

    return _assessments.get(version, read)
