"""The key that signs credentials, and the public halves of all that ever did.

It isn't the key that signs PDF files: Open Badges asks every verifier for RSA with SHA-256, PDF readers ask for a
certificate. A public half is kept for ever, so that a credential outlives the key that signed it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import rfc8785
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import RSAKey
from joserfc.util import urlsafe_b64encode

from app.certificates.document.errors import KeyRefused
from app.certificates.keyfiles import read_private, write_once

LEAST_BITS = 2048
_WHAT = "the credential key"
_PUBLIC_EXPONENT = 65537


@dataclass(frozen=True)
class PublicKey:
    """The public half of a key that signs or has signed credentials: modulus and exponent as in a JWK."""

    n: str
    e: str

    @cached_property
    def thumbprint(self) -> str:
        """SHA-256 over the key alone (RFC 7638), base64url without padding: 43 characters."""
        return urlsafe_b64encode(sha256(self.canonical()).digest()).decode("ascii")

    def canonical(self) -> bytes:
        """The members that make the key what it is, in their one order: what RFC 7638 hashes, and what is kept."""
        return rfc8785.dumps({"e": self.e, "kty": "RSA", "n": self.n})

    def url(self, base_url: str) -> str:
        """Where the key is served alone. It is the `kid` of every signature, as Open Badges 3.0 asks for an address there."""
        return f"{base_url.rstrip('/')}/credentials/keys/{self.thumbprint}"

    def jwk(self, base_url: str) -> dict[str, str]:
        """The key as a JSON Web Key (RFC 7517), with its address as `kid`."""
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.url(base_url), "n": self.n, "e": self.e}

    @classmethod
    def from_canonical(cls, stored: bytes) -> "PublicKey":
        """The key whose canonical bytes were kept. Raises KeyRefused for anything else."""
        try:
            data = json.loads(stored)
            key = cls(n=data["n"], e=data["e"])
            unchanged = key.canonical() == stored
        except (KeyError, TypeError, ValueError) as error:
            raise KeyRefused("A kept public credential key can't be read. Restore it from a backup.") from error
        if not unchanged:
            raise KeyRefused("A kept public credential key was changed. Restore it from a backup.")
        return key


@dataclass(frozen=True)
class CredentialKey:
    """A private RSA key, fit to sign credentials. Get one from `open_or_make_key`."""

    private_key: rsa.RSAPrivateKey = field(repr=False)

    @cached_property
    def jose(self) -> RSAKey:
        return RSAKey.import_key(self.private_key)

    @cached_property
    def public(self) -> PublicKey:
        numbers = self.jose.as_dict(private=False)
        return PublicKey(n=str(numbers["n"]), e=str(numbers["e"]))


def load_key(path: Path, *, passphrase: str = "") -> CredentialKey:
    """The private key in a PEM file (PKCS#8; empty passphrase: the file has none).

    Raises KeyRefused, with what to do about it, when the file is missing, readable by others, can't be opened, or holds
    no RSA key of 2048 bits or more.
    """
    content = read_private(path, what=_WHAT)
    try:
        private_key = serialization.load_pem_private_key(content, passphrase.encode("utf-8") if passphrase else None)
    except (ValueError, TypeError) as error:
        raise KeyRefused(
            f"The credential key {path} can't be opened: it isn't a PEM file with a private key, or the passphrase is wrong."
        ) from error
    if not isinstance(private_key, rsa.RSAPrivateKey):
        raise KeyRefused(
            f"The credential key {path} has to be an RSA key: Open Badges 3.0 asks every verifier for RS256."
        )
    if private_key.key_size < LEAST_BITS:
        raise KeyRefused(f"The credential key {path} is too short: it needs {LEAST_BITS} bits or more.")
    return CredentialKey(private_key)


def make_key(path: Path, *, passphrase: str = "") -> CredentialKey:
    """Make an RSA key of 2048 bits (some 60 ms) and write it to `path` with mode 0600, whole or not at all.

    Never writes over a file: FileExistsError if there is one.
    """
    private_key = rsa.generate_private_key(_PUBLIC_EXPONENT, LEAST_BITS)
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase.encode("utf-8"))
    write_once(
        path, private_key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    )
    return CredentialKey(private_key)


def open_or_make_key(path: Path, *, passphrase: str = "") -> CredentialKey:
    """The key at `path`; made at the first start, by whichever process is first. Raises KeyRefused like `load_key`."""
    if not path.exists():
        try:
            return make_key(path, passphrase=passphrase)
        except FileExistsError:
            pass
    return load_key(path, passphrase=passphrase)


def keep_public_half(folder: Path, key: PublicKey) -> None:
    """Keep what verifies the key's signatures, named by its thumbprint. Keeping it again changes nothing."""
    path = folder / f"{key.thumbprint}.json"
    if not path.exists():
        try:
            write_once(path, key.canonical(), mode=0o644)
        except FileExistsError:
            pass


def public_halves(folder: Path) -> Sequence[PublicKey]:
    """Every key that has ever signed here, in the order of their thumbprints. Raises KeyRefused for a damaged one."""
    return tuple(PublicKey.from_canonical(path.read_bytes()) for path in sorted(folder.glob("*.json")))
