"""The signing keys as others see them: published, and with what each has signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.certificates.document.keys import fingerprint, is_self_made
from app.certificates.issuer import Issuer
from app.certificates.models import Certificate, DistrustedKey


@dataclass(frozen=True)
class KeyInUse:
    """A signing key and what it signed. `vouched_for_by` is empty where nobody but the portal does."""

    fingerprint: str
    subject: str
    begins_at: datetime
    ends_at: datetime
    vouched_for_by: str
    signed: int
    last_signed_at: datetime | None
    distrusted: DistrustedKey | None


def published_keys(session: Session, issuer: Issuer) -> bytes:
    """Present and retired signing certificates in PEM, each under a line that says what it is; ASCII.

    A distrusted one is named without being given: what it signed can't be told from a forgery without the register.
    """
    distrusted = _distrusted(session)
    lines = [
        f"# Signing certificates, present and retired. What they signed can be checked without asking {issuer.base_url};",
        "# whether it was revoked since can't.",
    ]
    for key in issuer.trusted:
        if fingerprint(key) in distrusted:
            declared = distrusted[fingerprint(key)].declared_at
            lines += ["", f"# SHA-256 {fingerprint(key)}", f"# Distrusted since {declared:%Y-%m-%d}, and left out here"]
            continue
        lines += [
            "",
            f"# SHA-256 {fingerprint(key)}",
            f"# From {key.not_valid_before_utc:%Y-%m-%d} to {key.not_valid_after_utc:%Y-%m-%d}, "
            + ("self-made" if is_self_made(key) else "issued by an authority"),
            key.public_bytes(Encoding.PEM).decode("ascii").strip(),
        ]
    return ("\n".join(lines) + "\n").encode("ascii", errors="replace")


def keys_in_use(session: Session, issuer: Issuer) -> Sequence[KeyInUse]:
    """Every kept key, the newest first, with how many certificates it signed."""
    counted = {
        key: (count, last)
        for key, count, last in session.execute(
            select(Certificate.signing_key, func.count(), func.max(Certificate.issued_at)).group_by(
                Certificate.signing_key
            )
        )
    }
    distrusted = _distrusted(session)
    found = []
    for key in issuer.trusted:
        signed, last = counted.get(fingerprint(key), (0, None))
        found.append(_in_use(key, signed, last, distrusted.get(fingerprint(key))))
    return sorted(found, key=lambda one: one.begins_at, reverse=True)


def _distrusted(session: Session) -> dict[str, DistrustedKey]:
    return {one.fingerprint: one for one in session.scalars(select(DistrustedKey))}


def _in_use(key: x509.Certificate, signed: int, last: datetime | None, distrusted: DistrustedKey | None) -> KeyInUse:
    return KeyInUse(
        fingerprint(key),
        key.subject.rfc4514_string(),
        key.not_valid_before_utc,
        key.not_valid_after_utc,
        "" if is_self_made(key) else key.issuer.rfc4514_string(),
        signed,
        last,
        distrusted,
    )
