"""Where an approver finds more about what is to be decided than the decision's own page shows."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certificates.models import Certificate
from app.courses.models import Course, CourseVersion
from app.learning.models import EquivalentTraining, RecordCorrection, Regrade, TrainingRecord
from app.partners.models import Partner


def regrade(session: Session, regrade_id: int) -> str:
    """The question with its key, and what would change."""
    slug = session.scalars(
        select(Course.slug)
        .join(CourseVersion, CourseVersion.course_id == Course.id)
        .join(Regrade, Regrade.version_id == CourseVersion.id)
        .where(Regrade.id == regrade_id)
    ).one()
    return f"/courses/{slug}/regrades/{regrade_id}"


def correction(session: Session, correction_id: int) -> str:
    """The record as it stands."""
    row = session.execute(
        select(Partner.number, TrainingRecord.id)
        .join(TrainingRecord, TrainingRecord.partner_id == Partner.id)
        .join(RecordCorrection, RecordCorrection.record_id == TrainingRecord.id)
        .where(RecordCorrection.id == correction_id)
    ).one()
    return f"/partners/{row.number}/training-records/{row.id}"


def equivalent(session: Session, equivalent_id: int) -> str:
    """What was handed in, with its evidence to be fetched."""
    number = session.scalars(
        select(Partner.number)
        .join(EquivalentTraining, EquivalentTraining.partner_id == Partner.id)
        .where(EquivalentTraining.id == equivalent_id)
    ).one()
    return f"/partners/{number}/equivalents/{equivalent_id}"


def certificate(session: Session, certificate_id: int) -> str:
    """What it says and where it stands."""
    return f"/certificates/{session.get_one(Certificate, certificate_id).number}"


def review(_session: Session, review_id: int) -> str:
    """The determination, the revoked certificate, and the money that was let go."""
    return f"/determination-reviews/{review_id}"
