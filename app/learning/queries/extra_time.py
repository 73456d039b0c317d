"""Questions about more time: how much somebody has on top of every limit, and since when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.learning.models import ExtraTime


@dataclass(frozen=True)
class MoreTime:
    """What stands for a person now. `reason` is for those who may grant more time, and for nobody else."""

    percent: int
    reason: str
    granted_by: str
    granted_at: datetime


def extra_percent(session: Session, person_id: int) -> int:
    """How much more time the person has in every quiz with a limit, in percent of it; 0 where nothing was granted."""
    return (
        session.scalar(select(ExtraTime.percent).where(ExtraTime.person_id == person_id, ExtraTime.ended_at.is_(None)))
        or 0
    )


def more_time_of(session: Session, person_id: int) -> MoreTime | None:
    """What was granted to a person and not ended; None where nothing was."""
    row = session.execute(
        select(ExtraTime.percent, ExtraTime.reason, Person.name, ExtraTime.granted_at)
        .join(Person, Person.id == ExtraTime.granted_by_id)
        .where(ExtraTime.person_id == person_id, ExtraTime.ended_at.is_(None))
    ).one_or_none()
    return MoreTime(row.percent, row.reason, row.name, row.granted_at) if row else None
