"""Training that was done elsewhere: one of a partner, and what a person has."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

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
