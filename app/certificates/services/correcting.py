"""Correct what a certificate prints: never by editing it, always by another one that takes its place."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.certificates.models import Certificate
from app.certificates.rules.snapshot import CertificateKind, Snapshot
from app.certificates.services.locking import lock
from app.decisions import services as decisions
from app.decisions.models import Decision
from app.decisions.rules import DecisionKind
from app.kernel.errors import Conflict, DomainError, NotFound, RefusedAct
from app.outbox.services import enqueue
from app.partners.models import Partner


def propose_correction(session: Session, certificate: Certificate, *, reason: str, by: Actor, at: datetime) -> Decision:
    """Ask a second person for a certificate with the partner's legal name as it is kept now, in place of this one.

    A course certificate follows its training record: the record is corrected, and the certificate with it.
    """
    act = RefusedAct("certificate.superseded", "certificate", str(certificate.id), certificate.partner_id)
    decisions.require(Permission.CERTIFICATE_CORRECT, by=by, act=act)
    if certificate.kind is not CertificateKind.PROGRAM_COMPLETION:
        raise DomainError("A course certificate is corrected by correcting its training record.")
    if not reason.strip():
        raise DomainError("Say what was wrong, in a sentence that a later auditor will read.", field="reason")
    if certificate.revoked_at is not None or certificate.superseded_at is not None:
        raise Conflict("This certificate no longer stands, so it can't be corrected. Nothing was changed.")
    content = correction_content(session, certificate.id)
    if content["name_printed"] == content["name_kept_now"]:
        raise DomainError(
            "The certificate prints the partner's legal name as it is kept now. Ask an administrator to correct the "
            "partner's legal name first."
        )
    return decisions.propose(
        session,
        DecisionKind.CERTIFICATE_CORRECTION,
        certificate.id,
        label=f"{certificate.number}: “{content['name_kept_now']}”",
        content=content,
        partner_id=certificate.partner_id,
        reason=reason,
        by=by,
        at=at,
    )


def correction_content(session: Session, certificate_id: int) -> dict[str, Any]:
    """What an approver judges: the name that is printed and the one that would be."""
    certificate = session.get(Certificate, certificate_id)
    if certificate is None:
        raise NotFound
    snapshot = Snapshot.from_canonical(certificate.snapshot.encode())
    return {
        "certificate": certificate.number,
        "name_printed": snapshot.holder,
        "name_kept_now": session.get_one(Partner, certificate.partner_id).legal_name,
        "already_revoked": certificate.revoked_at is not None,
        "superseded_by": certificate.superseded_by_number,
    }


def give_way(session: Session, certificate_id: int, *, to: str, reason: str, by: Actor, at: datetime) -> Certificate:
    """Take a certificate's place for the one numbered `to`, which the same transaction issues next."""
    locked = lock(session, certificate_id)
    if locked.revoked_at is not None or locked.superseded_at is not None:
        raise Conflict("This certificate no longer stands, so nothing can take its place. Nothing was changed.")
    locked.superseded_at, locked.superseded_by_number = at, to
    session.flush()
    audit.record(
        session,
        "certificate.superseded",
        "certificate",
        locked.id,
        by=by,
        at=at,
        partner_id=locked.partner_id,
        reason=reason,
        details={"number": locked.number, "superseded_by": to},
    )
    enqueue(
        session,
        "certificate_replaced",
        f"certificate_replaced:{locked.id}",
        {"certificate_id": locked.id, "partner_id": locked.partner_id},
        at=at,
    )
    return locked
