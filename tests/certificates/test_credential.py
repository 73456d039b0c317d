"""The credential itself: what it says, that it is signed, and that nothing else passes for it."""

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
import time_machine
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from openbadgeslib.ob3 import OB3VerificationError, OB3Verifier

from app.certificates.credential.keys import CredentialKey, make_key
from app.certificates.credential.linkedin import profile_link
from app.certificates.credential.payload import Slot, payload
from app.certificates.credential.token import token
from app.certificates.document.brand import Brand
from app.certificates.document.render import render
from app.certificates.rules.file_names import ATTACHED_CREDENTIAL, ATTACHED_DATA
from app.certificates.rules.snapshot import Outcome, Snapshot
from tests.certificates import specimens
from tests.certificates.reading import findings, reader
from tests.certificates.verifier import claims, header, pem

BASE = "https://partners.northwind-harbor.example"
SLOT = Slot(3, 70_707)
AFTERWARDS = datetime(2026, 5, 1, tzinfo=UTC)

SPECIMENS = {
    "course": specimens.course(),
    "course without a score": specimens.course(score=None, mastery_score=None),
    "course without an end": specimens.course(expires_on=None),
    "program": specimens.program(),
    "program with conditions": specimens.program(
        outcome=Outcome.COMPLETED_WITH_CONDITIONS, conditions="A second person reviews every claim."
    ),
    **{f"holder: {script}": specimens.course(name) for script, name in specimens.HOSTILE_NAMES.items()},
}


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> CredentialKey:
    return make_key(tmp_path_factory.mktemp("key") / "credential.pem")


def signed(snapshot: Snapshot, key: CredentialKey, *, time_zone: str = "Europe/Berlin") -> str:
    return token(payload(snapshot, base_url=BASE, slot=SLOT, time_zone=time_zone), key, base_url=BASE)


def said(snapshot: Snapshot, *, time_zone: str = "Europe/Berlin") -> dict[str, Any]:
    return payload(snapshot, base_url=BASE, slot=SLOT, time_zone=time_zone)


def verified(credential: str, key: CredentialKey) -> Any:
    with time_machine.travel(AFTERWARDS, tick=False):
        return OB3Verifier(pem(key.public.jwk(BASE))).verify(credential)


@pytest.mark.parametrize("kind", SPECIMENS)
def test_an_independent_verifier_accepts_every_kind(kind: str, key: CredentialKey) -> None:
    found = verified(signed(SPECIMENS[kind], key), key)
    assert found.identifiers[0].identity_hash == SPECIMENS[kind].holder
    assert found.issuer.name == "Northwind Harbor"
    assert found.issuer.url == BASE
    assert found.evidence_url == SPECIMENS[kind].verify_url


def test_a_course_credential_says_what_the_certificate_prints() -> None:
    claims = said(specimens.course())
    achievement = claims["credentialSubject"]["achievement"]
    assert achievement["achievementType"] == "Course"
    assert achievement["name"] == specimens.COURSE.course_title
    assert achievement["version"] == "3"
    assert achievement["otherIdentifier"][0]["identifier"] == specimens.COURSE.content_hash
    assert "at least 80 %" in achievement["criteria"]["narrative"]
    assert claims["credentialSubject"]["licenseNumber"] == specimens.course().number
    [result] = claims["credentialSubject"]["result"]
    assert result["value"] == "92"
    assert result["resultDescription"] == achievement["resultDescription"][0]["id"]


def test_a_score_that_is_not_printed_is_not_told() -> None:
    claims = said(specimens.course(score=None, mastery_score=None))
    assert "result" not in claims["credentialSubject"]
    assert "resultDescription" not in claims["credentialSubject"]["achievement"]
    assert "%" not in json.dumps(claims)


def test_the_subject_of_a_program_credential_is_the_partner() -> None:
    claims = said(specimens.program())
    known = {one["identityType"]: one["identityHash"] for one in claims["credentialSubject"]["identifier"]}
    assert known == {"name": "Brightwater Systems GmbH", "identifier": "P-10482"}
    assert claims["credentialSubject"]["achievement"]["achievementType"] == "CertificateOfCompletion"
    assert claims["name"] == "Program completion: Cloud Resale and Managed Services"


