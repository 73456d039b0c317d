"""The session's cookie, and the token without which no form does anything."""

import re
import secrets

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import base64_decode
from werkzeug.http import parse_cookie

from app import create_app
from app.access.policy import Permission, granted
from app.accounts.queries import actor_by_email
from app.cli.demo.cast import PASSWORD
from app.extensions import db
from app.settings import Mode
from app.transactions import reading
from tests.architecture.routes.addresses import Endpoint, endpoints
from tests.architecture.routes.changes import Watch, differing, fingerprint
from tests.architecture.routes.fields import plausible
from tests.architecture.routes.holdings import Thing, fitting, missing, named_in, things_in
from tests.ground.application import settings_for
from tests.ground.furnished import Furnished

pytestmark = [pytest.mark.one_engine, pytest.mark.xdist_group("routes")]

# Somebody who may, for every address that changes something; the first of them who holds the permission tries.
ACTORS = [
    "grace@kestrel.example",
    "anke@kestrel.example",
    "ralf@kestrel.example",
    "ines@aldermoor.example",
    "sam@aldermoor.example",
    "vera@aldermoor.example",
    "hana@aldermoor.example",
    "luis@aldermoor.example",
    "avery@aldermoor.example",
    "mei@aldermoor.example",
    "ruth@aldermoor.example",
]


def _set_cookies(client, path="/sign-in", **kwargs):
    return client.get(path, **kwargs).headers.getlist("Set-Cookie")


def test_the_cookie_cannot_be_read_by_scripts_nor_sent_along_by_other_sites(furnished: Furnished) -> None:
    client = furnished.client()
    cookies = _set_cookies(client)
    assert len(cookies) == 1
    assert re.search(r";\s*HttpOnly", cookies[0])
    assert re.search(r";\s*SameSite=Lax", cookies[0])
    assert re.search(r";\s*Path=/(;|$)", cookies[0])
    assert "Domain=" not in cookies[0]


def test_over_https_the_cookie_is_bound_to_the_host_and_never_sent_in_the_clear(tmp_path) -> None:
    settings = settings_for(f"sqlite:///{tmp_path / 'portal.db'}", tmp_path).model_copy(
        update={"mode": Mode.PRODUCTION, "base_url": "https://portal.example", "hashing_cost": "standard"}
    )
    app = create_app(settings)
    assert app.config["SESSION_COOKIE_NAME"] == "__Host-session"
    cookies = _set_cookies(app.test_client(), base_url="https://portal.example")
    assert len(cookies) == 1
    assert cookies[0].startswith("__Host-session=")
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert re.search(rf";\s*{part}(;|$)", cookies[0]), part
    assert "Domain=" not in cookies[0]
    answer = app.test_client().get("/sign-in", base_url="https://portal.example")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_a_cookie_with_a_wrong_signature_is_nobody(furnished: Furnished) -> None:
    client = furnished.client("anke@kestrel.example")
    (cookie,) = client._cookies.values()
    name, value = cookie.key, cookie.value
    body, _, signature = value.rpartition(".")
    for forged in (
        value[:-2] + ("aa" if value[-2:] != "aa" else "bb"),
        f"{body}x.{signature}",
        body,
        "",
        "null",
        "x" * 4000,
    ):
        client.set_cookie(name, forged)
        assert client.get("/roster").status_code == 303, forged[:60]


def test_a_cookie_is_worth_nothing_after_sign_out(furnished: Furnished) -> None:
    client = furnished.client("anke@kestrel.example")
    (cookie,) = client._cookies.values()
    name, value = cookie.key, cookie.value
    assert client.get("/roster").status_code == 200
    assert client.post("/sign-out").status_code == 303
    replayed = furnished.client()
    replayed.set_cookie(name, value)
    assert replayed.get("/roster").status_code == 303
    assert replayed.get("/roster").headers["Location"].startswith("/sign-in")


def test_signing_in_makes_a_new_session_and_forgets_what_the_browser_brought(furnished: Furnished) -> None:
    """A cookie planted in somebody's browser before they sign in gives its planter nothing."""
    planted = furnished.client()
    planted.get("/sign-in")
    (before,) = planted._cookies.values()
    answer = planted.post(
        "/sign-in", data={"email": "anke@kestrel.example", "password": PASSWORD, "idempotency_key": "k" * 20}
    )
    assert answer.status_code == 303
    (after,) = planted._cookies.values()
    assert after.value != before.value
    attacker = furnished.client()
    attacker.set_cookie(before.key, before.value)
    assert attacker.get("/roster").status_code == 303


