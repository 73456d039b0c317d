"""Where people and programs get the credential: the holder's page, the public page, and the addresses for machines."""

import json

import pytest
from sqlalchemy import select

from app.certificates.models import Certificate
from app.certificates.rules.snapshot import CertificateKind
from app.settings import Mode
from app.transactions import reading as reading_session
from tests.certificates.reading import reader
from tests.certificates.test_credential_status import BASE
from tests.certificates.verifier import claims, header
from tests.ground.furnished import MALLORY

UNKNOWN = "7K3Q-M9TD-0XWZ-5HRB"


def test_the_holder_downloads_the_stored_credential(desk, client, credential_of):
    made = desk.issue()
    client.sign_in(desk.learner)
    page = client.get(f"/certificates/{made.number}")
    answer = client.get(page.link("Download the credential (Open Badges 3.0)"))
    assert answer.get_data(as_text=True) == credential_of(made)
    assert answer.mimetype == "text/plain"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="credential-{made.number}.jwt"'
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_pdf_carries_the_very_credential_that_is_stored(desk, client, credential_of):
    made = desk.issue()
    client.sign_in(desk.learner)
    pdf = client.get(f"/certificates/{made.number}/document.pdf").get_data()
    assert reader(pdf).attachments["credential.jwt"] == [credential_of(made).encode()]


def test_the_holder_is_offered_linkedin_for_a_valid_certificate_only(desk, client):
    made = desk.issue()
    client.sign_in(desk.learner)
    link = client.get(f"/certificates/{made.number}").link("Add to LinkedIn")
    assert link.startswith("https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME&")
    assert f"certId={made.number}" in link
    desk.revoke(made)
    text = client.get(f"/certificates/{made.number}").text
    assert "LinkedIn" not in text
    assert "Download the credential" not in text


def test_staff_are_not_offered_to_put_somebody_elses_certificate_in_their_profile(desk, client, world):
    made = desk.issue()
    client.sign_in(world.analyst("Sam"))
    page = client.get(f"/certificates/{made.number}")
    assert "LinkedIn" not in page.text
    assert page.link("Download the credential (Open Badges 3.0)")


def test_a_stranger_and_a_colleague_get_the_same_answer_as_for_none(desk, client, world):
    made = desk.issue()
    for person in (world.learner("Grace", desk.partner), world.learner("Mallory", world.partner("Other"))):
        client.sign_in(person)
        told = {
            client.get(f"/certificates/{number}/credential.jwt").status_code
            for number in (made.number, UNKNOWN, "nonsense")
        }
        assert told == {404}


def test_anyone_with_the_number_fetches_the_credential_however_it_is_typed(desk, client, credential_of):
    made = desk.issue()
    for typed in (made.number, made.number.lower(), made.number.replace("-", "")):
        answer = client.get(f"/verify/{typed}/credential")
        assert answer.get_data(as_text=True) == credential_of(made)
    assert answer.mimetype == "text/plain"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    assert claims(credential_of(made))["id"] == f"{BASE}/verify/{made.number}/credential"


def test_a_revoked_credential_is_still_there_to_be_looked_at(desk, client, credential_of):
    made = desk.issue()
    desk.revoke(made)
    assert client.get(f"/verify/{made.number}/credential").get_data(as_text=True) == credential_of(made)


def test_an_unknown_and_a_malformed_number_look_alike(client):
    answers = [client.get(f"/verify/{number}/credential") for number in (UNKNOWN, "nonsense", "7" * 300)]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.heading for answer in answers} == {"No certificate with this number"}


@pytest.mark.one_engine
def test_walking_through_numbers_is_slowed_down_as_on_the_page(portal_with):
    client = portal_with(mode=Mode.DEMO, verify_limit="3 per minute").test_client()
    assert [client.get(f"/verify/{UNKNOWN}/credential").status_code for _ in range(5)] == [404, 404, 404, 429, 429]


def test_the_public_page_leads_machines_to_credential_keys_and_list(desk, client, credential_of):
    made = desk.issue()
    page = client.get(f"/verify/{made.number}")
    assert client.get(page.link("the credential")).get_data(as_text=True) == credential_of(made)
    keys = client.get(page.link("the keys")).get_json()["keys"]
    assert header(credential_of(made))["kid"] in {key["kid"] for key in keys}
    status = claims(credential_of(made))["credentialStatus"]["statusListCredential"]
    assert f"{BASE}{page.link('the status list')}" == status
    assert client.get(page.link("the status list")).status_code == 200


def test_the_keys_are_public_and_may_be_kept_for_an_hour(desk, client):
    desk.issue()
    answer = client.get("/.well-known/jwks.json")
    assert answer.mimetype == "application/jwk-set+json"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    [key] = answer.get_json()["keys"]
    assert set(key) == {"kty", "use", "alg", "kid", "n", "e"}
    alone = client.get(key["kid"].removeprefix(BASE))
    assert json.loads(alone.get_data()) == key
    assert alone.mimetype == "application/jwk+json"
    assert client.get("/credentials/keys/another").status_code == 404


def test_every_certificate_of_the_demo_has_a_credential_with_nothing_of_the_inside(furnished):
    """Both kinds, as the story issues them, fetched as a stranger."""
    client = furnished.client()
    with furnished.app.app_context():
        issued = reading_session().execute(select(Certificate.number, Certificate.kind)).all()
    assert {kind for _, kind in issued} == set(CertificateKind)
    places = set()
    for number, _ in issued:
        said = claims(client.get(f"/verify/{number}/credential").get_data(as_text=True))
        places.add(said["credentialStatus"]["id"])
        text = json.dumps(said)
        assert "@" not in text.replace('"@context"', "")
        assert "RC-20" not in text
    assert len(places) == len(issued)


def test_another_partners_people_do_not_get_the_programs_credential(furnished):
    with furnished.app.app_context():
        number = (
            reading_session().scalars(select(Certificate.number).where(Certificate.case_id.is_not(None)).limit(1)).one()
        )
    assert furnished.client(MALLORY.email).get(f"/certificates/{number}/credential.jwt").status_code == 404
    assert furnished.client("sam@aldermoor.example").get(f"/certificates/{number}/credential.jwt").status_code == 200
