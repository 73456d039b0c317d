"""Training that was done elsewhere: one of a partner, and what a person has."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.clock import day_in
from app.kernel.errors import NotFound
from app.learning.models import EquivalentTraining, ProposalState
from app.partners.models import Partner


def load(session: Session, equivalent_id: int, *, partner: Partner) -> EquivalentTraining:
    """Outside training of a partner's person; the caller has loaded the partner by reach. NotFound for any other."""
    found = session.scalar(
        select(EquivalentTraining).where(
            EquivalentTraining.id == equivalent_id, EquivalentTraining.partner_id == partner.id
        )
    )
    if found is None:
        raise NotFound
    return found


def accepted_of(session: Session, person_id: int | None) -> Sequence[EquivalentTraining]:
    """What was accepted for a person, newest first."""
    return session.scalars(
        select(EquivalentTraining)
        .where(EquivalentTraining.person_id == person_id, EquivalentTraining.state == ProposalState.ACCEPTED)
        .order_by(EquivalentTraining.id.desc())
    ).all()


def of_person_and_course(session: Session, person_id: int, course_id: int) -> Sequence[EquivalentTraining]:
    """Everything that was proposed for a person and a course, newest first, whatever became of it."""
    return session.scalars(
        select(EquivalentTraining)
        .where(EquivalentTraining.person_id == person_id, EquivalentTraining.course_id == course_id)
        .order_by(EquivalentTraining.id.desc())
    ).all()


def satisfied_elsewhere(
    session: Session, person_ids: Collection[int], course_ids: Collection[int], *, at: datetime
) -> set[tuple[int, int]]:
    """The (person id, course id) pairs with accepted outside training that is valid at an instant, by the day in the partner's zone."""
    rows = session.execute(
        select(
            EquivalentTraining.person_id,
            EquivalentTraining.course_id,
            EquivalentTraining.valid_until,
            Partner.time_zone,
        )
        .join(Partner, Partner.id == EquivalentTraining.partner_id)
        .where(
            EquivalentTraining.person_id.in_(sorted(set(person_ids))),
            EquivalentTraining.course_id.in_(sorted(set(course_ids))),
            EquivalentTraining.state == ProposalState.ACCEPTED,
            EquivalentTraining.accepted_at <= at,
        )
    )
    return {
        (row.person_id, row.course_id)
        for row in rows
        if row.valid_until is None or row.valid_until >= day_in(row.time_zone, at)
    }
