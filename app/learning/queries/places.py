"""Where a reader left a unit: asked by the page's script once the page is there, so that the page itself need not wait."""

from dataclasses import dataclass

from sqlalchemy import bindparam, literal, select, union_all
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.courses.models import CourseUnit
from app.learning.models import ReadingPosition, Registration, VideoPosition

_registration, _unit = Registration.__table__, CourseUnit.__table__
_reading, _video = ReadingPosition.__table__, VideoPosition.__table__

_own = (
    _registration.c.id == bindparam("registration"),
    _registration.c.person_id == bindparam("person"),
    _unit.c.position == bindparam("position"),
)
_PLACES = union_all(
    select(literal("").label("path"), _reading.c.part.label("place"))
    .join_from(_reading, _unit, _unit.c.id == _reading.c.unit_id)
    .join(_registration, _registration.c.id == _reading.c.registration_id)
    .where(*_own),
    select(_video.c.path, _video.c.seconds)
    .join_from(_video, _unit, _unit.c.id == _video.c.unit_id)
    .join(_registration, _registration.c.id == _video.c.registration_id)
    .where(*_own),
)


@dataclass(frozen=True)
class Places:
    """`part` of ten thousand of the page, 0 at its top; `films` are seconds by the film's path in the course's folder."""

    part: int
    films: dict[str, int]


def places(session: Session, registration_id: int, position: int, *, by: Actor) -> Places:
    """Where the actor left a unit of theirs; the beginning where they were never there, or it is not theirs. One statement."""
    rows = session.execute(
        _PLACES, {"registration": registration_id, "person": by.person_id, "position": position}
    ).all()
    found = {row.path: row.place for row in rows}
    return Places(found.pop("", 0), found)
