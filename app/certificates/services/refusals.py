"""Keep that a certificate was earned and could not be made, and settle it once it is."""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.access.policy import PORTAL, Actor
from app.audit import services as audit
from app.certificates.models import CertificateRefusal
from app.kernel.errors import constraint_says
from app.learning.models import TrainingRecord

_MEANWHILE = "Somebody tried to make this certificate in the same moment. Look again; nothing was lost."
constraint_says("one_open_refusal_a_training_record", _MEANWHILE)
constraint_says("one_open_refusal_a_determination", _MEANWHILE)


def note_refusal(
    session: Session,
    sentence: str,
    *,
    partner_id: int,
    record: TrainingRecord | None = None,
    determination_id: int | None = None,
    by: Actor = PORTAL,
    at: datetime,
) -> CertificateRefusal:
    """Open a refusal, or count another try of the one that is open. `sentence` says what to mend.

    It is of a determination, or of a training record: then of all that stood in its place before it was corrected.
    """
    found = session.scalar(
        select(CertificateRefusal)
        .where(CertificateRefusal.settled_at.is_(None), _about(record, determination_id))
        .with_for_update()
    )
    if found is None:
        found = CertificateRefusal(
            partner_id=partner_id,
            training_record_id=record.id if record else None,
            determination_id=determination_id,
            sentence=sentence,
            tries=1,
            opened_at=at,
            tried_at=at,
        )
        session.add(found)
    else:
        found.tries += 1
        found.tried_at, found.sentence = at, sentence
        if record is not None:
            found.training_record_id = record.id
    session.flush()
    audit.record(
        session,
        "certificate.refused",
        "certificate_refusal",
        found.id,
        by=by,
        at=at,
        partner_id=partner_id,
        reason=sentence,
        details={
            "training_record": found.training_record_id,
            "determination": determination_id,
            "tries": found.tries,
        },
    )
    return found


def settle_refusal(
    session: Session,
    *,
    record: TrainingRecord | None = None,
    determination_id: int | None = None,
    by: Actor = PORTAL,
    at: datetime,
) -> None:
    """The certificate was issued, or is no longer owed: the refusal that is open of it is settled. None open is no harm."""
    found = session.scalar(
        select(CertificateRefusal)
        .where(CertificateRefusal.settled_at.is_(None), _about(record, determination_id))
        .with_for_update()
    )
    if found is None:
        return
    found.settled_at = at
    session.flush()
    audit.record(
        session,
        "certificate-refusal.settled",
        "certificate_refusal",
        found.id,
        by=by,
        at=at,
        partner_id=found.partner_id,
        details={"tries": found.tries},
    )


def _about(record: TrainingRecord | None, determination_id: int | None) -> ColumnElement[bool]:
    if record is None:
        return CertificateRefusal.determination_id == determination_id
    of_the_registration = select(TrainingRecord.id).where(TrainingRecord.registration_id == record.registration_id)
    return CertificateRefusal.training_record_id.in_(of_the_registration)
