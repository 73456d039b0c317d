"""PDF/A-3a and PDF/UA-1 in one document, to the satisfaction of the programs that check them.

WeasyPrint writes one or the other. It is asked for PDF/A-3a; what PDF/UA-1 wants besides is an identification in the
XMP metadata, which PDF/A allows only together with a description of that property.
"""

import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import pydyf

from app.certificates.document.errors import AmbiguousStream

# A stream that ends in a carriage return, before the line feed that ends every stream: a checker that looks for the end
# of the line takes both for it, and finds the stream one byte shorter than declared. One document in twenty has one.
AMBIGUOUS_END = b"\r\nendstream"
_ATTEMPTS = 16
_ENTRY = re.compile(rb"^<([0-9a-f]+)> <[0-9a-f]*>$")
_INVISIBLE = "\u2060"

_END_OF_METADATA = b"</rdf:RDF>"
_UNIVERSAL_ACCESS = b"""\
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>\
<rdf:Description rdf:about=""\
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"\
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"\
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name>\
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Part of ISO 14289 to which this document conforms</pdfaProperty:description>\
</rdf:li></rdf:Seq></pdfaSchema:property>\
</rdf:li></rdf:Bag></pdfaExtension:schemas>\
</rdf:Description>"""


def add_universal_access(pdf: pydyf.PDF) -> None:
    """Turn the PDF/A-3a that WeasyPrint is about to write into one that is PDF/UA-1 too.

    Raises RuntimeError when the metadata isn't where WeasyPrint 70 puts it: better no certificate than a mislabelled one.
    """
    metadata = pdf.objects[int(pdf.catalog["Metadata"].split()[0])]
    packet = b"".join(metadata.stream)
    if packet.count(_END_OF_METADATA) != 1:
        raise RuntimeError("The PDF has no single block of metadata to add PDF/UA to.")
    metadata.stream = [packet.replace(_END_OF_METADATA, _UNIVERSAL_ACCESS + _END_OF_METADATA)]
    # Archives read the metadata of files that they can't otherwise open.
    metadata.compress = False
    # WeasyPrint lists each attachment twice.
    pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))


def name_every_glyph(pdf: pydyf.PDF, fonts: Iterable[Any]) -> None:
    """Say of every glyph which character it means, so that a name can be read back. `fonts` are the document's.

    Where several glyphs draw one letter, as in Hindi or Thai, WeasyPrint says of the last that it means the whole letter and
    of the others that they mean nothing; and they mean that everywhere, where they stand alone too. PDF/A-3a wants every
    glyph to mean something. So each means the character that its font has it for; one that only stands for a form (a
    half letter, a joined accent) means what is left of its letter, or else an invisible character (U+2060).
    """
    meanings = {
        font.name: _meanings(font) for font in fonts if any(len(text) != 1 for text in font.to_unicode.values())
    }
    for item in pdf.objects:
        meant = meanings.get(item.get("BaseFont")) if isinstance(item, pydyf.Dictionary) else None
        if meant and "ToUnicode" in item:
            stream = pdf.objects[int(item["ToUnicode"].split()[0])]
            stream.stream = [_with_meaning(line, meant) for line in stream.stream]


def _meanings(font: Any) -> dict[int, str]:
    """What each glyph means that WeasyPrint gives no meaning, several characters, or a letter drawn by several glyphs."""
    own = _own_characters(font)
    found: dict[int, str] = {}
    for glyphs, text in _clusters(font.to_unicode):
        # Indian and Thai vowels are drawn in parts. A ligature that is a character too, such as ﬁ, stands for its letters.
        in_parts = len(glyphs) > 1 and not _is_leftward(text)
        left = unicodedata.normalize("NFKD", text) if in_parts else text
        for glyph in glyphs:
            character = own.get(glyph, "")
            found[glyph] = character if in_parts or character in left else ""
            left = left.replace(found[glyph], "", 1)
        for glyph in glyphs:
            if not found[glyph]:
                found[glyph], left = left or _INVISIBLE, ""
    return found


