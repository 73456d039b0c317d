"""What people do to a PDF: with an editor that only appends, with one that writes the file anew, with bare hands."""

import io
import re
import zlib

from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import ArrayObject, DecodedStreamObject, NameObject


def rewritten(pdf: bytes) -> PdfWriter:
    return PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))


def appending(pdf: bytes) -> PdfWriter:
    return PdfWriter(io.BytesIO(pdf), incremental=True)


def written(writer: PdfWriter) -> bytes:
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def with_data(pdf: bytes, content: bytes, *, names: int = 1) -> bytes:
    """The file written anew with another certificate.json, so many times."""
    writer = rewritten(pdf)
    root = writer.root_object
    del root["/Names"]["/EmbeddedFiles"]  # type: ignore[attr-defined]
    root.pop(NameObject("/AF"), None)
    for _ in range(names):
        writer.add_attachment("certificate.json", content)
    return written(writer)


def with_note(pdf: bytes, words: str, *, append: bool = True) -> bytes:
    """The file with words laid over its page, as a PDF reader's typewriter does."""
    writer = appending(pdf) if append else rewritten(pdf)
    writer.add_annotation(0, FreeText(text=words, rect=(50, 50, 300, 90)))
    return written(writer)


def with_drawing(pdf: bytes, operators: bytes) -> bytes:
    """The file written anew with something drawn over its page."""
    writer = rewritten(pdf)
    page = writer.pages[0]
    over = DecodedStreamObject()
    over.set_data(operators)
    contents = page["/Contents"]
    before = list(contents) if isinstance(contents, ArrayObject) else [page.raw_get("/Contents")]
    page[NameObject("/Contents")] = ArrayObject([*before, writer._add_object(over)])
    return written(writer)


def with_words_exchanged(pdf: bytes, old: str, new: str) -> bytes:
    """The file written anew with one word of its page replaced by another: same font, same place.

    Only letters that the page's fonts have can be written, so `new` is made of letters that the page has.
    """
    writer = rewritten(pdf)
    page = writer.pages[0]
    fonts = {}
    for name, font in page["/Resources"]["/Font"].items():  # type: ignore[index]
        table = font.get_object()["/ToUnicode"].get_data().decode("latin-1")
        fonts[name] = {
            chr(int(meant, 16)): code.lower()
            for code, meant in re.findall(r"<([0-9a-fA-F]{4})> <([0-9a-fA-F]{4})>", table)
        }
    content = page.get_contents()
    assert content is not None
    data = content.get_data()
    for name, codes in fonts.items():
        if not all(letter in codes for letter in old + new):
            continue
        # Every letter is a string of its own, with a number between for the distance: <0033>0<0044>-12<0055>
        wanted = rb">\s*-?[\d.]*\s*<".join(codes[letter].encode() for letter in old)
        for found in re.finditer(rb"(?i)" + wanted, data):
            in_use = re.findall(rb"/(\w+) [\d.]+ Tf", data[: found.start()])
            if in_use and f"/{in_use[-1].decode()}" == name:
                instead = b">0<".join(codes[letter].encode() for letter in new)
                stream = DecodedStreamObject()
                stream.set_data(data[: found.start()] + instead + data[found.end() :])
                page[NameObject("/Contents")] = writer._add_object(stream)
                return written(writer)
    raise AssertionError(f"The page has no word “{old}” that could become “{new}”.")


def bomb(size: int = 400 * 1024 * 1024) -> bytes:
    """A PDF of some kilobytes whose page unpacks to so many bytes."""
    packer = zlib.compressobj(9)
    block = bytes(1024 * 1024)
    packed = b"".join(packer.compress(block) for _ in range(size // len(block))) + packer.flush()
    return assembled([b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed)])


def assembled(contents: list[bytes], *, page: bytes = b"", extra: list[bytes] | None = None) -> bytes:
    """A small PDF of one page with these content streams, put together by hand."""
    first = 4 + len(extra or [])
    references = b" ".join(b"%d 0 R" % number for number in range(first, first + len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents [" + references + b"] " + page + b" >>",
        *(extra or []),
        *contents,
    ]
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def nested_bomb() -> bytes:
    """Packed ten times over: every unpacking is a thousand times larger than the one before."""
    data = bytes(200 * 1024 * 1024)
    for _ in range(3):
        data = zlib.compress(data, 9)
    return assembled(
        [
            b"<< /Length %d /Filter [/FlateDecode /FlateDecode /FlateDecode] >>\nstream\n%s\nendstream"
            % (len(data), data)
        ]
    )


def deep() -> bytes:
    """Arrays within arrays, a hundred thousand deep."""
    return assembled([b"<< /Length 0 >>\nstream\n\nendstream"], page=b"/Deep " + b"[" * 100_000 + b"]" * 100_000)


def circular_xref() -> bytes:
    """A cross-reference table that names itself as the one before it."""
    whole = assembled([b"<< /Length 0 >>\nstream\n\nendstream"])
    table = int(whole.rsplit(b"startxref\n", 1)[1].split()[0])
    return whole.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %010d" % table)


def circular_pages() -> bytes:
    """A tree of pages that holds itself, and a page that inherits from itself."""
    return assembled([b"<< /Length 0 >>\nstream\n\nendstream"]).replace(
        b"/Kids [3 0 R] /Count 1", b"/Kids [2 0 R 2 0 R 3 0 R] /Parent 2 0 R /Count 99999999"
    )


def circular_form() -> bytes:
    """A drawing that draws itself, twice."""
    form = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F 4 0 R >> >> /Length 13 >>\nstream\n/F Do\n/F Do\n \nendstream"
    return assembled(
        [b"<< /Length 5 >>\nstream\n/F Do\nendstream"], page=b"/Resources << /XObject << /F 4 0 R >> >>", extra=[form]
    )


def endless_words() -> bytes:
    """Millions of operators on one page."""
    data = zlib.compress(b"BT /F1 12 Tf (Valid) Tj ET\n" * 3_000_000, 9)
    return assembled(
        [b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(data), data)],
        page=b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>",
    )


def many_objects() -> bytes:
    """A megabyte of cross-reference entries that all point to one place."""
    whole = assembled([b"<< /Length 0 >>\nstream\n\nendstream"])
    start = whole.index(b"xref\n0")
    return whole[:start] + b"xref\n0 40000\n" + b"0000000009 00000 n \n" * 40_000 + whole[whole.index(b"trailer") :]
