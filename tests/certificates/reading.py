"""What a reader's program finds in a PDF."""

import io
import re
import subprocess
import unicodedata
from pathlib import Path

import page
from pypdf import PdfReader


def reader(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def text(pdf: bytes) -> str:
    """All text of the document, its lines joined by spaces."""
    return " ".join(" ".join(sheet.extract_text() for sheet in reader(pdf).pages).split())


def squeezed(words: str) -> str:
    """Without any space: where a line breaks is no part of what is said."""
    return re.sub(r"\s", "", words)


def findings(pdf: bytes) -> list[tuple[str, str]]:
    """What a checker has to say against the document as PDF/A-3a or as PDF/UA-1."""
    reports = [page.validate_pdf_bytes(pdf, profile=profile) for profile in ("3a", "ua1")]
    return [(failure.rule_id, failure.message) for report in reports for failure in report.failures]


def pdftotext(pdf: bytes) -> str:
    """All text of the document as poppler reads it."""
    return subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


def letters(words: str) -> str:
    """The letters alone: without spaces, and without the invisible characters that steer their direction and joining."""
    return "".join(c for c in unicodedata.normalize("NFKC", words) if unicodedata.category(c) not in ("Cf", "Zs", "Cc"))


def qr_code(pdf: bytes, folder: Path) -> str:
    """What zbarimg reads from a picture of the page at 200 dots an inch."""
    subprocess.run(["pdftoppm", "-r", "200", "-png", "-singlefile", "-", folder / "page"], input=pdf, check=True)
    read = subprocess.run(
        ["zbarimg", "--quiet", "--raw", folder / "page.png"], capture_output=True, text=True, check=True
    )
    return read.stdout.strip()


def alternative_texts(pdf: bytes) -> set[str]:
    """What the pictures of the document show, as told to people who don't see them."""

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
