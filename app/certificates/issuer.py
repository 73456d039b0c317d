"""With what the vendor issues: its name, signatory and brand, the address of the verify page, and the two keys."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509

from app.certificates.credential import keys as credential_keys
from app.certificates.credential.keys import CredentialKey, PublicKey
from app.certificates.document.brand import Brand
from app.certificates.document.sign import SigningKey, open_or_make_key
from app.certificates.rules.snapshot import Officer
from app.kernel.clock import now
from app.settings import Settings


@dataclass(frozen=True)
class Issuer:
    """Everything that a certificate takes from the settings.

    `trusted` holds the present and all retired signing certificates, `credential_keys` the same for credentials.
    """

    vendor_name: str
    signatory: Officer
    brand: Brand
    base_url: str
    valid_for: timedelta
    key: SigningKey
    trusted: tuple[x509.Certificate, ...]
    credential_key: CredentialKey
    credential_keys: tuple[PublicKey, ...]

    def verify_url(self, number: str) -> str:
        return f"{self.base_url.rstrip('/')}/verify/{number}"


_Stamp = tuple[int, int] | None
_issuers: dict[Settings, tuple[tuple[_Stamp, _Stamp], Issuer]] = {}
_lock = threading.Lock()


def issuer(settings: Settings) -> Issuer:
    """The issuer of these settings; its keys are made at first use where the operator gave none. Raises KeyRefused.

    It is read again when a key's file was replaced, so that a new key needs no restart.
    """
    path = settings.signing_key_path or settings.data_folder / "signing-key.p12"
    credential_path = settings.credential_key_path or settings.data_folder / "credential-key.pem"
    with _lock:
        known = _issuers.get(settings)
        if known is None or known[0] != (_stamp(path), _stamp(credential_path)):
            made = _made(settings, path, credential_path)
            known = _issuers[settings] = ((_stamp(path), _stamp(credential_path)), made)
        return known[1]


def _stamp(path: Path) -> _Stamp:
    """Which file stands there now; None where none does."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def _made(settings: Settings, path: Path, credential_path: Path) -> Issuer:
    key = open_or_make_key(
        path, vendor_name=settings.vendor_name, now=now(), passphrase=settings.signing_key_passphrase
    )
    kept = settings.data_folder / "signing-certificates"
    kept.mkdir(parents=True, exist_ok=True)
    public = kept / f"{key.fingerprint}.pem"
    if not public.exists():
        public.write_text(key.certificate_pem, encoding="ascii")
    credential_key = credential_keys.open_or_make_key(credential_path, passphrase=settings.credential_key_passphrase)
    credential_kept = settings.data_folder / "credential-keys"
    credential_keys.keep_public_half(credential_kept, credential_key.public)
    return Issuer(
        vendor_name=settings.vendor_name,
        signatory=Officer(settings.signatory_name, settings.signatory_title),
        brand=Brand(settings.brand_color, settings.logo_path.read_bytes() if settings.logo_path else None),
        base_url=settings.base_url,
        valid_for=timedelta(days=settings.certificate_valid_days),
        key=key,
        trusted=tuple(_public_halves(kept)),
        credential_key=credential_key,
        credential_keys=tuple(credential_keys.public_halves(credential_kept)),
    )


def _public_halves(folder: Path) -> Sequence[x509.Certificate]:
    return [x509.load_pem_x509_certificate(path.read_bytes()) for path in sorted(folder.glob("*.pem"))]
