import ast
import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts import services as accounts
from app.accounts.models import Person
from app.audit import services as audit
from app.audit.models import AuditEvent
from app.decisions import services as decisions
from app.decisions.models import Decision
from app.decisions.rules import DecisionKind
from app.extensions import db
from app.kernel.clock import now
from app.kernel.errors import Refused
from app.reports.subjects import KINDS
from app.reports.views.audit import PROVED_AT_ONCE
from tests.ground.world import BUILDER
from tests.reports.test_words import recorders


@pytest.fixture
def acme(clock, world):
    return world.partner("Acme")


@pytest.fixture
def auditor(clock, world, client):
    oskar = world.auditor()
    client.sign_in(oskar)
    return oskar


@pytest.fixture
def refused(world, in_transaction, acme):
    """Sam proposed a hold and tried to approve it himself."""
    sam = world.actor(world.analyst("Sam Lee"))
    both = type(sam)(sam.person_id, sam.name, roles=sam.roles | world.actor(world.approver()).roles)
    with in_transaction() as session:
        made = decisions.propose(
            session,
            DecisionKind.HOLD,
            1,
            label="H-2026-0001",
            content={"share": 10000},
            partner_id=acme.id,
            reason="Three infractions.",
            by=sam,
            at=now(),
        )
    with pytest.raises(Refused), in_transaction() as session:
        decisions.decide(
            session,
            session.get_one(Decision, made.id),
            approve=True,
            current={"share": 10000},
            reason="Mine",
            by=both,
            at=now(),
        )
    return made


def rows(answer) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in answer.page.select("tbody tr")]


def test_the_trail_says_who_did_what_and_when_newest_first(client, acme, auditor):
    answer = client.get("/audit")
    assert answer.heading == "Audit trail"
    said = rows(answer)
    assert "Oskar" in said[0]
    assert "Signed in" in said[0]
    assert "2 March 2026, 09:00 UTC" in said[0]
    assert any("Added a partner: partner P-1001" in row and "The portal" in row for row in said)


def test_a_refusal_stands_out_and_says_why(client, auditor, refused):
    answer = client.get("/audit?outcome=refused")
    [row] = rows(answer)
    assert "Sam Lee" in row
    assert "Tried to decide, and was refused: decision about H-2026-0001" in row
    assert "This needs a second person: you proposed it." in row
    assert answer.page.select_one(f'a[href="/decisions/{refused.id}"]') is not None


def test_each_filter_narrows_and_its_chip_takes_it_away(client, auditor, refused, acme):
    answer = client.get("/audit?person=sam&action=decision.proposed&from=2020-01-01&to=2099-01-01&outcome=done")
    assert len(rows(answer)) == 1
    chips = [chip.get_text() for chip in answer.page.select(".chip")]
    assert len(chips) == 5
    without = answer.page.select_one(".chip")["href"]
    assert "person" not in without
    assert "action=decision.proposed" in without
    assert client.get(without).status_code == 200


def test_days_are_days_of_the_reader(client, auditor, in_transaction, clock):
    with in_transaction() as session:
        session.execute(update(Person).where(Person.id == auditor.id).values(time_zone="Pacific/Auckland"))
    client.sign_in(auditor)
    assert rows(client.get("/audit?from=2026-03-02&to=2026-03-02&action=session.opened"))
    assert "NZDT" in rows(client.get("/audit"))[0]
    clock.advance(hours=3)
    client.sign_in(auditor)
    assert len(rows(client.get("/audit?from=2026-03-03&action=session.opened"))) == 1


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("from=2026-02-30", "“2026-02-30” is not a date."),
        ("to=yesterday", "“yesterday” is not a date."),
        ("from=2026-03-02&to=2026-03-01", "The last day is before the first."),
        ("action=everything", "Choose one of the actions in the list."),
        ("outcome=maybe", "Choose done or refused."),
    ],
)
def test_a_filter_that_cannot_be_understood_says_so_and_shows_nothing(client, auditor, query, sentence):
    answer = client.get(f"/audit?{query}")
    assert answer.status_code == 200
    assert sentence in answer.errors[0]
    assert rows(answer) == []


@pytest.mark.parametrize(
    "query", ["about=RC-1999-0001", "person=nobody", "before=x", "before=99999999999999999", "person=%25"]
)
def test_strange_filters_find_nothing_or_everything_but_break_nothing(client, auditor, query):
    assert client.get(f"/audit?{query}").status_code == 200


def test_a_partner_is_found_by_its_number(client, auditor, refused, acme, world):
    other = world.partner("Other")
    said = rows(client.get(f"/audit?about={acme.number.lower()}"))
    assert said
    assert all(other.number not in row for row in said)
    assert any("to a second person" in row for row in said)


def test_older_events_are_a_page_away(client, auditor, in_transaction):
    with in_transaction() as session:
        for number in range(120):
            audit.record(session, "note.written", "case", number, by=BUILDER, at=now())
    seen = []
    answer = client.get("/audit?action=note.written")
    while True:
        seen += rows(answer)
        older = answer.page.select_one('a[rel="next"]')
        if older is None:
            break
        answer = client.get(older["href"])
    assert len(seen) == 120
    assert len(set(seen)) == 120


