"""A4 and US Letter: each with its own layout, one page, and a code that a telephone reads and that leads to the page."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.access.policy import PORTAL
from app.certificates import services
from app.certificates.document.brand import Brand, Paper
from app.certificates.document.render import render
from app.certificates.rules.snapshot import Locale
from app.kernel.clock import now
from tests.certificates import specimens
from tests.certificates.desk import made
from tests.certificates.reading import findings, qr_code, reader, squeezed, text

MILLIMETRES = {Paper.A4: (297.0, 210.0), Paper.LETTER: (279.4, 215.9)}


@pytest.mark.parametrize("kind", ["program", "course"])
@pytest.mark.parametrize("paper", Paper)
def test_it_is_one_page_of_the_paper_across(kind: str, paper: Paper) -> None:
    pages = reader(render(specimens.of_kind(kind), brand=Brand(paper=paper))).pages
    assert len(pages) == 1
    assert [round(float(side) / 72 * 25.4, 1) for side in pages[0].mediabox[2:]] == list(MILLIMETRES[paper])


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("count", [4, 30])
def test_short_and_long_plans_are_printed_in_full(paper: Paper, count: int, locale: Locale) -> None:
    snapshot = specimens.program(locale=locale, steps=specimens.steps(count))
    pdf = render(snapshot, brand=Brand(paper=paper))
    printed = squeezed(text(pdf))
    assert all(squeezed(f"long plan {number}") in printed for number in range(count))
    assert findings(pdf) == []


@pytest.mark.parametrize("kind", ["program", "course"])
@pytest.mark.parametrize("paper", Paper)
def test_the_code_is_read_from_a_picture(kind: str, paper: Paper, tmp_path: Path) -> None:
    snapshot = specimens.of_kind(kind)
    assert qr_code(render(snapshot, brand=Brand(paper=paper)), tmp_path) == snapshot.verify_url.upper()


@pytest.mark.one_engine
@pytest.mark.parametrize("paper", Paper)
def test_the_code_leads_to_the_page_of_the_certificate(books, client, paper, tmp_path) -> None:  # type: ignore[no-untyped-def]
    case = books.case()
    snapshot = specimens.program("Acme", case_number=case.number)
    pdf = render(snapshot, brand=Brand(paper=paper))
    with books.in_transaction() as session:
        services.issue(
            session,
            made(snapshot, pdf),
            partner_id=books.partner.id,
            time_zone="UTC",
            case_id=case.id,
            by=PORTAL,
            at=now(),
        )
    answer = client.get(urlsplit(qr_code(pdf, tmp_path)).path, follow_redirects=True)
    assert answer.status_code == 200
    assert answer.heading == f"Certificate {snapshot.number}"
