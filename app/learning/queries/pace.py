"""How fast somebody was, for staff to talk about. It decides nothing, and colleagues never see it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.courses.models import CourseVersion
from app.learning.models import Registration, RegistrationState
from app.learning.rules.timing import is_fast


@dataclass(frozen=True)
class Fast:
    """A cycle that was finished in much less than the expected time."""

    number: int
    active_seconds: int
    expected_minutes: int

    @property
    def spent(self) -> str:
        """Whole minutes, as they stand in "4 of about 25 minutes"."""
        return str(self.active_seconds // 60) if self.active_seconds >= 60 else "less than 1"


def fast_finishes(session: Session, assignment_id: int) -> list[Fast]:
    """The passed cycles of an assignment that were finished in less than a third of the expected time, oldest first."""
    rows = session.execute(
        select(Registration.number, Registration.active_seconds, CourseVersion.minutes)
        .join(CourseVersion, CourseVersion.id == Registration.version_id)
        .where(Registration.assignment_id == assignment_id, Registration.state == RegistrationState.PASSED)
        .order_by(Registration.id)
    )
    found = [Fast(*tuple(row)) for row in rows]
    return [one for one in found if is_fast(one.active_seconds, one.expected_minutes)]
