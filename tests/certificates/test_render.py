"""The document: the same bytes each time, everything on it that is to be on it and nothing else, and archival."""

import io
import re

import pytest
import segno
from PIL import Image

from app.certificates.document.brand import Brand
from app.certificates.document.render import render
from app.certificates.rules.file_names import ATTACHED_DATA
from app.certificates.rules.snapshot import Outcome, Snapshot
from tests.certificates import specimens
from tests.certificates.reading import alternative_texts, findings, reader, squeezed, text


def test_the_same_certificate_has_the_same_bytes(program_pdf: bytes, brand: Brand) -> None:
    assert render(specimens.program(), brand=brand) == program_pdf


def test_another_certificate_has_other_bytes(program_pdf: bytes, brand: Brand) -> None:
    assert render(specimens.program(seed=b"another"), brand=brand) != program_pdf


def test_a_program_certificate_is_archival_and_accessible(program_pdf: bytes) -> None:
    assert findings(program_pdf) == []


def test_a_course_certificate_is_archival_and_accessible(course_pdf: bytes) -> None:
    assert findings(course_pdf) == []


@pytest.mark.parametrize("seed", [b"%d" % number for number in range(6)])
def test_no_stream_ends_in_a_way_that_checkers_misread(seed: bytes, brand: Brand) -> None:
    pdf = render(specimens.course(seed=seed), brand=brand)
    assert b"\r\nendstream" not in pdf
    assert findings(pdf) == []


@pytest.mark.parametrize("kind", ["program", "course"])
def test_all_that_the_verify_page_shows_is_printed(kind: str, request: pytest.FixtureRequest) -> None:
    snapshot: Snapshot = getattr(specimens, kind)()
    printed = squeezed(text(request.getfixturevalue(f"{kind}_pdf")))
    for label, value in snapshot.printed_fields():
        assert squeezed(value) in printed, label


@pytest.mark.parametrize("kind", ["program", "course"])
def test_the_attached_data_are_the_canonical_bytes(kind: str, request: pytest.FixtureRequest) -> None:
    snapshot: Snapshot = getattr(specimens, kind)()
    attachments = reader(request.getfixturevalue(f"{kind}_pdf")).attachments
    assert list(attachments) == [ATTACHED_DATA]
    assert attachments[ATTACHED_DATA] == [snapshot.canonical()]
    assert Snapshot.from_canonical(attachments[ATTACHED_DATA][0]) == snapshot


def test_the_file_is_dated_by_the_issue_and_not_by_the_clock(program_pdf: bytes) -> None:
    information = reader(program_pdf).metadata
    assert information is not None
    assert information["/CreationDate"] == information["/ModDate"] == "D:20260415000000Z"
    assert information["/Title"] == f"Certificate of Program Completion {specimens.program().number}"
    assert set(re.findall(rb"D:(\d{8})", program_pdf)) <= {b"20260415"}


def test_the_qr_code_is_there_with_the_address_as_its_text(program_pdf: bytes) -> None:
    images = list(reader(program_pdf).pages[0].images)
    assert len(images) == 1
    picture = Image.open(io.BytesIO(images[0].data))
    code = segno.make(specimens.program().verify_url.upper(), error="m", micro=False, mask=3)
    assert picture.size == code.symbol_size(border=0)
    dark = [[int(picture.convert("L").getpixel((x, y)) < 128) for x in range(33)] for y in range(33)]  # type: ignore[operator]
    assert dark == [list(row) for row in code.matrix]
    assert f"Verify at {specimens.program().verify_url}" in alternative_texts(program_pdf)


@pytest.mark.parametrize("count", [0, 20, 30, 40])
def test_long_plans_are_printed_in_full_on_one_page(count: int, brand: Brand) -> None:
    snapshot = specimens.program(steps=specimens.steps(count))
    pdf = render(snapshot, brand=brand)
    printed = squeezed(text(pdf))
    assert all(squeezed(value) in printed for _, value in snapshot.printed_fields())
    assert findings(pdf) == []


def test_long_conditions_are_printed_in_full(brand: Brand) -> None:
    conditions = "A second person reviews every marketing fund claim above EUR 5,000. " * 8
    snapshot = specimens.program(outcome=Outcome.COMPLETED_WITH_CONDITIONS, conditions=conditions.strip())
    assert squeezed(conditions) in squeezed(text(render(snapshot, brand=brand)))
