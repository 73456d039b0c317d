"""Large files that are made on request, piece by piece, and thrown away after a while: in a folder of their own, beside what people gave us."""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.kernel.storage import Stored

_KEPT = re.compile(r"([0-9]{1,18})\.zip")
_PARTIAL = re.compile(r"\.([0-9]{1,18})\.part")


class BeingWritten(Exception):
    """Another process that is alive writes this very archive."""


@dataclass
class Unfinished:
    """An archive that is being written. Nobody finds it before `keep`; what is left of a killed writer is overwritten."""

    file: BinaryIO
    path: Path
    target: Path
    kept: bool = False

    def seal(self) -> Stored:
        """Digest and size of what was written, read back in pieces; durable when it returns."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.seek(0)
        digest = hashlib.file_digest(self.file, "sha256").hexdigest()  # type: ignore[arg-type]
        return Stored(digest, self.file.tell())

    def keep(self) -> None:
        """Put it in its place, whole."""
        self.path.replace(self.target)
        self.kept = True
        folder = os.open(self.target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Archives:
    """A folder of archives, each named by the number of what asked for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def begin(self, number: int) -> Iterator[Unfinished]:
        """An empty file to write to. Raises BeingWritten where somebody alive writes it; a killed writer's lock died with it."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / f".{number}.part"
        with _locked(path) as file:
            file.truncate(0)
            unfinished = Unfinished(file, path, self._path(number))
            try:
                yield unfinished
            finally:
                if not unfinished.kept:
                    path.unlink(missing_ok=True)

    def open(self, number: int, sha256: str) -> BinaryIO:
        """The file, to be read in pieces, once it was seen to have its digest. ValueError if it has another; FileNotFoundError if it is gone."""
        file = self._path(number).open("rb")
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            file.close()
            raise ValueError(f"The archive {number} was altered outside the portal.")
        file.seek(0)
        return file

    def numbers(self) -> list[int]:
        """Which archives there are."""
        found = self.folder.iterdir() if self.folder.is_dir() else ()
        return sorted(int(match[1]) for path in found if (match := _KEPT.fullmatch(path.name)))

    def throw_away(self, number: int) -> None:
        self._path(number).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Throw away what killed writers left, and nothing of one that is alive."""
        for path in list(self.folder.iterdir() if self.folder.is_dir() else ()):
            if _PARTIAL.fullmatch(path.name):
                try:
                    with _locked(path):
                        path.unlink(missing_ok=True)
                except BeingWritten:
                    continue

    def _path(self, number: int) -> Path:
        return self.folder / f"{int(number)}.zip"


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    """The file at a path, held by this process alone. Whoever came between opening and locking may have moved it: then once more."""
    while True:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "w+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BeingWritten(path.name) from None
            try:
                is_there = path.stat().st_ino == os.fstat(file.fileno()).st_ino
            except FileNotFoundError:
                is_there = False
            if is_there:
                yield file
                return
