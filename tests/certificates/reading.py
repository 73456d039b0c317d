"""What a reader's program finds in a PDF."""

import io
import re

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
