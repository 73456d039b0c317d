"""PDF/A-3a and PDF/UA-1 in one document.

WeasyPrint writes one or the other. It is asked for PDF/A-3a; what PDF/UA-1 wants besides is an identification in the
XMP metadata, which PDF/A allows only together with a description of that property.
"""

import pydyf

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
