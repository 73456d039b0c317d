"""A timestamp authority on loopback, which answers well or badly as it is told: certomancer's, behind a small server."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from certomancer.services import TimeStamper
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.certificates.document.keys import asn1
from tests.certificates.authority import certificate
from tests.certificates.moments import ISSUED_AT

NAME = "Example Time"


class Authority:
    """Its root, its key, and what it does next: `answers`, `hangs`, `drips`, `fails`, `babbles`, `empty`, `stale`, `huge`, `redirects`."""

    def __init__(self, at: datetime) -> None:
        begins = at - timedelta(days=1)
        root_key = ec.generate_private_key(ec.SECP256R1())
        self.root: x509.Certificate = certificate(
            "Example Root", root_key, "Example Root", root_key, authority=True, begins=begins
        )
        own_key = ec.generate_private_key(ec.SECP256R1())
        own = certificate(NAME, own_key, "Example Root", root_key, stamps=True, begins=begins)
        der = own_key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._private = asn1_keys.PrivateKeyInfo.load(der)
        self._own = own
        self._at = at
        self.does = "answers"
        self.asked = 0
        self.headers: list[dict[str, str]] = []
        self.ballast: list[x509.Certificate] = []
        self.released = threading.Event()
        self.port = 0

    def bring_along(self, count: int) -> None:
        """Put so many more certificates into every timestamp from now on."""
        key = ec.generate_private_key(ec.SECP256R1())
        self.ballast = [certificate(f"Ballast {number}", key, "Ballast", key) for number in range(count)]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/tsa?policy=1"

    def answer(self, query: bytes) -> bytes:
        request = tsp.TimeStampReq.load(query)
        if self.does == "stale":
            request["message_imprint"]["hashed_message"] = bytes(32)
        extra = [asn1(one) for one in (self.root, *self.ballast)]
        stamper = TimeStamper(asn1(self._own), self._private, fixed_dt=self._at, certs_to_embed=extra)
        answer: bytes = stamper.request_tsa_response(request).dump()
        return answer


class _Handler(BaseHTTPRequestHandler):
    authority: Authority

    def do_POST(self) -> None:
        authority = self.authority
        authority.asked += 1
        authority.headers.append(dict(self.headers))
        query = self.rfile.read(int(self.headers["Content-Length"]))
        if authority.does == "hangs":
            authority.released.wait(20)
            return
        if authority.does == "drips":
            self._drip()
            return
        bodies = {"babbles": b"<html>Welcome to the hotel network</html>", "empty": b"", "huge": b"x" * 300_000}
        body = bodies.get(authority.does) or (b"" if authority.does == "empty" else authority.answer(query))
        self.send_response({"fails": 500, "redirects": 302}.get(authority.does, 200))
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "4000")
        self.end_headers()
        try:
            for _ in range(200):
                self.wfile.write(b"0")
                self.wfile.flush()
                time.sleep(0.1)
        except OSError:
            self.authority.released.set()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test says what matters."""


@contextmanager
def serving(at: datetime = ISSUED_AT) -> Iterator[Authority]:
    """An authority that believes that it is `at`, on a free port until the block ends."""
    authority = Authority(at)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"authority": authority}))
    server.daemon_threads = True
    authority.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield authority
    finally:
        authority.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
