"""The printing press: WeasyPrint with its fonts, set up once per process and used by one thread at a time.

Two things go wrong silently when a font configuration is shared. Two threads in it at once corrupt each other's
documents: hence the lock. And a child made by fork that ends deletes its parent's font folder: hence one press per
process id, made at first use, and no `@font-face` anywhere, so that there is no such folder.
"""

import atexit
import base64
import io
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pydyf
import weasyprint
from weasyprint import CSS, HTML, Attachment, Document
from weasyprint.css import ColorProfile
from weasyprint.formatting_structure.boxes import ReplacedBox, TextBox
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from app.certificates.document.archival import add_universal_access, name_every_glyph, settle_streams
from app.certificates.document.brand import Brand, not_drawn
from app.certificates.document.errors import UnprintableText
from app.certificates.document.text import code_point

DOCUMENTS = Path(__file__).resolve().parents[2] / "templates" / "documents"

_BASE_URL = f"{DOCUMENTS.as_uri()}/"
_VARIANT = "pdf/a-3a"
_VERSION = "1.7"
_OUTPUT_INTENT = "certificate-srgb"
_TYPES = {".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}


class OnlyOurs(URLFetcher):  # type: ignore[misc]
    """Fetches `data:` addresses and the files beside the document templates. Nothing else: no network, no other file."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols={"data"}, allow_redirects=False)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The response for `url`; ValueError for anything that isn't ours (WeasyPrint then leaves the resource out)."""
        parts = urlsplit(url)
        if parts.scheme != "file":
            return super().fetch(url, headers)
        path = Path(url2pathname(parts.path)).resolve()
        if parts.netloc or path.suffix not in _TYPES or not path.is_relative_to(DOCUMENTS):
            raise ValueError(f"Documents are made of packaged files only, not of {url}")
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": _TYPES[path.suffix]})


@dataclass(frozen=True)
class Enclosure:
    """A file that travels inside a document. `at` (aware) is written as its time of creation."""

    name: str
    description: str
    content: bytes
    at: datetime
    media_type: str = "application/json"


class _Srgb(ColorProfile):  # type: ignore[misc]
    """The color profile of the output intent, read once, always written as it is in its file.

    WeasyPrint's own way reads it for every document and leaves the file open; and a profile that has been used is
    written with other bytes than a fresh one, so that the first document of a process would differ from the next.
    """

    def __init__(self) -> None:
        self._bytes = (files(weasyprint.pdf) / "sRGB2014.icc").read_bytes()
        super().__init__(io.BytesIO(self._bytes), "sRGB2014.icc", "relative-colorimetric", (["r"], ["g"], ["b"]))

    @property
    def content(self) -> bytes:
        return self._bytes


@dataclass
class Press:
    """What one process keeps between documents: fonts, color profile, parsed stylesheets."""

    fonts: FontConfiguration = field(default_factory=FontConfiguration)
    fetcher: OnlyOurs = field(default_factory=OnlyOurs)
    colors: _Srgb = field(default_factory=_Srgb)
    _stylesheets: dict[str, CSS] = field(default_factory=dict)
    _palettes: dict[tuple[str, str], CSS] = field(default_factory=dict)

    def lay_out(self, page: str, *, stylesheets: Sequence[str], brand: Brand) -> Document:
        """The pages of an HTML text, styled by the named files beside the templates, in the brand's colors.

        Raises UnusablePicture when an image can't be drawn: those of the brand are the only ones that aren't ours.
        """
        images: dict[str, Any] = {}
        document = HTML(string=page, url_fetcher=self.fetcher).render(
            font_config=self.fonts,
            stylesheets=[self._palette(brand), *map(self._stylesheet, stylesheets)],
            color_profiles={_OUTPUT_INTENT: self.colors},
            output_intent=_OUTPUT_INTENT,
            pdf_variant=_VARIANT,
            cache=images,
        )
        blank = [address for address, image in images.items() if image is None]
        if blank:
            names = [name for name, address in brand.addresses.items() if address in blank]
            raise not_drawn(" and ".join(names) or "picture")
        return document

    def write(self, document: Document, *, identifier: str, enclosures: Sequence[Enclosure]) -> bytes:
        """The laid out document as PDF/A-3a and PDF/UA-1 with the enclosures attached, in their order.

        `identifier` (ASCII) names the document for ever. Raises UnprintableText when no font has one of the characters.
        """
        name = identifier.encode("ascii")

        def finish(_: Document, pdf: pydyf.PDF) -> None:
            missing = _missing(document)
            if missing:
                raise UnprintableText(
                    f"No installed font can draw {_named(missing)}. "
                    "Correct the name, or ask the administrator to install a font for its script."
                )
            add_universal_access(pdf)
            name_every_glyph(pdf, document.fonts.values())
            settle_streams(pdf, version=_VERSION, identifier=name)

        pdf: bytes = document.write_pdf(
            finisher=finish,
            pdf_variant=_VARIANT,
            pdf_version=_VERSION,
            output_intent=_OUTPUT_INTENT,
            pdf_identifier=name,
            attachments=[self._attached(enclosure) for enclosure in enclosures],
        )
        return pdf

    def _attached(self, enclosure: Enclosure) -> Attachment:
        # As an address, because only so is the type ours to say: otherwise this machine's tables guess it by the name.
        content = base64.b64encode(enclosure.content).decode("ascii")
        return Attachment(
            url=f"data:{enclosure.media_type};base64,{content}",
            url_fetcher=self.fetcher,
            name=enclosure.name,
            description=enclosure.description,
            created=enclosure.at,
            modified=enclosure.at,
            relationship="Data",
        )

    def missing_characters(self, text: str) -> set[str]:
        """The characters of `text` that no installed font can draw."""
        document = HTML(string=f"<p>{escape(text)}", url_fetcher=self.fetcher).render(font_config=self.fonts)
        # Which glyphs are missing is known only once they have been drawn.
        document.write_pdf()
        return _missing(document)

    def _stylesheet(self, name: str) -> CSS:
        if name not in self._stylesheets:
            self._stylesheets[name] = self._parsed((DOCUMENTS / name).read_text(encoding="utf-8"))
        return self._stylesheets[name]

    def _palette(self, brand: Brand) -> CSS:
        key = (brand.color, brand.text_color)
        if key not in self._palettes:
            self._palettes[key] = self._parsed(f":root {{ --brand: {key[0]}; --brand-text: {key[1]} }}")
        return self._palettes[key]

    def _parsed(self, source: str) -> CSS:
        return CSS(string=source, base_url=_BASE_URL, font_config=self.fonts, url_fetcher=self.fetcher)


_presses: dict[int, Press] = {}
_lock = threading.Lock()


def _unlock_in_child() -> None:
    # A thread of the parent may have held the lock at the moment of the fork; it doesn't exist in the child.
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_unlock_in_child)

# Left to the end of the interpreter, Pango's objects are freed after Pango itself: a crash at every exit.
atexit.register(_presses.clear)


@contextmanager
def press() -> Iterator[Press]:
    """This process's press, for this thread alone until the block ends. Not reentrant."""
    with _lock:
        pid = os.getpid()
        if pid not in _presses:
            _presses[pid] = Press()
        yield _presses[pid]


def words_on(document: Document) -> str:
    """All text that is laid out on the document's pages, without its spaces."""
    boxes = (box for page in document.pages for box in page._page_box.descendants())
    return "".join("".join(box.text.split()) for box in boxes if isinstance(box, TextBox))


def pictures_on(document: Document) -> int:
    """How many images are laid out on the document's pages."""
    boxes = (box for page in document.pages for box in page._page_box.descendants())
    return sum(isinstance(box, ReplacedBox) for box in boxes)


def _named(characters: set[str]) -> str:
    return ", ".join(f"“{character}” ({code_point(character)})" for character in sorted(characters))


def _missing(document: Document) -> set[str]:
    return {chr(code) for font in document.fonts.values() for code in font.missing}
