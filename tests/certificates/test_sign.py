"""The signature: what it keeps, what it finds, and which keys it refuses."""

import io
import os
import re
import shutil
import stat
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pypdf import PdfReader, PdfWriter

from app.certificates.document.errors import KeyRefused
from app.certificates.document.keys import (
    FileKey,
    SigningKey,
    is_self_made,
    load_key,
    make_self_signed,
    open_or_make_key,
)
from app.certificates.document.sign import sign
from app.certificates.document.verification import LARGEST_VERIFIED, verify, verify_bytes
from tests.certificates import specimens
from tests.certificates.authority import Private, certificate
from tests.certificates.moments import ISSUED_AT
from tests.certificates.reading import findings, squeezed, text


def test_a_signed_certificate_verifies(signed_pdf: bytes, signing_key: SigningKey) -> None:
    verdict = verify(signed_pdf, [signing_key.certificate])
    assert verdict.ok, verdict.sentence
    assert verdict.signer == "Northwind Harbor certificates"
    assert verdict.signed_at == ISSUED_AT


def test_signing_keeps_the_document_archival_and_accessible(signed_pdf: bytes) -> None:
    assert findings(signed_pdf) == []


def test_signing_leaves_it_a_file_of_pdf_1_7_as_archives_ask(signed_pdf: bytes) -> None:
    assert signed_pdf.startswith(b"%PDF-1.7")
    assert b"/Version" not in signed_pdf
    assert re.findall(rb"/BaseVersion\s*/([0-9.]+)", signed_pdf) == [b"1.7"]


def test_signing_only_appends(signed_pdf: bytes, program_pdf: bytes) -> None:
    assert signed_pdf.startswith(program_pdf)
    for _, value in specimens.program().printed_fields():
        assert squeezed(value) in squeezed(text(signed_pdf))


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler's tools are not installed")
def test_an_independent_program_agrees(signed_pdf: bytes, tmp_path: Path) -> None:
    path = tmp_path / "certificate.pdf"
    path.write_bytes(signed_pdf)
    said = subprocess.run(["pdfsig", path], capture_output=True, text=True, timeout=60).stdout
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said


def test_a_signature_in_another_time_zone_names_the_same_instant(program_pdf: bytes, signing_key: SigningKey) -> None:
    tokyo = ISSUED_AT.astimezone(ZoneInfo("Asia/Tokyo"))
    assert verify(sign(program_pdf, signing_key, at=tokyo), [signing_key.certificate]).signed_at == ISSUED_AT


def test_any_changed_byte_outside_the_signature_is_found(signed_pdf: bytes, signing_key: SigningKey) -> None:
    start = signed_pdf.index(b"/Contents <")
    end = signed_pdf.index(b">", start + 11)
    places = [
        *range(0, start, start // 40),
        start - 1,
        end + 2,
        *range(end + 1, len(signed_pdf), 60),
        len(signed_pdf) - 1,
    ]
    for place in places:
        altered = bytearray(signed_pdf)
        altered[place] ^= 1
        assert not verify(bytes(altered), [signing_key.certificate]).ok, place


def test_changes_inside_the_signature_are_found(signed_pdf: bytes, signing_key: SigningKey) -> None:
    start = signed_pdf.index(b"/Contents <") + 11
    end = signed_pdf.index(b">", start)
    certificate = signing_key.certificate.public_bytes(serialization.Encoding.DER).hex().upper().encode()
    inside = signed_pdf.index(certificate)
    assert start < inside < end
    for place in (start, inside + 60, inside + len(certificate) - 20, inside + len(certificate) + 700, end - 1):
        altered = bytearray(signed_pdf)
        altered[place] = ord("8") if altered[place] != ord("8") else ord("9")
        assert not verify(bytes(altered), [signing_key.certificate]).ok, place


@pytest.mark.parametrize("addition", [b"\n", b"%%EOF\n", b"\n% a remark\n%%EOF\n"])
def test_bytes_added_at_the_end_are_found(addition: bytes, signed_pdf: bytes, signing_key: SigningKey) -> None:
    assert not verify(signed_pdf + addition, [signing_key.certificate]).ok


def test_an_incremental_edit_is_found(signed_pdf: bytes, signing_key: SigningKey) -> None:
    writer = PdfWriter(io.BytesIO(signed_pdf), incremental=True)
    writer.add_metadata({"/Title": "Certificate of something better"})
    output = io.BytesIO()
    writer.write(output)
    edited = output.getvalue()
    assert edited.startswith(signed_pdf)
    verdict = verify(edited, [signing_key.certificate])
    assert not verdict.ok
    assert "changed after it was signed" in verdict.sentence


def test_a_rewritten_document_is_found(signed_pdf: bytes, signing_key: SigningKey) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(signed_pdf)))
    writer.add_metadata({"/Title": "Certificate of something better"})
    output = io.BytesIO()
    writer.write(output)
    assert not verify(output.getvalue(), [signing_key.certificate]).ok


