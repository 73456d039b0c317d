"""Distrust a signing key: somebody else had it, or may have had it."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.audit import services as audit
from app.certificates.document.keys import fingerprint as fingerprint_of
from app.certificates.issuer import Issuer
from app.certificates.models import Certificate, DistrustedKey
from app.kernel.errors import Conflict, DomainError, constraint_says

constraint_says("uq_distrusted_key_fingerprint", "This key was distrusted already. Nothing was changed.")


def distrust(
    session: Session, fingerprint: str, *, reason: str, issuer: Issuer, by: Actor, at: datetime
) -> DistrustedKey:
    """Declare a key compromised, for good: its signature proves nothing from now on, and unlocks no payment.

    What it signed rightly is still told apart from forgeries by the digests in the register; a holder of withheld payments
    needs a new certificate. Raises DomainError for a fingerprint that is no kept key's, Conflict if it was done already.
    """
    wanted = "".join(fingerprint.split()).replace(":", "").lower()
    if wanted not in {fingerprint_of(one) for one in issuer.trusted}:
        raise DomainError(
            "No kept signing key has this fingerprint. `flask certificates keys` lists all 64 digits of each."
        )
    if not reason.strip():
        raise DomainError("Say why the key is distrusted. The reason is kept for the auditor.")
    if session.scalar(select(DistrustedKey.id).where(DistrustedKey.fingerprint == wanted)) is not None:
        raise Conflict("This key was distrusted already. Nothing was changed.")
    key = DistrustedKey(fingerprint=wanted, reason=reason.strip(), declared_at=at)
    session.add(key)
    session.flush()
    signed = session.scalar(select(func.count()).where(Certificate.signing_key == wanted))
    audit.record(
        session,
        "signing_key.distrusted",
        "distrusted_key",
        key.id,
        by=by,
        at=at,
        reason=reason.strip(),
        details={"fingerprint": wanted, "certificates": signed},
    )
    return key
