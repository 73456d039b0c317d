"""From a snapshot to the bytes of its PDF: PDF/A-3a and PDF/UA-1, with the snapshot and the credential attached.

The same snapshot, brand and credential give the same bytes, in any process and thread, as long as fonts, Pango and WeasyPrint stay
the same. The stored bytes are the certificate all the same: nothing is rendered again for a download.
"""

import base64
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from app.certificates.document.brand import Brand
from app.certificates.document.errors import TooLongForOnePage
from app.certificates.document.text import direction, refuse_unprintable, width, written_language
from app.certificates.rules.file_names import ATTACHED_CREDENTIAL, ATTACHED_DATA
from app.certificates.rules.printing import printed
from app.certificates.rules.snapshot import CertificateKind, Locale, PrintedField, Snapshot
from app.certificates.rules.wording import wording

if TYPE_CHECKING:
    from weasyprint import Document

    from app.certificates.document.press import Enclosure, Press


_TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "documents"

# From roomy to small print; the first that fits on one page is taken.
_DENSITIES = ("roomy", "dense", "small", "run_in")
_MOST_STEPS = (12, 20, 60)

_LONGEST = 3000

# Any mask is read alike. To try all eight for the evenest picture takes five times as long as to draw it.
_QR_MASK = 3

# The facts in a table, in the order of reading; whatever else is printed has a place of its own in the template.
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
        "replaces",
    ),
    CertificateKind.COURSE_COMPLETION: (
        "partner",
        "partner_number",
        "case",
        "passed_on",
        "score",
        "course_version",
        "language",
        "issued_on",
        "expires_on",
        "replaces",
    ),
}

# What stands under the facts, or under the steps where these are few: so the two columns end about together.
_UNDER = ("coverage", "conditions")
_FEW_STEPS = 6

# Sizes of type for names, by their width in Latin letters.
_SIZES = ((24, "largest"), (36, "larger"), (56, "large"), (95, "medium"), (150, "small"))


def render(snapshot: Snapshot, *, brand: Brand, credential: str | None = None) -> bytes:
    """The unsigned PDF of one certificate: one page, landscape, about 40 KB, about 80 ms of one core.

    `credential` is the certificate's Open Badges 3.0 credential as a compact JWT, which travels in the document; None
    only for a specimen, which is no certificate.

    Dates inside the file are the snapshot's day of issue, so that a repeated job makes the same bytes. Raises
    UnprintableText, TooLongForOnePage or UnusablePicture, each with a sentence; then there is no document.
    """
    # WeasyPrint takes half a second to import, and can't be without Pango: only who renders pays for it.
    from app.certificates.document.press import press

    labels = {field.key: field.label for field in printed(snapshot, Locale.ENGLISH).fields}
    for field in snapshot.fields():
        refuse_unprintable(labels[field.key], field.value)
        # To lay out such a text, only to see that there is no room for it, would take minutes.
        if len(field.value) > _LONGEST:
            raise _no_room_for(labels[field.key])
    with press() as machine:
        return machine.write(
            _on_one_page(snapshot, labels, brand, machine),
            identifier=snapshot.digest()[:32],
            enclosures=_enclosures(snapshot, credential),
        )


def _enclosures(snapshot: Snapshot, credential: str | None) -> "list[Enclosure]":
    from app.certificates.document.press import Enclosure

    at = _issued_at(snapshot)
    found = [Enclosure(ATTACHED_DATA, wording(snapshot.locale).enclosure, snapshot.canonical(), at)]
    if credential is not None:
        said = wording(snapshot.locale).credential
        found.append(Enclosure(ATTACHED_CREDENTIAL, said, credential.encode("ascii"), at, "application/jwt"))
    return found


