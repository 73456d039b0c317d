"""One key and one document of each kind for the whole run: making them is what takes the time."""

import http.server
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.certificates.document.brand import Brand
from app.certificates.document.render import render
from app.certificates.document.sign import SigningKey, make_self_signed, sign
from tests.certificates import specimens
from tests.incentives.conftest import books

__all__ = ["books"]

ISSUED_AT = datetime(2026, 4, 15, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def brand() -> Brand:
    return Brand("#0b5c6b")


@pytest.fixture(scope="session")
def program_pdf(brand: Brand) -> bytes:
    return render(specimens.program(), brand=brand)


@pytest.fixture(scope="session")
def course_pdf(brand: Brand) -> bytes:
    return render(specimens.course(), brand=brand)


@pytest.fixture(scope="session")
def signing_key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    path: Path = tmp_path_factory.mktemp("key") / "signing.p12"
    return make_self_signed(path, vendor_name="Northwind Harbor", now=ISSUED_AT)


@pytest.fixture(scope="session")
def signed_pdf(program_pdf: bytes, signing_key: SigningKey) -> bytes:
    return sign(program_pdf, signing_key, at=ISSUED_AT)


class Watchman(http.server.BaseHTTPRequestHandler):
    """Notes every request; answers with a redirect to a file, as an attacker's server would."""

    seen: list[str]

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.send_response(302)
        self.send_header("Location", "file:///etc/passwd")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def listening() -> Iterator[tuple[str, list[str]]]:
    """The address of a server on this machine, and the list of what was asked of it."""
    seen: list[str] = []
    handler = type("Watching", (Watchman,), {"seen": seen})
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()
        thread.join()


@pytest.fixture
def watchman(listening: tuple[str, list[str]]) -> tuple[str, list[str]]:
    listening[1].clear()
    return listening
