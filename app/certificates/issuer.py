"""With what the vendor issues: its name, signatory and brand, the address of the verify page, and the signing key."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509

from app.certificates.branding import brand, stamp
from app.certificates.document.brand import Brand
from app.certificates.document.sign import SigningKey, open_or_make_key
from app.certificates.rules.snapshot import Officer
from app.kernel.clock import now
from app.settings import Settings


@dataclass(frozen=True)
class Issuer:
    """Everything that a certificate takes from the settings. `trusted` holds the present and all retired signing certificates."""

    vendor_name: str
    signatory: Officer
    settings: Settings
    base_url: str
    valid_for: timedelta
    key: SigningKey
    trusted: tuple[x509.Certificate, ...]

    @property
    def brand(self) -> Brand:
        """How the certificate looks, by the files as they are now. Raises UnusablePicture."""
        return brand(self.settings)

    def verify_url(self, number: str) -> str:
        return f"{self.base_url.rstrip('/')}/verify/{number}"


_issuers: dict[Settings, tuple[tuple[int, int] | None, Issuer]] = {}
_lock = threading.Lock()


def issuer(settings: Settings) -> Issuer:
    """The issuer of these settings; its key is made at first use where the operator gave none. Raises KeyRefused.

    It is read again when the key's file was replaced, so that a new key needs no restart.
    """
    path = settings.signing_key_path or settings.data_folder / "signing-key.p12"
    with _lock:
        known = _issuers.get(settings)
        if known is None or known[0] != stamp(path):
            made = _made(settings, path)
            known = _issuers[settings] = (stamp(path), made)
        return known[1]


def _made(settings: Settings, path: Path) -> Issuer:
    key = open_or_make_key(
        path, vendor_name=settings.vendor_name, now=now(), passphrase=settings.signing_key_passphrase
    )
    kept = settings.data_folder / "signing-certificates"
    kept.mkdir(parents=True, exist_ok=True)
    public = kept / f"{key.fingerprint}.pem"
    if not public.exists():
        public.write_text(key.certificate_pem, encoding="ascii")
    return Issuer(
        vendor_name=settings.vendor_name,
        signatory=Officer(settings.signatory_name, settings.signatory_title),
        settings=settings,
        base_url=settings.base_url,
        valid_for=timedelta(days=settings.certificate_valid_days),
        key=key,
        trusted=tuple(_public_halves(kept)),
    )


def _public_halves(folder: Path) -> Sequence[x509.Certificate]:
    return [x509.load_pem_x509_certificate(path.read_bytes()) for path in sorted(folder.glob("*.pem"))]
