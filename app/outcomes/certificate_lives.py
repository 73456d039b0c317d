"""What becomes of certificates after their issue: a corrected one takes a place, a revoked one opens a review, a review issues anew."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.certificates import services as certificates
from app.certificates.issuer import issuer
from app.certificates.models import Certificate
from app.certificates.rules.snapshot import CertificateKind, Snapshot
from app.certificates.services import Prepared
from app.decisions.services import ContentChanged
from app.incentives.queries.release_orders import let_go_on
from app.kernel.clock import day_in
from app.kernel.errors import RefusedAct
from app.outcomes import completion
from app.partners.models import Partner
from app.remediation import services as remediation
from app.remediation.models import DeterminationReview, ReviewOutcome
from app.settings import Settings


def prepare_correction(
    session: Session, certificate_id: int, *, approver: Actor, at: datetime, settings: Settings
) -> Prepared:
    """The same certificate with the partner's legal name as it is kept now; made before the lock."""
    old = session.get_one(Certificate, certificate_id)
    partner = session.get_one(Partner, old.partner_id)
    printed = Snapshot.from_canonical(old.snapshot.encode())
    return certificates.prepare(
        session,
        printed.completion,
        holder=partner.legal_name,
        partner_name=partner.legal_name,
        partner_number=printed.partner_number,
        issued_on=day_in(partner.time_zone, at),
        expires_on=printed.expires_on,
        time_zone=partner.time_zone,
        replaces=printed.number,
        locale=printed.locale,
        issuer=issuer(settings),
        at=at,
    )


def correct(
    session: Session, certificate_id: int, *, prepared: Prepared | None, by: Actor, at: datetime
) -> Certificate:
    """The corrected certificate takes the place of the old one. What the old one printed is kept for ever, and its page says where to look."""
    old = session.get_one(Certificate, certificate_id)
    partner = session.get_one(Partner, old.partner_id)
    printed = Snapshot.from_canonical(old.snapshot.encode())
    wanted = replace(printed, holder=partner.legal_name, partner_name=partner.legal_name)
    if prepared is None or not _says(prepared.snapshot, wanted) or prepared.snapshot.replaces != old.number:
        raise ContentChanged(
            "Something changed while the corrected certificate was being made. Nothing was approved; look again and decide anew.",
            RefusedAct("certificate.superseded", "certificate", str(old.id), old.partner_id),
            by=by,
        )
    reason = f"The partner's legal name is corrected from “{printed.holder}” to “{partner.legal_name}”."
    certificates.give_way(session, old.id, to=prepared.snapshot.number, reason=reason, by=by, at=at)
    return certificates.issue(
        session,
        prepared,
        partner_id=partner.id,
        time_zone=partner.time_zone,
        case_id=old.case_id,
        determination_id=old.determination_id,
        by=by,
        at=at,
    )


def _says(made: Snapshot, wanted: Snapshot) -> bool:
    return (made.completion, made.holder, made.partner_number, made.expires_on) == (
        wanted.completion,
        wanted.holder,
        wanted.partner_number,
        wanted.expires_on,
    )


def revoke(session: Session, certificate_id: int, *, by: Actor, at: datetime) -> None:
    """The certificate is out of force. What was released on it stays released: a review of determination and release begins."""
    revoked = certificates.revoke(session, certificate_id, by=by, at=at)
    if revoked.kind is CertificateKind.PROGRAM_COMPLETION and revoked.case_id and revoked.determination_id:
        remediation.open_review(
            session,
            case_id=revoked.case_id,
            determination_id=revoked.determination_id,
            certificate_id=revoked.id,
            by=by,
            at=at,
        )


def what_it_touches(session: Session, certificate_id: int, *, at: datetime) -> tuple[str, ...]:
    """Sentences for the approver of a revocation: what was let go on the strength of the certificate, and that it stays so."""
    certificate = session.get_one(Certificate, certificate_id)
    if certificate.kind is not CertificateKind.PROGRAM_COMPLETION:
        return ("The training record stays. Whoever is to have a certificate again takes the course again.",)
    said = ["A review of the determination begins; compliance concludes it, again two people."]
    orders = [order.number for order in let_go_on(session, certificate_id)]
    if orders:
        said.append(
            f"Money was already released on it ({', '.join(orders)}). No amount changes by this: what was exported stays "
            "exported, what was paid stays paid. The review lists it."
        )
    else:
        said.append("Nothing has been released on it. What is withheld is locked again.")
    return tuple(said)


def keep(session: Session, subject_id: int, *, by: Actor, at: datetime) -> None:
    """The effect of rejecting: everything stays as it is. The decision itself keeps who said so and why."""


def prepare_anew(
    session: Session, review_id: int, *, approver: Actor, at: datetime, settings: Settings
) -> Prepared | None:
    """If the determination stands: its certificate as it would be issued now. None where it falls."""
    review = session.get_one(DeterminationReview, review_id)
    if review.outcome is not ReviewOutcome.STANDS:
        return None
    revoked = session.get_one(Certificate, review.certificate_id)
    return completion.prepare_again(
        session, review.determination_id, expires_on=revoked.expires_on, at=at, settings=settings
    )


def conclude(
    session: Session, review_id: int, *, prepared: Prepared | None, by: Actor, at: datetime
) -> Certificate | None:
    """The review is over: a new certificate where the determination stands, a case at work again where it falls. No money moves."""
    review = remediation.conclude_review(session, review_id, by=by, at=at)
    if review.outcome is not ReviewOutcome.STANDS:
        return None
    return completion.issue_again(session, review.determination_id, prepared=prepared, by=by, at=at)
