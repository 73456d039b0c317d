"""Names of every kind are printed or refused with a sentence; nothing that is written in them is fetched or obeyed."""

from collections import Counter
from pathlib import Path

import pytest
from weasyprint.css.tokens import InvalidValues
from weasyprint.urls import URLFetchingError

from app.certificates.document.brand import Brand
from app.certificates.document.errors import UnprintableText, UnusablePicture
from app.certificates.document.press import DOCUMENTS, Enclosure, OnlyOurs, press
from app.certificates.document.render import render
from tests.certificates import specimens
from tests.certificates.moments import ISSUED_AT
from tests.certificates.reading import findings, letters, reader, squeezed, text


@pytest.mark.parametrize("name", specimens.HOSTILE_NAMES.values(), ids=specimens.HOSTILE_NAMES.keys())
def test_any_name_is_printed_as_it_is(name: str, brand: Brand) -> None:
    pdf = render(specimens.program(name), brand=brand)
    assert findings(pdf) == []
    assert len(reader(pdf).pages) == 1
    # Extraction gives the letters of a few scripts in another order; but it gives all of them.
    assert Counter(letters(name)) <= Counter(letters(text(pdf)))


@pytest.mark.parametrize("name", [specimens.ARABIC, specimens.CHINESE, "Suharto", specimens.TWO_HUNDRED])
def test_a_name_can_be_copied_from_the_document(name: str, brand: Brand) -> None:
    assert squeezed(name) in squeezed(text(render(specimens.course(name), brand=brand)))


def test_a_name_from_right_to_left_leaves_the_rest_in_order(brand: Brand) -> None:
    printed = squeezed(text(render(specimens.course(specimens.ARABIC, partner_name=specimens.ARABIC), brand=brand)))
    for label, value in specimens.course(specimens.ARABIC, partner_name=specimens.ARABIC).printed_fields():
        assert squeezed(value) in printed, label


@pytest.mark.parametrize(
    ("name", "culprit"),
    [
        ("Ada\u202egro.elpmaxe", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("Ada\u2066x", "U+2066 LEFT-TO-RIGHT ISOLATE"),
        ("Ada\u200bLindqvist", "U+200B ZERO WIDTH SPACE"),
        ("Ada\nLindqvist", "U+000A"),
        ("Ada\x00Lindqvist", "U+0000"),
        ("Ada\x1b[2J", "U+001B"),
        ("Ada \ue000", "U+E000"),
        ("Ada \ud800", "U+D800"),
        ("Ada\u2028Lindqvist", "U+2028 LINE SEPARATOR"),
    ],
)
def test_what_would_upset_the_text_around_it_is_refused(name: str, culprit: str, brand: Brand) -> None:
    with pytest.raises(UnprintableText) as refusal:
        render(specimens.course(name), brand=brand)
    assert culprit in refusal.value.sentence
    assert "Awarded to" in refusal.value.sentence


def test_a_pile_of_accents_is_refused(brand: Brand) -> None:
    with pytest.raises(UnprintableText, match="accents"):
        render(specimens.course("A" + "\u0301" * 30 + "da"), brand=brand)


def test_every_printed_field_is_checked_and_not_only_the_name(brand: Brand) -> None:
    with pytest.raises(UnprintableText, match="Course version"):
        render(specimens.course(course_version="3\u202e"), brand=brand)


VECTORS = {
    "image": '<img src="{url}" alt="x">',
    "image set": '<img srcset="{url} 2x" src="{url}" alt="x">',
    "object": '<object data="{url}">x</object>',
    "embed": '<embed src="{url}">',
    "iframe": '<iframe src="{url}"></iframe>',
    "stylesheet": '<link rel="stylesheet" href="{url}">',
    "import": '<style>@import url("{url}");</style>',
    "background": '<p style="background: url({url})">x</p>',
    "list image": '<ul style="list-style-image: url({url})"><li>x</li></ul>',
    "content": '<style>p::before {{ content: url("{url}") }}</style>',
    "font": '<style>@font-face {{ font-family: x; src: url("{url}") }} p {{ font-family: x }}</style>',
    "color profile": '<style>@color-profile --x {{ src: url("{url}") }} p {{ color: color(--x 1 0 0) }}</style>',
    "attachment": '<link rel="attachment" href="{url}">',
    "attached link": '<a rel="attachment" href="{url}">x</a>',
    "base": '<base href="{url}/"><img src="x.png" alt="x">',
    "vector image": '<svg xmlns="http://www.w3.org/2000/svg"><title>x</title><image href="{url}"/></svg>',
    "vector use": '<svg xmlns="http://www.w3.org/2000/svg"><title>x</title><use href="{url}#a"/></svg>',
    "vector style": '<svg xmlns="http://www.w3.org/2000/svg"><title>x</title><style>@import "{url}";</style></svg>',
}


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())
def test_nothing_is_fetched_from_the_network_or_the_machine(
    vector: str, watchman: tuple[str, list[str]], tmp_path: Path, brand: Brand
) -> None:
    address, seen = watchman
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret of this machine")
    for url in (address, f"{address}/a.css", secret.as_uri(), "file:///etc/passwd", str(secret)):
        pdf = _printed(f"<!doctype html><html lang=en><title>t</title><p>x</p>{vector.format(url=url)}", brand)
        if pdf is not None:
            assert list(reader(pdf).attachments) == ["a.json"]
            assert "secret" not in text(pdf)
    assert seen == []


def _printed(page: str, brand: Brand) -> bytes | None:
    with press() as machine:
        try:
            document = machine.lay_out(page, stylesheets=("paper-a4.css", "certificate.css"), brand=brand)
        except (UnusablePicture, InvalidValues, URLFetchingError):
            return None
        return machine.write(document, identifier="x", enclosures=[Enclosure("a.json", "d", b"{}", ISSUED_AT)])


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "HTTPS://example.org/x.png",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "FILE:///etc/passwd",
        "file:/etc/passwd",
        "//127.0.0.1/x",
        "gopher://127.0.0.1/",
        "jar:file:///etc/passwd",
        f"{DOCUMENTS.as_uri()}/../../settings.py",
        f"{DOCUMENTS.as_uri()}/%2e%2e/%2e%2e/settings.py",
        f"{DOCUMENTS.as_uri()}/certificate.html",
        f"file://evil.example{DOCUMENTS}/certificate.css",
    ],
)
def test_only_packaged_files_and_data_are_fetched(url: str) -> None:
    with pytest.raises(ValueError, match=r"packaged|protocol|absolute"):
        OnlyOurs().fetch(url)


def test_packaged_files_and_data_are_fetched() -> None:
    stylesheet = OnlyOurs().fetch(f"{DOCUMENTS.as_uri()}/certificate.css")
    assert stylesheet.read() == (DOCUMENTS / "certificate.css").read_bytes()
    assert OnlyOurs().fetch("data:text/plain,hello").read() == b"hello"


def test_a_logo_that_refers_elsewhere_fetches_nothing(watchman: tuple[str, list[str]]) -> None:
    address, seen = watchman
    logo = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><style>@import url("{address}/s");</style>'
        f'<image href="{address}/i" width="9" height="9"/><image href="file:///etc/passwd" width="9" height="9"/></svg>'
    )
    pdf = render(specimens.course(), brand=Brand(logo=logo.encode()))
    assert "root:" not in text(pdf)
    assert seen == []
