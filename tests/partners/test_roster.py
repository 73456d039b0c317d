from datetime import date

import pytest

from app.access.policy import Role
from app.kernel.clock import now
from app.kernel.errors import NotFound, NotPermitted
from app.partners import queries, services
from app.partners.models import AuthorizationStatus


@pytest.fixture
def acme(world):
    return world.partner("Acme")


@pytest.fixture
def rival(world):
    return world.partner("Rival")


@pytest.fixture
def grace(world, acme):
    return world.contact("Grace", acme)


def add(client, **fields):
    values = {
        "name": "Ada Lovelace",
        "email": "ada@acme.example",
        "category": "sales",
        "joined_on": "2026-01-15",
        **fields,
    }
    return client.submit(client.get("/roster/people/new"), "Add to roster", **values)


def test_a_contact_puts_a_colleague_on_the_roster_who_then_gets_an_account(client, world, acme, grace):
    client.sign_in(grace)
    answer = add(client)
    assert answer.heading == "Roster"
    assert "Ada Lovelace is on the roster." in answer.text
    (ada,) = world.roster(acme)
    assert world.actor(ada).roles == {Role.LEARNER}


def test_the_same_person_twice_is_one_line(client, world, acme, grace):
    client.sign_in(grace)
    add(client)
    answer = add(client, email="ADA@acme.example")
    assert answer.status_code == 409
    assert "on the roster already" in answer.text
    assert len(world.roster(acme)) == 1


def test_somebody_of_another_company_cannot_be_put_on_the_roster(client, world, grace, rival):
    mallory = world.learner("Mallory", rival)
    client.sign_in(grace)
    answer = add(client, name="Mallory", email=mallory.email)
    assert answer.status_code == 409
    assert "Rival" not in answer.text


def test_leave_and_departure_are_noted_with_their_dates(client, world, acme, grace):
    line = world.covered("Ada Lovelace", acme, by=grace)
    client.sign_in(grace)
    page = client.get(f"/roster/people/{line.id}")
    answer = client.submit(page, "Note the leave", **{"leave_from": "2026-02-01", "reason": "Parental leave"})
    assert "Parental leave, from 1 February 2026" in answer.text
    answer = client.submit(client.get(f"/roster/people/{line.id}"), "Take off the roster", **{"left_on": "2026-03-01"})
    assert "Nobody is on the roster yet" in answer.text


def test_a_leave_that_ends_before_it_begins_is_refused_beside_its_field(client, world, acme, grace):
    line = world.covered("Ada Lovelace", acme, by=grace)
    client.sign_in(grace)
    page = client.get(f"/roster/people/{line.id}")
    answer = client.submit(
        page,
        "Note the leave",
        **{"leave_from": "2026-02-10", "leave_until": "2026-02-01", "reason": "Parental leave"},
    )
    assert answer.status_code == 422
    assert "ends before it begins" in answer.text


def test_another_partners_line_is_not_found(client, world, acme, grace, rival):
    line = world.covered("Ada Lovelace", acme, by=grace)
    client.sign_in(world.contact("Mallory", rival))
    assert client.get(f"/roster/people/{line.id}").status_code == 404
    assert (
        client.post(
            f"/roster/people/{line.id}/departure",
            data={"left_on": "2026-03-01"},
        ).status_code
        == 404
    )
    assert len(world.roster(acme)) == 1


def test_an_executive_reads_the_roster_but_does_not_keep_it(client, world, acme, grace):
    world.covered("Ada Lovelace", acme, by=grace)
    client.sign_in(world.executive("Erik", acme, password=None))
    assert "Ada Lovelace" in client.get("/roster").text
    assert client.get("/roster/people/new").status_code == 403


def test_a_representative_sees_own_partners_only_and_from_the_next_request(client, in_transaction, world, acme, rival):
    ines = world.representative("Ines", acme)
    client.sign_in(ines)
    listed = client.get("/partners")
    assert "Acme" in listed.text
    assert "Rival" not in listed.text
    assert client.get(f"/partners/{rival.number}").status_code == client.get("/partners/P-9999").status_code == 404
    ruth = world.actor(world.administrator())
    with in_transaction() as session:
        services.end_representation(session, session.merge(acme), ines.id, on=date(2026, 3, 2), by=ruth, at=now())
    assert client.get(f"/partners/{acme.number}").status_code == 404


def test_only_an_administrator_changes_a_partners_standing(in_transaction, world, acme):
    program = world.program(enrolled=(acme,))
    sam = world.actor(world.analyst())
    with pytest.raises(NotPermitted), in_transaction() as session:
        services.authorize(session, acme, program, AuthorizationStatus.SUSPENDED, on=date(2026, 3, 2), by=sam, at=now())


def test_a_partner_out_of_reach_cannot_be_loaded(reading, world, acme, rival):
    mallory = world.actor(world.contact("Mallory", rival))
    with reading() as session, pytest.raises(NotFound):
        queries.load(session, acme.number, by=mallory)
