"""A thousand changed certificates, and every one is found.

The signature covers every byte of the file but the container that it stands in, a run of hexadecimal digits: writing a
digit as a capital, say, changes a byte and nothing that is signed. The digest in the register covers every byte. So the
portal, which has the register, finds all; the offline check finds all but changes inside that container, and those can
change no word, picture or datum of the certificate.
"""

import io
import random
from collections import Counter
from collections.abc import Callable
from hashlib import sha256

import pytest
from pyhanko.pdf_utils.generic import NumberObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pypdf.generic import NameObject, TextStringObject

from app.certificates.document.keys import FileKey, make_self_signed
from app.certificates.document.sign import sign, sign_and_stamp
from app.certificates.document.timestamps import TimestampAuthority
from app.certificates.document.verification import verify, verify_bytes
from tests.certificates import edits
from tests.certificates.moments import ISSUED_AT
from tests.certificates.stamping import serving

PIECES = 25
EACH = 40

Tampering = Callable[[random.Random, bytes], bytes]


def container(pdf: bytes) -> tuple[int, int]:
    """Where the signature's container begins and ends: the one place that a signature can't cover."""
    start = pdf.index(b"/Contents <") + 11
    return start, pdf.index(b">", start)


# Bytes


def flip_a_bit(dice: random.Random, pdf: bytes) -> bytes:
    altered = bytearray(pdf)
    altered[dice.randrange(len(pdf))] ^= 1 << dice.randrange(8)
    return bytes(altered)


def overwrite_some_bytes(dice: random.Random, pdf: bytes) -> bytes:
    at, length = dice.randrange(len(pdf) - 40), dice.randrange(1, 40)
    return pdf[:at] + dice.randbytes(length) + pdf[at + length :]


def leave_some_out(dice: random.Random, pdf: bytes) -> bytes:
    at, length = dice.randrange(len(pdf) - 40), dice.randrange(1, 40)
    return pdf[:at] + pdf[at + length :]


def put_some_in(dice: random.Random, pdf: bytes) -> bytes:
    at = dice.randrange(len(pdf))
    return pdf[:at] + dice.randbytes(dice.randrange(1, 40)) + pdf[at:]


def cut_it_off(dice: random.Random, pdf: bytes) -> bytes:
    return pdf[: dice.choice([len(pdf) - 1, len(pdf) - dice.randrange(2, 400), dice.randrange(len(pdf))])]


def append_something(dice: random.Random, pdf: bytes) -> bytes:
    return pdf + dice.choice([b"\n", b"\0", b"%%EOF\n", b"\n% a remark\n", dice.randbytes(dice.randrange(1, 200))])


def exchange_two_places(dice: random.Random, pdf: bytes) -> bytes:
    first, second = sorted(dice.sample(range(0, len(pdf) - 64, 64), 2))
    length = dice.randrange(8, 64)
    a, b = pdf[first : first + length], pdf[second : second + length]
    return pdf[:first] + b + pdf[first + length : second] + a + pdf[second + length :]


# The signature


def change_the_container(dice: random.Random, pdf: bytes) -> bytes:
    start, end = container(pdf)
    at = dice.randrange(start, end)
    digit = dice.choice([one for one in b"0123456789abcdefABCDEF" if one != pdf[at]])
    return pdf[:at] + bytes([digit]) + pdf[at + 1 :]


def fill_the_padding(dice: random.Random, pdf: bytes) -> bytes:
    end = container(pdf)[1]
    junk = dice.randbytes(dice.randrange(1, 20)).hex().encode()
    return pdf[: end - len(junk)] + junk + pdf[end:]


def change_what_it_covers(dice: random.Random, pdf: bytes) -> bytes:
    start = pdf.rindex(b"/ByteRange")
    end = pdf.index(b"]", start)
    places = [at for at in range(start, end) if pdf[at : at + 1].isdigit()]
    at = dice.choice(places)
    return pdf[:at] + str((int(pdf[at : at + 1]) + dice.randrange(1, 10)) % 10).encode() + pdf[at + 1 :]


# Programs


def append_with_a_program(dice: random.Random, pdf: bytes) -> bytes:
    if dice.random() < 0.5:
        return edits.with_note(pdf, f"Extended until {dice.randrange(2030, 2099)}")
    writer = edits.appending(pdf)
    writer.add_metadata({dice.choice(["/Title", "/Author", "/Subject"]): f"Certificate {dice.random()}"})
    return edits.written(writer)


