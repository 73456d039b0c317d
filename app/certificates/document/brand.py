"""How the vendor looks on paper."""

import base64
import re
import zlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from app.certificates.document.errors import UnusablePicture

INK = "#1b2430"
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_PNG = b"\x89PNG\r\n\x1a\n"
_LEAST_CONTRAST = 4.5


class Paper(StrEnum):
    """What the certificate is printed on, the long side across."""

    A4 = "a4"
    LETTER = "letter"


@dataclass(frozen=True)
class Brand:
    """The vendor's color (`#rrggbb`), its pictures (bytes of PNG or SVG files, or None) and its paper.

    `signature` is the signatory's handwriting. Raises ValueError for any other color and UnusablePicture for any other file.
    """

    color: str = "#1f3a5f"
    logo: bytes | None = None
    seal: bytes | None = None
    signature: bytes | None = None
    paper: Paper = Paper.A4

    def __post_init__(self) -> None:
        if not _COLOR.fullmatch(self.color):
            raise ValueError("A color is written as # and six hexadecimal digits.")
        for name, picture in self._pictures.items():
            kind = _type(picture)
            if kind is None:
                raise UnusablePicture(f"The vendor's {name} has to be a PNG or an SVG file.")
            if kind == "image/png" and not _is_whole(picture):
                raise not_drawn(name)

    @property
    def text_color(self) -> str:
        """The brand's color where it is legible on white, else ink: text never suffers from a pale brand."""
        return self.color if _contrast_with_white(self.color) >= _LEAST_CONTRAST else INK

    @cached_property
    def addresses(self) -> dict[str, str]:
        """The pictures by name (`logo`, `seal`, `signature`) as data: addresses, so that nothing has to be fetched."""
        return {
            name: f"data:{_type(picture)};base64,{base64.b64encode(picture).decode('ascii')}"
            for name, picture in self._pictures.items()
        }

    @property
    def _pictures(self) -> dict[str, bytes]:
        named = {"logo": self.logo, "seal": self.seal, "signature": self.signature}
        return {name: picture for name, picture in named.items() if picture is not None}


def not_drawn(name: str) -> UnusablePicture:
    """The refusal of a picture that is no whole image."""
    return UnusablePicture(f"The vendor's {name} can't be drawn. Replace it by a PNG or SVG file that opens elsewhere.")


def _type(picture: bytes) -> str | None:
    if picture.startswith(_PNG):
        return "image/png"
    return "image/svg+xml" if b"<svg" in picture[:2000] else None


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
