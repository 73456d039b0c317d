"""What people and programs type: in every field of every form, on both databases. It is refused or kept, and never breaks."""

import json
import re
import secrets
from io import BytesIO

import pytest

from app.transactions import reading
from tests.architecture.routes.addresses import endpoints
from tests.architecture.routes.fields import every_text_field
from tests.architecture.routes.holdings import fitting, missing, named_in, things_in
from tests.architecture.routes.matrix import plain_client
from tests.ground.furnished import Furnished

pytestmark = pytest.mark.xdist_group("routes")

TEXTS = {
    "a NUL": "before\x00after",
    "only a NUL": "\x00",
    "10,000 letters": "a" * 10_000,
    "right to left": "\u202egnp.exe\u202c",
    "letters that join": "\u200d\u200c\ufeff",
    "combining marks": "e" + "\u0301" * 500,
    "control characters": "\x01\x02\x07\x1b[31m\x7f\x85",
    "line breaks": "a\r\nb\nc\u2028d\u2029e",
    "beyond the first plane": "𝕳𝖊𝖑𝖑𝖔 👩‍👩‍👧‍👦 🏴‍☠️",
    "no character": "\ufffe\uffff\ufdd0",
    "half a character": b"\xed\xa0\x80\xed\xb0\x80 \xff\xfe \xc3",
    "white space": " \t\u00a0\u3000 ",
    "a number beyond all": "9" * 400,
    "not a number": "NaN",
    "a statement": "'; DROP TABLE person; --",
    "a format": "%s%n{0}{0.__class__}${x}",
}
PEOPLE = [
    "anke@kestrel.example",
    "grace@kestrel.example",
    "ralf@kestrel.example",
    "ines@aldermoor.example",
    "sam@aldermoor.example",
    "vera@aldermoor.example",
    "hana@aldermoor.example",
    "ruth@aldermoor.example",
]


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_breaks_a_form(furnished: Furnished, name: str) -> None:
    """Each person fills every form that they may send with the same text, dates and numbers included."""
    app, text = furnished.app, TEXTS[name]
    with app.app_context():
        things = things_in(reading())
    clients = [plain_client(app, furnished.people[address]) for address in PEOPLE] + [plain_client(app, None)]
    heard = 0
    for endpoint in endpoints(app):
        if "POST" not in endpoint.methods or endpoint.name == "accounts.sign_out" or endpoint.room == "api":
            continue
        named = named_in(endpoint.rule)
        kinds = [kind for _, kind in named]
        values = next(iter(fitting(things, kinds, 1)), tuple(missing(kind) for kind in kinds))
        url = endpoint.rule
        for (argument, _), value in zip(named, values, strict=True):
            url = re.sub(rf"<(?:[^<>]*:)?{argument}>", str(value), url, count=1)
        for client in clients:
            fields = every_text_field(app, app.view_functions[endpoint.name], text)
            answer = client.post(url, data={**fields, "idempotency_key": secrets.token_hex(12)})
            assert answer.status_code < 500, f"{url} → {answer.status_code}"
            heard += answer.status_code not in (303, 403, 404)
    assert heard > 20


@pytest.mark.parametrize("name", ["a NUL", "half a character", "10,000 letters", "no character"])
def test_no_text_breaks_a_search(furnished: Furnished, name: str) -> None:
    client = plain_client(furnished.app, furnished.people["sam@aldermoor.example"])
    for path in ("/partners", "/assignments", "/incentives", "/verify", "/cases"):
        answer = client.get(path, query_string={"search": TEXTS[name], "number": TEXTS[name], "partner": TEXTS[name]})
        assert answer.status_code in (200, 303, 400, 404, 422), path


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"approve"',
        b"1e999",
        b'{"outcome": "approve", "reason": "\\ud800"}',
        b'{"outcome": "reject", "reason": "\\ud800 half a character"}',
        b'{"outcome": "reject", "reason": "a\\u0000b"}',
        b'{"outcome": ["approve"], "reason": "x"}',
        b'{"outcome": {"a": 1}, "reason": {}}',
        b'{"outcome": "approve", "outcome": "reject", "reason": 1}',
        b'{"outcome": true}',
        b'{"outcome": "approve", "by": 1, "state": "approved"}',
        b"[" * 20_000,
        b"\xff\xfe\x00",
        json.dumps({"outcome": "reject", "reason": "a" * 100_000}).encode(),
    ],
)
def test_no_body_breaks_the_api(furnished: Furnished, body: bytes) -> None:
    client = plain_client(furnished.app, furnished.people["vera@aldermoor.example"])
    decision = next(
        one["id"] for one in client.get("/api/v1/decisions").get_json()["waiting"] if one["state"] == "proposed"
    )
    answer = client.post(
        f"/api/v1/decisions/{decision}/outcome",
        data=body,
        headers={"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(12)},
    )
    assert answer.status_code in (400, 409, 422)
    assert answer.content_type == "application/problem+json"
    assert client.get(f"/api/v1/decisions/{decision}").get_json()["state"] == "proposed"


@pytest.mark.one_engine
def test_a_field_sent_twice_is_one_field(furnished: Furnished) -> None:
    """What the address says does not mix with what the form says."""
    client = furnished.client("anke@kestrel.example")
    fields = {"name": ["Rolf Ude", "Ralf Ude"], "email": ["rolf@kestrel.example", "ralf.ude@kestrel.example"]}
    answer = client.post(
        "/roster/people?name=Other&email=other@kestrel.example&category=sales&joined_on=2026-03-01",
        data={**fields, "idempotency_key": "k" * 20},
    )
    assert answer.status_code == 422
    assert "Rolf" not in client.get("/roster").text


@pytest.mark.one_engine
def test_what_a_form_does_not_ask_for_is_not_taken(furnished: Furnished) -> None:
    """No field makes somebody an administrator, or another partner's."""
    client = furnished.client("anke@kestrel.example")
    answer = client.post(
        "/roster/people",
        data={
            "name": "Rolf Ude",
            "email": "rolf@kestrel.example",
            "category": "sales",
            "joined_on": "2026-03-01",
            "idempotency_key": "k" * 20,
            **{"role": "administrator", "roles": "administrator", "partner_id": "1", "is_demo": "1", "is_admin": "1"},
        },
    )
    assert answer.status_code == 303
    administrator = furnished.client("ruth@aldermoor.example")
    shown = administrator.get("/people", query_string={"search": "rolf@kestrel.example"}).text
    assert "Rolf Ude" in shown
    assert "Administrator" not in shown.split("Rolf Ude", 1)[1].split("Aldermoor", 1)[0]


@pytest.mark.one_engine
def test_too_much_is_413(furnished: Furnished) -> None:
    client = furnished.client("hana@aldermoor.example")
    large = b"x" * (furnished.settings.max_upload_bytes + 600 * 1024)
    upload = {"file": (BytesIO(large), "earnings.csv"), "idempotency_key": "k" * 20}
    assert client.post("/earnings/imports", data=upload, content_type="multipart/form-data").status_code == 413
    many = {f"field-{number}": "x" for number in range(600)}
    assert client.post("/earnings/imports", data=many, content_type="multipart/form-data").status_code == 413
    long = {"reason": "x" * (1024 * 1024 + 1)}
    assert client.post("/earnings/imports", data=long, content_type="multipart/form-data").status_code == 413
