"""The vendor's signature on a certificate: PAdES B-B, which keeps PDF/A-3a and PDF/UA-1.

The signature certifies the document and allows no change to it. It is invisible, because a visible one isn't tagged and
would cost the document its accessibility. Time is the portal's own word: there is no timestamp authority in B-B.
"""

import io
import logging
import os
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from asn1crypto import cms
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from app.certificates.document.archival import AMBIGUOUS_END
from app.certificates.document.errors import KeyRefused

# A stranger's file that doesn't verify is an answer, not an event: no traceback in the log for each.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.ERROR)

# A key is refused this long before its end: a document signed on its last day is hard to verify on the next.
NEAR_EXPIRY = timedelta(days=30)
SELF_MADE_FOR = timedelta(days=3653)

# Ours are 40 KB, with many ideographs 300 KB. What is larger isn't one, and may be made to fill the memory when it is unpacked.
LARGEST_VERIFIED = 1024 * 1024

_FIELD = "VendorSignature"
_FIELD_IN_WORDS = "Signature of the issuer"
_OTHERS_MAY = 0o077
_LEAST_RSA_BITS = 2048
# Room for the signature container besides the certificates in it; too little would mean to sign twice.
_CONTAINER_BYTES = 1536
_ATTEMPTS = 16


@dataclass(frozen=True)
class SigningKey:
    """A private key with its certificate, fit to sign. Get one from `load_key` or `open_or_make_key`."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    private_key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = field(repr=False)

    @property
    def self_made(self) -> bool:
        """True when nobody but the portal itself vouches for the key: PDF readers then call the signer unknown."""
        return self.certificate.subject == self.certificate.issuer

    @property
    def certificate_pem(self) -> str:
        """The public half, to be kept for as long as certificates signed with it are to be verified."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, 64 hexadecimal digits."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()


@dataclass(frozen=True)
class Verdict:
    """What can be said about a document, in a sentence; `ok` only if nothing at all speaks against it."""

    ok: bool
    sentence: str
    signer: str | None = None
    signed_at: datetime | None = None


def load_key(path: Path, *, passphrase: str, now: datetime) -> SigningKey:
    """The signing key in a PKCS#12 file (empty passphrase: the file has none).

    Raises KeyRefused, with what to do about it, when the file is missing, readable by others, can't be opened, holds no
    EC key or RSA key of 2048 bits or more, or its certificate isn't valid yet, has ended, or ends within 30 days.
    """
    content = _private_file(path)
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
    if not isinstance(private_key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise KeyRefused(f"The signing key {path} has to be an elliptic curve or RSA key.")
    if isinstance(private_key, rsa.RSAPrivateKey) and private_key.key_size < _LEAST_RSA_BITS:
        raise KeyRefused(f"The signing key {path} is too short: an RSA key needs {_LEAST_RSA_BITS} bits or more.")
    _refuse_unless_valid(certificate, path, now)
    return SigningKey(certificate=certificate, chain=tuple(others), private_key=private_key)


def make_self_signed(path: Path, *, vendor_name: str, now: datetime, passphrase: str = "") -> SigningKey:
    """Make an EC P-256 key, valid for ten years, and write it to `path` with mode 0600.

    Never writes over a file: FileExistsError if there is one. The file appears whole or not at all.
    """
    private_key = ec.generate_private_key(ec.SECP256R1())
    certificate = _self_signed_certificate(private_key, vendor_name, now)
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase.encode("utf-8"))
    content = pkcs12.serialize_key_and_certificates(b"signing key", private_key, certificate, None, encryption)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, fails when another process was faster.
        os.link(partial, path)
    finally:
        partial.unlink()
    return SigningKey(certificate=certificate, chain=(), private_key=private_key)


def open_or_make_key(path: Path, *, vendor_name: str, now: datetime, passphrase: str = "") -> SigningKey:
    """The key at `path`; made on the first start, by whichever process is first. Raises KeyRefused like `load_key`."""
    if not path.exists():
        try:
            return make_self_signed(path, vendor_name=vendor_name, now=now, passphrase=passphrase)
        except FileExistsError:
            pass
    return load_key(path, passphrase=passphrase, now=now)


def sign(pdf: bytes, key: SigningKey, *, at: datetime) -> bytes:
    """The document with the vendor's signature appended; the bytes of `pdf` stay as they are at its beginning.

    `at` is an aware instant, printed in the signature. Raises KeyRefused when the key isn't valid at that time. Two
    signatures of one document differ (ECDSA is randomised): sign once and store.
    """
    _refuse_unless_valid(key.certificate, None, at)
    certificates = [key.certificate, *key.chain]
    container = _CONTAINER_BYTES + sum(len(_der(certificate)) for certificate in certificates)
    signer = _SignerAt(
        at,
        PdfSignatureMetadata(
            field_name=_FIELD,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            reason="Issue of this certificate",
        ),
        signer=_signer(key),
        new_field_spec=SigFieldSpec(
            _FIELD,
            readable_field_name=_FIELD_IN_WORDS,
            invis_sig_settings=InvisSigSettings(box_out_of_bounds=True),
        ),
    )
    for spare in range(_ATTEMPTS):
        output = io.BytesIO()
        signer.sign_pdf(_UntouchedMetadata(io.BytesIO(pdf)), bytes_reserved=2 * (container + spare), output=output)
        signed = output.getvalue()
        if AMBIGUOUS_END not in signed:
            return signed
    raise RuntimeError("The PDF can't be signed without a stream whose end is ambiguous.")


