"""One key and one document of each kind for the whole run: making them is what takes the time."""

from pathlib import Path

import pytest

from app.certificates.document.brand import Brand
from app.certificates.document.keys import FileKey, make_self_signed
from app.certificates.document.render import render
from app.certificates.document.sign import sign
from tests.certificates import specimens
from tests.certificates.moments import ISSUED_AT


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
