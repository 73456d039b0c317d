"""Mails about certificates that no longer stand, to whom they were issued; about the reviews that follow; about bundles."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.access.policy import Role
from app.certificates.models import BundleState, Certificate, CertificateBundle
from app.certificates.rules.snapshot import Snapshot
from app.certificates.services.bundles import KEPT_FOR
from app.kernel.clock import day_in
from app.notifications import recipients
from app.notifications.letters.kinds import KindOfMail, Payload, the_person
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
    printed = Snapshot.from_canonical(certificate.snapshot.encode()).printed()
    return printed.value("course") or printed.value("programs")


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


def bundle_ready(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """The zip file that somebody asked for is there, or could not be written; nothing once it was thrown away."""
    bundle = session.get_one(CertificateBundle, int(payload["bundle_id"]))
    if bundle.finished_at is None or at >= bundle.finished_at + KEPT_FOR:
        return None
    values = {
        "ready": bundle.state is BundleState.READY,
        "title": bundle.title,
        "sentence": bundle.sentence,
        "until": bundle.finished_at + KEPT_FOR,
    }
    return Letter(to, "certificate_bundle_ready", f"/certificate-bundles/{bundle.id}", values)


MAILS = {
    "certificate_revoked": KindOfMail(whose_it_is, revoked),
    "certificate_replaced": KindOfMail(whose_it_is, replaced),
    "review_concluded": KindOfMail(runs_or_signs, review_concluded),
    "certificate_bundle_ready": KindOfMail(the_person, bundle_ready),
}
