"""The vendor's signing key: what it must be, and the one that stands in a PKCS#12 file.

A key in a hardware token is in `token.py`. Either is a `SigningKey`: who it is in public, and something that signs.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.sign.signers import Signer, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from app.certificates.document.errors import KeyRefused
from app.certificates.keyfiles import read_private, write_once

# A key is refused this long before its end: a document signed on its last day is hard to verify on the next.
NEAR_EXPIRY = timedelta(days=30)
SELF_MADE_FOR = timedelta(days=3653)

_LEAST_RSA_BITS = 2048


@dataclass(frozen=True)
class SigningKey(ABC):
    """A private key that is fit to sign, wherever it is kept, with its certificate and the certificates that vouch for that."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]

    @abstractmethod
    def signer(self) -> Signer:
        """What makes raw signatures with the key. Raises KeyRefused where the key can't be had any more."""

    @property
    def certificate_pem(self) -> str:
        """The public half, to be kept for as long as certificates signed with it are to be verified."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, 64 hexadecimal digits."""
        return fingerprint(self.certificate)


@dataclass(frozen=True)
class FileKey(SigningKey):
    """A key that was read from a file. Get one from `load_key` or `open_or_make_key`."""

    private_key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = field(repr=False)

    def signer(self) -> Signer:
        private_key = self.private_key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        registry = SimpleCertificateStore()
        registry.register_multiple([asn1(certificate) for certificate in self.chain])
        return SimpleSigner(
            signing_cert=asn1(self.certificate),
            signing_key=asn1_keys.PrivateKeyInfo.load(private_key),
            cert_registry=registry,
        )


def load_key(path: Path, *, passphrase: str, now: datetime) -> FileKey:
    """The signing key in a PKCS#12 file (empty passphrase: the file has none).

    Raises KeyRefused, with what to do about it, when the file is missing, readable by others, can't be opened, holds no
    EC key or RSA key of 2048 bits or more, or its certificate isn't valid yet, has ended, or ends within 30 days.
    """
    content = read_private(path, what="the signing key")
    try:
        private_key, certificate, others = pkcs12.load_key_and_certificates(
            content, passphrase.encode("utf-8") if passphrase else None
        )
    except ValueError as error:
        raise KeyRefused(
            f"The signing key {path} can't be opened: it isn't a PKCS#12 file, or the passphrase is wrong."
        ) from error
    if private_key is None or certificate is None:
        raise KeyRefused(f"The file {path} has to hold a private key and its certificate.")
    name = f"The signing key {path}"
    refuse_unfit(private_key.public_key(), name)
    refuse_unless_valid(certificate, now, name=name)
    if not isinstance(private_key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise KeyRefused(f"{name} has to be an elliptic curve or RSA key.")
    return FileKey(certificate=certificate, chain=tuple(others), private_key=private_key)


def make_self_signed(path: Path, *, vendor_name: str, now: datetime, passphrase: str = "") -> FileKey:
    """Make an EC P-256 key, valid for ten years, and write it to `path` with mode 0600.

    Never writes over a file: FileExistsError if there is one. The file appears whole or not at all.
    """
    private_key = ec.generate_private_key(ec.SECP256R1())
    certificate = _self_signed_certificate(private_key, vendor_name, now)
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase.encode("utf-8"))
    content = pkcs12.serialize_key_and_certificates(b"signing key", private_key, certificate, None, encryption)
    write_once(path, content)
    return FileKey(certificate=certificate, chain=(), private_key=private_key)


def open_or_make_key(path: Path, *, vendor_name: str, now: datetime, passphrase: str = "") -> FileKey:
    """The key at `path`; made on the first start, by whichever process is first. Raises KeyRefused like `load_key`."""
    if not path.exists():
        try:
            return make_self_signed(path, vendor_name=vendor_name, now=now, passphrase=passphrase)
        except FileExistsError:
            pass
    return load_key(path, passphrase=passphrase, now=now)


def refuse_unfit(public_key: object, name: str) -> None:
    """Raise KeyRefused unless it is an elliptic curve key, or an RSA key of 2048 bits or more. `name` begins the sentence."""
    if not isinstance(public_key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        raise KeyRefused(f"{name} has to be an elliptic curve or RSA key.")
    if isinstance(public_key, rsa.RSAPublicKey) and public_key.key_size < _LEAST_RSA_BITS:
        raise KeyRefused(f"{name} is too short: an RSA key needs {_LEAST_RSA_BITS} bits or more.")


def refuse_unless_valid(
    certificate: x509.Certificate, now: datetime, *, name: str = "The signing key", near: timedelta = NEAR_EXPIRY
) -> None:
    """Raise KeyRefused where the key's certificate isn't valid yet, has ended, or ends within `near`."""
    ends = certificate.not_valid_after_utc
    if now < certificate.not_valid_before_utc:
        raise KeyRefused(f"{name} isn't valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC.")
    if now > ends:
        raise KeyRefused(f"{name} ended on {ends:%Y-%m-%d}. Put a new one in its place.")
    if now > ends - near:
        raise KeyRefused(
            f"{name} ends on {ends:%Y-%m-%d}, less than {near.days} days ahead. Put a new one in its place."
        )


def is_self_made(certificate: x509.Certificate) -> bool:
    """Whether nobody else vouches for the certificate."""
    return certificate.subject == certificate.issuer


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, 64 hexadecimal digits."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """The certificate in the shape that pyHanko takes."""
    return asn1_x509.Certificate.load(der(certificate))


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def _self_signed_certificate(
    private_key: ec.EllipticCurvePrivateKey, vendor_name: str, now: datetime
) -> x509.Certificate:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _cut(vendor_name, 64)),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{_cut(vendor_name, 51)} certificates"),
        ]
    )
    public_key = private_key.public_key()
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + SELF_MADE_FOR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .sign(private_key, hashes.SHA256())
    )


def _cut(name: str, length: int) -> str:
    """As much of a name as has room in `length` bytes: X.520 gives it 64."""
    return name.encode("utf-8")[:length].decode("utf-8", errors="ignore")
