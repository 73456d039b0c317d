"""Revoke: say publicly, for ever, that a certificate no longer counts."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.certificates.models import Certificate
from app.decisions.services import require
from app.kernel.errors import Conflict, DomainError, RefusedAct


def revoke(session: Session, certificate: Certificate, *, reason: str, by: Actor, at: datetime) -> None:
    """Say publicly, for ever, that a certificate no longer counts. What it unlocked and is not yet ordered locks again."""
    act = RefusedAct("certificate.revoked", "certificate", str(certificate.id), certificate.partner_id)
    require(Permission.CERTIFICATE_REVOKE, by=by, act=act)
    if not reason.strip():
        raise DomainError(
            "Say why it is revoked. The reason is kept for the auditor; the public page shows the day only.",
            field="reason",
        )
    locked = session.scalar(select(Certificate).where(Certificate.id == certificate.id).with_for_update())
    if locked is None or locked.revoked_at is not None:
        raise Conflict("This certificate was revoked already. Nothing was changed.")
    locked.revoked_at, locked.revoked_by_id, locked.revocation_reason = at, by.person_id, reason.strip()
    session.flush()
    audit.record(
        session,
        "certificate.revoked",
        "certificate",
        locked.id,
        by=by,
        at=at,
        partner_id=locked.partner_id,
        reason=reason.strip(),
    )
