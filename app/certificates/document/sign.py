"""The vendor's signature on a certificate: PAdES B-B, or B-T with a timestamp, which keeps PDF/A-3a and PDF/UA-1.

The signature certifies the document and allows no change to it. It is invisible, because a visible one isn't tagged and
would cost the document its accessibility. In B-B the time is the portal's own word; in B-T an authority's besides.
"""

import io
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from pyhanko.pdf_utils.extensions import DeveloperExtension
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.timestamps import TimeStamper

from app.certificates.document.archival import AMBIGUOUS_END
from app.certificates.document.keys import SigningKey, der, refuse_unless_valid
from app.certificates.document.timestamps import NoTimestamp, Stamper, TimestampAuthority, TokenTooLarge

log = logging.getLogger("good_standing.certificates")

_FIELD = "VendorSignature"
_FIELD_IN_WORDS = "Signature of the issuer"
# Room for the signature container besides the certificates in it; too little would mean to sign twice.
_CONTAINER_BYTES = 1536
_ATTEMPTS = 16


@dataclass(frozen=True)
class Signed:
    """A signed document. `timestamped_at` is the authority's time, None where it has no timestamp (B-B)."""

    pdf: bytes
    timestamped_at: datetime | None = None


def sign(pdf: bytes, key: SigningKey, *, at: datetime) -> bytes:
    """The document with the vendor's signature appended; the bytes of `pdf` stay as they are at its beginning.

    `at` is an aware instant, printed in the signature. Raises KeyRefused when the key isn't valid at that time. Two
    signatures of one document differ (ECDSA is randomised): sign once and store.
    """
    return _signed(pdf, key, at=at, authority=None).pdf


def sign_and_stamp(pdf: bytes, key: SigningKey, *, at: datetime, authority: TimestampAuthority | None) -> Signed:
    """Like `sign`, with the authority's timestamp on the signature where it gives one in time (B-T).

    Where it doesn't, a warning is logged, the document is signed without (B-B), and the authority isn't asked again for a
    minute: a timestamp is never what an issue fails for.
    """
    if authority is None or authority.is_resting:
        return _signed(pdf, key, at=at, authority=None)
    try:
        return _signed(pdf, key, at=at, authority=authority)
    except NoTimestamp as missing:
        authority.rest()
        log.warning("No timestamp from %s: %s. Certificates are issued without for a minute.", authority.url, missing)
        return _signed(pdf, key, at=at, authority=None)


def _signed(pdf: bytes, key: SigningKey, *, at: datetime, authority: TimestampAuthority | None) -> Signed:
    refuse_unless_valid(key.certificate, at, near=timedelta())
    container = _CONTAINER_BYTES + sum(len(der(certificate)) for certificate in (key.certificate, *key.chain))
    signer = key.signer()
    for spare in range(_ATTEMPTS):
        stamper = Stamper(authority) if authority else None
        room = container + spare + (authority.room if authority else 0)
        output = io.BytesIO()
        try:
            _signer_at(at, signer, stamper).sign_pdf(
                _UntouchedMetadata(io.BytesIO(pdf)), bytes_reserved=2 * room, output=output
            )
        except TokenTooLarge:
            continue
        signed = output.getvalue()
        if AMBIGUOUS_END not in signed:
            return Signed(signed, stamper.stamped_at if stamper else None)
    raise RuntimeError("The PDF can't be signed without a stream whose end is ambiguous.")


class _UntouchedMetadata(IncrementalPdfFileWriter):
    """Appends without rewriting the XMP metadata, which would cost PDF/A and PDF/UA their identification.

    Nor does it raise the version: PDF/A-3 and PDF/UA-1 are PDF 1.7, for which PAdES is named as an extension. pyHanko would
    name the one of PDF 2.0 for elliptic curves too, and so make it a file of PDF 2.0.
    """

    output_version = (1, 7)

    def _update_meta(self) -> None:
        return

    def ensure_output_version(self, version: tuple[int, int]) -> None:
        super().ensure_output_version(min(version, self.output_version))  # type: ignore[no-untyped-call]

    def register_extension(self, ext: DeveloperExtension) -> None:
        if ext.base_version != "/2.0":
            super().register_extension(ext)


def _signer_at(at: datetime, signer: Signer, stamper: TimeStamper | None) -> "_SignerAt":
    return _SignerAt(
        at,
        PdfSignatureMetadata(
            field_name=_FIELD,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            reason="Issue of this certificate",
        ),
        signer=signer,
        stamper=stamper,
        new_field_spec=SigFieldSpec(
            _FIELD,
            readable_field_name=_FIELD_IN_WORDS,
            invis_sig_settings=InvisSigSettings(box_out_of_bounds=True),
        ),
    )


class _SignerAt(PdfSigner):
    """Signs at the time that it is told instead of asking the clock."""

    def __init__(
        self,
        at: datetime,
        metadata: PdfSignatureMetadata,
        *,
        signer: Signer,
        stamper: TimeStamper | None,
        new_field_spec: SigFieldSpec,
    ):
        super().__init__(metadata, signer=signer, timestamper=stamper, new_field_spec=new_field_spec)
        self._at = at

    def init_signing_session(self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only=existing_fields_only)
        session.system_time = self._at
        return session
