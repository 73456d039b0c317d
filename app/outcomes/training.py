"""What follows when somebody passes a course or is waived from it, joins or leaves the roster, or confirms a material."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.learning.models import TrainingRecord
from app.learning.services.waivers import accept_waiver
from app.outcomes import course_certificates
from app.remediation import services as remediation


def waive(session: Session, waiver_id: int, *, by: Actor, at: datetime) -> None:
    """A waiver was approved: the assignment is closed, and the steps that count it are computed anew."""
    assignment = accept_waiver(session, waiver_id, by=by, at=at)
    remediation.compute_steps_of(session, assignment.partner_id, at=at)


class Outcomes:
    """The one implementation of `web.consequences.Consequences`. Each runs in the transaction of its cause."""

    def after_training(self, session: Session, record_id: int, *, at: datetime) -> None:
        """A training record was made, or confirmed: once it counts its certificate is announced, and the steps that it counts for
        are computed anew.
        """
        record = session.get_one(TrainingRecord, record_id)
        course_certificates.announce(session, record, at=at)
        remediation.compute_steps_of(session, record.partner_id, at=at)

    def after_roster_change(self, session: Session, partner_id: int, *, at: datetime) -> None:
        """Coverage has another denominator: it can fall, and a step can open again."""
        remediation.compute_steps_of(session, partner_id, at=at)

    def after_receipt(self, session: Session, partner_id: int, material_id: int, *, at: datetime) -> None:
        """A covered person confirmed a material: the reading steps are computed anew."""
        remediation.compute_steps_of(session, partner_id, at=at)
