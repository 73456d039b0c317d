"""Certificates that could not be made, as tasks for people: which are open, and trying again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.certificates import services as certificates
from app.certificates.document.errors import CertificateRefused
from app.certificates.models import Certificate, CertificateRefusal
from app.certificates.queries.refusals import IS_OPEN
from app.certificates.services import Prepared
from app.decisions.models import Decision
from app.decisions.rules import DecisionKind
from app.kernel.errors import Conflict, NotFound
from app.learning.models import TrainingRecord
from app.outcomes import completion, course_certificates
from app.partners.models import Partner
from app.partners.queries import in_reach
from app.remediation.models import Determination, DeterminationState, RemediationCase
from app.settings import Settings
from app.transactions import transaction

PAGE = 50


@dataclass(frozen=True)
class Open:
    """A certificate that was earned and could not be made. Of a course: `record_id`; of a case: `decision_id`, where it is tried again."""

    id: int
    holder: str
    about: str
    partner_number: str
    partner_name: str
    sentence: str
    opened_at: datetime
    tried_at: datetime
    tries: int
    record_id: int | None
    decision_id: int | None


def open_refusals(session: Session, *, by: Actor, after: int | None = None, limit: int = PAGE + 1) -> list[Open]:
    """Open refusals in reach, longest waiting first, a page at a time; `after` is the key of the last one shown."""
    statement = (
        select(
            CertificateRefusal,
            Partner.number,
            Partner.legal_name,
            TrainingRecord.person_name,
            TrainingRecord.course_title,
            RemediationCase.number.label("case_number"),
            Decision.id.label("decision_id"),
        )
        .join(Partner, Partner.id == CertificateRefusal.partner_id)
        .outerjoin(TrainingRecord, TrainingRecord.id == CertificateRefusal.training_record_id)
        .outerjoin(Determination, Determination.id == CertificateRefusal.determination_id)
        .outerjoin(RemediationCase, RemediationCase.id == Determination.case_id)
        .outerjoin(Decision, (Decision.kind == DecisionKind.DETERMINATION) & (Decision.subject_id == Determination.id))
        .where(IS_OPEN, in_reach(by, CertificateRefusal.partner_id))
        .order_by(CertificateRefusal.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(CertificateRefusal.id > after)
    return [
        Open(
            refusal.id,
            person_name or partner_name,
            course_title or f"Remediation program, case {case_number}",
            number,
            partner_name,
            refusal.sentence,
            refusal.opened_at,
            refusal.tried_at,
            refusal.tries,
            refusal.training_record_id,
            decision_id,
        )
        for refusal, number, partner_name, person_name, course_title, case_number, decision_id in session.execute(
            statement
        )
    ]


def load(session: Session, refusal_id: int, *, by: Actor) -> CertificateRefusal:
    """A refusal in reach, open or settled; NotFound for any other."""
    found = session.scalar(
        select(CertificateRefusal).where(
            CertificateRefusal.id == refusal_id, in_reach(by, CertificateRefusal.partner_id)
        )
    )
    if found is None:
        raise NotFound
    return found


def attempt(
    session: Session, refusal: CertificateRefusal, *, settings: Settings, at: datetime
) -> Prepared | CertificateRefused | None:
    """Try a course certificate again, without the lock, some 150 ms; None where the refusal was settled meanwhile.

    Raises Conflict for a determination's: that one is tried again by deciding, and KeyRefused.
    """
    if refusal.settled_at is not None:
        return None
    if refusal.training_record_id is None:
        raise Conflict(
            "This certificate is made when the determination is approved. Open the decision and decide again."
        )
    return course_certificates.attempt(session, refusal.training_record_id, settings=settings, at=at)


def keep(
    session: Session,
    refusal_id: int,
    made: Prepared | CertificateRefused | None,
    *,
    by: Actor,
    at: datetime,
) -> Certificate | None:
    """What became of `attempt`: the certificate is issued, or the refusal has one more try. None where nothing was issued."""
    refusal = load(session, refusal_id, by=by)
    if made is None or refusal.settled_at is not None or refusal.training_record_id is None:
        return None
    return course_certificates.keep(session, refusal.training_record_id, made, by=by, at=at)


def prepared_determination(
    session: Session, determination_id: int, *, approver: Actor, at: datetime, settings: Settings
) -> Prepared | None:
    """The certificate that an approved determination would issue; None where it completes nothing.

    A refused document raises CertificateRefused, and is kept as a task in a transaction of its own.
    """
    try:
        return completion.prepare_certificate(session, determination_id, approver=approver, at=at, settings=settings)
    except CertificateRefused as refusal:
        with transaction() as writing:
            made = writing.get_one(Determination, determination_id)
            case = writing.get_one(RemediationCase, made.case_id, with_for_update=True)
            writing.refresh(made)
            if made.state is not DeterminationState.PROPOSED:
                raise Conflict("This determination was decided on meanwhile. Nothing was changed.") from refusal
            certificates.note_refusal(
                writing,
                refusal.sentence,
                partner_id=case.partner_id,
                determination_id=determination_id,
                by=approver,
                at=at,
            )
        raise
