"""One key and one document of each kind for the whole run: making them is what takes the time."""

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.certificates.document.brand import Brand
from app.certificates.document.keys import FileKey, make_self_signed
from app.certificates.document.render import render
from app.certificates.document.sign import sign
from app.certificates.models import Certificate
from tests.certificates import specimens
from tests.certificates.desk import Desk, Opened
from tests.certificates.moments import ISSUED_AT
from tests.ground.second import portal_with
from tests.ground.world import World
from tests.incentives.conftest import books

__all__ = ["books", "portal_with"]


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
def signing_key(tmp_path_factory: pytest.TempPathFactory) -> FileKey:
    path: Path = tmp_path_factory.mktemp("key") / "signing.p12"
    return make_self_signed(path, vendor_name="Northwind Harbor", now=ISSUED_AT)


@pytest.fixture(scope="session")
def signed_pdf(program_pdf: bytes, signing_key: FileKey) -> bytes:
    return sign(program_pdf, signing_key, at=ISSUED_AT)


@pytest.fixture
def desk(app: Flask, world: World, in_transaction: Opened, reading: Opened, clock: object) -> Desk:
    """Issues course certificates as in life."""
    return Desk(app, world, in_transaction, reading)


@pytest.fixture
def credential_of(reading: Opened) -> Callable[[Certificate], str]:
    """The credential as it is stored."""

    def stored(certificate: Certificate) -> str:
        with reading() as session:
            return session.scalars(select(Certificate.credential).where(Certificate.id == certificate.id)).one()

    return stored


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
