"""Which files a course may hold, judged by their bytes as well as by their names."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from xml.etree import ElementTree

from app.courses.rules import markdown
from app.courses.rules.bundle import TEXT_SUFFIXES

_SIGNATURES: Mapping[str, tuple[tuple[int, bytes], ...]] = {
    ".png": ((0, b"\x89PNG\r\n\x1a\n"),),
    ".jpg": ((0, b"\xff\xd8\xff"),),
    ".jpeg": ((0, b"\xff\xd8\xff"),),
    ".gif": ((0, b"GIF8"),),
    ".webp": ((0, b"RIFF"), (8, b"WEBP")),
    ".mp4": ((4, b"ftyp"),),
    ".m4a": ((4, b"ftyp"),),
    ".webm": ((0, b"\x1a\x45\xdf\xa3"),),
    ".ogg": ((0, b"OggS"),),
}


def fault_of_file(path: str, data: bytes) -> str | None:
    """Why a course may not hold this file: its type, or that its bytes are not what its name says. None when it may."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix not in markdown.IMAGE_SUFFIXES | markdown.VIDEO_SUFFIXES | markdown.AUDIO_SUFFIXES | TEXT_SUFFIXES:
        return f"A course may not hold {suffix or 'such'} files. Take it out of the folder."
    if suffix == ".svg":
        return _fault_of_svg(data)
    if any(not data.startswith(mark, at) for at, mark in _SIGNATURES.get(suffix, ())):
        return f"The file is not what its name says: it does not start like a {suffix[1:]} file. Save it again in that format."
    return None


def _fault_of_svg(data: bytes) -> str | None:
    """Why a drawing is refused: it is not well-formed, or brings script, entities or foreign content."""
    if b"<!DOCTYPE" in data.upper() or b"<!ENTITY" in data.upper():
        return "The drawing has a DOCTYPE or entities; save it as plain SVG."
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - no DOCTYPE, so no entity to unfold
    except (ElementTree.ParseError, ValueError):
        return "The drawing is not well-formed SVG."
    if root.tag.rpartition("}")[2] != "svg":
        return "The drawing is not SVG."
    for element in root.iter():
        name = str(element.tag).rpartition("}")[2].lower()
        if name in {"script", "foreignobject", "iframe", "embed", "object", "handler", "set", "animate"}:
            return f"The drawing holds <{name}>, which is not allowed."
        for key, value in element.attrib.items():
            attribute = key.rpartition("}")[2].lower()
            if attribute.startswith("on") or (
                attribute in {"href", "src"} and not value.startswith(("#", "data:image/"))
            ):
                return f"The drawing holds {attribute}=, which is not allowed."
    return None
