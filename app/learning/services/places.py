"""Where a reader left a page and a viewer a film, so that another device opens it there.

Each is one statement and no audit event: a place is no decision and nothing depends on it, and one every few seconds from
everybody who reads would bury the events that somebody will look for.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.kernel.database import Base
from app.kernel.errors import NotFound
from app.kernel.prepared import Prepared

_registration, _unit, _media, _reading, _video = (
    Base.metadata.tables[name]
    for name in ("registration", "course_unit", "course_media", "reading_position", "video_position")
)

# A unit of a course that the person takes, or took: reading again keeps its place too.
_here = (
    _registration.c.id == bindparam("registration"),
    _registration.c.person_id == bindparam("person"),
    _unit.c.position == bindparam("position"),
)
_page = (
    select(
        _registration.c.id,
        _unit.c.id,
        bindparam("part", type_=_reading.c.part.type),
        bindparam("at", type_=_reading.c.saved_at.type),
    )
    .join_from(_registration, _unit, _unit.c.version_id == _registration.c.version_id)
    .where(*_here)
)
# Only a film of this very version has a place in it.
_film = (
    select(
        _registration.c.id,
        _unit.c.id,
        _media.c.path,
        bindparam("seconds", type_=_video.c.seconds.type),
        bindparam("at", type_=_video.c.saved_at.type),
    )
    .join_from(_registration, _unit, _unit.c.version_id == _registration.c.version_id)
    .join(_media, _media.c.version_id == _registration.c.version_id)
    .where(*_here, _media.c.path == bindparam("path"))
)


def _upsert(insert: Any, source: Any, keys: list[str], value: str) -> Any:
    made = insert.from_select([*keys, value, "saved_at"], source)
    return made.on_conflict_do_update(
        index_elements=keys, set_={value: made.excluded[value], "saved_at": made.excluded.saved_at}
    )


def _prepared(table: Any, source: Any, keys: list[str], value: str) -> Prepared:
    return Prepared(
        _upsert(sqlite.insert(table), source, keys, value),
        postgresql=_upsert(postgresql.insert(table), source, keys, value),
    )


_SAVE_PAGE = _prepared(_reading, _page, ["registration_id", "unit_id"], "part")
_SAVE_FILM = _prepared(_video, _film, ["registration_id", "unit_id", "path"], "seconds")


def save_reading_place(
    session: Session, registration_id: int, position: int, part: int, *, by: Actor, at: datetime
) -> None:
    """Keep how far down a unit its reader is, in parts of ten thousand; NotFound for a unit that is not theirs."""
    given = {"registration": registration_id, "person": by.person_id, "position": position, "part": part, "at": at}
    if not _SAVE_PAGE.run(session, given):
        raise NotFound


def save_film_place(
    session: Session, registration_id: int, position: int, path: str, seconds: int, *, by: Actor, at: datetime
) -> None:
    """Keep how far into a film of a unit its viewer is; NotFound for a film or a unit that is not theirs."""
    given = {
        "registration": registration_id,
        "person": by.person_id,
        "position": position,
        "path": path,
        "seconds": seconds,
        "at": at,
    }
    if not _SAVE_FILM.run(session, given):
        raise NotFound
