import pytest

from tests.ground.pages import PageClient
from tests.ground.second import portal_with
from tests.incentives.conftest import books
from tests.remediation.conftest import catalogue, stage

__all__ = ["books", "catalogue", "portal_with", "stage"]


@pytest.fixture
def ask(client: PageClient):
    """`ask(person, "GET", "/decisions")`: a request to the API as that person; None is nobody."""

    def send(who, method: str, path: str, **more):
        if who is not None:
            client.sign_in(who)
        else:
            client.delete_cookie("session")
        send_to = client.post if method == "POST" else client.get
        return send_to(f"/api/v1{path}", **more)

    return send
