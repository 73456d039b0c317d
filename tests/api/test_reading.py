from datetime import timedelta

import pytest

from app.settings import Mode
from tests.certificates.reading import squeezed
from tests.incentives.books import Row


def test_own_tasks_are_those_of_the_page(ask, client, stage):
    school = stage.school
    school.publish()
    registration = school.start(school.ada)
    school.read(registration, school.ada, 1)
    [task] = ask(school.ada, "GET", "/tasks").json["tasks"]
    assert task["title"] == "Gifts"
    assert (task["state"], task["overdue"], task["due_on"]) == ("in_progress", False, "2026-03-16")
    assert task["done"] == 1
    assert client.get(task["page"]).heading == "Gifts"


def test_nobody_sees_anothers_tasks(ask, stage):
    stage.school.publish()
    stage.school.start(stage.ada)
    assert ask(stage.grace, "GET", "/tasks").json == {"tasks": []}
    assert ask(stage.sam, "GET", "/tasks").status_code == 404


def test_the_statement_says_what_the_page_says(ask, books, world):
    books.hold(books.case(), per_ten_thousand=5_000, currency="EUR")
    books.bring(Row("1200.50"), Row("980", "JPY"))
    contact = world.contact("Carla", books.partner)
    found = ask(contact, "GET", f"/partners/{books.partner.number}/statement").json
    assert found["partner"]["number"] == books.partner.number
    lines = {line["currency"]: line for line in found["lines"]}
    assert lines["EUR"]["earned"] == {"minor": 120050, "amount": "1200.50"}
    assert lines["JPY"]["free"] == {"minor": 980, "amount": "980"}
    assert lines["EUR"]["held"] == {"minor": 60025, "amount": "600.25"}
    assert lines["EUR"]["free"] == {"minor": 60025, "amount": "600.25"}


def test_a_statement_is_for_those_who_may_see_the_money(ask, books, world):
    other = world.partner("Other")
    address = f"/partners/{books.partner.number}/statement"
    for who, status in (
        (world.finance_viewer("Vera", books.partner), 200),
        (world.finance_analyst("Felix"), 200),
        (world.auditor("Otto"), 200),
        (world.learner("Lena", books.partner), 404),
        (world.contact("Carla", other), 404),
        (world.representative("Rosa", books.partner), 404),
        (world.author("Arno"), 404),
    ):
        assert ask(who, "GET", address).status_code == status, who.name
    assert ask(None, "GET", address).status_code == 401
    assert ask(world.finance_analyst("Fritz"), "GET", "/partners/P-9999/statement").status_code == 404


def test_anyone_verifies_a_certificate_in_json(ask, client, books, clock):
    certificate = books.certify(books.case(), expires_on=(clock.now + timedelta(days=30)).date())
    found = ask(None, "GET", f"/certificates/{certificate.number}").json
    assert (found["standing"], found["kind"]) == ("valid", "program_completion")
    assert found["document_digest"] == certificate.pdf_digest
    shown = client.get(f"/verify/{certificate.number}").text
    for field in found["fields"]:
        assert field["label"] in shown
        assert squeezed(field["value"]) in squeezed(shown)
    typed = certificate.number.lower().replace("-", " ")
    assert ask(None, "GET", f"/certificates/{typed}").json["number"] == certificate.number
    books.revoke(certificate)
    revoked = ask(None, "GET", f"/certificates/{certificate.number}").json
    assert revoked["standing"] == "revoked"
    assert revoked["revoked_at"]
    assert "error" not in revoked["fields"][0]["label"].lower()


def test_an_expired_certificate_is_not_called_valid(ask, books, clock):
    certificate = books.certify(books.case(), expires_on=(clock.now + timedelta(days=2)).date())
    clock.advance(days=4)
    assert ask(None, "GET", f"/certificates/{certificate.number}").json["standing"] == "expired"


def test_unknown_and_malformed_numbers_get_the_same_answer(ask):
    answers = [ask(None, "GET", f"/certificates/{number}") for number in ("AAAA-BBBB-CCCC-DDDD", "x", "%20", "1' OR 1")]
    assert {(answer.status_code, answer.mimetype) for answer in answers} == {(404, "application/problem+json")}
    assert len({answer.get_data() for answer in answers}) == 1


@pytest.mark.one_engine
def test_verification_is_limited_like_the_page(portal_with):
    client = portal_with(mode=Mode.DEMO, verify_limit="3 per minute").test_client()
    statuses = [client.get("/api/v1/certificates/AAAA-BBBB-CCCC-DDDD").status_code for _ in range(5)]
    assert statuses == [404, 404, 404, 429, 429]
