"""How the vendor looks on paper."""

import base64
import re
import zlib
from dataclasses import dataclass
from functools import cached_property

from app.certificates.document.errors import UnusableLogo

INK = "#1b2430"
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_PNG = b"\x89PNG\r\n\x1a\n"
_LEAST_CONTRAST = 4.5


@dataclass(frozen=True)
class Brand:
    """The vendor's color (`#rrggbb`) and logo (the bytes of a PNG or an SVG file, or None).

    Raises ValueError for any other color and UnusableLogo for any other file.
    """

    color: str = "#1f3a5f"
    logo: bytes | None = None

    def __post_init__(self) -> None:
        if not _COLOR.fullmatch(self.color):
            raise ValueError("A color is written as # and six hexadecimal digits.")
        if self.logo is not None and self._logo_type is None:
            raise UnusableLogo("The logo has to be a PNG or an SVG file.")
        if self._logo_type == "image/png" and not _is_whole(self.logo or b""):
            raise UnusableLogo("The logo can't be drawn. Replace it by a PNG or SVG file that opens elsewhere.")

    @property
    def text_color(self) -> str:
        """The brand's color where it is legible on white, else ink: text never suffers from a pale brand."""
        return self.color if _contrast_with_white(self.color) >= _LEAST_CONTRAST else INK

    @cached_property
    def logo_url(self) -> str | None:
        """The logo as a data: address, so that nothing has to be fetched."""
        if self.logo is None:
            return None
        return f"data:{self._logo_type};base64,{base64.b64encode(self.logo).decode('ascii')}"

    @property
    def _logo_type(self) -> str | None:
        logo = self.logo or b""
        if logo.startswith(_PNG):
            return "image/png"
        if b"<svg" in logo[:2000]:
            return "image/svg+xml"
        return None


def _is_whole(png: bytes) -> bool:
    """Whether every chunk of a PNG has the checksum that it says, and the last one is its end.

    A damaged one would be copied into the document as it is: WeasyPrint tells Pillow to put up with it.
    """
    place, kind = len(_PNG), b""
    while place < len(png) and kind != b"IEND":
        length = int.from_bytes(png[place : place + 4], "big")
        kind = png[place + 4 : place + 8]
        end = place + 8 + length
        if zlib.crc32(png[place + 4 : end]) != int.from_bytes(png[end : end + 4], "big"):
            return False
        place = end + 4
    return kind == b"IEND"


def _contrast_with_white(color: str) -> float:
    """WCAG contrast ratio of `#rrggbb` against white, 1 to 21."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
