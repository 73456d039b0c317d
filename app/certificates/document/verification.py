"""Whether a document is what one of the vendor's keys signed, and nothing but that."""

import io
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from asn1crypto import cms
from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from app.certificates.document.keys import asn1, der

# A stranger's file that doesn't verify is an answer, not an event: no traceback in the log for each.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.ERROR)
for _name in ("pyhanko.sign.general", "pyhanko.pdf_utils", "pyhanko_certvalidator"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

# Ours are 40 KB, with many ideographs 300 KB. What is larger isn't one, and may be made to fill the memory when it is unpacked.
LARGEST_VERIFIED = 1024 * 1024


@dataclass(frozen=True)
class Verdict:
    """What can be said about a document, in a sentence; `ok` only if nothing at all speaks against it.

    `signed_at` is the signer's own word. `timestamped_at` is the word of a timestamp authority, which is named, and is
    there only if that authority was among the roots that the check was told to believe. `key` is the SHA-256 of the signer's
    certificate, for a signature that holds.
    """

    ok: bool
    sentence: str
    signer: str | None = None
    signed_at: datetime | None = None
    timestamped_by: str | None = None
    timestamped_at: datetime | None = None
    key: str | None = None


def verify(
    pdf: bytes, trusted: Sequence[x509.Certificate], *, timestamp_roots: Sequence[x509.Certificate] = ()
) -> Verdict:
    """Whether everything that `pdf` shows and holds is what one of the `trusted` certificates' keys signed.

    A signature can't cover the container that it stands in: only `verify_bytes` speaks for every byte of a file.
    `trusted` holds the vendor's present and retired signing certificates (or the authority that issued them). A key is
    judged at the time of the signature, so that certificates outlive the keys that signed them. A timestamp of an authority
    that isn't among `timestamp_roots` counts as none. Never raises: a file that can't be read is a verdict too.
    """
    if len(pdf) > LARGEST_VERIFIED:
        return Verdict(False, "This file is too large to be one of our certificates.")
    try:
        signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        if not signatures:
            return Verdict(False, "This document carries no signature.")
        if len(signatures) > 1:
            return Verdict(False, "This document carries more than the one signature that a certificate has.")
        return _judged(signatures[0], trusted, timestamp_roots)
    except Exception:
        # The file comes from a stranger and may be broken in any way; whatever goes wrong in reading it, it isn't ours.
        return Verdict(False, "This file can't be read as a signed PDF document: it is damaged or was never one.")


def verify_bytes(pdf: bytes, expected_digest: str) -> Verdict:
    """Whether `pdf` is the very file whose SHA-256 (hexadecimal) was stored at issue."""
    if secrets.compare_digest(sha256(pdf).hexdigest(), expected_digest.lower()):
        return Verdict(True, "This is the very file that was issued, byte for byte.")
    return Verdict(False, "This is not the file that was issued: at least one byte differs.")


def _judged(
    signature: EmbeddedPdfSignature,
    trusted: Sequence[x509.Certificate],
    timestamp_roots: Sequence[x509.Certificate],
) -> Verdict:
    signed_at = signature.self_reported_timestamp
    signer = signature.signer_cert.subject.native.get("common_name")
    if not _container_is_plain(signature, trusted):
        return Verdict(False, "The signature itself was changed after it was made.", None, signed_at)
    status = validate_pdf_signature(
        signature,
        signer_validation_context=_context(trusted, signed_at),
        ts_validation_context=_context(timestamp_roots, _stamped_at(signature)),
        # What was added after the signature needn't be judged: anything at all is too much.
        skip_diff=True,
    )
    if not status.intact or not status.valid or status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        return Verdict(False, "This document was changed after it was signed.", signer, signed_at)
    if not status.trusted:
        return Verdict(False, "This document is signed, but not with a key of the issuer.", signer, signed_at)
    stamp = status.timestamp_validity
    if stamp is not None and not (stamp.intact and stamp.valid):
        return Verdict(False, "The timestamp in the signature is not one of this signature.", signer, signed_at)
    if not _is_of_our_kind(signature, status):
        return Verdict(False, "The signature isn't one that the issuer puts on certificates.", signer, signed_at)
    sentence = "This document is signed by the issuer and unchanged since."
    key = sha256(signature.signer_cert.dump()).hexdigest()
    if stamp is None or not stamp.trusted:
        return Verdict(True, sentence, signer, signed_at, key=key)
    authority = stamp.signing_cert.subject.native
    by = authority.get("common_name") or authority.get("organization_name")
    return Verdict(True, sentence, signer, signed_at, by, stamp.timestamp, key)


def _is_of_our_kind(signature: EmbeddedPdfSignature, status: PdfSignatureStatus) -> bool:
    return bool(
        status.seed_value_ok
        and status.content_timestamp_validity is None
        and signature.docmdp_level is MDPPerm.NO_CHANGES
    )


def _context(roots: Sequence[x509.Certificate], moment: datetime | None) -> ValidationContext:
    return ValidationContext(trust_roots=[asn1(one) for one in roots], allow_fetching=False, moment=moment)


def _stamped_at(signature: EmbeddedPdfSignature) -> datetime | None:
    """The time in the signature's timestamp, believed for the moment: the authority's key is judged at that time."""
    for attribute in signature.signer_info["unsigned_attrs"]:
        if attribute["type"].native == "signature_time_stamp_token":
            token = attribute["values"][0]["content"]
            at: datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
            return at
    return None


def _container_is_plain(signature: EmbeddedPdfSignature, trusted: Sequence[x509.Certificate]) -> bool:
    """Whether the container holds nothing behind the signature, nothing beside it but one timestamp, and a trusted
    signer's certificate as it really is.

    A signature doesn't cover its own container. A certificate in it that has the key of a trusted one but other words
    would pass as that one, and give another name to the signer.
    """
    content: bytes = signature.pkcs7_content
    length = len(cms.ContentInfo.load(content).dump())
    if content[length:].strip(b"\0"):
        return False
    beside = [attribute["type"].native for attribute in signature.signer_info["unsigned_attrs"]]
    if beside not in ([], ["signature_time_stamp_token"]):
        return False
    signer = signature.signer_cert
    keys = {asn1(certificate).public_key.sha256: der(certificate) for certificate in trusted}
    expected = keys.get(signer.public_key.sha256)
    return expected is None or expected == signer.dump()