def test_conditions_are_not_left_out() -> None:
    claims = said(SPECIMENS["program with conditions"])
    assert "with conditions: A second person reviews every claim." in claims["evidence"][0]["narrative"]
    assert "without conditions" in said(specimens.program())["evidence"][0]["narrative"]


@pytest.mark.parametrize("kind", ["course", "program", "program with conditions"])
def test_nothing_is_said_of_the_inside_of_a_partner_and_no_address_of_anybody(kind: str) -> None:
    text = json.dumps(said(SPECIMENS[kind]), ensure_ascii=False)
    assert "@" not in text.replace('"@context"', "")
    inside = ["Sam Okafor", "Ana Reyes", "RC-2026-0042", "DT-2026-0017", "24 of 24", "Root cause", "Ingrid"]
    assert not [word for word in inside if word in text]


def test_everything_said_of_the_holder_is_printed_on_the_certificate() -> None:
    for snapshot in SPECIMENS.values():
        printed = " ".join(value for _, value in snapshot.printed_fields())
        assert all(one["identityHash"] in printed for one in said(snapshot)["credentialSubject"]["identifier"])


def test_two_people_who_passed_the_same_course_have_the_same_achievement() -> None:
    ada, grace = (said(specimens.course(name, seed=name.encode())) for name in ("Ada", "Grace"))
    other = said(specimens.course(content_hash="0" * 64))
    ids = [one["credentialSubject"]["achievement"]["id"] for one in (ada, grace, other)]
    assert ids[0] == ids[1] != ids[2]
    assert ada["id"] != grace["id"]


@pytest.mark.parametrize(
    ("zone", "begins", "ends"),
    [
        ("UTC", "2026-03-02T00:00:00Z", "2028-03-01T23:59:59Z"),
        ("Europe/Berlin", "2026-03-01T23:00:00Z", "2028-03-01T22:59:59Z"),
        ("America/Los_Angeles", "2026-03-02T08:00:00Z", "2028-03-02T07:59:59Z"),
        ("Pacific/Kiritimati", "2026-03-01T10:00:00Z", "2028-03-01T09:59:59Z"),
    ],
)
def test_it_is_valid_by_the_holders_day(zone: str, begins: str, ends: str) -> None:
    claims = said(specimens.course(), time_zone=zone)
    assert (claims["validFrom"], claims["validUntil"]) == (begins, ends)
    assert claims["nbf"] == datetime.fromisoformat(begins).timestamp()
    assert claims["exp"] == datetime.fromisoformat(ends).timestamp()


def test_without_an_end_it_has_none() -> None:
    assert not {"validUntil", "exp"} & set(said(specimens.course(expires_on=None)))


def test_an_expired_one_is_rejected(key: CredentialKey) -> None:
    credential = signed(specimens.course(), key)
    with time_machine.travel(datetime(2028, 3, 3, tzinfo=UTC), tick=False), pytest.raises(OB3VerificationError):
        OB3Verifier(pem(key.public.jwk(BASE))).verify(credential)


def test_the_claims_are_the_ones_that_open_badges_asks_for() -> None:
    claims = said(specimens.course())
    assert claims["iss"] == claims["issuer"]["id"] == BASE
    assert claims["sub"] == claims["credentialSubject"]["id"]
    assert claims["jti"] == claims["id"] == f"{specimens.course().verify_url}/credential"
    assert "iat" not in claims
    assert claims["credentialStatus"] == {
        "id": f"{BASE}/credentials/status/3#70707",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "70707",
        "statusListCredential": f"{BASE}/credentials/status/3",
    }


def test_the_header_has_algorithm_key_and_type_and_nothing_else(key: CredentialKey) -> None:
    found = header(signed(specimens.course(), key))
    assert found == {"alg": "RS256", "kid": f"{BASE}/credentials/keys/{key.public.thumbprint}", "typ": "JWT"}


def test_the_same_facts_and_key_make_the_same_bytes(key: CredentialKey) -> None:
    again = CredentialKey(key.private_key)
    assert signed(specimens.course(), key) == signed(specimens.course(), again)
    body = signed(specimens.course(), key).split(".")[1]
    assert base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)) == rfc8785.dumps(said(specimens.course()))


# What must not pass for it


def _part(said: dict[str, Any]) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=")


