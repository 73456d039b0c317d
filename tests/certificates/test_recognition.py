"""What the portal says of a file that somebody wants checked: genuine, altered and in what, or unknown."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import undefer

from app.certificates.document.examination import examine
from app.certificates.document.keys import FileKey
from app.certificates.document.sign import sign
from app.certificates.models import Certificate
from app.certificates.queries import Finding, Recognised, Standing, recognise
from app.certificates.rules.comparison import Difference
from app.kernel.clock import now
from tests.certificates import edits, specimens
from tests.certificates.moments import ISSUED_AT
from tests.ground.papers import one_page
from tests.ground.world import InTransaction, World
from tests.incentives.books import Books


@dataclass
class Counter:
    """Where files are brought to be checked; one certificate was issued."""

    books: Books
    number: str
    pdf: bytes

    def check(self, pdf: bytes) -> Recognised:
        with self.books.reading() as session:
            return recognise(session, pdf, issuer=self.books.issuer, at=now(), examine_file=examine)

    def data(self, change: Callable[[dict[str, object]], object]) -> bytes:
        held = examine(self.pdf, []).data
        assert held is not None
        data = json.loads(held)
        change(data)
        return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.fixture
def counter(app: Flask, world: World, in_transaction: InTransaction, reading: InTransaction, clock: object) -> Counter:
    partner = world.partner("Brightwater")
    books = Books(app, world, in_transaction, reading, partner, world.program("CLOUD", enrolled=(partner,)))
    number = books.certify(books.case()).number
    with reading() as session:
        pdf = session.scalars(
            select(Certificate).where(Certificate.number == number).options(undefer(Certificate.pdf))
        ).one()
        return Counter(books, number, pdf.pdf)


def labels(found: Recognised) -> list[str]:
    return [one.label for one in found.differences]


# Genuine


def test_the_issued_file_is_genuine_and_its_standing_is_told(counter: Counter) -> None:
    found = counter.check(counter.pdf)
    assert found.finding is Finding.GENUINE
    assert found.number == counter.number
    assert found.original is not None
    assert found.original.standing is Standing.VALID
    assert found.signature is not None
    assert found.signature.ok


def test_a_revoked_one_is_genuine_and_revoked(counter: Counter) -> None:
    with counter.books.reading() as session:
        certificate = session.scalars(select(Certificate)).one()
    counter.books.revoke(certificate)
    found = counter.check(counter.pdf)
    assert found.genuine
    assert found.original is not None
    assert found.original.standing is Standing.REVOKED


# Altered


def test_an_edit_that_only_adds_is_traced_to_the_file_that_it_was_added_to(counter: Counter) -> None:
    found = counter.check(edits.with_note(counter.pdf, "Extended until 2035"))
    assert (found.finding, found.number) == (Finding.ALTERED, counter.number)
    assert "begins as the file that was issued" in found.sentence
    assert Difference("Notes laid over the page", "1", "0") in found.differences
    assert any("Extended until 2035" in one.in_file and one.issued == "" for one in found.differences)


def test_bytes_at_the_end_are_traced_too(counter: Counter) -> None:
    found = counter.check(counter.pdf + b"\n")
    assert (found.finding, found.number) == (Finding.ALTERED, counter.number)
    assert found.differences == ()
    assert "No word that can be read in it differs" in found.sentence


def test_a_word_exchanged_on_the_page_is_named_with_its_field(counter: Counter) -> None:
    # In the very font of the page, which has no other letters than these.
    found = counter.check(edits.with_words_exchanged(counter.pdf, "Brightwater", "retawthgirB"))
    assert (found.finding, found.number) == (Finding.ALTERED, counter.number)
    named = [one for one in found.differences if one.label == "Awarded to"]
    assert named, found.differences
    assert "retawthgirB" in named[0].in_file
    assert named[0].issued == counter.books.partner.legal_name
    assert "Attached data" not in labels(found)


def test_changed_data_is_compared_field_by_field(counter: Counter) -> None:
    def change(data: dict[str, object]) -> None:
        data["holder"] = data["partner_name"] = "Mallory Trading Ltd"
        data["expires_on"] = "2039-01-31"

    found = counter.check(edits.with_data(counter.pdf, counter.data(change)))
    assert (found.finding, found.number) == (Finding.ALTERED, counter.number)
    said = {one.label: (one.in_file, one.issued) for one in found.differences}
    assert said["Awarded to (attached data)"] == ("Mallory Trading Ltd", counter.books.partner.legal_name)
    assert said["Valid until (attached data)"][0] == "31 January 2039"


def test_data_that_is_no_snapshot_any_more_is_compared_all_the_same(counter: Counter) -> None:
    found = counter.check(edits.with_data(counter.pdf, counter.data(lambda data: data.update(holder=["a", "b"]))))
    assert (found.finding, found.number) == (Finding.ALTERED, counter.number)
    assert "Holder (attached data)" in labels(found)


@pytest.mark.parametrize("content", [b"", b"[1]", b"not json", b"[" * 50_000, b'{"number": 7}', b"\xff\xfe"])
def test_data_that_is_rubbish_is_found_by_the_number_on_the_page(content: bytes, counter: Counter) -> None:
    found = counter.check(edits.with_data(counter.pdf, content))
    assert (found.finding, found.number) == (Finding.ALTERED, counter.number)
    assert any("ttached data" in label for label in labels(found))


@pytest.mark.parametrize("names", [0, 2])
def test_data_that_is_missing_or_there_twice_is_told(names: int, counter: Counter) -> None:
    found = counter.check(edits.with_data(counter.pdf, counter.data(lambda data: None), names=names))
    assert (found.finding, found.number) == (Finding.ALTERED, counter.number)
    assert "Attached data" in labels(found)


def test_a_file_written_anew_is_not_the_one_that_was_issued(counter: Counter) -> None:
    writer = edits.rewritten(counter.pdf)
    writer.add_metadata({"/Title": "Certificate of something better", "/Author": "Mallory"})
    found = counter.check(edits.written(writer))
    assert (found.finding, found.number) == (Finding.ALTERED, counter.number)
    assert {"Title of the file", "Author of the file"} <= set(labels(found))


def test_a_line_drawn_through_the_page_is_noticed(counter: Counter) -> None:
    found = counter.check(edits.with_drawing(counter.pdf, b"q 5 w 0 0 m 600 600 l S Q"))
    assert (found.finding, found.number) == (Finding.ALTERED, counter.number)
    assert "Drawing of the page" in labels(found)


def test_padding_inside_the_signature_is_not_covered_by_it_but_by_the_digest(counter: Counter) -> None:
    end = counter.pdf.index(b">", counter.pdf.index(b"/Contents <") + 11)
    padded = bytearray(counter.pdf)
    padded[end - 1 : end] = b"1"
    found = counter.check(bytes(padded))
    assert (found.finding, found.number) == (Finding.ALTERED, counter.number)


def test_a_large_appendix_is_traced_without_being_read(counter: Counter) -> None:
    found = counter.check(counter.pdf + b"\0" * 2_000_000)
    assert (found.finding, found.number) == (Finding.ALTERED, counter.number)
    assert "a great deal was added" in found.sentence


def test_differences_do_not_flood_the_page(counter: Counter) -> None:
    found = counter.check(edits.with_note(counter.pdf, " ".join(f"word{number} x" for number in range(5000))))
    assert found.finding is Finding.ALTERED
    assert len(found.differences) <= 24
    assert all(len(one.in_file) <= 200 and len(one.issued) <= 250 for one in found.differences)


# Unknown


def test_files_of_others_are_unknown(counter: Counter, signing_key: FileKey, program_pdf: bytes) -> None:
    for pdf in (one_page(), program_pdf, sign(program_pdf, signing_key, at=ISSUED_AT)):
        found = counter.check(pdf)
        assert (found.finding, found.number, found.differences) == (Finding.UNKNOWN, None, ())


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\xd8\xff\xe0 a photograph", b"PK\x03\x04", b"<html>"])
def test_what_is_no_pdf_is_told_so(content: bytes, counter: Counter) -> None:
    found = counter.check(content)
    assert found.finding is Finding.UNKNOWN
    assert "no PDF document" in found.sentence


def test_what_we_signed_but_never_issued_is_not_to_be_relied_on(counter: Counter, brand: object) -> None:
    prepared = counter.books.prepare_certificate("RC-2026-0099")
    found = counter.check(prepared.pdf)
    assert found.finding is Finding.UNKNOWN
    assert "not in our register" in found.sentence


def test_a_large_file_of_others_is_not_even_read(counter: Counter) -> None:
    assert "too large" in counter.check(b"%PDF-1.7" + bytes(2_000_000)).sentence


def test_a_number_that_we_never_gave_helps_nobody(counter: Counter) -> None:
    stranger = specimens.program(holder="Brightwater")
    data = replace(stranger, number="0000-0000-0000-0000").canonical()
    assert counter.check(edits.with_data(counter.pdf, data)).number == counter.number


# The page


def upload(client: object, pdf: bytes) -> object:
    form = client.get("/verify")  # type: ignore[attr-defined]
    return client.submit(form, "Check the file", document=(io.BytesIO(pdf), "certificate.pdf"))  # type: ignore[attr-defined]


def test_a_stranger_is_told_that_a_file_is_genuine_and_valid(counter: Counter, client: object) -> None:
    answer = upload(client, counter.pdf)
    assert "Genuine and valid" in answer.text  # type: ignore[attr-defined]
    assert f"Awarded to {counter.books.partner.legal_name}" in answer.text  # type: ignore[attr-defined]
    assert "Signed by" in answer.text  # type: ignore[attr-defined]
    assert answer.link(f"See certificate {counter.number} and compare")  # type: ignore[attr-defined]


def test_a_stranger_is_told_that_a_genuine_file_has_expired(counter: Counter, client: object, clock: object) -> None:
    clock.advance(days=1200)  # type: ignore[attr-defined]
    assert "Genuine, but expired on" in upload(client, counter.pdf).text  # type: ignore[attr-defined]


def test_a_stranger_is_told_what_differs(counter: Counter, client: object) -> None:
    altered = edits.with_data(counter.pdf, counter.data(lambda data: data.update(expires_on="2039-01-31")))
    answer = upload(client, altered)
    assert "Altered: do not rely on this file" in answer.text  # type: ignore[attr-defined]
    assert "The file: 31 January 2039" in answer.text  # type: ignore[attr-defined]
    assert answer.link(f"See certificate {counter.number} as it was issued")  # type: ignore[attr-defined]


def test_a_stranger_is_told_that_a_file_is_unknown(counter: Counter, client: object) -> None:
    answer = upload(client, one_page())
    assert "Unknown: do not rely on this file" in answer.text  # type: ignore[attr-defined]
    assert counter.number not in answer.text  # type: ignore[attr-defined]


def test_files_are_checked_when_the_signing_key_is_near_its_end(
    counter: Counter, client: object, clock: object
) -> None:
    clock.advance(days=3640)  # type: ignore[attr-defined]
    assert "Genuine, but expired" in upload(client, counter.pdf).text  # type: ignore[attr-defined]


def test_checking_asks_the_database_a_handful_of_times(
    counter: Counter, client: object, statements: Callable[[], object]
) -> None:
    form = client.get("/verify")  # type: ignore[attr-defined]
    altered = edits.with_note(counter.pdf, "more")
    with statements() as made:  # type: ignore[attr-defined]
        client.submit(form, "Check the file", document=(io.BytesIO(altered), "certificate.pdf"))  # type: ignore[attr-defined]
    assert len(made) <= 8


def test_times_of_expiry_count_by_the_instant(counter: Counter, clock: object) -> None:
    clock.advance(days=1095)  # type: ignore[attr-defined]
    assert counter.check(counter.pdf).original.standing is Standing.VALID  # type: ignore[union-attr]
    clock.advance(days=3)  # type: ignore[attr-defined]
    assert counter.check(counter.pdf).original.standing is Standing.EXPIRED  # type: ignore[union-attr]
