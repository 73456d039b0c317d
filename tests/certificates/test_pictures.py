"""The vendor's logo, seal and handwriting: printed, told to those who don't see them, and refused when they can't be drawn."""

import io
import os
from pathlib import Path

import pytest
from PIL import Image

from app.certificates.branding import brand as brand_of
from app.certificates.document.brand import Brand, Paper
from app.certificates.document.errors import UnusablePicture
from app.certificates.document.render import render
from app.certificates.issuer import issuer
from app.certificates.rules.snapshot import Locale
from app.settings import Mode, Settings
from tests.certificates import specimens
from tests.certificates.reading import alternative_texts, findings

_BYTES = io.BytesIO()
Image.new("RGBA", (120, 40), (11, 92, 107, 128)).save(_BYTES, "PNG")
PNG = _BYTES.getvalue()
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><rect width="40" height="10" fill="#0b5c6b"/></svg>'
NAMES = ["logo", "seal", "signature"]


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("kind", ["program", "course"])
@pytest.mark.parametrize("picture", [PNG, SVG], ids=["png", "svg"])
def test_pictures_are_printed_and_keep_the_document_archival(picture: bytes, kind: str, paper: Paper) -> None:
    snapshot = specimens.of_kind(kind)
    pdf = render(snapshot, brand=Brand("#0b5c6b", picture, picture, picture, paper))
    assert findings(pdf) == []
    assert pdf != render(snapshot, brand=Brand("#0b5c6b", paper=paper))


@pytest.mark.parametrize(
    ("locale", "told"),
    [
        (Locale.ENGLISH, {"Logo", "Seal", "Signature of Ingrid Solberg"}),
        (Locale.FRENCH, {"Logo", "Sceau", "Signature de Ingrid Solberg"}),
        (Locale.ARABIC, {"الشعار", "الختم", "توقيع Ingrid Solberg"}),
    ],
)
def test_what_a_picture_shows_is_told_in_the_language(locale: Locale, told: set[str]) -> None:
    pdf = render(specimens.course(locale=locale), brand=Brand("#0b5c6b", PNG, SVG, PNG))
    assert told <= alternative_texts(pdf)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "picture",
    [PNG[:60], PNG[:-30], b'<svg xmlns="http://www.w3.org/2000/svg"><rect'],
    ids=["a piece of PNG", "most of a PNG", "half an SVG"],
)
def test_a_picture_that_cannot_be_drawn_is_refused_by_name(name: str, picture: bytes) -> None:
    with pytest.raises(UnusablePicture, match=f"{name} can't be drawn"):
        render(specimens.course(), brand=Brand("#0b5c6b", **{name: picture}))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("picture", [b"", b"GIF89a", b"%PDF-1.7"])
def test_a_picture_of_another_type_is_refused_by_name(name: str, picture: bytes) -> None:
    with pytest.raises(UnusablePicture, match=f"{name} has to be a PNG or an SVG"):
        Brand(**{name: picture})  # type: ignore[arg-type]


def _settings(folder: Path, **more: object) -> Settings:
    return Settings(mode=Mode.TESTING, data_folder=folder, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_refuses_to_issue_and_names_its_setting(name: str, tmp_path: Path) -> None:
    settings = _settings(tmp_path, **{f"{name}_path": tmp_path / "gone.png"})
    with pytest.raises(UnusablePicture) as refusal:
        assert issuer(settings).brand
    assert f"GOOD_STANDING_{name.upper()}_PATH" in refusal.value.sentence
    assert str(tmp_path) not in refusal.value.sentence


def test_without_its_pictures_the_issuer_still_checks_certificates(tmp_path: Path) -> None:
    settings = _settings(tmp_path, seal_path=tmp_path / "gone.png")
    assert issuer(settings).key.certificate in issuer(settings).trusted


def test_a_replaced_picture_is_read_without_a_restart(tmp_path: Path) -> None:
    seal = tmp_path / "seal.svg"
    seal.write_bytes(SVG)
    settings = _settings(tmp_path, seal_path=seal, certificate_paper="letter")
    first = brand_of(settings)
    assert (first.seal, first.paper) == (SVG, Paper.LETTER)
    assert brand_of(settings) is first
    newer = tmp_path / "newer.svg"
    newer.write_bytes(SVG + b"\n")
    os.replace(newer, seal)
    assert brand_of(settings).seal == SVG + b"\n"
    seal.unlink()
    with pytest.raises(UnusablePicture, match="seal"):
        brand_of(settings)


@pytest.mark.parametrize("color", ["red", "#fff", "#0b5c6b; } * { display: none", "url(http://127.0.0.1)"])
def test_a_color_that_is_none_is_refused(color: str) -> None:
    with pytest.raises(ValueError, match="six hexadecimal"):
        Brand(color)


def test_text_stays_legible_in_a_pale_brand() -> None:
    assert Brand("#ffd500").text_color != "#ffd500"
    assert Brand("#0b5c6b").text_color == "#0b5c6b"
