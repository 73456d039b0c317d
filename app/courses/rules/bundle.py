"""A course as files: read from a folder, named by its content hash, packed so that the hash leads back to it.

The only module of the rules that reads from disk. Text files are kept with LF line ends and without a byte order mark,
so that a course checked out on Windows has the same hash as on Linux.
"""

import hashlib
import io
import os
import stat
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from app.courses.rules.problems import BundleRefused

TEXT_SUFFIXES = frozenset({".md", ".vtt"})
MAX_PAGE_BYTES = 128 * 1024  # some 20,000 words; rendering takes time with every one of them
MAX_TEXT_BYTES = 512 * 1024
MAX_FILE_BYTES = 100 * 1024 * 1024
MAX_BUNDLE_BYTES = 300 * 1024 * 1024
MAX_FILES = 1000
MAX_PATH_CHARACTERS = 200

_HASH_DOMAIN = b"course bundle 1\n"
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_FORBIDDEN_IN_NAMES = frozenset('<>:"|?*\\')


@dataclass(frozen=True)
class Bundle:
    """The files of one course version: relative POSIX path -> bytes, in path order. Build it with `Bundle.of`."""

    files: Mapping[str, bytes]

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> "Bundle":
        """Checks names and sizes and puts text into one form. Raises BundleRefused."""
        clean: dict[str, bytes] = {}
        if len(files) > MAX_FILES:
            raise BundleRefused(f"A course may hold {MAX_FILES} files; this one has {len(files)}.")
        total = 0
        for name, data in files.items():
            path = _checked_path(name)
            if path in clean:
                raise BundleRefused(f"Two files are both named {path}.")
            text = is_text(path)
            limit = MAX_PAGE_BYTES if path.lower().endswith(".md") else MAX_TEXT_BYTES if text else MAX_FILE_BYTES
            if len(data) > limit:
                raise BundleRefused(f"{path} has {len(data):,} bytes; at most {limit:,} are taken.")
            total += len(data)
            if total > MAX_BUNDLE_BYTES:
                raise BundleRefused(f"The course has more than {MAX_BUNDLE_BYTES:,} bytes.")
            clean[path] = _one_form(data) if text else bytes(data)
        ordered = {path: clean[path] for path in sorted(clean, key=lambda p: p.encode())}
        folded: dict[str, str] = {}
        for path in ordered:
            twin = folded.setdefault(path.casefold(), path)
            if twin != path:
                raise BundleRefused(
                    f"{twin} and {path} differ only in capital letters; some computers can't hold both."
                )
        return cls(MappingProxyType(ordered))

    def __contains__(self, path: object) -> bool:
        return path in self.files

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __getitem__(self, path: str) -> bytes:
        return self.files[path]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bundle) and dict(self.files) == dict(other.files)

    def __hash__(self) -> int:
        return hash(content_hash(self))


def is_text(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in TEXT_SUFFIXES


def read_files(folder: Path) -> dict[str, bytes]:
    """The files under `folder` as they are: relative path -> bytes. Raises BundleRefused for links out of it and for sizes."""
    if folder.is_symlink() or not folder.is_dir():
        raise BundleRefused(f"{folder.name} is not a folder.")
    files: dict[str, bytes] = {}
    seen = 0
    for here, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for name in [*folders, *sorted(names)]:
            if is_hidden(name):
                continue
            path = Path(here, name)
            relative = path.relative_to(folder).as_posix()
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                raise BundleRefused(f"{relative} is a symbolic link; put the file itself into the folder.")
            if stat.S_ISDIR(mode):
                continue
            if not stat.S_ISREG(mode):
                raise BundleRefused(f"{relative} is not an ordinary file.")
            size = path.lstat().st_size
            seen += size
            if size > MAX_FILE_BYTES or seen > MAX_BUNDLE_BYTES:
                raise BundleRefused(f"{relative} makes the course too large.")
            if len(files) >= MAX_FILES:
                raise BundleRefused(f"A course may hold {MAX_FILES} files; this one has more.")
            files[relative] = path.read_bytes()
    return files


def content_hash(bundle: Bundle) -> str:
    """SHA-256, 64 hexadecimal digits, over each path and its bytes with their lengths, in path order.

    Depends on nothing but names and bytes: not on dates, permissions, machine, or how the bundle was packed.
    """
    digest = hashlib.sha256(_HASH_DOMAIN)
    for path in sorted(bundle.files, key=lambda p: p.encode()):
        name, data = path.encode(), bundle.files[path]
        digest.update(b"%d:%d\n" % (len(name), len(data)))
        digest.update(name)
        digest.update(data)
    return digest.hexdigest()


def pack(bundle: Bundle) -> bytes:
    """A zip file whose bytes depend on the bundle alone: stored, not compressed, with fixed dates and permissions."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(bundle.files, key=lambda p: p.encode()):
            entry = zipfile.ZipInfo(path, _ZIP_DATE)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, bundle.files[path])
    return buffer.getvalue()


def unpack(packed: bytes) -> Bundle:
    """The bundle that `pack` was given. Raises BundleRefused when the bytes are no such file."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_FILES:
                raise BundleRefused(f"A course may hold {MAX_FILES} files; this one has {len(entries)}.")
            files: dict[str, bytes] = {}
            for entry in entries:
                # Stored entries can't grow: a small file that unfolds into gigabytes is refused before it is read.
                if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > len(packed):
                    raise BundleRefused("The packed course is not in the form that this portal writes.")
                if entry.filename in files:
                    raise BundleRefused(f"Two files are both named {entry.filename}.")
                files[entry.filename] = archive.read(entry)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError) as error:
        raise BundleRefused("The packed course can't be read: it is damaged or is no course.") from error
    return Bundle.of(files)


def is_hidden(name: str) -> bool:
    return name.startswith(".") or name in {"__pycache__", "Thumbs.db", "desktop.ini"}


def _one_form(data: bytes) -> bytes:
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _checked_path(name: str) -> str:
    path = unicodedata.normalize("NFC", name)
    parts = path.split("/")
    if not path or len(path) > MAX_PATH_CHARACTERS or any(part in {"", ".", ".."} for part in parts):
        raise BundleRefused(f"{name!r} is not a path inside the course folder.")
    if any(part != part.strip() or part.endswith(".") for part in parts):
        raise BundleRefused(f"{name!r} starts or ends with a space or a dot; rename it.")
    if any(character in _FORBIDDEN_IN_NAMES or not character.isprintable() for character in path):
        raise BundleRefused(f"{name!r} has a character that file names can't hold everywhere; rename it.")
    return path
