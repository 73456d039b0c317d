"""Mails about certificates that no longer stand, to whom they were issued, and about the reviews that follow."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.access.policy import Role
from app.certificates.models import Certificate
from app.certificates.rules.snapshot import Snapshot
from app.kernel.clock import day_in
from app.notifications import recipients
from app.notifications.letters.kinds import KindOfMail, Payload
from app.notifications.rendering import Letter, Recipient
from app.partners.models import Partner
from app.remediation.models import DeterminationReview, RemediationCase, ReviewOutcome


def whose_it_is(session: Session, payload: Payload) -> Sequence[int]:
    """The person whom a course certificate names; for a program's, who runs compliance at the partner or signs for it."""
    certificate = session.get_one(Certificate, int(payload["certificate_id"]))
    if certificate.person_id is not None:
        return [certificate.person_id]
    return recipients.of_partner(session, certificate.partner_id, Role.COMPLIANCE_CONTACT, Role.EXECUTIVE)


def revoked(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    certificate = session.get_one(Certificate, int(payload["certificate_id"]))
    if certificate.revoked_at is None:
        return None
    zone = session.get_one(Partner, certificate.partner_id).time_zone
    values = {
        "number": certificate.number,
        "about": _about(certificate),
        "revoked_on": day_in(zone, certificate.revoked_at),
        "of_program": certificate.person_id is None,
    }
    return Letter(to, "certificate_revoked", f"/certificates/{certificate.number}", values)


def replaced(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    certificate = session.get_one(Certificate, int(payload["certificate_id"]))
    if certificate.superseded_by_number is None:
        return None
    values = {"number": certificate.number, "about": _about(certificate), "newer": certificate.superseded_by_number}
    return Letter(to, "certificate_replaced", f"/certificates/{certificate.superseded_by_number}", values)


def _about(certificate: Certificate) -> str:
    """What it certifies, as printed on it."""
    printed = {field.key: field.value for field in Snapshot.from_canonical(certificate.snapshot.encode()).fields()}
    return printed.get("course") or printed["programs"]


def runs_or_signs(session: Session, payload: Payload) -> Sequence[int]:
    return recipients.of_partner(session, payload["partner_id"], Role.COMPLIANCE_CONTACT, Role.EXECUTIVE)


def review_concluded(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """What compliance found when it looked back: a new certificate, or work to be done again."""
    review = session.get_one(DeterminationReview, int(payload["review_id"]))
    number = session.get_one(RemediationCase, review.case_id).number
    if review.concluded_at is None:
        return None
    values = {"case": number, "stands": review.outcome is ReviewOutcome.STANDS}
    return Letter(to, "review_concluded", f"/cases/{number}", values, thread=number)


MAILS = {
    "certificate_revoked": KindOfMail(whose_it_is, revoked),
    "certificate_replaced": KindOfMail(whose_it_is, replaced),
    "review_concluded": KindOfMail(runs_or_signs, review_concluded),
}
