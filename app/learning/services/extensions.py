"""Verbs about more time for an assignment: ask for it, grant it, refuse it. The original due date stays where it is."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.decisions.rules import Duty
from app.decisions.services import AlreadyDecided, keep_apart, require
from app.kernel.clock import day_in
from app.kernel.errors import Conflict, DomainError, NotFound, NotPermitted, RefusedAct, constraint_says
from app.learning.models import (
    DECIDED_BY_COMPLIANCE,
    OPEN_STATES,
    Assignment,
    Extension,
    ExtensionState,
    RegistrationState,
)
from app.learning.services.registrations import latest_registration
from app.outbox.services import enqueue
from app.partners.models import Partner

LONGEST = timedelta(days=366)
_OPEN_ALREADY = "More time was asked for already, and the answer is still to come. Nothing was changed."

constraint_says("one_open_extension_an_assignment", _OPEN_ALREADY)


def ask_extension(
    session: Session, assignment: Assignment, until: date, reason: str, *, by: Actor, at: datetime
) -> Extension:
    """Ask for a later due date: for oneself, or as the compliance contact for somebody of the own partner."""
    if by.person_id is None or by.partner_id != assignment.partner_id:
        raise NotFound
    if by.person_id != assignment.person_id:
        act = RefusedAct("extension.asked", "assignment", str(assignment.id), assignment.partner_id)
        require(Permission.EXTENSION_ASK, by=by, act=act)
    session.refresh(assignment, with_for_update=True)
    _must_be_open(session, assignment)
    _refuse_day(session, assignment, until, field="until", at=at)
    if not reason.strip():
        raise DomainError("Say why more time is needed, so that somebody can decide.", field="reason")
    made = Extension(
        assignment_id=assignment.id,
        partner_id=assignment.partner_id,
        asked_by_id=by.person_id,
        asked_at=at,
        asked_until=until,
        reason=reason.strip(),
        state=ExtensionState.ASKED,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        "extension.asked",
        "extension",
        made.id,
        by=by,
        at=at,
        partner_id=assignment.partner_id,
        reason=made.reason,
        details={"assignment": assignment.id, "due_on": assignment.due_on.isoformat(), "until": until.isoformat()},
    )
    enqueue(
        session,
        "extension_asked",
        f"extension_asked:{made.id}",
        {"extension_id": made.id, "partner_id": made.partner_id},
        at=at,
    )
    return made


def grant_extension(
    session: Session, extension: Extension, until: date, answer: str, *, by: Actor, at: datetime
) -> None:
    """Move the due date to `until`, which may be another day than was asked for. `answer` may be empty."""
    assignment = _must_decide(session, extension, by=by)
    _must_be_open(session, assignment)
    _refuse_day(session, assignment, until, field="until", at=at)
    former, assignment.due_on = assignment.due_on, until
    extension.granted_until = until
    _decide(session, extension, ExtensionState.GRANTED, answer, by=by, at=at, old=former, new=until)


def refuse_extension(session: Session, extension: Extension, answer: str, *, by: Actor, at: datetime) -> None:
    """Leave the due date where it is, and say why."""
    assignment = _must_decide(session, extension, by=by)
    if not answer.strip():
        raise DomainError("Say why the due date stays, so that they understand it.", field="reply")
    _decide(session, extension, ExtensionState.REFUSED, answer, by=by, at=at, old=assignment.due_on, new=None)


def took_part(extension: Extension, assignment: Assignment) -> dict[str, int | None]:
    """Who may not decide, as phrases that follow “you”."""
    return {"asked for it": extension.asked_by_id, "have to take the course yourself": assignment.person_id}


def may_decide(by: Actor, assignment: Assignment) -> bool:
    """Whether an actor’s role decides about this one: what compliance decided, compliance alone extends."""
    if assignment.origin in DECIDED_BY_COMPLIANCE and not by.may(Permission.COMPLETION_CONFIRM):
        return False
    return by.may(Permission.EXTENSION_DECIDE)


def _must_decide(session: Session, extension: Extension, *, by: Actor) -> Assignment:
    """Refuse who may not, and who is too late. Returns the assignment; it and the request are held."""
    act = RefusedAct(Duty.DECIDE_EXTENSION.value, "extension", str(extension.id), extension.partner_id)
    require(Permission.EXTENSION_DECIDE, by=by, act=act)
    assignment = session.get_one(Assignment, extension.assignment_id, with_for_update=True, populate_existing=True)
    session.refresh(extension, with_for_update=True)
    keep_apart(
        Duty.DECIDE_EXTENSION,
        by=by,
        took_part=took_part(extension, assignment),
        subject_type="extension",
        subject_id=extension.id,
        partner_id=extension.partner_id,
    )
    if not may_decide(by, assignment):
        raise NotPermitted(
            "This course is part of what compliance decided. Only compliance can give more time for it.", act, by=by
        )
    if extension.state is not ExtensionState.ASKED:
        raise AlreadyDecided(f"This request was {extension.state.value} already. Nothing was changed.")
    return assignment


def _must_be_open(session: Session, assignment: Assignment) -> None:
    if assignment.state not in OPEN_STATES:
        raise Conflict(f"This assignment is {assignment.state.value}: it needs no more time. Nothing was changed.")
    latest = latest_registration(session, assignment.id)
    if latest is not None and latest.state is RegistrationState.PASSED:
        raise Conflict("This course is passed and waits for its confirmation: it needs no more time.")


def _refuse_day(session: Session, assignment: Assignment, until: date, *, field: str, at: datetime) -> None:
    """A new due date is after the present one, today or later, and not more than a year away."""
    today = day_in(session.get_one(Partner, assignment.partner_id).time_zone, at)
    if until <= assignment.due_on:
        raise DomainError(f"Choose a day after {_day(assignment.due_on)}, when it is due now.", field=field)
    if until < today:
        raise DomainError("That day has passed already. Choose today or a later day.", field=field)
    if until > max(today, assignment.due_on) + LONGEST:
        raise DomainError("Choose a day within a year.", field=field)


def _decide(
    session: Session,
    extension: Extension,
    state: ExtensionState,
    answer: str,
    *,
    by: Actor,
    at: datetime,
    old: date,
    new: date | None,
) -> None:
    extension.state, extension.decided_by_id, extension.decided_at = state, by.person_id, at
    extension.answer = answer.strip() or None
    session.flush()
    audit.record(
        session,
        "extension.granted" if state is ExtensionState.GRANTED else "extension.refused",
        "extension",
        extension.id,
        by=by,
        at=at,
        partner_id=extension.partner_id,
        reason=extension.answer,
        details={
            "assignment": extension.assignment_id,
            "old": old.isoformat(),
            "new": new.isoformat() if new else old.isoformat(),
        },
    )
    enqueue(
        session,
        "extension_decided",
        f"extension_decided:{extension.id}",
        {"extension_id": extension.id, "asked_by_id": extension.asked_by_id},
        at=at,
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
