"""Revoke: one proposes, another approves, and from then on everybody is told that the certificate no longer counts."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.certificates.models import Certificate
from app.certificates.rules.printing import printed
from app.certificates.rules.snapshot import Locale, Snapshot
from app.certificates.services.locking import lock
from app.decisions import services as decisions
from app.decisions.models import Decision
from app.decisions.queries import approved_by
from app.decisions.rules import DecisionKind
from app.kernel.errors import Conflict, DomainError, NotFound, Refused, RefusedAct
from app.outbox.services import enqueue


def propose_revocation(session: Session, certificate: Certificate, *, reason: str, by: Actor, at: datetime) -> Decision:
    """Ask a second person to take a certificate out of force. Until then it stays what it is."""
    act = RefusedAct("certificate.revoked", "certificate", str(certificate.id), certificate.partner_id)
    decisions.require(Permission.CERTIFICATE_REVOKE, by=by, act=act)
    if not reason.strip():
        raise DomainError(
            "Say why it is to be revoked. The reason is kept for the auditor; the public page shows the day only.",
            field="reason",
        )
    _refuse_unless_standing(certificate)
    return decisions.propose(
        session,
        DecisionKind.CERTIFICATE_REVOCATION,
        certificate.id,
        label=f"{certificate.number}, {Snapshot.from_canonical(certificate.snapshot.encode()).holder}",
        content=revocation_content(session, certificate.id),
        partner_id=certificate.partner_id,
        reason=reason,
        by=by,
        at=at,
    )


def revocation_content(session: Session, certificate_id: int) -> dict[str, Any]:
    """What an approver judges: every word that is printed, and whether it still stands."""
    certificate = session.get(Certificate, certificate_id)
    if certificate is None:
        raise NotFound
    snapshot = Snapshot.from_canonical(certificate.snapshot.encode())
    return {
        "certificate": certificate.number,
        "printed": {
            label: value for label, value in printed(snapshot, Locale.ENGLISH).pairs() if value != certificate.number
        },
        "already_revoked": certificate.revoked_at is not None,
        "superseded_by": certificate.superseded_by_number,
        "file_digest": certificate.pdf_digest,
    }


def revoke(session: Session, certificate_id: int, *, by: Actor, at: datetime) -> Certificate:
    """The effect of approval. What the certificate unlocked and is not yet ordered locks again; no money that has moved moves back."""
    locked = lock(session, certificate_id)
    approved = approved_by(session, DecisionKind.CERTIFICATE_REVOCATION, certificate_id, by=by)
    if approved is None:
        act = RefusedAct("certificate.revoked", "certificate", str(certificate_id), locked.partner_id)
        raise Refused("A certificate is revoked by approving its revocation under Decisions.", act, by=by)
    _refuse_unless_standing(locked)
    locked.revoked_at, locked.revoked_by_id, locked.revocation_reason = at, by.person_id, approved.reason
    session.flush()
    audit.record(
        session,
        "certificate.revoked",
        "certificate",
        locked.id,
        by=by,
        at=at,
        partner_id=locked.partner_id,
        reason=approved.reason,
        details={"decision": approved.id, "proposed_by": approved.proposed_by_id},
    )
    enqueue(
        session,
        "certificate_revoked",
        f"certificate_revoked:{locked.id}",
        {"certificate_id": locked.id, "partner_id": locked.partner_id},
        at=at,
    )
    return locked


def _refuse_unless_standing(certificate: Certificate) -> None:
    """An expired certificate can be revoked: it is still shown as one that was once good."""
    if certificate.revoked_at is not None:
        raise Conflict("This certificate was revoked already. Nothing was changed.")
    if certificate.superseded_at is not None:
        raise Conflict(
            "A newer certificate has taken the place of this one. Revoke the newer one; nothing was changed."
        )