def test_a_page_of_the_trail_takes_six_statements_whatever_it_shows(client, auditor, refused, statements):
    client.get("/audit")
    with statements() as made:
        client.get("/audit")
    assert len(made) <= 6, made


def test_the_file_holds_all_that_is_filtered_and_no_formula(client, auditor, in_transaction):
    with in_transaction() as session:
        for number in range(130):
            audit.record(
                session, "note.written", "case", number, by=BUILDER, at=now(), reason="=HYPERLINK(1)", details={"n": 1}
            )
    answer = client.get("/audit.csv?action=note.written")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit-trail.csv"'
    found = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert len(found) == 130
    assert found[0]["reason"] == "'=HYPERLINK(1)"
    assert found[0]["details"] == '{"n":1}'
    with client.application.app_context():
        assert {row["hash"] for row in found} <= set(db.session.scalars(select(AuditEvent.hash)))


def test_the_chain_is_verified_on_its_own_page(client, auditor):
    answer = client.get("/audit/verification")
    assert "The chain verifies:" in answer.text
    assert "flask audit verify --anchor" in answer.text


@pytest.mark.one_engine
def test_a_long_chain_is_verified_as_far_as_a_page_may(client, auditor, in_transaction):
    with in_transaction() as session:
        for number in range(PROVED_AT_ONCE + 5):
            audit.record(session, "note.written", "case", number, by=BUILDER, at=now())
    answer = client.get("/audit/verification")
    assert "The newest 20,000 events verify" in answer.text
    assert "flask audit verify" in answer.text


def test_a_broken_link_is_named(client, auditor, tampered):
    tampered("UPDATE audit_event SET reason = 'Nothing happened' WHERE seq = 1")
    assert "The chain is broken at event 1" in client.get("/audit/verification").text


def test_only_auditors_and_administrators_read_the_trail(client, world, acme):
    for person, status in (
        (world.analyst(), 403),
        (world.finance_approver(), 403),
        (world.representative("Rosa", acme), 403),
        (world.contact("Carla", acme), 404),
        (world.learner("Ada", acme), 404),
        (world.administrator(), 200),
    ):
        client.sign_in(person)
        for address in ("/audit", "/audit.csv", "/audit/verification"):
            assert client.get(address).status_code == status, (person.name, address)


def test_a_person_who_left_is_still_named(client, auditor, in_transaction, world, acme):
    ada = world.learner("Ada Byron", acme)
    client.sign_in(ada)
    with in_transaction() as session:
        accounts.deactivate(session, session.get_one(Person, ada.id), by=BUILDER, at=now() + timedelta(seconds=1))
    client.sign_in(auditor)
    assert any("Ada Byron" in row for row in rows(client.get("/audit?person=ada")))


@pytest.mark.one_engine
def test_the_trail_of_a_case_holds_its_parts_and_nothing_of_other_cases(client, stage, world):
    number = stage.completed()
    other = stage.open(partner=stage.globex)
    client.sign_in(world.auditor())
    answer = client.get(f"/cases/{number}/audit")
    assert answer.heading == f"Audit trail of {number}"
    said = []
    while True:
        said += rows(answer)
        older = answer.page.select_one('a[rel="next"]')
        if older is None:
            break
        answer = client.get(older["href"])
    told = " ".join(said)
    for words in (
        "Recorded an infraction",
        "Opened a remediation case",
        "Had a notice served",
        "Acknowledged a notice",
        "Accepted a plan",
        "Sent evidence",
        "Accepted evidence",
        "Signed the completion attestation",
        "Made a determination",
        "Approved a determination, as the second person",
    ):
        assert words in told
    assert other not in told
    assert client.get("/cases/RC-1999-0001/audit").status_code == 404
    assert len(client.get(f"/audit.csv?about={number}").get_data(as_text=True).splitlines()) == len(said) + 1


@pytest.mark.one_engine
def test_every_subject_of_a_whole_story_has_a_name_and_its_link_works(client, stage, world):
    number = stage.completed()
    client.sign_in(world.auditor())
    answer = client.get(f"/cases/{number}/audit")
    links = {link["href"] for link in answer.page.select("tbody a")}
    assert len(links) > 3
    for link in links:
        assert client.get(link).status_code == 200, link


def test_whatever_is_recorded_as_a_subject_is_known():
    found = set()
    for path in recorders():
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in (
                "record",
                "RefusedAct",
            ):
                position = 1 if getattr(call.func, "id", "") == "RefusedAct" else 2
                if len(call.args) > position and isinstance(call.args[position], ast.Constant):
                    found.add(call.args[position].value)
    assert len(found) > 15
    assert found <= set(KINDS), found - set(KINDS)


def test_every_page_that_a_subject_names_exists(app):
    for name, kind in KINDS.items():
        if kind.endpoint is not None:
            rules = list(app.url_map.iter_rules(kind.endpoint))
            assert any({kind.argument} == rule.arguments for rule in rules), name
