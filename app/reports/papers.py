"""Reports on paper: a heading, some facts, one table, as PDF. Long names wrap, heads repeat on every page."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from app.certificates.document.brand import Brand
from app.kernel.errors import DomainError
from app.settings import Settings

if TYPE_CHECKING:
    from app.certificates.document.press import Press


@dataclass(frozen=True)
class Paper:
    """What a report says: `facts` are pairs of label and value; rows have as many cells as there are headings."""

    title: str
    vendor: str
    facts: Sequence[tuple[str, str]]
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


def printed(paper: Paper, *, settings: Settings) -> bytes:
    """The paper as a tagged PDF, A4 landscape. Fonts and stylesheets are those of the certificates' press, one thread at a time."""
    from app.certificates.document.press import press

    brand = Brand(settings.brand_color, settings.logo_path.read_bytes() if settings.logo_path else None)
    html = _template().render(paper=paper, logo=brand.addresses.get("logo"))
    with press() as machine:
        return _written(machine, html, brand)


def _written(machine: "Press", html: str, brand: Brand) -> bytes:
    document = machine.lay_out(html, stylesheets=("report.css",), brand=brand)
    written: bytes | None = document.write_pdf(pdf_tags=True)
    if written is None:
        raise DomainError("The report could not be written as PDF. Take the CSV file instead.")
    return written


@cache
def _template() -> Template:
    from app.certificates.document.press import DOCUMENTS

    environment = Environment(
        loader=FileSystemLoader(DOCUMENTS),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")
