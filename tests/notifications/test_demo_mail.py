import pytest
from flask import Flask

from app.accounts import services as accounts
from app.kernel.clock import now
from app.notifications.delivery import delivery_of
from app.notifications.worker import Worker
from app.settings import Mode
from tests.ground.world import BUILDER


@pytest.fixture
def demo(portal_with) -> Flask:
    """The same portal in demo mode."""
    return portal_with(mode=Mode.DEMO)


@pytest.mark.one_engine
def test_the_demo_shows_the_mail_that_it_would_have_sent(demo, world, in_transaction):
    client = demo.test_client()
    assert client.get("/demo/mail").heading == "Mails of the demo"
    acme = world.partner("Acme")
    ada = world.learner("Ada Byron", acme)
    with in_transaction() as session:
        token = accounts.invite(session, ada, by=BUILDER, at=now())
    settings = demo.config["SETTINGS"]
    Worker(settings, delivery_of(settings), demo.app_context).once()
    listed = client.get("/demo/mail")
    subject = listed.page.select_one("tbody a").get_text()
    assert subject.startswith("You have an account at Good Standing")
    mail = client.get(listed.link(subject))
    assert "Dear Ada Byron," in mail.text
    link = mail.page.select_one(f'a[href="/invitations/{token}"]')
    assert client.get(link["href"]).status_code == 200


@pytest.mark.one_engine
@pytest.mark.parametrize("name", ["0" * 40, "..%2F..%2Fsigning-key", "x"])
def test_only_mails_are_shown(demo, name):
    assert demo.test_client().get(f"/demo/mail/{name}").status_code == 404


def test_outside_the_demo_there_are_no_such_pages(client):
    assert client.get("/demo/mail").status_code == 404