def _rejected(credential: str, key: CredentialKey) -> None:
    with pytest.raises(OB3VerificationError):
        verified(credential, key)
    with pytest.raises((JoseError, ValueError)):
        jws.deserialize_compact(credential, RSAKey.import_key(key.public.jwk(BASE)), algorithms=["RS256"])


def test_other_claims_under_the_same_signature_are_rejected(key: CredentialKey) -> None:
    credential = signed(specimens.course(), key)
    body = _part(claims(credential) | {"name": "Another course"})
    _rejected(b".".join([_part(header(credential)), body, credential.split(".")[2].encode()]).decode(), key)


def test_every_changed_character_of_the_signature_and_claims_is_rejected(key: CredentialKey) -> None:
    credential = signed(specimens.course(), key)
    # The last character of a part carries bits that are thrown away in decoding; all others count.
    for place in range(credential.index(".") + 1, len(credential) - 2, 61):
        if "." in credential[place : place + 2]:
            continue
        other = "A" if credential[place] != "A" else "B"
        with pytest.raises(OB3VerificationError):
            verified(credential[:place] + other + credential[place + 1 :], key)


def test_no_algorithm_is_rejected(key: CredentialKey) -> None:
    body = _part(claims(signed(specimens.course(), key)))
    _rejected(b".".join([_part({"alg": "none", "typ": "JWT"}), body, b""]).decode(), key)


def test_the_public_key_as_a_shared_secret_is_rejected(key: CredentialKey) -> None:
    body = _part(claims(signed(specimens.course(), key)))
    head = _part({"alg": "HS256", "typ": "JWT"})
    for secret in (pem(key.public.jwk(BASE)), key.public.canonical(), key.public.n.encode()):
        mac = base64.urlsafe_b64encode(hmac.digest(secret, head + b"." + body, hashlib.sha256)).rstrip(b"=")
        _rejected(b".".join([head, body, mac]).decode(), key)


def test_another_vendors_key_is_rejected(key: CredentialKey, tmp_path: Any) -> None:
    _rejected(signed(specimens.course(), make_key(tmp_path / "other.pem")), key)


# In the document


@pytest.mark.parametrize("kind", ["course", "program"])
def test_the_document_carries_it_and_stays_archival_and_accessible(kind: str, key: CredentialKey, brand: Brand) -> None:
    snapshot = SPECIMENS[kind]
    credential = signed(snapshot, key)
    pdf = render(snapshot, brand=brand, credential=credential)
    assert findings(pdf) == []
    attached = reader(pdf).attachments
    assert sorted(attached) == [ATTACHED_DATA, ATTACHED_CREDENTIAL]
    assert attached[ATTACHED_DATA] == [snapshot.canonical()]
    assert attached[ATTACHED_CREDENTIAL] == [credential.encode()]
    assert render(snapshot, brand=brand, credential=credential) == pdf


def test_each_attachment_says_what_it_is_and_belongs_to_the_document_once(key: CredentialKey, brand: Brand) -> None:
    pdf = render(specimens.course(), brand=brand, credential=signed(specimens.course(), key))
    associated = [entry.get_object() for entry in reader(pdf).trailer["/Root"]["/AF"]]
    assert [str(entry["/UF"]) for entry in associated] == [ATTACHED_DATA, ATTACHED_CREDENTIAL]
    assert {str(entry["/AFRelationship"]) for entry in associated} == {"/Data"}
    assert all(len(str(entry["/Desc"])) > 20 for entry in associated)
    files = [entry["/EF"]["/F"].get_object() for entry in associated]
    assert [str(file["/Subtype"]) for file in files] == ["/application/json", "/application/jwt"]
    assert {str(file["/Params"]["/ModDate"]) for file in files} == {"D:20260302000000Z"}


# LinkedIn


def test_linkedin_is_told_the_course_the_days_and_where_to_verify() -> None:
    link = profile_link(specimens.course(course_title="Gifts & hospitality: 100 %"))
    assert link is not None
    assert link.startswith(
        "https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME&name=Gifts+%26+hospitality"
    )
    assert re.findall(r"(?:issue|expiration)(?:Year|Month)=\d+", link) == [
        "issueYear=2026",
        "issueMonth=3",
        "expirationYear=2028",
        "expirationMonth=3",
    ]
    assert "Ada" not in link
    assert profile_link(specimens.program()) is None
