"""How far a registration is, from the facts that were noted."""

from sqlalchemy import ScalarSelect, Text, bindparam, case, cast, func, literal_column, select
from sqlalchemy.orm import Session

from app.courses.models import CourseUnit, CourseVersion
from app.learning.models import Registration, RegistrationState, UnitProgress
from app.learning.queries import content
from app.learning.rules.progress import Outline, Standing

_progress, _unit = UnitProgress.__table__, CourseUnit.__table__


def noted_positions() -> ScalarSelect[str]:
    """The noted units of the enclosing statement's registration as one text, such as `1c,2c,3v`: c completed, v viewed.

    One text instead of rows keeps a page at one statement.
    """
    mark = case((_progress.c.completed_at.is_(None), "v"), else_="c")
    return (
        select(func.aggregate_strings(cast(_unit.c.position, Text) + mark, literal_column("','")))  # type: ignore[arg-type]
        .join_from(_progress, _unit, _unit.c.id == _progress.c.unit_id)
        .where(_progress.c.registration_id == Registration.__table__.c.id)
        .correlate(Registration.__table__)
        .scalar_subquery()
    )


def read_standing(outline: Outline, noted: str | None, *, finished: bool) -> Standing:
    """A standing from the text of `noted_positions`. What is signed at the end counts as done once the course is finished."""
    done: set[int] = set()
    viewed: list[int] = []
    for item in (noted or "").split(","):
        if item:
            (done.add if item[-1] == "c" else viewed.append)(int(item[:-1]))
    if finished and outline.attestation is not None:
        done.add(outline.attestation.position)
    return Standing(outline, frozenset(done), tuple(sorted(viewed, reverse=True)), finished)


_STANDING = (
    select(
        Registration.state,
        Registration.version_id,
        Registration.language,
        CourseVersion.content_hash,
        noted_positions().label("noted"),
    )
    .join(CourseVersion, CourseVersion.id == Registration.version_id)
    .where(Registration.id == bindparam("registration"))
)


def standing(session: Session, registration: Registration) -> Standing:
    row = session.execute(_STANDING, {"registration": registration.id}).one()
    return read_standing(
        content.outline(session, (row.version_id, row.content_hash, row.language)),
        row.noted,
        finished=row.state == RegistrationState.PASSED,
    )