def append_with_another_program(dice: random.Random, pdf: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Rotate"] = page["/UserUnit"] = NumberObject(dice.choice([90, 180, 270]))
    writer.update_container(page)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def write_it_anew(dice: random.Random, pdf: bytes) -> bytes:
    writer = edits.rewritten(pdf)
    writer.root_object[NameObject("/Lang")] = TextStringObject(dice.choice(["en", "fr", "xx"]))
    return edits.written(writer)


def exchange_the_data(dice: random.Random, pdf: bytes) -> bytes:
    content = b'{"holder":"Mallory %d","number":"2C8C-MB49-6BDX-2636"}' % dice.randrange(10**6)
    return edits.with_data(pdf, content, names=dice.choice([0, 1, 1, 2]))


# The table of contents


def point_elsewhere(dice: random.Random, pdf: bytes) -> bytes:
    at = pdf.rindex(b"startxref")
    others = [pdf.index(b"startxref"), 0, len(pdf) // 2, dice.randrange(len(pdf))]
    return pdf[:at] + b"startxref\n%d\n%%%%EOF\n" % dice.choice(others)


def append_a_table(dice: random.Random, pdf: bytes) -> bytes:
    old = int(pdf.rsplit(b"startxref", 1)[1].split()[0])
    number, place = dice.randrange(1, 60), dice.randrange(len(pdf))
    table = b"\nxref\n%d 1\n%010d 00000 n \n" % (number, place)
    root = PdfFileReader(io.BytesIO(pdf)).trailer.raw_get("/Root").idnum
    trailer = b"trailer\n<< /Size 400 /Root %d 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (root, old, len(pdf) + 1)
    return pdf + table + trailer


BY_HAND: list[Tampering] = [
    flip_a_bit,
    flip_a_bit,
    flip_a_bit,
    flip_a_bit,
    flip_a_bit,
    overwrite_some_bytes,
    overwrite_some_bytes,
    leave_some_out,
    put_some_in,
    cut_it_off,
    append_something,
    exchange_two_places,
    change_the_container,
    change_the_container,
    fill_the_padding,
    change_what_it_covers,
    point_elsewhere,
    append_a_table,
]
BY_PROGRAM: list[Tampering] = [
    append_with_a_program,
    append_with_another_program,
    write_it_anew,
    exchange_the_data,
]


@pytest.fixture(scope="module")
def stamped_pdf(course_pdf: bytes, signing_key: FileKey) -> bytes:
    with serving() as authority:
        asked = TimestampAuthority(authority.url, timeout=10)
        signed = sign_and_stamp(course_pdf, signing_key, at=ISSUED_AT, authority=asked)
    assert signed.timestamped_at
    return signed.pdf


@pytest.mark.parametrize("piece", range(PIECES))
def test_a_thousand_tamperings_are_found(
    piece: int, signed_pdf: bytes, stamped_pdf: bytes, signing_key: FileKey
) -> None:
    dice = random.Random(f"tampering {piece}")
    for turn in range(EACH):
        pdf = dice.choice([signed_pdf, signed_pdf, stamped_pdf])
        tampering = BY_PROGRAM[turn % 4] if turn < 8 else dice.choice(BY_HAND)
        altered = tampering(dice, pdf)
        if altered == pdf:
            altered = append_something(dice, pdf)
        told = f"piece {piece}, turn {turn}: {tampering.__name__}"
        assert not verify_bytes(altered, sha256(pdf).hexdigest()).ok, told
        if verify(altered, [signing_key.certificate]).ok:
            # The register alone finds this one. It can only be a change inside the container.
            assert _outside_the_container(altered) == _outside_the_container(pdf), told


def _outside_the_container(pdf: bytes) -> tuple[bytes, bytes]:
    start, end = container(pdf)
    return pdf[:start], pdf[end:]


def test_what_the_signature_alone_does_not_find_is_as_small_as_we_say(signed_pdf: bytes, signing_key: FileKey) -> None:
    dice = random.Random("the container")
    found = Counter(verify(change_the_container(dice, signed_pdf), [signing_key.certificate]).ok for _ in range(300))
    # Mostly capitals for small letters, which mean the same.
    assert found[False] > 200, found
    assert found[True] < 100, found


class Disobedient(PdfSigner):
    """Signs although the first signature forbids it."""

    def _enforce_certification_constraints(self, reader: object) -> None:
        pass


def test_a_second_signature_and_a_signature_of_another_document_are_found(
    signed_pdf: bytes, course_pdf: bytes, program_pdf: bytes, signing_key: FileKey, tmp_path: object
) -> None:
    twice = Disobedient(PdfSignatureMetadata(field_name="Second"), signer=signing_key.signer()).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(signed_pdf))
    )
    assert not verify(twice.getvalue(), [signing_key.certificate]).ok
    other = sign(course_pdf, signing_key, at=ISSUED_AT)
    start, end = container(signed_pdf)
    from_, to = container(other)
    swapped = signed_pdf[:start] + other[from_:to].ljust(end - start, b"0")[: end - start] + signed_pdf[end:]
    assert not verify(swapped, [signing_key.certificate]).ok
    stranger = make_self_signed(tmp_path / "stranger.p12", vendor_name="Northwind Harbor", now=ISSUED_AT)  # type: ignore[operator]
    assert not verify(sign(program_pdf, stranger, at=ISSUED_AT), [signing_key.certificate]).ok
