"""Mails about what becomes of a duty to learn: renewed, confirmed, returned, given more time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.access.policy import Role
from app.accounts.models import Person
from app.courses.models import Course, CourseVersion
from app.learning.models import (
    DECIDED_BY_COMPLIANCE,
    OPEN_STATES,
    Assignment,
    Confirmed,
    Extension,
    ExtensionState,
    RecordConfirmation,
    TrainingRecord,
)
from app.notifications import recipients
from app.notifications.letters.kinds import KindOfMail, Payload, the_person
from app.notifications.rendering import Letter, Recipient
from app.partners.models import Partner


def renewal_opened(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """What can be renewed and is not done yet; nothing once it is."""
    rows = session.execute(
        select(CourseVersion.title, CourseVersion.minutes, Assignment.due_on)
        .select_from(Assignment)
        .join(Course, Course.id == Assignment.course_id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(
            Assignment.id.in_([int(number) for number in payload["assignment_ids"]]),
            Assignment.person_id == to.person_id,
            Assignment.state.in_(OPEN_STATES),
        )
        .order_by(Assignment.due_on, CourseVersion.title)
    ).all()
    if not rows:
        return None
    courses = [{"title": row.title, "minutes": row.minutes} for row in rows]
    return Letter(to, "renewal_opened", "/tasks", {"courses": courses, "due_on": rows[0].due_on})


def confirmed(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    record, said = _completion(session, payload)
    if said.outcome is not Confirmed.CONFIRMED:
        return None
    values = {"course": record.course_title, "passed_on": record.passed_on, "valid_until": record.valid_until}
    return Letter(to, "completion_confirmed", f"/training-records/{record.id}", values)


def returned(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    record, said = _completion(session, payload)
    if said.outcome is not Confirmed.RETURNED:
        return None
    assignment = session.get(Assignment, record.assignment_id) if record.assignment_id else None
    again = assignment is not None and assignment.state in OPEN_STATES
    values = {
        "course": record.course_title,
        "passed_on": record.passed_on,
        "comment": said.comment,
        "again": again,
        "due_on": assignment.due_on if assignment else None,
    }
    return Letter(to, "completion_returned", f"/assignments/{assignment.id}" if assignment else "/tasks", values)


def _completion(session: Session, payload: Payload) -> tuple[TrainingRecord, RecordConfirmation]:
    record_id = int(payload["record_id"])
    return session.get_one(TrainingRecord, record_id), session.get_one(RecordConfirmation, record_id)


def who_answers(session: Session, payload: Payload) -> Sequence[int]:
    """The partner's representatives; compliance where nobody looks after it, or where compliance itself asked for the course."""
    row = _asked(session, payload)
    if row.Assignment.origin not in DECIDED_BY_COMPLIANCE:
        found = recipients.representatives(session, row.Assignment.partner_id)
        if found:
            return found
    return recipients.of_vendor(session, Role.COMPLIANCE_ANALYST)


def extension_asked(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """Nothing once it is answered, or nothing is left to do."""
    row = _asked(session, payload)
    extension, assignment = row.Extension, row.Assignment
    if extension.state is not ExtensionState.ASKED or assignment.state not in OPEN_STATES:
        return None
    values = {
        "partner": row.legal_name,
        "course": row.title,
        "asker": row.asker,
        "learner": row.learner,
        "until": extension.asked_until,
        "due_on": assignment.due_on,
    }
    return Letter(to, "extension_asked", f"/extensions/{extension.id}", values)


def learner_and_asker(session: Session, payload: Payload) -> Sequence[int]:
    row = _asked(session, payload)
    return sorted({row.Assignment.person_id, row.Extension.asked_by_id})


def extension_decided(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    row = _asked(session, payload)
    extension, assignment = row.Extension, row.Assignment
    own = to.person_id == assignment.person_id
    values = {
        "granted": extension.state is ExtensionState.GRANTED,
        "course": row.title,
        "learner": row.learner,
        "own": own,
        "due_on": extension.granted_until or assignment.due_on,
        "original_due_on": assignment.original_due_on,
        "answer": extension.answer,
    }
    return Letter(to, "extension_decided", f"/assignments/{assignment.id}" if own else "/team-assignments", values)


def _asked(session: Session, payload: Payload) -> Any:
    """A request with its assignment, and the names that its letters say."""
    asker = aliased(Person)
    return session.execute(
        select(
            Extension,
            Assignment,
            CourseVersion.title,
            Partner.legal_name,
            Person.name.label("learner"),
            asker.name.label("asker"),
        )
        .join(Assignment, Assignment.id == Extension.assignment_id)
        .join(Course, Course.id == Assignment.course_id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .join(Partner, Partner.id == Assignment.partner_id)
        .join(Person, Person.id == Assignment.person_id)
        .join(asker, asker.id == Extension.asked_by_id)
        .where(Extension.id == int(payload["extension_id"]))
    ).one()


MAILS = {
    "renewal_opened": KindOfMail(the_person, renewal_opened),
    "completion_confirmed": KindOfMail(the_person, confirmed),
    "completion_returned": KindOfMail(the_person, returned),
    "extension_asked": KindOfMail(who_answers, extension_asked),
    "extension_decided": KindOfMail(learner_and_asker, extension_decided),
}
