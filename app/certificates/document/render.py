"""From a snapshot to the bytes of its PDF: PDF/A-3a and PDF/UA-1, with the snapshot attached as data.

The same snapshot and brand give the same bytes, in any process and thread, as long as fonts, Pango and WeasyPrint stay
the same. The stored bytes are the certificate all the same: nothing is rendered again for a download.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from functools import cache
from typing import TYPE_CHECKING, Any

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from app.certificates.document.archival import add_universal_access
from app.certificates.document.brand import Brand
from app.certificates.document.errors import TooLongForOnePage, UnprintableText, UnusableLogo
from app.certificates.document.text import code_point, direction, refuse_unprintable, width
from app.certificates.rules.snapshot import CertificateKind, PrintedField, Snapshot

if TYPE_CHECKING:
    # WeasyPrint takes half a second to import and can't be without Pango; only who renders pays for it.
    import pydyf
    from weasyprint import Attachment, Document

    from app.certificates.document.press import Press

ATTACHMENT_NAME = "certificate.json"

# From roomy to small print; the first that fits on one page is taken.
_DENSITIES = ("roomy", "dense", "small")

_FACTS = {
    CertificateKind.PROGRAM_COMPLETION: (
        "partner_number",
        "case",
        "outcome",
        "determination",
        "determined_on",
        "proposed_by",
        "approved_by",
        "issued_on",
        "expires_on",
        "coverage",
        "conditions",
    ),
    CertificateKind.COURSE_COMPLETION: (
        "course_version",
        "language",
        "score",
        "passed_on",
        "partner",
        "partner_number",
        "case",
        "issued_on",
        "expires_on",
    ),
}

_SIZES = ((22, "largest"), (34, "larger"), (54, "large"), (90, "medium"), (140, "small"))


def render(snapshot: Snapshot, *, brand: Brand) -> bytes:
    """The unsigned PDF of one certificate: A4 landscape, one page, about 30 KB, about 100 ms of one core.

    Dates inside the file are the snapshot's day of issue, so that a repeated job makes the same bytes. Raises
    UnprintableText, TooLongForOnePage or UnusableLogo, each with a sentence; then there is no document.
    """
    from app.certificates.document.press import press

    fields = snapshot.fields()
    for field in fields:
        refuse_unprintable(field.label, field.value)
    with press() as machine:
        return _print(snapshot, fields, brand, machine)


def _print(snapshot: Snapshot, fields: tuple[PrintedField, ...], brand: Brand, machine: Press) -> bytes:
    for density in _DENSITIES:
        document = _laid_out(_page(snapshot, fields, brand, density), brand, machine)
        if len(document.pages) == 1:
            break
    else:
        raise TooLongForOnePage(
            "This certificate doesn't fit on one page. Shorten the longest of its names, step titles or conditions."
        )
    pdf: bytes = document.write_pdf(
        finisher=_finish,
        pdf_variant="pdf/a-3a",
        pdf_identifier=snapshot.digest()[:32].encode("ascii"),
        attachments=[_attachment(snapshot, machine)],
    )
    return pdf


def _laid_out(page: str, brand: Brand, machine: Press) -> Document:
    from weasyprint import HTML

    images: dict[str, Any] = {}
    document = HTML(string=page, url_fetcher=machine.fetcher).render(
        font_config=machine.fonts,
        stylesheets=[
            machine.palette(brand.color, brand.text_color),
            machine.stylesheet("certificate.css"),
        ],
        pdf_variant="pdf/a-3a",
        cache=images,
    )
    if any(image is None for image in images.values()):
        raise UnusableLogo("The vendor's logo can't be drawn. Replace it by a PNG or SVG file that opens elsewhere.")
    return document


def _finish(document: Document, pdf: pydyf.PDF) -> None:
    missing = {chr(code) for font in document.fonts.values() for code in font.missing}
    if missing:
        raise UnprintableText(
            f"No installed font can draw {_named(missing)}. "
            "Correct the name, or ask the administrator to install a font for its script."
        )
    add_universal_access(pdf)


def _named(characters: Iterable[str]) -> str:
    return ", ".join(f"“{character}” ({code_point(character)})" for character in sorted(characters))


def _page(snapshot: Snapshot, fields: tuple[PrintedField, ...], brand: Brand, density: str) -> str:
    by_key = {field.key: field for field in fields}
    facts = [by_key[key] for key in _FACTS[snapshot.kind] if key in by_key]
    return _template().render(
        lang=snapshot.locale.value,
        kind=snapshot.kind.value,
        issued_at=_instant(snapshot.issued_on).isoformat().replace("+00:00", "Z"),
        field=by_key,
        facts=facts,
        steps=[field for field in fields if field.key.startswith("step_")],
        density=density,
        logo=brand.logo_url,
        qr=_qr(snapshot.verify_url),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_documents()), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["direction"] = direction
    environment.filters["size"] = _size
    return environment.get_template("certificate.html")


def _documents() -> str:
    from app.certificates.document.press import DOCUMENTS

    return str(DOCUMENTS)


def _size(text: str) -> str:
    """The class of type for a name of this length."""
    wide = width(text)
    return next((name for limit, name in _SIZES if wide <= limit), "smallest")


def _qr(verify_url: str) -> str:
    """The address as a QR code, one pixel a module, as a data: URL. Upper case takes a third less room."""
    picture = io.BytesIO()
    segno.make(verify_url.upper(), error="m", micro=False).save(picture, kind="png", scale=1, border=0)
    return f"data:image/png;base64,{base64.b64encode(picture.getvalue()).decode('ascii')}"


def _attachment(snapshot: Snapshot, machine: Press) -> Attachment:
    from weasyprint import Attachment

    issued_at = _instant(snapshot.issued_on)
    return Attachment(
        file_obj=io.BytesIO(snapshot.canonical()),
        url_fetcher=machine.fetcher,
        name=ATTACHMENT_NAME,
        description="What this certificate says, as data",
        created=issued_at,
        modified=issued_at,
        relationship="Data",
    )


def _instant(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