def test_a_truncated_document_is_found(signed_pdf: bytes, signing_key: SigningKey) -> None:
    for length in (len(signed_pdf) - 1, len(signed_pdf) // 2, 10):
        assert not verify(signed_pdf[:length], [signing_key.certificate]).ok


def test_an_unsigned_document_is_not_ours(program_pdf: bytes, signing_key: SigningKey) -> None:
    verdict = verify(program_pdf, [signing_key.certificate])
    assert not verdict.ok
    assert "no signature" in verdict.sentence


def test_another_vendors_signature_is_not_ours(program_pdf: bytes, signing_key: SigningKey, tmp_path: Path) -> None:
    # The very same names in the certificate, but another key.
    other = make_self_signed(tmp_path / "other.p12", vendor_name="Northwind Harbor", now=ISSUED_AT)
    forged = sign(program_pdf, other, at=ISSUED_AT)
    verdict = verify(forged, [signing_key.certificate])
    assert not verdict.ok
    assert "not with a key of the issuer" in verdict.sentence
    assert not verify(forged, []).ok


class Disobedient(PdfSigner):
    """Signs although the first signature forbids it."""

    def _enforce_certification_constraints(self, reader: object) -> None:
        pass


def test_a_second_signature_is_found(signed_pdf: bytes, signing_key: FileKey, tmp_path: Path) -> None:
    path = _stored(tmp_path, signing_key.private_key, signing_key.certificate, [])
    signer = SimpleSigner.load_pkcs12(str(path))
    assert signer is not None
    twice = Disobedient(PdfSignatureMetadata(field_name="Second"), signer=signer).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(signed_pdf))
    )
    verdict = verify(twice.getvalue(), [signing_key.certificate])
    assert not verdict.ok
    assert "more than the one signature" in verdict.sentence


@pytest.mark.parametrize(
    "junk", [b"", b"hello", b"%PDF-1.7\n", b"%PDF-1.7\n" + b"\0" * 5000, b"PK\x03\x04" + b"x" * 900, b"<html>"]
)
def test_a_file_that_is_no_document_is_a_verdict_too(junk: bytes, signing_key: SigningKey) -> None:
    assert not verify(junk, [signing_key.certificate]).ok


def test_a_file_too_large_to_be_ours_is_not_even_read(signed_pdf: bytes, signing_key: SigningKey) -> None:
    verdict = verify(signed_pdf + b"\0" * LARGEST_VERIFIED, [signing_key.certificate])
    assert not verdict.ok
    assert "too large" in verdict.sentence


def test_a_retired_key_still_verifies_what_it_signed(
    signed_pdf: bytes, signing_key: SigningKey, tmp_path: Path
) -> None:
    present = make_self_signed(tmp_path / "present.p12", vendor_name="Northwind Harbor", now=ISSUED_AT)
    assert verify(signed_pdf, [present.certificate, signing_key.certificate]).ok


def test_a_certificate_outlives_its_key(program_pdf: bytes, tmp_path: Path) -> None:
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    key = make_self_signed(tmp_path / "old.p12", vendor_name="Northwind Harbor", now=long_ago)
    assert verify(sign(program_pdf, key, at=long_ago + timedelta(days=1)), [key.certificate]).ok


def test_the_stored_digest_speaks_for_every_byte(signed_pdf: bytes) -> None:
    digest = sha256(signed_pdf).hexdigest()
    assert verify_bytes(signed_pdf, digest).ok
    assert verify_bytes(signed_pdf, digest.upper()).ok
    assert not verify_bytes(signed_pdf + b" ", digest).ok
    assert not verify_bytes(signed_pdf, "").ok


# Keys


def test_a_key_is_made_at_the_first_start_and_found_at_the_next(tmp_path: Path) -> None:
    path = tmp_path / "instance" / "signing.p12"
    made = open_or_make_key(path, vendor_name="Northwind Harbor", now=ISSUED_AT, passphrase="secret")
    found = open_or_make_key(path, vendor_name="Northwind Harbor", now=ISSUED_AT, passphrase="secret")
    assert made.fingerprint == found.fingerprint
    assert is_self_made(made.certificate)
    assert isinstance(made.private_key, ec.EllipticCurvePrivateKey)
    assert made.private_key.curve.name == "secp256r1"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["signing.p12"]