def _clusters(to_unicode: Mapping[int, str]) -> list[tuple[list[int], str]]:
    """Glyphs that draw something together, with its text. WeasyPrint gives it to the last of them, or from right to left the first."""
    found: list[tuple[list[int], str]] = []
    waiting: list[int] = []
    for glyph, text in to_unicode.items():
        if text:
            found.append(([*waiting, glyph], text))
            waiting = []
        elif found and _is_leftward(found[-1][1]):
            found[-1][0].append(glyph)
        else:
            waiting.append(glyph)
    lone = [([glyph], "") for glyph in waiting]
    return [(glyphs, text) for glyphs, text in found if len(glyphs) > 1 or len(text) > 1] + lone


def _is_leftward(text: str) -> bool:
    return unicodedata.bidirectional(text[0]) in ("R", "AL")


def _own_characters(font: Any) -> Mapping[int, str]:
    """The character of each glyph that the font has for one, by its table of characters."""
    from weasyprint.text.ffi import ffi, harfbuzz

    blob = harfbuzz.hb_face_reference_table(font.hb_face, harfbuzz.hb_tag_from_string(b"cmap", -1))
    try:
        length = ffi.new("unsigned int *")
        data = harfbuzz.hb_blob_get_data(blob, length)
        return _characters(bytes(ffi.buffer(data, length[0])))
    finally:
        harfbuzz.hb_blob_destroy(blob)


@lru_cache(maxsize=32)
def _characters(table: bytes) -> Mapping[int, str]:
    """A font's table of characters, read the other way round. To read it takes as long as half a page."""
    from fontTools.ttLib import newTable  # type: ignore[import-untyped]

    read = newTable("cmap")
    read.decompile(table, _Numbered())
    found: dict[int, str] = {}
    for code, glyph in sorted((read.getBestCmap() or {}).items()):
        found.setdefault(glyph, chr(code))
    return found


class _Numbered:
    """Stands for a font whose glyphs are called by their numbers."""

    lazy = False

    def getGlyphNameMany(self, numbers: Iterable[int]) -> list[int]:
        return list(numbers)

    def getGlyphName(self, number: int) -> int:
        return number


def _with_meaning(line: Any, meant: Mapping[int, str]) -> Any:
    found = _ENTRY.match(line) if isinstance(line, bytes) else None
    text = meant.get(int(found[1], 16)) if found else None
    if found is None or text is None:
        return line
    return b"<%s> <%s>" % (found[1], text.encode("utf-16-be").hex().encode())


def settle_streams(pdf: pydyf.PDF, *, version: str, identifier: bytes) -> None:
    """Compress the streams, and see to it that none of them ends ambiguously once the document is written.

    A compressed stream ends in a checksum of its content, so compressing it otherwise wouldn't help: such a one stays
    uncompressed. The two streams made while writing depend on all the rest, a spare entry of the information included.
    """
    for item in pdf.objects:
        if isinstance(item, pydyf.Stream) and item.compress:
            _compress_now(item)
    for attempt in range(_ATTEMPTS):
        if attempt:
            pdf.info["Spare"] = pydyf.String("." * attempt)
        if AMBIGUOUS_END not in _as_written(pdf, version, identifier):
            return
    raise AmbiguousStream("The PDF can't be written without a stream whose end is ambiguous.")


def _compress_now(stream: pydyf.Stream) -> None:
    data = stream.data
    stream.compress = False
    if not data.endswith(AMBIGUOUS_END):
        stream.extra["Filter"] = "/FlateDecode"
        stream.stream = [data.partition(b"\nstream\n")[2].removesuffix(b"\nendstream")]


def _as_written(pdf: pydyf.PDF, version: str, identifier: bytes) -> bytes:
    """The bytes of the document, which is left as it was."""
    count = len(pdf.objects)
    output = io.BytesIO()
    pdf.write(output, version, identifier, True)
    del pdf.objects[count:]
    pdf.current_position = 0
    return output.getvalue()
