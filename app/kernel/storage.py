"""Files people gave us: outside the web root, named by their SHA-256, written whole or not at all."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Stored:
    sha256: str
    size: int


class Storage:
    """A folder of immutable files. The name is the digest, so a second copy of the same bytes is the same file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> Stored:
        """Keep the bytes and return their digest. Durable when it returns: file and folder are synced."""
        sha256 = hashlib.sha256(content).hexdigest()
        target = self._path(sha256)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = target.with_name(f".{secrets.token_hex(8)}.part")
            with partial.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.chmod(0o600)
            partial.replace(target)
            folder = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return Stored(sha256, len(content))

    def get(self, sha256: str) -> bytes:
        """The bytes of a digest; ValueError if the file no longer has that digest, FileNotFoundError if it is gone."""
        content = self._path(sha256).read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ValueError(f"The stored file {sha256[:12]} was altered outside the portal.")
        return content

    def _path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not all(letter in "0123456789abcdef" for letter in sha256):
            raise ValueError("A stored file is named by 64 hexadecimal digits.")
        return self.folder / sha256[:2] / sha256
