"""Files that hold private keys: read only where nobody else can read them, written whole or not at all."""

import os
import secrets
import stat
from pathlib import Path

from app.certificates.document.errors import KeyRefused

_OTHERS_MAY = 0o077


def read_private(path: Path, *, what: str) -> bytes:
    """The bytes of a key's file. `what` names the key in sentences: `the credential key`.

    Raises KeyRefused when there is none, when it is no file, or when other users of the machine may read it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError as error:
        raise KeyRefused(f"There is no file for {what} at {path}.") from error
    except OSError as error:
        raise KeyRefused(f"The file of {what}, {path}, can't be read: {error.strerror}.") from error
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise KeyRefused(f"{path} can't hold {what}: it isn't a file.")
        if mode & _OTHERS_MAY:
            raise KeyRefused(
                f"The file of {what}, {path}, can be read by other users of this machine. Run: chmod 600 {path}"
            )
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)


def write_once(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Make a file that appears whole or not at all. Never writes over one: FileExistsError if another process was faster."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, fails when another process was faster.
        os.link(partial, path)
    finally:
        partial.unlink()
