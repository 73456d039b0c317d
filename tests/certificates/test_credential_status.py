"""The status list, asked as a stranger's verifier asks: which bits are set, when, and what becomes of a revoked credential."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa
from openbadgeslib.ob3 import OB3VerificationError
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError

from app.certificates.credential import status
from app.certificates.credential.payload import Slot
from app.certificates.queries import statuses
from app.kernel.errors import Conflict
from tests.certificates.test_credential_keys import stored
from tests.certificates.verifier import DoesNotHold, bits, by_the_letter, claims, header, openbadges, set_bits, web

BASE = "http://localhost"


@pytest.fixture
def todays_world(clock):
    """The libraries' own clocks stand where the portal's does."""
    with time_machine.travel(clock.now, tick=False):
        yield


@pytest.mark.usefixtures("todays_world")
def test_a_credential_verifies_and_a_revoked_one_is_rejected(desk, client, credential_of, clock):
    """openbadgeslib, which shares no line with the portal, fetches key and list by their addresses."""
    kept, gone = desk.issue(), desk.issue()
    for certificate in (kept, gone):
        found = openbadges(credential_of(certificate), web(client))
        assert found.identifiers[0].identity_hash == "Ada Lindqvist"
        assert by_the_letter(credential_of(certificate), web(client), issuer=BASE, at=clock.now)
    desk.revoke(gone)
    with pytest.raises(OB3VerificationError, match="'revocation' is set"):
        openbadges(credential_of(gone), web(client))
    with pytest.raises(DoesNotHold, match="revoked"):
        by_the_letter(credential_of(gone), web(client), issuer=BASE, at=clock.now)
    # The signature of a revoked one still holds: only the list takes it back.
    assert openbadges(credential_of(gone), web(client), check_status=False)
    assert openbadges(credential_of(kept), web(client))


@pytest.mark.usefixtures("todays_world")
def test_a_superseded_credential_is_rejected_and_the_newer_one_verifies(desk, client, credential_of):
    old, new = desk.issue(), desk.issue()
    desk.supersede(old, new)
    with pytest.raises(OB3VerificationError, match="'revocation' is set"):
        openbadges(credential_of(old), web(client))
    assert openbadges(credential_of(new), web(client))


@pytest.mark.usefixtures("todays_world")
def test_a_credential_outlives_the_key_that_signed_it(desk, app, client, credential_of, clock):
    old = desk.issue()
    path = Path(app.config["SETTINGS"].data_folder) / "credential-key.pem"
    path.unlink()
    stored(path, rsa.generate_private_key(65537, 2048))
    new = desk.issue()
    assert header(credential_of(old))["kid"] != header(credential_of(new))["kid"]
    for certificate in (old, new):
        assert by_the_letter(credential_of(certificate), web(client), issuer=BASE, at=clock.now)
        assert openbadges(credential_of(certificate), web(client), check_status=False)
    desk.revoke(old)
    with pytest.raises(DoesNotHold, match="revoked"):
        by_the_letter(credential_of(old), web(client), issuer=BASE, at=clock.now)


def test_exactly_the_bits_of_revoked_and_superseded_certificates_are_set(desk, client):
    made = [desk.issue() for _ in range(6)]
    served = lambda: client.get("/credentials/status/1").get_data(as_text=True)  # noqa: E731
    assert set_bits(served()) == set()
    desk.revoke(made[0])
    desk.revoke(made[3])
    desk.supersede(made[1], made[2])
    assert set_bits(served()) == {made[place].status_index for place in (0, 1, 3)}


def test_the_list_is_what_the_standard_describes(desk, client, clock):
    desk.issue()
    answer = client.get("/credentials/status/1")
    assert answer.mimetype == "text/plain"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    said = claims(answer.get_data(as_text=True))
    assert said["@context"] == ["https://www.w3.org/ns/credentials/v2"]
    assert said["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert said["iss"] == said["issuer"] == BASE
    assert said["id"] == said["jti"] == f"{BASE}/credentials/status/1"
    subject = said["credentialSubject"]
    assert (subject["type"], subject["statusPurpose"], subject["ttl"]) == ("BitstringStatusList", "revocation", 300_000)
    assert len(bits(subject["encodedList"])) == 16 * 1024
    assert datetime.fromisoformat(said["validUntil"]) == clock.now + timedelta(days=1)
    assert said["nbf"] <= clock.now.timestamp() < said["exp"]


def test_an_expired_certificate_is_not_called_revoked(desk, client, clock):
    desk.issue(expires_on=(clock.now + timedelta(days=3)).date())
    clock.advance(days=10)
    assert set_bits(client.get("/credentials/status/1").get_data(as_text=True)) == set()


@pytest.mark.parametrize("number", ["0", "1", "2", "9999999999", "-1", "x", "1.5"])
def test_a_list_that_does_not_exist_is_not_found(number, client):
    assert client.get(f"/credentials/status/{number}").status_code == 404


def test_a_revocation_is_in_the_very_next_answer_and_the_same_list_is_signed_once(desk, client):
    made = desk.issue()
    first = client.get("/credentials/status/1").get_data()
    before = status._signed.cache_info().misses
    assert client.get("/credentials/status/1").get_data() == first
    assert status._signed.cache_info().misses == before
    desk.revoke(made)
    assert client.get("/credentials/status/1").get_data() != first


def test_the_list_asks_one_question_however_many_certificates_there_are(desk, client, statements):
    desk.revoke(desk.issue())
    client.get("/credentials/status/1")
    for _ in range(3):
        desk.issue()
    with statements() as made:
        client.get("/credentials/status/1")
    assert len(made) == 1, made


def test_places_are_drawn_at_random_and_none_twice(desk, reading):
    made = [desk.issue() for _ in range(5)]
    places = [certificate.status_index for certificate in made]
    assert len(set(places)) == 5
    assert places != sorted(places) or places[-1] - places[0] > 5
    assert {certificate.status_list for certificate in made} == {1}


def test_a_new_list_begins_when_half_of_the_current_one_is_taken(desk, reading, monkeypatch, client):
    monkeypatch.setattr(statuses, "FULL", 2)
    made = [desk.issue() for _ in range(5)]
    assert [certificate.status_list for certificate in made] == [1, 1, 2, 2, 3]
    desk.revoke(made[0])
    desk.revoke(made[4])
    lists = {
        number: set_bits(client.get(f"/credentials/status/{number}").get_data(as_text=True)) for number in (1, 2, 3)
    }
    assert lists == {1: {made[0].status_index}, 2: set(), 3: {made[4].status_index}}


def test_a_place_that_is_taken_is_not_drawn_again(desk, reading, monkeypatch):
    """Four places in all: the third and fourth certificate must find the two that are left."""
    monkeypatch.setattr(statuses, "BITS", 4)
    made = [desk.issue() for _ in range(4)]
    assert sorted(certificate.status_index for certificate in made) == [0, 1, 2, 3]


def test_two_prepared_for_one_place_are_told_so_in_a_sentence(desk, monkeypatch):
    monkeypatch.setattr(statuses, "BITS", 1)
    first, second = desk.prepare(), desk.prepare()
    assert first.slot == second.slot == Slot(1, 0)
    desk.keep(first)
    with pytest.raises(Conflict, match="place in the status list. Try again"):
        desk.keep(second)


def test_the_credential_and_its_place_can_never_be_changed(desk, in_transaction):
    made = desk.issue()
    for column, value in (("credential", "'forged'"), ("status_index", "7"), ("status_list", "2")):
        with pytest.raises((IntegrityError, StatementError), match="append-only"), in_transaction() as session:
            session.execute(text(f"UPDATE certificate SET {column} = {value} WHERE id = :id"), {"id": made.id})


def test_a_certificate_prepared_for_one_time_zone_is_not_issued_in_another(desk, in_transaction):
    prepared = desk.prepare()
    desk.partner.time_zone = "Asia/Tokyo"
    with pytest.raises(ValueError, match="time zone"):
        desk.keep(prepared)


def test_a_list_of_a_hundred_thousand_bits_is_made_in_milliseconds(desk):
    """Half of a list revoked: nobody's list is fuller."""
    ended = tuple(range(0, status.BITS, 2))
    started = time.perf_counter()
    made = status.signed(BASE, 1, ended, desk.issuer.credential_key, at=datetime(2026, 3, 2, 9, tzinfo=UTC))
    assert time.perf_counter() - started < 1
    assert set_bits(made) == set(ended)