def verify(pdf: bytes, trusted: Sequence[x509.Certificate]) -> Verdict:
    """Whether everything that `pdf` shows and holds is what one of the `trusted` certificates' keys signed.

    A signature can't cover the container that it stands in: only `verify_bytes` speaks for every byte of a file.
    `trusted` holds the vendor's present and retired signing certificates (or the authority that issued them). A key is
    judged at the time of the signature, so that certificates outlive the keys that signed them. Never raises: a file
    that can't be read is a verdict too.
    """
    if len(pdf) > LARGEST_VERIFIED:
        return Verdict(False, "This file is too large to be one of our certificates.")
    try:
        signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        if not signatures:
            return Verdict(False, "This document carries no signature.")
        if len(signatures) > 1:
            return Verdict(False, "This document carries more than the one signature that a certificate has.")
        return _judged(signatures[0], trusted)
    except Exception:
        # The file comes from a stranger and may be broken in any way; whatever goes wrong in reading it, it isn't ours.
        return Verdict(False, "This file can't be read as a signed PDF document: it is damaged or was never one.")


def verify_bytes(pdf: bytes, expected_digest: str) -> Verdict:
    """Whether `pdf` is the very file whose SHA-256 (hexadecimal) was stored at issue."""
    if secrets.compare_digest(sha256(pdf).hexdigest(), expected_digest.lower()):
        return Verdict(True, "This is the very file that was issued, byte for byte.")
    return Verdict(False, "This is not the file that was issued: at least one byte differs.")


class _UntouchedMetadata(IncrementalPdfFileWriter):
    """Appends without rewriting the XMP metadata, which would cost PDF/A and PDF/UA their identification."""

    def _update_meta(self) -> None:
        return


class _SignerAt(PdfSigner):
    """Signs at the time that it is told instead of asking the clock."""

    def __init__(
        self, at: datetime, metadata: PdfSignatureMetadata, *, signer: SimpleSigner, new_field_spec: SigFieldSpec
    ):
        super().__init__(metadata, signer=signer, new_field_spec=new_field_spec)
        self._at = at

    def init_signing_session(self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only=existing_fields_only)
        session.system_time = self._at
        return session


def _judged(signature: EmbeddedPdfSignature, trusted: Sequence[x509.Certificate]) -> Verdict:
    signed_at = signature.self_reported_timestamp
    signer = signature.signer_cert.subject.native.get("common_name")
    context = ValidationContext(
        trust_roots=[_asn1(certificate) for certificate in trusted], allow_fetching=False, moment=signed_at
    )
    if not _container_is_plain(signature, trusted):
        return Verdict(False, "The signature itself was changed after it was made.", None, signed_at)
    status = validate_pdf_signature(signature, signer_validation_context=context)
    if not status.intact or not status.valid or status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        return Verdict(False, "This document was changed after it was signed.", signer, signed_at)
    if not status.trusted:
        return Verdict(False, "This document is signed, but not with a key of the issuer.", signer, signed_at)
    if not status.bottom_line or signature.docmdp_level is not MDPPerm.NO_CHANGES:
        return Verdict(False, "The signature isn't one that the issuer puts on certificates.", signer, signed_at)
    return Verdict(True, "This document is signed by the issuer and unchanged since.", signer, signed_at)


def _container_is_plain(signature: EmbeddedPdfSignature, trusted: Sequence[x509.Certificate]) -> bool:
    """Whether the container holds nothing behind the signature, and a trusted signer's certificate as it really is.

    A signature doesn't cover its own container. A certificate in it that has the key of a trusted one but other words
    would pass as that one, and give another name to the signer.
    """
    content: bytes = signature.pkcs7_content
    length = len(cms.ContentInfo.load(content).dump())
    if content[length:].strip(b"\0"):
        return False
    signer = signature.signer_cert
    keys = {_asn1(certificate).public_key.sha256: _der(certificate) for certificate in trusted}
    expected = keys.get(signer.public_key.sha256)
    return expected is None or expected == signer.dump()


def _private_file(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError as error:
        raise KeyRefused(f"There is no signing key at {path}.") from error
    except OSError as error:
        raise KeyRefused(f"The signing key {path} can't be read: {error.strerror}.") from error
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise KeyRefused(f"The signing key {path} isn't a file.")
        if mode & _OTHERS_MAY:
            raise KeyRefused(
                f"The signing key {path} can be read by other users of this machine. Run: chmod 600 {path}"
            )
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)


def _refuse_unless_valid(certificate: x509.Certificate, path: Path | None, now: datetime) -> None:
    key = f"The signing key {path}" if path else "The signing key"
    ends = certificate.not_valid_after_utc
    if now < certificate.not_valid_before_utc:
        raise KeyRefused(f"{key} isn't valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC.")
    if now > ends:
        raise KeyRefused(f"{key} ended on {ends:%Y-%m-%d}. Put a new one in its place.")
    if now > ends - NEAR_EXPIRY and path:
        raise KeyRefused(
            f"{key} ends on {ends:%Y-%m-%d}, less than {NEAR_EXPIRY.days} days ahead. Put a new one in its place."
        )


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


def _signer(key: SigningKey) -> SimpleSigner:
    private_key = key.private_key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    registry = SimpleCertificateStore()
    registry.register_multiple([_asn1(certificate) for certificate in key.chain])
    return SimpleSigner(
        signing_cert=_asn1(key.certificate),
        signing_key=asn1_keys.PrivateKeyInfo.load(private_key),
        cert_registry=registry,
    )


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(_der(certificate))


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
