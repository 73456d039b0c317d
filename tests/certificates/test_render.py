"""The document: the same bytes each time, everything on it that is to be on it and nothing else, and archival."""

import io
import re

import pytest
import segno
from PIL import Image

from app.certificates.document.brand import Brand
from app.certificates.document.errors import TooLongForOnePage, UnusablePicture
from app.certificates.document.render import ATTACHMENT_NAME, render
from app.certificates.rules.snapshot import Officer, Outcome, Snapshot
from tests.certificates import specimens
from tests.certificates.reading import findings, reader, squeezed, text

# The words that belong to the paper itself, whatever it certifies.
FIXED = {
    "program": "This certifies that has completed the compliance remediation program for",
    "course": "This certifies that has passed the course",
}
PNG = io.BytesIO()
Image.new("RGBA", (120, 40), (11, 92, 107, 128)).save(PNG, "PNG")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><rect width="40" height="10" fill="#0b5c6b"/></svg>'


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
def test_nothing_is_printed_that_the_verify_page_does_not_show(kind: str, request: pytest.FixtureRequest) -> None:
    snapshot: Snapshot = getattr(specimens, kind)()
    left = squeezed(text(request.getfixturevalue(f"{kind}_pdf")))
    shown = [words for field in snapshot.printed_fields() for words in field]
    fixed = ["This certifies that", FIXED[kind].removeprefix("This certifies that ")]
    for words in sorted([*shown, *fixed], key=len, reverse=True):
        left = left.replace(squeezed(words), "")
    assert left == ""


@pytest.mark.parametrize("kind", ["program", "course"])
def test_the_attached_data_are_the_canonical_bytes(kind: str, request: pytest.FixtureRequest) -> None:
    snapshot: Snapshot = getattr(specimens, kind)()
    attachments = reader(request.getfixturevalue(f"{kind}_pdf")).attachments
    assert list(attachments) == [ATTACHMENT_NAME]
    assert attachments[ATTACHMENT_NAME] == [snapshot.canonical()]
    assert Snapshot.from_canonical(attachments[ATTACHMENT_NAME][0]) == snapshot


def test_the_file_is_dated_by_the_issue_and_not_by_the_clock(program_pdf: bytes) -> None:
    information = reader(program_pdf).metadata
    assert information is not None
    assert information["/CreationDate"] == information["/ModDate"] == "D:20260415000000Z"
    assert information["/Title"] == f"Certificate of Program Completion {specimens.program().number}"
    assert set(re.findall(rb"D:(\d{8})", program_pdf)) <= {b"20260415"}


def test_it_is_one_page_of_a4_landscape_with_its_language(program_pdf: bytes) -> None:
    pages = reader(program_pdf).pages
    assert len(pages) == 1
    assert [round(float(side) / 72 * 25.4) for side in pages[0].mediabox[2:]] == [297, 210]
    assert reader(program_pdf).trailer["/Root"]["/Lang"] == "en"  # type: ignore[index]


def test_the_qr_code_is_there_with_the_address_as_its_text(program_pdf: bytes) -> None:
    images = list(reader(program_pdf).pages[0].images)
    assert len(images) == 1
    picture = Image.open(io.BytesIO(images[0].data))
    code = segno.make(specimens.program().verify_url.upper(), error="m", micro=False)
    assert picture.size == code.symbol_size(border=0)
    dark = [[int(picture.convert("L").getpixel((x, y)) < 128) for x in range(33)] for y in range(33)]  # type: ignore[operator]
    assert dark == [list(row) for row in code.matrix]
    assert f"Verify at {specimens.program().verify_url}" in _alternative_texts(program_pdf)


def _alternative_texts(pdf: bytes) -> set[str]:
    def walk(element: object) -> set[str]:
        found: set[str] = set()
        element = element.get_object() if hasattr(element, "get_object") else element
        if isinstance(element, list):
            for inner in element:
                found |= walk(inner)
        elif isinstance(element, dict):
            if "/Alt" in element:
                found.add(str(element["/Alt"]))
            if "/K" in element:
                found |= walk(element["/K"])
        return found

    return walk(reader(pdf).trailer["/Root"]["/StructTreeRoot"])  # type: ignore[index]


@pytest.mark.parametrize("logo", [PNG.getvalue(), SVG], ids=["png", "svg"])
def test_a_logo_is_printed_and_keeps_the_document_archival(logo: bytes, course_pdf: bytes) -> None:
    pdf = render(specimens.course(), brand=Brand("#0b5c6b", logo))
    assert findings(pdf) == []
    assert pdf != course_pdf


@pytest.mark.parametrize(
    "logo",
    [PNG.getvalue()[:60], PNG.getvalue()[:-30], b'<svg xmlns="http://www.w3.org/2000/svg"><rect'],
    ids=["a piece of PNG", "most of a PNG", "half an SVG"],
)
def test_a_logo_that_cannot_be_drawn_is_refused(logo: bytes) -> None:
    with pytest.raises(UnusablePicture, match="can't be drawn"):
        render(specimens.course(), brand=Brand("#0b5c6b", logo))


@pytest.mark.parametrize("logo", [b"", b"GIF89a", b"%PDF-1.7"])
def test_a_logo_of_another_type_is_refused(logo: bytes) -> None:
    with pytest.raises(UnusablePicture, match="PNG or an SVG"):
        Brand(logo=logo)


@pytest.mark.parametrize("color", ["red", "#fff", "#0b5c6b; } * { display: none", "url(http://127.0.0.1)"])
def test_a_color_that_is_none_is_refused(color: str) -> None:
    with pytest.raises(ValueError, match="six hexadecimal"):
        Brand(color)


def test_text_stays_legible_in_a_pale_brand() -> None:
    assert Brand("#ffd500").text_color != "#ffd500"
    assert Brand("#0b5c6b").text_color == "#0b5c6b"


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


def test_what_does_not_fit_on_one_page_is_refused(brand: Brand) -> None:
    with pytest.raises(TooLongForOnePage, match="one page"):
        render(specimens.program(steps=specimens.steps(200)), brand=brand)


def test_what_would_fall_off_the_page_is_refused_by_name(brand: Brand) -> None:
    with pytest.raises(TooLongForOnePage, match="For the issuer|Position"):
        render(specimens.course(signatory=Officer("Ingrid Solberg", "Chief " * 200)), brand=brand)
