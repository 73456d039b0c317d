"""A learner adds what a course asks to be completed first to their own list, where nobody has assigned it to them."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.audit import services as audit
from app.kernel.clock import day_in
from app.kernel.errors import Conflict, NotFound
from app.learning.models import OPEN_STATES, Assignment, AssignmentState, Origin
from app.learning.services.assignments import prerequisites_to_add
from app.partners.models import Partner


def add_prerequisites(session: Session, assignment: Assignment, *, by: Actor, at: datetime) -> list[Assignment]:
    """Put the missing prerequisites of an assignment of the actor’s own on their list, due no later than it, or today.

    Those that are on the list already stay as they are; sent twice, it adds nothing.
    """
    if assignment.person_id != by.person_id:
        raise NotFound
    session.refresh(assignment, with_for_update=True)
    if assignment.state not in OPEN_STATES:
        raise Conflict(f"This assignment is {assignment.state.value}: nothing has to come before it.")
    partner = session.get_one(Partner, assignment.partner_id)
    due_on = max(assignment.due_on, day_in(partner.time_zone, at))
    wanted = {assignment.course_id: [assignment.person_id]}
    made = [
        Assignment(
            person_id=person_id,
            partner_id=partner.id,
            course_id=course_id,
            origin=Origin.OWN_CHOICE,
            assigned_by_id=by.person_id,
            assigned_at=at,
            original_due_on=due_on,
            due_on=due_on,
            state=AssignmentState.ASSIGNED,
        )
        for course_id, people in prerequisites_to_add(session, wanted, partner=partner, at=at).items()
        for person_id in people
    ]
    session.add_all(made)
    session.flush()
    for one in made:
        audit.record(
            session,
            "assignment.made",
            "assignment",
            one.id,
            by=by,
            at=at,
            partner_id=partner.id,
            details={
                "person": one.person_id,
                "course": one.course_id,
                "due_on": due_on.isoformat(),
                "origin": one.origin.value,
                "comes_before": assignment.id,
            },
        )
    return made
