"""Where a reader left a unit: asked by the page's script once the page is there, so that the page itself need not wait."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.courses.models import CourseUnit
from app.kernel.errors import NotFound
from app.learning.models import ReadingPosition, Registration, VideoPosition

_registration, _unit = Registration.__table__, CourseUnit.__table__
_reading, _video = ReadingPosition.__table__, VideoPosition.__table__

# One row where there is no film, else one a film; none for a unit that is not the person's.
_PLACES = (
    select(_reading.c.part, _video.c.path, _video.c.seconds)
    .join_from(_registration, _unit, _unit.c.version_id == _registration.c.version_id)
    .outerjoin(_reading, (_reading.c.registration_id == _registration.c.id) & (_reading.c.unit_id == _unit.c.id))
    .outerjoin(_video, (_video.c.registration_id == _registration.c.id) & (_video.c.unit_id == _unit.c.id))
    .where(
        _registration.c.id == bindparam("registration"),
        _registration.c.person_id == bindparam("person"),
        _unit.c.position == bindparam("position"),
    )
)


@dataclass(frozen=True)
class Places:
    """`part` of ten thousand of the page, 0 at its top; `films` are seconds by the film's path in the course's folder."""

    part: int
    films: dict[str, int]


def places(session: Session, registration_id: int, position: int, *, by: Actor) -> Places:
    """Where the actor left a unit of theirs, its beginning where they were never there; NotFound for others'. One statement."""
    rows = session.execute(
        _PLACES, {"registration": registration_id, "person": by.person_id, "position": position}
    ).all()
    if not rows:
        raise NotFound
    return Places(rows[0].part or 0, {row.path: row.seconds for row in rows if row.path is not None})
