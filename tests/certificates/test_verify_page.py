"""The public page and the holder's page show a certificate in its own language; the words around it are English."""

import pytest

from app.access.policy import PORTAL
from app.certificates import services
from app.certificates.rules.snapshot import Locale
from app.kernel.clock import now
from tests.certificates import specimens
from tests.certificates.desk import made
from tests.certificates.reading import squeezed
from tests.ground.pages import words

pytestmark = pytest.mark.one_engine


@pytest.mark.parametrize(("locale", "direction"), [("en", "ltr"), ("fr", "ltr"), ("ar", "rtl")])
def test_every_printed_field_is_shown_in_the_language_of_the_paper(books, client, locale, direction):
    case = books.case()
    snapshot = specimens.program("Acme", case_number=case.number, locale=Locale(locale))
    with books.in_transaction() as session:
        services.issue(
            session,
            made(snapshot),
            partner_id=books.partner.id,
            time_zone="UTC",
            case_id=case.id,
            by=PORTAL,
            at=now(),
        )
    client.delete_cookie("session")
    pages = [client.get(f"/verify/{snapshot.number}")]
    client.sign_in(books.world.contact("Carla", books.partner))
    pages.append(client.get(f"/certificates/{snapshot.number}"))
    for page in pages:
        assert page.page.html["lang"] == "en"
        shown = next(part for part in page.page.find_all("dl") if part.get("dir"))
        assert (shown["lang"], shown["dir"]) == (locale, direction)
        rows = [(words(row.dt), squeezed(row.dd.text)) for row in shown.select(".summary-row")]
        assert rows == [(label, squeezed(value)) for label, value in snapshot.printed_fields()]
        assert "What is printed on it" in page.text
    listed = client.get("/certificates")
    assert snapshot.printed().value("title") in listed.text
