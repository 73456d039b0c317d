"""Verbs about training that was done elsewhere: propose it with its evidence, accept it in a course's place.

It satisfies as a training record does, and is none: no certificate of ours is ever printed for it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.accounts.models import Person
from app.audit import services as audit
from app.courses.models import Course, CourseVersion
from app.decisions import services as decisions
from app.decisions.queries import approved_by
from app.decisions.rules import DecisionKind
from app.kernel.clock import day_in
from app.kernel.errors import Conflict, DomainError, NotFound, Refused, RefusedAct
from app.learning.models import (
    Assignment,
    AssignmentState,
    EquivalentTraining,
    ProposalState,
    Registration,
    RegistrationState,
)
from app.partners.models import Partner

_OPEN = (AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)


@dataclass(frozen=True)
class StoredEvidence:
    """A file that was checked and is in the storage under its SHA-256; the size in bytes."""

    name: str
    media_type: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Elsewhere:
    """What was done elsewhere: its title, who gave it, the day of completion, the last valid day (None: it does not lapse)."""

    title: str
    provider: str
    completed_on: date
    valid_until: date | None


def propose_equivalent(
    session: Session,
    assignment: Assignment,
    done: Elsewhere,
    evidence: StoredEvidence,
    *,
    reason: str,
    by: Actor,
    at: datetime,
) -> EquivalentTraining:
    """Put before a second person that training done elsewhere be accepted for the person and course of an open assignment."""
    act = RefusedAct("equivalent-training.proposed", "assignment", str(assignment.id), assignment.partner_id)
    decisions.require(Permission.EQUIVALENT_PROPOSE, by=by, act=act)
    session.refresh(assignment, with_for_update=True)
    if assignment.state not in _OPEN:
        raise Conflict(f"This assignment is already {assignment.state.value}: nothing is left to be satisfied by it.")
    for field, value in (("title", done.title), ("provider", done.provider)):
        if not value.strip() or len(value) > 200:
            raise DomainError("Enter it in up to 200 characters, as the evidence has it.", field=field)
    if not reason.strip():
        raise DomainError("Say why it is worth the same, in a sentence that the approver will read.", field="reason")
    today = day_in(session.get_one(Partner, assignment.partner_id).time_zone, at)
    if done.completed_on > today:
        raise DomainError("It has to be completed already: enter a day that has come.", field="completed_on")
    if done.valid_until is not None and done.valid_until < today:
        raise DomainError(
            "It has lapsed by now, so it can't stand in for the course. Enter a last valid day that is still to come, "
            "or leave it empty if it does not lapse.",
            field="valid_until",
        )
    if by.person_id is None:
        raise DomainError("Outside training is proposed by a person.")
    waiting = session.scalar(
        select(EquivalentTraining.id).where(
            EquivalentTraining.person_id == assignment.person_id,
            EquivalentTraining.course_id == assignment.course_id,
            EquivalentTraining.state == ProposalState.PROPOSED,
        )
    )
    if waiting is not None:
        raise Conflict("Outside training for this person and course waits for its decision already. Nothing was added.")
    found = EquivalentTraining(
        person_id=assignment.person_id,
        partner_id=assignment.partner_id,
        course_id=assignment.course_id,
        title=" ".join(done.title.split()),
        provider=" ".join(done.provider.split()),
        completed_on=done.completed_on,
        valid_until=done.valid_until,
        evidence_name=evidence.name,
        evidence_media_type=evidence.media_type,
        evidence_digest=evidence.sha256,
        evidence_size=evidence.size,
        reason=reason.strip(),
        proposed_by_id=by.person_id,
        proposed_at=at,
    )
    session.add(found)
    session.flush()
    audit.record(
        session,
        "equivalent-training.proposed",
        "equivalent_training",
        found.id,
        by=by,
        at=at,
        partner_id=found.partner_id,
        reason=found.reason,
        details={"person": found.person_id, "course": found.course_id, "evidence": found.evidence_digest},
    )
    content = equivalent_content(session, found.id)
    decisions.propose(
        session,
        DecisionKind.EQUIVALENT_TRAINING,
        found.id,
        label=f"“{found.title}” of {content['person']}",
        content=content,
        partner_id=found.partner_id,
        reason=reason,
        by=by,
        at=at,
    )
    return found


def equivalent_content(session: Session, equivalent_id: int) -> dict[str, Any]:
    """What outside training is judged by."""
    found = session.get(EquivalentTraining, equivalent_id)
    if found is None:
        raise NotFound
    course = session.get_one(Course, found.course_id)
    title = session.scalar(select(CourseVersion.title).where(CourseVersion.id == course.current_version_id))
    return {
        "person": session.get_one(Person, found.person_id).name,
        "in_place_of": title or course.slug,
        "course": course.slug,
        "title": found.title,
        "provider": found.provider,
        "completed_on": found.completed_on,
        "valid_until": found.valid_until or "It does not lapse",
        "evidence": found.evidence_name,
        "evidence_digest": found.evidence_digest,
    }


def accept_equivalent(session: Session, equivalent_id: int, *, by: Actor, at: datetime) -> EquivalentTraining:
    """What follows from an approval: it counts from now on, and satisfies the person's open assignment of the course."""
    found = session.get_one(EquivalentTraining, equivalent_id, with_for_update=True)
    act = RefusedAct("equivalent-training.accepted", "equivalent_training", str(found.id), found.partner_id)
    if approved_by(session, DecisionKind.EQUIVALENT_TRAINING, found.id, by=by) is None:
        raise Refused("Outside training is accepted by approving it under Decisions.", act, by=by)
    if found.state is not ProposalState.PROPOSED:
        raise Conflict(f"This is already {found.state.value}. Nothing was changed.")
    found.state, found.accepted_at = ProposalState.ACCEPTED, at
    session.flush()
    audit.record(
        session,
        "equivalent-training.accepted",
        "equivalent_training",
        found.id,
        by=by,
        at=at,
        partner_id=found.partner_id,
        details={"person": found.person_id, "course": found.course_id},
    )
    assignment = session.scalar(
        select(Assignment)
        .where(
            Assignment.person_id == found.person_id,
            Assignment.course_id == found.course_id,
            Assignment.state.in_(_OPEN),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if assignment is not None:
        _satisfy(session, assignment, found, by=by, at=at)
    return found


def _satisfy(session: Session, assignment: Assignment, found: EquivalentTraining, *, by: Actor, at: datetime) -> None:
    assignment.state, assignment.satisfied_at = AssignmentState.SATISFIED, at
    assignment.satisfied_by_equivalent_id = found.id
    session.execute(
        update(Registration)
        .where(Registration.assignment_id == assignment.id, Registration.state == RegistrationState.OPEN)
        .values(state=RegistrationState.ABANDONED, finished_at=at)
    )
    session.flush()
    audit.record(
        session,
        "assignment.satisfied",
        "assignment",
        assignment.id,
        by=by,
        at=at,
        partner_id=found.partner_id,
        details={"equivalent": found.id},
    )


def reject_equivalent(session: Session, equivalent_id: int, *, by: Actor, at: datetime) -> None:
    found = session.get_one(EquivalentTraining, equivalent_id, with_for_update=True)
    if found.state is not ProposalState.PROPOSED:
        raise Conflict(f"This is already {found.state.value}. Nothing was changed.")
    found.state = ProposalState.REJECTED
    session.flush()
    audit.record(
        session,
        "equivalent-training.rejected",
        "equivalent_training",
        found.id,
        by=by,
        at=at,
        partner_id=found.partner_id,
    )
