"""Certificates a second, rendered alone and signed too, each beside a bare WeasyPrint render of the same page in turns."""

import time
from collections.abc import Callable, Sequence

from flask import Flask
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from app.certificates.document.press import DOCUMENTS, OnlyOurs
from app.certificates.document.render import _page, render
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
# A single document takes a tenth of a second and the machine's mood is in it: so many more than rounds of requests.
EACH = 4


def measure(app: Flask, world: World, *, count: int) -> Sequence[Row]:
    """`EACH * count` documents of each kind in turns: one process, one thread, as the background worker makes them.

    The bare render is WeasyPrint's at its plainest and quickest: no archive, no tags, nothing attached, its fonts found and
    its stylesheets read beforehand.
    """
    settings: Settings = app.config["SETTINGS"]
    with app.app_context():
        session = reading()

        def signed() -> Prepared:
            return course_certificates.prepare(session, world.record_id, settings=settings, at=now())

        snapshot = signed().snapshot
        brand = issuer(settings).brand
        page = _page(snapshot, snapshot.fields(), brand, "roomy")
        names = (f"paper-{brand.paper}.css", "certificate.css")
        fonts = FontConfiguration()
        styles = [CSS(filename=str(DOCUMENTS / name), url_fetcher=OnlyOurs()) for name in names]

        def unsigned() -> bytes:
            return render(snapshot, brand=brand)

        def bare() -> bytes:
            document: bytes = HTML(string=page, url_fetcher=OnlyOurs()).write_pdf(stylesheets=styles, font_config=fonts)
            return document

        for make in (unsigned, bare):
            make()
        rounds = [(_timed(unsigned), _timed(signed), _timed(bare)) for _ in range(EACH * count)]
    beside = [alone for _, _, alone in rounds]
    queries = 5  # the record, its partner, and three for a place in the status list
    return [
        row("certificate, unsigned", [made for made, _, _ in rounds], 0, BASELINE, beside),
        row("certificate, signed", [made for _, made, _ in rounds], queries, BASELINE, beside),
    ]


def _timed(make: Callable[[], object]) -> Slice:
    began = time.perf_counter()
    make()
    seconds = time.perf_counter() - began
    return Slice([seconds], seconds)
