"""What an uploaded file is, by its bytes and its inner structure, whatever its name says. Nothing is opened or run."""

import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO

import puremagic

from app.kernel.errors import DomainError

LONGEST_NAME = 150
MOST_FILES = 10
# A document unpacks to what a reader's machine must hold; far more than that is an attack, not a document.
_LARGEST_UNPACKED = 300 * 1024 * 1024
_MOST_PARTS = 5_000


@dataclass(frozen=True)
class FileKind:
    """A kind of file that is taken: how people call it, its extensions, and the media type that it is stored under."""

    label: str
    extensions: tuple[str, ...]
    media_type: str


PDF = FileKind("PDF", ("pdf",), "application/pdf")
PNG = FileKind("PNG picture", ("png",), "image/png")
JPEG = FileKind("JPEG picture", ("jpg", "jpeg"), "image/jpeg")
DOCX = FileKind("Word document", ("docx",), "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
XLSX = FileKind("Excel workbook", ("xlsx",), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
CSV = FileKind("CSV file", ("csv",), "text/csv")
TXT = FileKind("plain text file", ("txt",), "text/plain")

KINDS = (PDF, PNG, JPEG, DOCX, XLSX, CSV, TXT)
TAKEN = "PDF, Word (.docx), Excel (.xlsx), PNG, JPEG, CSV or plain text"


def accept(kinds: Sequence[FileKind] = KINDS) -> str:
    """The extensions as an `accept` attribute takes them."""
    return ",".join(f".{extension}" for kind in kinds for extension in kind.extensions)


ACCEPT = accept()


@dataclass(frozen=True)
class CheckedFile:
    """A file that is what its name says."""

    name: str
    kind: FileKind
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)


class _Broken(Exception):
    """The bytes are not a whole file of the kind; the message says what is wrong."""


def check(name: str, content: bytes, *, largest: int) -> CheckedFile:
    """Take or refuse a file. `largest` is in bytes. Raises DomainError (field `files`) with what to do instead."""
    shown = clean_name(name)
    kind = _named_kind(shown)
    if not content:
        raise _refused(f"“{shown}” is empty. Check that it was saved, and choose it again.")
    if len(content) > largest:
        raise _refused(
            f"“{shown}” is larger than {largest // (1024 * 1024)} MB. Save it smaller, or split it into parts."
        )
    actual = _kind_of(content)
    if actual is None and kind not in (CSV, TXT):
        raise _refused(
            f"“{shown}” is called a {kind.label}, but it isn't one inside{_what(content, kind)}. Open it, save it as a {kind.label}, and choose that file."
        )
    if actual is not None and actual is not kind:
        raise _refused(
            f"“{shown}” is called a {kind.label}, but inside it is a {actual.label}. Give it its right name, or choose the right file."
        )
    try:
        _STRUCTURE[kind](content)
    except _Broken as broken:
        raise _refused(f"“{shown}” can't be taken: {broken}") from None
    return CheckedFile(shown, kind, content)


def clean_name(name: str) -> str:
    """The last part of a path, without characters that can't be seen, of a bearable length; the extension is kept."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    seen = "".join(
        letter for letter in last if unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    )
    seen = " ".join(seen.split()).strip(". ")
    if not seen:
        raise _refused("One of the files has no name. Give it one and choose it again.")
    if len(seen) > LONGEST_NAME:
        stem, dot, extension = seen.rpartition(".")
        seen = f"{stem[: LONGEST_NAME - len(extension) - 1]}{dot}{extension}" if dot else seen[:LONGEST_NAME]
    return seen


def _named_kind(name: str) -> FileKind:
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    for kind in KINDS:
        if extension in kind.extensions:
            return kind
    raise _refused(f"“{name}” is of a kind that can't be taken here. Files may be {TAKEN}.")


def _refused(sentence: str) -> DomainError:
    return DomainError(sentence, field="files")


def _kind_of(content: bytes) -> FileKind | None:
    """The kind whose mark the bytes carry; None for text and for everything that is not taken."""
    if content[:5] == b"%PDF-":
        return PDF
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        return PNG
    if content[:3] == b"\xff\xd8\xff":
        return JPEG
    if content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        try:
            with zipfile.ZipFile(BytesIO(content)) as archive:
                names = set(archive.namelist())
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
            return None
        if "word/document.xml" in names:
            return DOCX
        if "xl/workbook.xml" in names:
            return XLSX
    return None


def _what(content: bytes, named: FileKind) -> str:
    """What the bytes seem to be, as a part of a sentence; empty where nobody knows."""
    try:
        found = puremagic.from_string(content[:8192])
    except (puremagic.PureError, ValueError):
        return ""
    extension = str(found).lstrip(".")
    tells = extension.isalnum() and len(extension) < 8 and extension not in named.extensions
    return f" (it looks like .{extension})" if tells else ""


def _pdf(content: bytes) -> None:
    tail = content[-2048:]
    if b"%%EOF" not in tail or b"startxref" not in tail:
        raise _Broken("the PDF is cut off: its end is missing. Save it again.")
    if b"/Encrypt" in content:
        raise _Broken("the PDF is protected by a password, so nobody here can read it. Save it without protection.")


def _png(content: bytes) -> None:
    position, seen = 8, []
    while position + 12 <= len(content):
        length, kind = struct.unpack(">I4s", content[position : position + 8])
        end = position + 12 + length
        if end > len(content):
            break
        body = content[position + 8 : end - 4]
        if zlib.crc32(kind + body) != struct.unpack(">I", content[end - 4 : end])[0]:
            raise _Broken("the picture is damaged. Save it again.")
        seen.append(kind)
        position = end
        if kind == b"IEND":
            break
    if not seen or seen[0] != b"IHDR" or seen[-1] != b"IEND" or b"IDAT" not in seen:
        raise _Broken("the picture is cut off. Save it again.")


def _jpeg(content: bytes) -> None:
    position, has_frame = 2, False
    while position + 4 <= len(content):
        if content[position] != 0xFF:
            raise _Broken("the picture is damaged. Save it again.")
        marker = content[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if marker == 0xDA:
            if has_frame and b"\xff\xd9" in content[position:]:
                return
            break
        has_frame = has_frame or (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC))
        position += 2 + int.from_bytes(content[position + 2 : position + 4], "big")
    raise _Broken("the picture is cut off. Save it again.")


def _office(content: bytes) -> None:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _LARGEST_UNPACKED:
                raise _Broken("it unpacks to far more than a document holds.")
            if "[Content_Types].xml" not in names:
                raise _Broken("it is not a whole Office document. Save it again.")
            if any(part.flag_bits & 1 for part in parts):
                raise _Broken("it is protected by a password, so nobody here can read it. Save it without protection.")
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise _Broken("it holds macros. Save it without macros.")
            if any(".." in name.split("/") or name.startswith("/") for name in names):
                raise _Broken("it is not a whole Office document. Save it again.")
            if archive.testzip() is not None:
                raise _Broken("it is damaged. Save it again.")
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, EOFError, OSError):
        raise _Broken("it is damaged. Save it again.") from None


def _text(content: bytes) -> None:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif _is_known_binary(content):
        raise _Broken(f"it is not text inside{_what(content, TXT)}. Choose the right file.")
    else:
        encoding = "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        # What older spreadsheets write; every byte means some letter, so only the control characters below tell.
        text = content.decode("cp1252", errors="replace")
    strange = sum(1 for letter in text if unicodedata.category(letter) == "Cc" and letter not in "\t\r\n\x0c")
    if strange:
        raise _Broken(f"it is not text inside{_what(content, TXT)}. Choose the right file.")


def _is_known_binary(content: bytes) -> bool:
    return content[:4] in (b"\x7fELF", b"PK\x03\x04", b"Rar!", b"\xd0\xcf\x11\xe0") or content[:2] in (
        b"MZ",
        b"\x1f\x8b",
    )


_STRUCTURE: dict[FileKind, Callable[[bytes], None]] = {
    PDF: _pdf,
    PNG: _png,
    JPEG: _jpeg,
    DOCX: _office,
    XLSX: _office,
    CSV: _text,
    TXT: _text,
}
