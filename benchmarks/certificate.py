"""Certificates a second: rendered and signed in this process, beside WeasyPrint alone on the same HTML."""

import time
from collections.abc import Callable

from flask import Flask
from weasyprint import CSS, HTML

from app.certificates.document.press import DOCUMENTS, OnlyOurs
from app.certificates.document.render import _page
from app.certificates.issuer import issuer
from app.certificates.services import Prepared
from app.kernel.clock import now
from app.outcomes import course_certificates
from app.settings import Settings
from app.transactions import reading
from benchmarks.load import Slice
from benchmarks.rows import Row, row
from benchmarks.world import World

BASELINE = "weasyprint alone, same page"


def measure(app: Flask, world: World, *, count: int) -> Row:
    """`count` documents of either kind in turns: one process, one thread, as the background worker makes them."""
    settings: Settings = app.config["SETTINGS"]
    with app.app_context():
        session = reading()

        def ours() -> Prepared:
            return course_certificates.prepare(session, world.record_id, settings=settings, at=now())

        snapshot = ours().snapshot
        page = _page(snapshot, snapshot.fields(), issuer(settings).brand, "roomy")
        style = CSS(filename=str(DOCUMENTS / "certificate.css"), url_fetcher=OnlyOurs())

        def bare() -> bytes:
            document: bytes = HTML(string=page, url_fetcher=OnlyOurs()).write_pdf(stylesheets=[style])
            return document

        bare()
        pairs = [(_timed(ours), _timed(bare)) for _ in range(count)]
    queries = 5  # the record, its partner, and three for a place in the status list
    return row("certificate", [a for a, _ in pairs], queries, BASELINE, [b for _, b in pairs])


def _timed(make: Callable[[], object]) -> Slice:
    began = time.perf_counter()
    make()
    seconds = time.perf_counter() - began
    return Slice([seconds], seconds)
