"""The printing press: WeasyPrint with its fonts, set up once per process and used by one thread at a time.

Two things go wrong silently when a font configuration is shared. Two threads in it at once corrupt each other's
documents: hence the lock. And a child made by fork that ends deletes its parent's font folder: hence one press per
process id, made at first use, and no `@font-face` anywhere, so that there is no such folder.
"""

import atexit
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from weasyprint import CSS
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

DOCUMENTS = Path(__file__).resolve().parents[2] / "templates" / "documents"
BASE_URL = f"{DOCUMENTS.as_uri()}/"


class OnlyOurs(URLFetcher):  # type: ignore[misc]
    """Fetches `data:` addresses and the files beside the document templates. Nothing else: no network, no other file."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols={"data"}, allow_redirects=False)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The response for `url`; ValueError for anything that isn't ours (WeasyPrint then leaves the resource out)."""
        parts = urlsplit(url)
        if parts.scheme != "file":
            return super().fetch(url, headers)
        path = Path(url2pathname(parts.path)).resolve()
        if parts.netloc or not path.is_relative_to(DOCUMENTS) or not path.is_file():
            raise ValueError(f"Documents are made of packaged files only, not of {url}")
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": _TYPES.get(path.suffix, "")})


_TYPES = {".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}


@dataclass
class Press:
    """What one process keeps between documents."""

    fonts: FontConfiguration = field(default_factory=FontConfiguration)
    fetcher: OnlyOurs = field(default_factory=OnlyOurs)
    _stylesheets: dict[str, CSS] = field(default_factory=dict)
    _palettes: dict[tuple[str, str], CSS] = field(default_factory=dict)

    def stylesheet(self, name: str) -> CSS:
        """The parsed stylesheet of that name beside the templates."""
        if name not in self._stylesheets:
            source = (DOCUMENTS / name).read_text(encoding="utf-8")
            self._stylesheets[name] = self._parsed(source)
        return self._stylesheets[name]

    def palette(self, color: str, text_color: str) -> CSS:
        """The two custom properties in which a brand differs from another."""
        key = (color, text_color)
        if key not in self._palettes:
            self._palettes[key] = self._parsed(f":root {{ --brand: {color}; --brand-text: {text_color} }}")
        return self._palettes[key]

    def _parsed(self, source: str) -> CSS:
        return CSS(string=source, base_url=BASE_URL, font_config=self.fonts, url_fetcher=self.fetcher)


_presses: dict[int, Press] = {}
_lock = threading.Lock()


def _unlock_in_child() -> None:
    # A thread of the parent may have held the lock at the moment of the fork; it doesn't exist in the child.
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_unlock_in_child)

# Left to the end of the interpreter, Pango's objects are freed after Pango's library: a crash at every exit.
atexit.register(_presses.clear)


@contextmanager
def press() -> Iterator[Press]:
    """This process's press, for this thread alone until the block ends. Not reentrant."""
    with _lock:
        pid = os.getpid()
        if pid not in _presses:
            _presses[pid] = Press()
        yield _presses[pid]
