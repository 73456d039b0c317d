"""With what the vendor issues: its name, signatory and brand, the address of the verify page, and the signing key."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509

from app.certificates.document.brand import Brand
from app.certificates.document.errors import UnusableLogo
from app.certificates.document.sign import SigningKey, open_or_make_key
from app.certificates.rules.snapshot import Officer
from app.kernel.clock import now
from app.settings import Settings


@dataclass(frozen=True)
class Issuer:
    """Everything that a certificate takes from the settings. `trusted` holds the present and all retired signing certificates."""

    vendor_name: str
    signatory: Officer
    brand_color: str
    logo_path: Path | None
    base_url: str
    valid_for: timedelta
    key: SigningKey
    trusted: tuple[x509.Certificate, ...]

    @property
    def brand(self) -> Brand:
        """Read when a document is made, so that a logo that went missing stops no page that needs none. Raises UnusableLogo."""
        if self.logo_path is None:
            return Brand(self.brand_color)
        try:
            stamp = self.logo_path.stat()
            return _brand(self.brand_color, self.logo_path, (stamp.st_ino, stamp.st_mtime_ns, stamp.st_size))
        except OSError as error:
            raise UnusableLogo(
                f"The vendor's logo, {self.logo_path.name}, can't be read where GOOD_STANDING_LOGO_PATH says. "
                "Put it there again; no certificate is issued without it."
            ) from error

    def verify_url(self, number: str) -> str:
        return f"{self.base_url.rstrip('/')}/verify/{number}"


@lru_cache(maxsize=8)
def _brand(color: str, logo: Path, _stamp: tuple[int, int, int]) -> Brand:
    return Brand(color, logo.read_bytes())


_issuers: dict[Settings, tuple[tuple[int, int] | None, Issuer]] = {}
_lock = threading.Lock()


def issuer(settings: Settings) -> Issuer:
    """The issuer of these settings; its key is made at first use where the operator gave none. Raises KeyRefused.

    It is read again when the key's file was replaced, so that a new key needs no restart.
    """
    path = settings.signing_key_path or settings.data_folder / "signing-key.p12"
    with _lock:
        known = _issuers.get(settings)
        if known is None or known[0] != _stamp(path):
            made = _made(settings, path)
            known = _issuers[settings] = (_stamp(path), made)
        return known[1]


def _stamp(path: Path) -> tuple[int, int] | None:
    """Which file stands there now; None where none does."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


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
        brand_color=settings.brand_color,
        logo_path=settings.logo_path,
        base_url=settings.base_url,
        valid_for=timedelta(days=settings.certificate_valid_days),
        key=key,
        trusted=tuple(_public_halves(kept)),
    )


def _public_halves(folder: Path) -> Sequence[x509.Certificate]:
    return [x509.load_pem_x509_certificate(path.read_bytes()) for path in sorted(folder.glob("*.pem"))]
