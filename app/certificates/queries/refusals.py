"""Certificates that were earned and could not be made yet."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from app.access.policy import Actor
from app.certificates.models import CertificateRefusal
from app.learning.models import TrainingRecord
from app.partners.queries import in_reach

IS_OPEN: ColumnElement[bool] = CertificateRefusal.settled_at.is_(None)


class Owed(NamedTuple):
    """A course whose certificate its holder still waits for, because it could not be made."""

    record_id: int
    course_title: str
    language: str


def owed_to(session: Session, *, by: Actor) -> Sequence[Owed]:
    """The actor's own course certificates that could not be made yet, oldest first. What went wrong is not theirs to mend."""
    rows = session.execute(
        select(TrainingRecord.id, TrainingRecord.course_title, TrainingRecord.language)
        .join(CertificateRefusal, CertificateRefusal.training_record_id == TrainingRecord.id)
        .where(IS_OPEN, TrainingRecord.person_id == by.person_id)
        .order_by(CertificateRefusal.id)
    )
    return [Owed(*row) for row in rows]


def refusal_of_registration() -> Select[int]:
    """The open refusals of the enclosing statement's training record, or of one that it corrects."""
    told = aliased(TrainingRecord)
    return (
        select(CertificateRefusal.id)
        .join(told, told.id == CertificateRefusal.training_record_id)
        .where(IS_OPEN, told.registration_id == TrainingRecord.registration_id)
        .correlate(TrainingRecord)
    )


def how_many_refused(session: Session, *, by: Actor) -> int:
    """How many certificates within the actor's reach wait for somebody to mend what keeps them from being made."""
    return (
        session.scalar(
            select(func.count(CertificateRefusal.id)).where(IS_OPEN, in_reach(by, CertificateRefusal.partner_id))
        )
        or 0
    )
