"""Mails about courses that somebody has to take."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Role
from app.accounts.models import Person
from app.courses.models import Course, CourseVersion
from app.kernel.clock import day_in
from app.learning.models import (
    Assignment,
    AssignmentBatch,
    Origin,
    Registration,
    RegistrationState,
    TrainingRecord,
)
from app.notifications import duties, recipients
from app.notifications.letters.kinds import KindOfMail, Payload, deadline, the_person
from app.notifications.reminders import still_in
from app.notifications.rendering import Letter, Recipient
from app.notifications.rules import reminding_day
from app.partners.models import Partner


def assigned(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """What was assigned together and is still open; nothing once all of it is done or taken back."""
    rows = session.execute(
        select(
            CourseVersion.title,
            CourseVersion.minutes,
            Assignment.due_on,
            AssignmentBatch.title.label("campaign"),
            AssignmentBatch.wording,
        )
        .select_from(Assignment)
        .outerjoin(
            AssignmentBatch, (AssignmentBatch.id == Assignment.batch_id) & (Assignment.origin == Origin.CAMPAIGN)
        )
        .join(Course, Course.id == Assignment.course_id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(
            Assignment.id.in_([int(number) for number in payload["assignment_ids"]]),
            Assignment.person_id == to.person_id,
            Assignment.state.in_(duties.OPEN_ASSIGNMENTS),
        )
        .order_by(Assignment.due_on, CourseVersion.title)
    ).all()
    if not rows:
        return None
    courses = [{"title": row.title, "minutes": row.minutes, "due_on": row.due_on} for row in rows]
    again = "registration_id" in payload
    campaign = {"title": rows[0].campaign, "wording": rows[0].wording} if rows[0].campaign else None
    values = {"courses": courses, "due_on": rows[0].due_on, "again": again, "campaign": campaign}
    return Letter(to, "course_assigned", "/tasks", values)


def reminder(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """What is still open of one due day; nothing once it is done, a newer slot has begun, or the person is on leave."""
    due_on = date.fromisoformat(payload["due_on"])
    ladders = duties.ladders(session)
    course_id = payload.get("course_id")
    courses = duties.open_courses(session, to.person_id, due_on, without=ladders, course_id=course_id)
    if not courses:
        return None
    _, zone, partner_id = courses[0]
    today = reminding_day(zone, at)
    ladder = ladders.get(course_id, ()) if course_id is not None else ()
    if not still_in(payload, due_on, today, ladder) or duties.on_leave(session, partner_id, to.person_id, today):
        return None
    titles = [title for title, _, _ in courses]
    return Letter(to, "training_reminder", "/tasks", deadline(due_on, today) | {"courses": titles})


def nudge(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """What is still to do of some courses, because somebody asked for it; nothing once it is done, or during leave."""
    rows = session.execute(
        select(CourseVersion.title, Assignment.due_on, Assignment.partner_id, Partner.time_zone)
        .select_from(Assignment)
        .join(Partner, Partner.id == Assignment.partner_id)
        .join(Course, Course.id == Assignment.course_id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(
            Assignment.person_id == to.person_id,
            Assignment.course_id.in_([int(number) for number in payload["course_ids"]]),
            Assignment.state.in_(duties.OPEN_ASSIGNMENTS),
        )
        .order_by(Assignment.due_on, CourseVersion.title)
    ).all()
    if not rows:
        return None
    today = day_in(rows[0].time_zone, at)
    if duties.on_leave(session, rows[0].partner_id, to.person_id, today):
        return None
    courses = [{"title": row.title, "due_on": row.due_on, "late": row.due_on < today} for row in rows]
    words = {"courses": courses, "due_on": rows[0].due_on, "asked_by": payload["asked_by"]}
    return Letter(to, "training_nudge", "/tasks", words)


def partners_representatives(session: Session, payload: Payload) -> Sequence[int]:
    """Whoever looks after the partner; compliance where nobody does, so that a person who is stuck is never overlooked."""
    return recipients.representatives(session, payload["partner_id"]) or recipients.of_vendor(
        session, Role.COMPLIANCE_ANALYST
    )


def attempts_used_up(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """A learner can't go on without help; nothing once somebody has allowed a new start."""
    row = session.execute(
        select(
            Person.name,
            CourseVersion.title,
            Partner.legal_name,
            Partner.number,
            Registration.assignment_id,
            Assignment.state.label("state"),
        )
        .select_from(Registration)
        .join(Person, Person.id == Registration.person_id)
        .join(CourseVersion, CourseVersion.id == Registration.version_id)
        .join(Partner, Partner.id == Registration.partner_id)
        .join(Assignment, Assignment.id == Registration.assignment_id)
        .where(Registration.id == int(payload["registration_id"]), Registration.state == RegistrationState.FAILED)
    ).one_or_none()
    if row is None or row.state not in duties.OPEN_ASSIGNMENTS or _started_again(session, row.assignment_id, payload):
        return None
    return Letter(
        to,
        "attempts_used_up",
        f"/partners/{row.number}/assignments/{row.assignment_id}",
        {"learner": row.name, "course": row.title, "partner": row.legal_name},
    )


def _started_again(session: Session, assignment_id: int, payload: Payload) -> bool:
    newer = session.scalar(
        select(Registration.id).where(
            Registration.assignment_id == assignment_id, Registration.id > int(payload["registration_id"])
        )
    )
    return newer is not None


def passed_after_all(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """A regrade made a failed attempt count as passed: what that brought, and what is left; nothing where the cycle has ended since."""
    row = session.execute(
        select(Registration.state, CourseVersion.title, TrainingRecord.id.label("record_id"))
        .select_from(Registration)
        .join(CourseVersion, CourseVersion.id == Registration.version_id)
        .outerjoin(TrainingRecord, TrainingRecord.registration_id == Registration.id)
        .where(Registration.id == int(payload["registration_id"]), Registration.person_id == to.person_id)
        .order_by(TrainingRecord.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None or row.state not in (RegistrationState.OPEN, RegistrationState.PASSED):
        return None
    done = row.record_id is not None
    page = f"/training-records/{row.record_id}" if done else f"/registrations/{int(payload['registration_id'])}"
    return Letter(to, "quiz_passed_after_all", page, {"course": row.title, "done": done})


MAILS = {
    "course_assigned": KindOfMail(the_person, assigned),
    "training_reminder": KindOfMail(the_person, reminder),
    "training_nudge": KindOfMail(the_person, nudge),
    "attempts_used_up": KindOfMail(partners_representatives, attempts_used_up),
    "quiz_passed_after_all": KindOfMail(the_person, passed_after_all),
}