def _on_one_page(snapshot: Snapshot, labels: Mapping[str, str], brand: Brand, machine: "Press") -> "Document":
    """The page in the roomiest type that it fits on. `labels` say what fields are called in a refusal."""
    from app.certificates.document.press import pictures_on, words_on

    fields = snapshot.fields()
    lost: list[str] = []
    for density in _densities(fields):
        page = _page(snapshot, fields, brand, density)
        document = machine.lay_out(page, stylesheets=(f"paper-{brand.paper}.css", "certificate.css"), brand=brand)
        if len(document.pages) > 1:
            continue
        # What floats beyond the end of the last page isn't moved to another one but left out without a word.
        words = words_on(document)
        lost = [field.key for field in fields if "".join(field.value.split()) not in words]
        if not lost and pictures_on(document) == page.count("<img "):
            return document
    if lost:
        raise _no_room_for(labels[lost[0]])
    raise TooLongForOnePage(
        "This certificate doesn't fit on one page. Shorten the longest of its names, step titles or conditions."
    )


def _no_room_for(label: str) -> TooLongForOnePage:
    return TooLongForOnePage(f"There is no room on the certificate for the whole of “{label}”. Shorten it.")


def _densities(fields: Sequence[PrintedField]) -> Sequence[str]:
    """The densities worth trying: laying out what is certain not to fit costs as much as laying out what does."""
    steps = sum(field.key.startswith("step_") for field in fields)
    first = sum(steps > most for most in _MOST_STEPS)
    return _DENSITIES[first:]


def _page(snapshot: Snapshot, fields: Sequence[PrintedField], brand: Brand, density: str) -> str:
    by_key = {field.key: field for field in fields}
    return _template().render(
        lang=snapshot.locale.value,
        dir=snapshot.locale.direction,
        words=wording(snapshot.locale),
        kind=snapshot.kind,
        density=density,
        issued_at=f"{_issued_at(snapshot):%Y-%m-%dT%H:%M:%SZ}",
        field=by_key,
        rows=_rows(snapshot.kind, by_key, density),
        run_in=_steps(by_key) if density == "run_in" else (),
        pictures=brand.addresses,
        qr=_qr(snapshot.verify_url),
    )


Column = Sequence[PrintedField]


def _rows(kind: CertificateKind, by_key: Mapping[str, PrintedField], density: str) -> list[tuple[Column, Column]]:
    """What stands in columns of two, one pair under the other."""
    facts = [by_key[key] for key in _FACTS[kind] if key in by_key]
    steps = _steps(by_key)
    under = [by_key[key] for key in _UNDER if key in by_key]
    if not steps or density in ("small", "run_in"):
        pairs = [_halves([*facts, *under])]
        return pairs if not steps or density == "run_in" else [*pairs, _halves(steps)]
    return [(facts, [*steps, *under])] if len(steps) <= _FEW_STEPS else [([*facts, *under], steps)]


def _steps(by_key: Mapping[str, PrintedField]) -> Column:
    return [field for key, field in by_key.items() if key.startswith("step_")]


def _halves(fields: Column) -> tuple[Column, Column]:
    middle = (len(fields) + 1) // 2
    return fields[:middle], fields[middle:]


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["direction"] = direction
    environment.filters["written_language"] = written_language
    environment.filters["size"] = _size
    return environment.get_template("certificate.html")


def _size(text: str) -> str:
    """The class of type for a name of this width."""
    wide = width(text)
    return next((name for limit, name in _SIZES if wide <= limit), "smallest")


def _qr(verify_url: str) -> str:
    """The address as a QR code, one pixel a module, as a data: address. Upper case takes a third less room."""
    picture = io.BytesIO()
    segno.make(verify_url.upper(), error="m", micro=False, mask=_QR_MASK).save(picture, kind="png", scale=1, border=0)
    return f"data:image/png;base64,{base64.b64encode(picture.getvalue()).decode('ascii')}"


def _issued_at(snapshot: Snapshot) -> datetime:
    return datetime.combine(snapshot.issued_on, time(), tzinfo=UTC)
