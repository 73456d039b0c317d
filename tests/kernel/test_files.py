"""Uploaded files are what their names say, by their bytes and their structure, or they are refused with a sentence."""

import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel import files
from app.kernel.errors import DomainError
from tests.remediation import samples

LARGEST = 1024 * 1024


def refused(name: str, content: bytes, largest: int = LARGEST) -> str:
    with pytest.raises(DomainError) as caught:
        files.check(name, content, largest=largest)
    assert caught.value.field == "files"
    return caught.value.sentence


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("minutes.pdf", samples.PDF, "application/pdf"),
        ("Minutes.PDF", samples.PDF, "application/pdf"),
        ("stand.png", samples.PNG, "image/png"),
        ("stand.jpg", samples.JPEG, "image/jpeg"),
        ("stand.jpeg", samples.JPEG, "image/jpeg"),
        ("rule.docx", samples.DOCX, files.DOCX.media_type),
        ("list.xlsx", samples.XLSX, files.XLSX.media_type),
        ("list.csv", samples.CSV, "text/csv"),
        ("note.txt", samples.TXT, "text/plain"),
        ("note.txt", "Утверждено".encode("utf-16"), "text/plain"),
        ("old.csv", "Müller;1".encode("cp1252"), "text/csv"),
    ],
)
def test_each_kind_that_is_taken(name, content, media_type):
    found = files.check(name, content, largest=LARGEST)
    assert (found.kind.media_type, found.size) == (media_type, len(content))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("minutes.pdf", samples.HTML, "isn't one inside"),
        ("minutes.pdf", samples.EXE, "isn't one inside"),
        ("minutes.pdf", samples.PNG, "inside it is a PNG picture"),
        ("minutes.pdf", samples.CSV, "isn't one inside"),
        ("stand.png", samples.JPEG, "inside it is a JPEG picture"),
        ("rule.docx", samples.XLSX, "inside it is a Excel workbook"),
        ("rule.docx", samples.PDF, "inside it is a PDF"),
        ("list.xlsx", b"PK\x03\x04 and no archive", "isn't one inside"),
        ("note.txt", samples.PDF, "inside it is a PDF"),
        ("note.txt", samples.EXE, "not text inside"),
        ("note.csv", b"\x1f\x8b\x08" + bytes(50), "not text inside"),
        ("note.txt", b"binary\x00\x01\x02", "not text inside"),
    ],
)
def test_a_file_that_lies_about_its_type_is_refused(name, content, said):
    assert said in refused(name, content)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("minutes.pdf", samples.PDF[:40], "cut off"),
        ("minutes.pdf", samples.ENCRYPTED_PDF, "protected by a password"),
        ("stand.png", samples.PNG[:-6], "cut off"),
        ("stand.png", samples.PNG.replace(b"IDAT", b"IDAX"), "damaged"),
        ("stand.jpg", samples.JPEG[:-2], "cut off"),
        ("rule.docx", samples.MACROS, "holds macros"),
        ("rule.docx", samples.office("word/document.xml", **{"..__evil": b"x"}), "not a whole Office document"),
    ],
)
def test_a_broken_or_dangerous_file_is_refused(name, content, said):
    assert said in refused(name, content)


def test_an_archive_that_unpacks_to_far_too_much_is_refused_without_unpacking_it():
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", bytes(400 * 1024 * 1024))
    assert len(kept.getvalue()) < LARGEST
    assert "far more than a document holds" in refused("bomb.docx", kept.getvalue())


def test_an_office_file_whose_contents_are_damaged_is_refused():
    damaged = bytearray(samples.office("word/document.xml", word__media=b"A" * 500))
    place = bytes(damaged).index(b"word/media") + len("word/media") + 1
    damaged[place] ^= 0xFF
    assert "damaged" in refused("rule.docx", bytes(damaged))


def test_an_empty_file_is_refused():
    assert "is empty" in refused("minutes.pdf", b"")


def test_a_file_that_is_too_large_says_how_large_it_may_be():
    assert "larger than 1 MB" in refused("minutes.pdf", samples.PDF + bytes(LARGEST))


@pytest.mark.parametrize(
    "name", ["macro.docm", "page.html", "program.exe", "picture.svg", "archive.zip", "noextension"]
)
def test_other_kinds_are_refused_with_what_is_taken(name):
    assert files.TAKEN in refused(name, samples.PDF)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("C:\\Users\\Nora\\minutes.pdf", "minutes.pdf"),
        ("../../etc/minutes.pdf", "minutes.pdf"),
        ("min\u202eutes.pdf", "minutes.pdf"),
        ("min\r\nutes.pdf", "minutes.pdf"),
        ("  minutes .pdf", "minutes .pdf"),
        ("محضر الاجتماع.pdf", "محضر الاجتماع.pdf"),
        ("x" * 300 + ".pdf", "x" * (files.LONGEST_NAME - 4) + ".pdf"),
    ],
)
def test_a_name_is_only_a_name(name, kept):
    assert files.clean_name(name) == kept


@given(st.binary(max_size=400), st.sampled_from(["a.pdf", "a.png", "a.jpg", "a.docx", "a.xlsx"]))
def test_bytes_at_random_are_never_taken_and_never_break_the_check(content, name):
    with pytest.raises(DomainError):
        files.check(name, content, largest=LARGEST)


@given(st.integers(0, 5), st.data())
def test_a_damaged_file_is_refused_or_taken_but_breaks_nothing(which, data):
    name, whole = [
        ("a.pdf", samples.PDF),
        ("a.png", samples.PNG),
        ("a.jpg", samples.JPEG),
        ("a.docx", samples.DOCX),
        ("a.xlsx", samples.XLSX),
        ("a.txt", samples.TXT),
    ][which]
    broken = bytearray(whole)
    place = data.draw(st.integers(0, len(whole) - 1))
    broken[place] = data.draw(st.integers(0, 255))
    fields = {"files"}
    try:
        files.check(name, bytes(broken), largest=LARGEST)
    except DomainError as error:
        fields.add(error.field)
    assert fields == {"files"}


@given(st.text(max_size=300))
def test_any_text_makes_a_safe_name_or_is_refused(text):
    try:
        name = files.clean_name(text)
    except DomainError:
        return
    assert name
    assert len(name) <= files.LONGEST_NAME
    assert not set(name) & set("/\\\r\n\0")
