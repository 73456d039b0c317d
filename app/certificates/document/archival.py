"""PDF/A-3a and PDF/UA-1 in one document, to the satisfaction of the programs that check them.

WeasyPrint writes one or the other. It is asked for PDF/A-3a; what PDF/UA-1 wants besides is an identification in the
XMP metadata, which PDF/A allows only together with a description of that property.
"""

import io
import re

import pydyf

from app.certificates.document.errors import AmbiguousStream

# A stream that ends in a carriage return, before the line feed that ends every stream: a checker that looks for the end
# of the line takes both for it, and finds the stream one byte shorter than declared. One document in twenty has one.
AMBIGUOUS_END = b"\r\nendstream"
_ATTEMPTS = 16
_MEANINGLESS = re.compile(rb"^(<[0-9a-f]+>) <>$")

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


def name_every_glyph(pdf: pydyf.PDF) -> None:
    """Give glyphs that stand for no character of their own an invisible one (U+2060).

    Where two glyphs draw one letter, as in Hindi or Thai, WeasyPrint says of the first that it means the whole letter
    and of the second that it means nothing. PDF/A-3a wants every glyph to mean something.
    """
    for item in pdf.objects:
        if isinstance(item, pydyf.Stream) and b"begincmap" in item.stream:
            item.stream = [_MEANINGLESS.sub(rb"\1 <2060>", line) if _is_entry(line) else line for line in item.stream]


def _is_entry(line: object) -> bool:
    return isinstance(line, bytes) and line.startswith(b"<")


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
