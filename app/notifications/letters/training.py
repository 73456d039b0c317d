"""Mails about courses that somebody has to take."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.courses.models import Course, CourseVersion
from app.learning.models import Assignment
from app.notifications.letters.kinds import KindOfMail, Payload, the_person
from app.notifications.reminders import OPEN_ASSIGNMENTS
from app.notifications.rendering import Letter, Recipient
from app.notifications.rules import reminding_day, slot_on
from app.partners.models import CoveredPerson, Partner


def reminder(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """What is still open of one due day; nothing once it is done, a newer slot has begun, or the person is on leave."""
    due_on = date.fromisoformat(payload["due_on"])
    rows = session.execute(
        select(Partner.id, Partner.time_zone, CourseVersion.title)
        .select_from(Assignment)
        .join(Partner, Partner.id == Assignment.partner_id)
        .join(Course, Course.id == Assignment.course_id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(
            Assignment.person_id == to.person_id,
            Assignment.due_on == due_on,
            Assignment.state.in_(OPEN_ASSIGNMENTS),
        )
        .order_by(CourseVersion.title)
    ).all()
    if not rows:
        return None
    today = reminding_day(rows[0].time_zone, at)
    slot = slot_on(due_on, today, told_on=date.min)
    if slot is None or slot.days != payload["slot"] or _on_leave(session, rows[0].id, to.person_id, today):
        return None
    return Letter(to, "training_reminder", "/tasks", deadline(due_on, today) | {"courses": [row.title for row in rows]})


def deadline(due_on: date, today: date) -> dict[str, date | int]:
    """What a letter says of a due day: the day itself and how many days are left (negative: overdue)."""
    return {"due_on": due_on, "left": (due_on - today).days}


def _on_leave(session: Session, partner_id: int, person_id: int, today: date) -> bool:
    lines: Sequence[CoveredPerson] = session.scalars(
        select(CoveredPerson).where(
            CoveredPerson.partner_id == partner_id,
            CoveredPerson.person_id == person_id,
            CoveredPerson.left_on.is_(None),
            CoveredPerson.leave_from <= today,
        )
    ).all()
    return any(line.leave_until is None or line.leave_until >= today for line in lines)


MAILS = {"training_reminder": KindOfMail(the_person, reminder)}
