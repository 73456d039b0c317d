"""What a file is that somebody wants checked."""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certificates.document.verification import verify
from app.certificates.issuer import Issuer
from app.certificates.models import Certificate


@dataclass(frozen=True)
class Recognised:
    """What a file is that somebody wants checked: the certificate it claims to be, if it is ours, and why we say so."""

    genuine: bool
    sentence: str
    number: str | None = None


def recognise(session: Session, pdf: bytes, *, issuer: Issuer) -> Recognised:
    """Is this file one of our certificates, byte for byte? Digest first; then, for a better sentence, the signature."""
    number = session.scalar(select(Certificate.number).where(Certificate.pdf_digest == sha256(pdf).hexdigest()))
    if number is not None:
        return Recognised(True, "This is the very file that was issued, byte for byte.", number)
    verdict = verify(pdf, issuer.trusted)
    if verdict.ok:
        return Recognised(
            False, "The signature is ours, but this file is not in our register. Do not rely on it; write to us."
        )
    return Recognised(
        False,
        f"This file was not issued by {issuer.vendor_name} as it is. {verdict.sentence} Ask for the certificate's number and enter it here.",
    )
