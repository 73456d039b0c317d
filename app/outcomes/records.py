"""What follows when records change: a regrade that makes somebody pass, a corrected record, outside training that is accepted."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.learning import services as learning
from app.learning.services.regrades import KIND
from app.outcomes import course_certificates
from app.outcomes.training import Outcomes
from app.remediation import services as remediation
from app.transactions import transaction

__all__ = ["KIND", "apply_correction", "accept_equivalent", "mark_again"]


def mark_again(regrade_id: int, *, round_number: int, at: datetime) -> int:
    """One batch of a regrade, in a transaction of its own; how many attempts it marked. Safe to repeat."""
    with transaction() as session:
        done = learning.mark_batch(session, regrade_id, round_number=round_number, at=at)
        for record in done.records:
            Outcomes().after_training(session, record.id, at=at)
        return done.marked


def apply_correction(session: Session, correction_id: int, *, by: Actor, at: datetime) -> None:
    """The corrected record stands: its certificate is made anew, and the steps that it counts for are computed again.

    So is one that could not be made from the old record, perhaps for the very mistake.
    """
    record = learning.apply_correction(session, correction_id, by=by, at=at)
    course_certificates.announce(session, record, at=at)
    remediation.compute_steps_of(session, record.partner_id, at=at)


def accept_equivalent(session: Session, equivalent_id: int, *, by: Actor, at: datetime) -> None:
    """Outside training counts, and the steps that it counts for are computed anew. No certificate follows."""
    found = learning.accept_equivalent(session, equivalent_id, by=by, at=at)
    remediation.compute_steps_of(session, found.partner_id, at=at)
