"""With what the vendor issues: its name, signatory and brand, the address of the verify page, and the two keys.

Only who signs needs a key. Whoever verifies needs the public halves of the present and all retired keys, which are kept
as files beside each other: a key that is missing, locked or near its end stops the issue, never the verification.
"""

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from cryptography import x509

from app.certificates.branding import brand
from app.certificates.credential import keys as credential_keys
from app.certificates.credential.keys import CredentialKey, PublicKey
from app.certificates.document.brand import Brand
from app.certificates.document.errors import KeyRefused
from app.certificates.document.keys import SigningKey, open_or_make_key
from app.certificates.document.timestamps import TimestampAuthority
from app.certificates.keyfiles import write_once
from app.certificates.rules.snapshot import Officer
from app.kernel.clock import now
from app.settings import Settings


@dataclass(frozen=True)
class Issuer:
    """Everything that a certificate takes from the settings. `trusted` holds the present and all retired signing certificates."""

    vendor_name: str
    signatory: Officer
    base_url: str
    valid_for: timedelta
    trusted: tuple[x509.Certificate, ...]
    timestamps: TimestampAuthority | None
    timestamp_roots: tuple[x509.Certificate, ...]
    credential_keys: tuple[PublicKey, ...]
    settings: Settings = field(repr=False)

    @property
    def credential_key(self) -> CredentialKey:
        """The key that signs credentials; made at first use where the operator gave none. Raises KeyRefused."""
        return credential_key(self.settings)

    @property
    def key(self) -> SigningKey:
        """The signing key; made at first use where the operator gave none. Raises KeyRefused."""
        return signing_key(self.settings)

    @property
    def brand(self) -> Brand:
        """How the certificate looks, by the files as they are now. Raises UnusablePicture."""
        return brand(self.settings)

    def verify_url(self, number: str) -> str:
        return f"{self.base_url.rstrip('/')}/verify/{number}"


_issuers: dict[Settings, tuple[object, Issuer]] = {}
_keys: dict[Settings, tuple[object, SigningKey]] = {}
_credential_keys: dict[Settings, tuple[object, CredentialKey]] = {}
_authorities: dict[Settings, TimestampAuthority] = {}
_lock = threading.Lock()
# Apart from the other, so that a token that doesn't answer keeps nobody from verifying.
_key_lock = threading.Lock()


def issuer(settings: Settings) -> Issuer:
    """The issuer of these settings, with the public half of every key that any process has used until now.

    Raises KeyRefused when a kept public half or the file of timestamp roots can't be read.
    """
    with _lock:
        kept = (_names(_folder(settings)), _names(_credential_folder(settings)))
        known = _issuers.get(settings)
        if known is None or known[0] != kept:
            known = _issuers[settings] = (kept, _made(settings))
        return known[1]


def signing_key(settings: Settings) -> SigningKey:
    """The key to sign with now, from the file or the token; its certificate is kept before it is used. Raises KeyRefused.

    A file that was replaced is read again, and a token is asked again when the portal starts, so that a new key in a file
    needs no restart.
    """
    with _key_lock:
        if settings.pkcs11_module is not None:
            key = _token_key(settings)
        else:
            key = _file_key(settings)
        _keep(key, _folder(settings))
        return key


def credential_key(settings: Settings) -> CredentialKey:
    """The key to sign credentials with now; its public half is kept before it is used. Raises KeyRefused."""
    path = settings.credential_key_path or settings.data_folder / "credential-key.pem"
    with _key_lock:
        stamp = _stamp(path)
        known = _credential_keys.get(settings)
        if known is None or known[0] != stamp or stamp is None:
            made = credential_keys.open_or_make_key(path, passphrase=settings.credential_key_passphrase)
            credential_keys.keep_public_half(_credential_folder(settings), made.public)
            known = _credential_keys[settings] = (_stamp(path), made)
        return known[1]


def _file_key(settings: Settings) -> SigningKey:
    path = settings.signing_key_path or settings.data_folder / "signing-key.p12"
    stamp = _stamp(path)
    known = _keys.get(settings)
    if known is None or known[0] != stamp or stamp is None:
        made = open_or_make_key(
            path, vendor_name=settings.vendor_name, now=now(), passphrase=settings.signing_key_passphrase
        )
        known = _keys[settings] = (stamp, made)
    return known[1]


def _token_key(settings: Settings) -> SigningKey:
    # Here and not above, so that a portal that has no token loads nothing for one.
    from app.certificates.document.token import KeyPlace, load_token_key

    if settings.pkcs11_module is None:
        raise KeyRefused("GOOD_STANDING_PKCS11_MODULE is not set.")
    place = KeyPlace(
        settings.pkcs11_module,
        settings.pkcs11_token,
        settings.pkcs11_key,
        settings.pkcs11_pin,
        settings.pkcs11_certificate_path,
    )
    return load_token_key(place, now=now())


def _stamp(path: Path) -> object:
    """Which file stands there now; None where none does. Its mode counts too: a key is refused that others may read."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns


def _folder(settings: Settings) -> Path:
    return settings.data_folder / "signing-certificates"


def _credential_folder(settings: Settings) -> Path:
    return settings.data_folder / "credential-keys"


def _names(folder: Path) -> Sequence[str]:
    """The kept public halves: certificates as PEM, keys of credentials as JSON."""
    return sorted(path.name for path in folder.glob("*") if path.suffix in (".pem", ".json"))


def _keep(key: SigningKey, folder: Path) -> None:
    public = folder / f"{key.fingerprint}.pem"
    if not public.exists():
        with suppress(FileExistsError):
            write_once(public, key.certificate_pem.encode("ascii"), mode=0o644)


def _made(settings: Settings) -> Issuer:
    if settings.timestamp_url and settings not in _authorities:
        _authorities[settings] = TimestampAuthority(
            settings.timestamp_url,
            timeout=settings.timestamp_timeout_seconds,
            user=settings.timestamp_user,
            password=settings.timestamp_password,
        )
    folder = _folder(settings)
    return Issuer(
        vendor_name=settings.vendor_name,
        signatory=Officer(settings.signatory_name, settings.signatory_title),
        base_url=settings.base_url,
        valid_for=timedelta(days=settings.certificate_valid_days),
        trusted=tuple(one for name in _names(folder) for one in read_certificates(folder / name)),
        timestamps=_authorities.get(settings),
        timestamp_roots=tuple(read_certificates(settings.timestamp_roots)) if settings.timestamp_roots else (),
        credential_keys=tuple(credential_keys.public_halves(_credential_folder(settings))),
        settings=settings,
    )


def read_certificates(path: Path) -> Sequence[x509.Certificate]:
    """The certificates in a PEM file. Raises KeyRefused, naming the file, where it has none that can be read."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise KeyRefused(
            f"The file {path} has no certificate in PEM form that can be read. Put it back from a backup, or correct the setting that names it."
        ) from error
