"""What a unit's page needs, in one statement: pages of a course are what people open most."""

from dataclasses import dataclass

from sqlalchemy import ScalarSelect, Text, and_, bindparam, case, cast, func, literal_column, or_, select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.courses.models import CourseVersion
from app.kernel.errors import NotFound
from app.kernel.prepared import Prepared
from app.learning.models import Assignment, AssignmentState, Registration, RegistrationState
from app.learning.queries import content
from app.learning.queries.standing import noted_positions, read_standing
from app.learning.rules.progress import OutlineUnit, Standing


@dataclass(frozen=True)
class Reading:
    """A registration of the reader's own, and how far it is."""

    registration_id: int
    assignment_id: int | None
    state: RegistrationState
    version: tuple[int, str, str]
    standing: Standing
    module: str = ""
    """`Module 2 of 4` where the course was given together with others, else empty."""

    @property
    def language(self) -> str:
        """The language that the reader chose; a unit that is not translated into it comes in the course's own."""
        return self.version[2]

    @property
    def is_open(self) -> bool:
        return self.state is RegistrationState.OPEN

    def unit(self, position: int) -> OutlineUnit:
        """The unit at a position; NotFound where the course has none."""
        found = self.standing.outline.unit(position)
        if found is None:
            raise NotFound
        return found

    def is_new(self, position: int) -> bool:
        """Whether opening this unit now is the first time."""
        return self.is_open and position not in self.standing.done and position not in self.standing.viewed


_registration, _version = Registration.__table__, CourseVersion.__table__

_NOT_GIVEN = (AssignmentState.WAIVED, AssignmentState.CANCELLED)


def _module() -> ScalarSelect[str]:
    """Which of the courses that were given together this one is, as one text such as `2/4`; null for one's own choice.

    Together: for one step of a case, else by one batch, else in one moment. What was waived or taken back is none of them.
    """
    this, each = Assignment.__table__.alias("this"), Assignment.__table__.alias("each_one")
    together = or_(
        each.c.case_step_id == this.c.case_step_id,
        and_(
            this.c.case_step_id.is_(None),
            each.c.case_step_id.is_(None),
            or_(
                each.c.batch_id == this.c.batch_id,
                and_(this.c.batch_id.is_(None), each.c.batch_id.is_(None), each.c.assigned_at == this.c.assigned_at),
            ),
        ),
    )
    not_after = or_(each.c.due_on < this.c.due_on, and_(each.c.due_on == this.c.due_on, each.c.id <= this.c.id))
    place = cast(func.sum(case((not_after, 1), else_=0)), Text)
    return (
        select(place + literal_column("'/'") + cast(func.count(), Text))
        .join_from(this, each, each.c.person_id == this.c.person_id)
        .where(
            this.c.id == _registration.c.assignment_id,
            together,
            or_(
                each.c.id == this.c.id,
                each.c.state.not_in([literal_column(f"'{state}'") for state in _NOT_GIVEN]),
            ),
        )
        .correlate(_registration)
        .scalar_subquery()
    )


_READING = Prepared(
    select(
        _registration.c.state,
        _registration.c.assignment_id,
        _registration.c.version_id,
        _registration.c.language,
        _version.c.content_hash,
        noted_positions().label("noted"),
        _module().label("module"),
    )
    .join_from(_registration, _version, _version.c.id == _registration.c.version_id)
    .where(_registration.c.id == bindparam("registration"), _registration.c.person_id == bindparam("person"))
)


def reading_of(session: Session, registration_id: int, *, by: Actor) -> Reading:
    """A registration of the actor's own; NotFound for anybody else's. One statement, unless the course is new to this process."""
    row = _READING.one(session, {"registration": registration_id, "person": by.person_id})
    if row is None:
        raise NotFound
    version = (row.version_id, row.content_hash, row.language)
    return Reading(
        registration_id,
        row.assignment_id,
        row.state,
        version,
        read_standing(content.outline(session, version), row.noted, finished=row.state is RegistrationState.PASSED),
        _module_in_words(row.module),
    )


def _module_in_words(module: str | None) -> str:
    place, _, total = (module or "").partition("/")
    return f"Module {place} of {total}" if total not in ("", "1") else ""
