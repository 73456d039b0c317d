"""The address that the QR code spells in upper case leads to the page that is printed in lower case."""

import pytest
from werkzeug.test import Client

from tests.certificates import specimens


@pytest.mark.one_engine
def test_the_address_in_the_qr_code_leads_to_the_verify_page(app) -> None:  # type: ignore[no-untyped-def]
    number = specimens.program().number
    answer = Client(app).get(f"/VERIFY/{number}")
    assert answer.status_code == 308
    assert answer.location.endswith(f"/verify/{number}")