def test_the_cookie_holds_nothing_to_read(furnished: Furnished) -> None:
    """A browser's cookie is signed, not sealed: it may hold keys, never names, roles or addresses."""
    client = furnished.client("anke@kestrel.example")
    client.get("/roster")
    (cookie,) = client._cookies.values()
    (name,) = [cookie.key]
    body = parse_cookie(f"{name}={cookie.value}")[name].split(".")[0 if not cookie.value.startswith(".") else 1]
    text = base64_decode(body).decode("latin-1").lower()
    assert not any(word in text for word in ("anke", "vogel", "kestrel", "contact", "role"))


def _posts(app: Flask) -> list[Endpoint]:
    return [one for one in endpoints(app) if "POST" in one.methods]


def _who_may(app: Flask, endpoint: Endpoint) -> str | None:
    """The first of ACTORS who holds the permission; None where anybody may."""
    if not isinstance(endpoint.needs, Permission):
        return None
    for address in ACTORS:
        with app.app_context():
            roles = actor_by_email(reading(), address, via="web").roles
        if endpoint.needs in granted(roles):
            return address
    raise AssertionError(f"Nobody among ACTORS may {endpoint.needs}.")


def _browser(furnished: Furnished, address: str | None) -> tuple[FlaskClient, str]:
    """A browser that has opened a page with a form, and the token on it."""
    opened = furnished.client(address)
    page = opened.get("/tasks" if address else "/sign-in").page
    plain = FlaskClient(furnished.app, furnished.app.response_class)
    plain._cookies = opened._cookies
    return plain, str(page.select_one("input[name=csrf_token]")["value"])


@pytest.mark.parametrize("token", ["none", "somebody else's", "made up", "empty"])
def test_without_its_own_token_no_form_does_anything(furnished: Furnished, token: str) -> None:
    """Every address that takes a POST, by somebody who may, on what is theirs, with the form filled in well."""
    app = furnished.app
    with app.app_context():
        things, watch = things_in(reading()), Watch(db.engine)
    browsers = {address: _browser(furnished, address)[0] for address in [*ACTORS, None]}
    foreign = _browser(furnished, "yuki@sakura.example")[1]
    given = {"none": None, "somebody else's": foreign, "made up": secrets.token_hex(40), "empty": ""}[token]
    before = fingerprint(watch.engine)
    with watch.listening():
        for endpoint in _posts(app):
            url = _address(endpoint, things)
            fields = dict(plausible(app, app.view_functions[endpoint.name])) | {
                "idempotency_key": secrets.token_hex(12)
            }
            headers = {"Idempotency-Key": secrets.token_hex(12)}
            if given is not None:
                fields["csrf_token"] = headers["X-CSRFToken"] = given
            body = {"json": {"outcome": "approve", "reason": "x"}} if endpoint.room == "api" else {"data": fields}
            answer = browsers[_who_may(app, endpoint)].post(url, headers=headers, **body)
            assert answer.status_code == 400, f"{url} → {answer.status_code}"
            assert not watch.written, f"{url} wrote {watch.written}"
    assert len(_posts(app)) >= 60
    assert differing(before, fingerprint(watch.engine)) == set()


def _address(endpoint: Endpoint, things: list[Thing]) -> str:
    named = named_in(endpoint.rule)
    kinds = [kind for _, kind in named]
    values = next(iter(fitting(things, kinds, 1)), tuple(missing(kind) for kind in kinds))
    url = endpoint.rule
    for (argument, _), value in zip(named, values, strict=True):
        url = re.sub(rf"<(?:[^<>]*:)?{argument}>", str(value), url, count=1)
    return url


def test_with_its_own_token_a_form_is_heard(furnished: Furnished) -> None:
    browser, token = _browser(furnished, "anke@kestrel.example")
    answer = browser.post("/theme", data={"theme": "dark", "csrf_token": token})
    assert answer.status_code == 303


def test_the_token_of_one_session_is_not_that_of_another(furnished: Furnished) -> None:
    tokens = set()
    for address in ACTORS[:4]:
        page = furnished.client(address).get("/tasks").page
        tokens |= {str(field["value"]) for field in page.select("input[name=csrf_token]")}
    assert len(tokens) >= 4


def test_a_page_served_to_one_person_is_not_served_to_the_next(furnished: Furnished) -> None:
    """Pieces of pages are kept between requests; whose they are is part of what they are kept under."""
    first, second = furnished.client("anke@kestrel.example"), furnished.client("yuki@sakura.example")
    for _ in range(3):
        assert "Anke Vogel" in first.get("/roster").text
        page = second.get("/roster").text
        assert "Yuki Sato" in page
        assert "Anke Vogel" not in page
    assert "Anke Vogel" not in furnished.client().get("/sign-in").text
