"""How the vendor's certificates look, by its settings: color, paper, and the pictures that it gave as files."""

import threading
from pathlib import Path

from app.certificates.document.brand import Brand, Paper
from app.certificates.document.errors import UnusablePicture
from app.settings import Settings

Stamp = tuple[int, int] | None

_brands: dict[Settings, tuple[tuple[Stamp, ...], Brand]] = {}
_lock = threading.Lock()


def brand(settings: Settings) -> Brand:
    """The brand as its files are now: a picture that was replaced is read again, without a restart.

    Raises UnusablePicture, naming the picture, where a file is missing or can't be printed.
    """
    paths = (settings.logo_path, settings.seal_path, settings.signature_path)
    stamps = tuple(stamp(path) if path else None for path in paths)
    with _lock:
        known = _brands.get(settings)
        if known is None or known[0] != stamps:
            made = Brand(
                settings.brand_color,
                logo=_picture("logo", settings.logo_path),
                seal=_picture("seal", settings.seal_path),
                signature=_picture("signature", settings.signature_path),
                paper=Paper(settings.certificate_paper),
            )
            known = _brands[settings] = (stamps, made)
        return known[1]


def stamp(path: Path) -> Stamp:
    """Which file stands there now; None where none does."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _picture(name: str, path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnusablePicture(
            f"The file of the vendor's {name} can't be read, so no certificate is issued without it. "
            f"The administrator puts it back, or corrects GOOD_STANDING_{name.upper()}_PATH."
        ) from error
