"""Verbs about time limits: more time for a person, asking for it, and handing in what nobody handed in before the end."""

from datetime import datetime

from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session

from app.access.policy import PORTAL, Actor, Permission
from app.audit import services as audit
from app.courses.models import CourseVersion
from app.decisions.services import require
from app.kernel.clock import day_in
from app.kernel.errors import Conflict, DomainError, RefusedAct, constraint_says
from app.learning.models import Assignment, Attempt, AttemptState, ExtraTime, Registration
from app.learning.rules.timing import GRACE, closing_time, is_over
from app.learning.services.attempts import Submitted, submit_attempt
from app.learning.services.own import own_attempt, own_registration
from app.outbox.services import enqueue
from app.partners.models import Partner

constraint_says(
    "one_live_extra_time_a_person", "Somebody else has just given this person more time. Look at what stands now."
)

MOST_PERCENT = 900


def grant_extra_time(
    session: Session, assignment: Assignment, percent: int, reason: str, *, by: Actor, at: datetime
) -> ExtraTime:
    """Give the assignment's person so many percent more time in every quiz with a limit, from now on, in running ones too.

    What was granted before is ended by it. Attempts that run are moved to close later, never earlier.
    """
    act = RefusedAct("extra-time.granted", "person", str(assignment.person_id), assignment.partner_id)
    require(Permission.EXTRA_TIME_GRANT, by=by, act=act)
    if not 1 <= percent <= MOST_PERCENT:
        raise DomainError(f"Give between 1 and {MOST_PERCENT} percent more.", field="percent")
    if not reason.strip():
        raise DomainError("Say why, for yourself and whoever looks after this person next.", field="reason")
    former = _live(session, assignment.person_id)
    if former is not None:
        former.ended_at, former.ended_by_id = at, by.person_id
        session.flush()
    made = ExtraTime(
        person_id=assignment.person_id,
        percent=percent,
        reason=reason.strip(),
        granted_by_id=by.person_id,
        granted_at=at,
    )
    session.add(made)
    session.flush()
    # Why somebody needs more time can be a matter of health: the reason stays in the row and out of the audit trail.
    audit.record(
        session,
        "extra-time.granted",
        "person",
        assignment.person_id,
        by=by,
        at=at,
        partner_id=assignment.partner_id,
        details={"old": former.percent if former else 0, "new": percent},
    )
    _extend_running(session, assignment.person_id, percent, by=by, at=at)
    return made


def _extend_running(session: Session, person_id: int, percent: int, *, by: Actor, at: datetime) -> None:
    running = session.execute(
        select(Attempt, Registration.partner_id, CourseVersion.time_limit_seconds)
        .join(Registration, Registration.id == Attempt.registration_id)
        .join(CourseVersion, CourseVersion.id == Registration.version_id)
        .where(Attempt.person_id == person_id, Attempt.state == AttemptState.OPEN, Attempt.closes_at.is_not(None))
        .with_for_update(of=Attempt)
    )
    for attempt, partner_id, limit in running.all():
        former, later = attempt.closes_at, closing_time(attempt.started_at, limit, percent)
        if former is None or later is None or later <= former:
            continue
        attempt.closes_at = later
        session.flush()
        audit.record(
            session,
            "attempt.extended",
            "attempt",
            attempt.id,
            by=by,
            at=at,
            partner_id=partner_id,
            details={"old": former.isoformat(), "new": later.isoformat()},
        )


def end_extra_time(session: Session, assignment: Assignment, *, by: Actor, at: datetime) -> None:
    """Attempts that begin from now on have the course's own limit again; those that run keep their end."""
    act = RefusedAct("extra-time.ended", "person", str(assignment.person_id), assignment.partner_id)
    require(Permission.EXTRA_TIME_GRANT, by=by, act=act)
    live = _live(session, assignment.person_id)
    if live is None:
        raise Conflict("This person has no extra time any more. Nothing was changed.")
    live.ended_at, live.ended_by_id = at, by.person_id
    session.flush()
    audit.record(
        session,
        "extra-time.ended",
        "person",
        assignment.person_id,
        by=by,
        at=at,
        partner_id=assignment.partner_id,
        details={"old": live.percent, "new": 0},
    )


def _live(session: Session, person_id: int) -> ExtraTime | None:
    return session.scalar(
        select(ExtraTime).where(ExtraTime.person_id == person_id, ExtraTime.ended_at.is_(None)).with_for_update()
    )


def ask_for_time(session: Session, registration_id: int, *, by: Actor, at: datetime) -> None:
    """Ask whoever looks after the partner for more time; one message a day at most, however often the button is pressed."""
    registration = own_registration(session, registration_id, by=by)
    version = session.get_one(CourseVersion, registration.version_id)
    if version.time_limit_seconds is None:
        raise DomainError("This quiz has no time limit: take the time that you need.")
    partner = session.get_one(Partner, registration.partner_id)
    audit.record(
        session,
        "extra-time.asked",
        "registration",
        registration.id,
        by=by,
        at=at,
        partner_id=registration.partner_id,
    )
    enqueue(
        session,
        "extra_time_asked",
        f"extra_time_asked:{registration.id}:{day_in(partner.time_zone, at).isoformat()}",
        {
            "registration_id": registration.id,
            "assignment_id": registration.assignment_id,
            "partner_id": registration.partner_id,
        },
        at=at,
    )


def out_of_time(session: Session, *, at: datetime, limit: int = 100) -> list[int]:
    """Ids of attempts that are past their time and that nobody has handed in."""
    # Written out, not bound: so the partial index of open attempts is used, and not the table of all that ever were.
    open_ones = Attempt.state == literal_column("'open'")
    return list(session.scalars(select(Attempt.id).where(open_ones, Attempt.closes_at < at - GRACE).limit(limit)))


def hand_in_when_over(session: Session, attempt_id: int, *, at: datetime) -> Submitted | None:
    """Hand in an attempt whose time is over with the answers that it has; None where somebody was quicker or it was extended."""
    found = own_attempt(session, attempt_id, by=PORTAL)
    own_registration(session, found.registration_id, by=PORTAL, lock=True)  # first, as in submit_attempt
    attempt = own_attempt(session, attempt_id, by=PORTAL, lock=True)
    if attempt.state is not AttemptState.OPEN or not is_over(attempt.closes_at, at):
        return None
    return submit_attempt(session, attempt_id, by=PORTAL, at=at)