def test_starting_at_the_same_time_makes_one_key(tmp_path: Path) -> None:
    path = tmp_path / "signing.p12"
    keys: list[SigningKey] = []
    starts = [
        threading.Thread(
            target=lambda: keys.append(open_or_make_key(path, vendor_name="Northwind Harbor", now=ISSUED_AT))
        )
        for _ in range(6)
    ]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert len({key.fingerprint for key in keys}) == 1
    assert len(keys) == 6


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "signing.p12"
    make_self_signed(path, vendor_name="Northwind Harbor", now=ISSUED_AT)
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        make_self_signed(path, vendor_name="Northwind Harbor", now=ISSUED_AT)
    assert path.read_bytes() == before


def test_the_vendors_name_may_be_long_or_in_any_script(tmp_path: Path) -> None:
    for number, name in enumerate([specimens.TWO_HUNDRED, specimens.ARABIC, specimens.CHINESE]):
        key = make_self_signed(tmp_path / f"{number}.p12", vendor_name=name, now=ISSUED_AT)
        assert load_key(tmp_path / f"{number}.p12", passphrase="", now=ISSUED_AT).fingerprint == key.fingerprint


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o622])
def test_a_key_that_others_may_read_is_refused(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "signing.p12"
    make_self_signed(path, vendor_name="Northwind Harbor", now=ISSUED_AT)
    path.chmod(mode)
    with pytest.raises(KeyRefused, match="chmod 600"):
        load_key(path, passphrase="", now=ISSUED_AT)


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        (timedelta(days=-1), "isn't valid before"),
        (timedelta(days=3653 - 29), "less than 30 days ahead"),
        (timedelta(days=3654), "ended on"),
    ],
)
def test_a_key_too_early_near_its_end_or_past_it_is_refused(after: timedelta, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "signing.p12"
    make_self_signed(path, vendor_name="Northwind Harbor", now=ISSUED_AT)
    with pytest.raises(KeyRefused, match=sentence):
        load_key(path, passphrase="", now=ISSUED_AT + after)


def test_nothing_is_signed_outside_the_keys_time(program_pdf: bytes, signing_key: SigningKey) -> None:
    with pytest.raises(KeyRefused, match="ended on"):
        sign(program_pdf, signing_key, at=ISSUED_AT + timedelta(days=4000))


def test_a_wrong_passphrase_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "signing.p12"
    make_self_signed(path, vendor_name="Northwind Harbor", now=ISSUED_AT, passphrase="right")
    for passphrase in ("wrong", ""):
        with pytest.raises(KeyRefused, match="passphrase is wrong"):
            load_key(path, passphrase=passphrase, now=ISSUED_AT)
    with pytest.raises(KeyRefused, match="no file for the signing key"):
        load_key(tmp_path / "none.p12", passphrase="", now=ISSUED_AT)
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o700)
    with pytest.raises(KeyRefused):
        load_key(folder, passphrase="", now=ISSUED_AT)


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "signing.p12"
    for content in (b"", b"-----BEGIN PRIVATE KEY-----", os.urandom(500)):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(KeyRefused, match="PKCS#12"):
            load_key(path, passphrase="", now=ISSUED_AT)


def test_an_operators_key_from_an_authority_signs_and_verifies(program_pdf: bytes, tmp_path: Path) -> None:
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = certificate("Example Authority", authority_key, "Example Authority", authority_key, authority=True)
    private_key = rsa.generate_private_key(65537, 2048)
    own = certificate("Northwind Harbor", private_key, "Example Authority", authority_key)
    path = _stored(tmp_path, private_key, own, [authority])
    key = load_key(path, passphrase="", now=ISSUED_AT)
    assert not is_self_made(key.certificate)
    signed = sign(program_pdf, key, at=ISSUED_AT)
    assert findings(signed) == []
    # Trusting the authority and trusting the one certificate both do.
    for trusted in ([authority], [own]):
        verdict = verify(signed, trusted)
        assert verdict.ok, verdict.sentence
        assert verdict.signer == "Northwind Harbor"


@pytest.mark.parametrize("unfit", [rsa.generate_private_key(65537, 1024), ed25519.Ed25519PrivateKey.generate()])
def test_an_unfit_key_is_refused(unfit: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, tmp_path: Path) -> None:
    authority_key = ec.generate_private_key(ec.SECP256R1())
    own = certificate("Northwind Harbor", unfit, "Example Authority", authority_key)
    path = _stored(tmp_path, unfit, own, [])
    with pytest.raises(KeyRefused, match="too short|elliptic curve or RSA"):
        load_key(path, passphrase="", now=ISSUED_AT)


def test_the_public_half_can_be_kept(signing_key: SigningKey) -> None:
    assert x509.load_pem_x509_certificate(signing_key.certificate_pem.encode()) == signing_key.certificate
    assert "private" not in repr(signing_key).lower()


def _stored(folder: Path, private_key: Private, certificate: x509.Certificate, others: list[x509.Certificate]) -> Path:
    path = folder / "operator.p12"
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"operator", private_key, certificate, others, serialization.NoEncryption()
        )
    )
    path.chmod(0o600)
    return path
