"""Addresses that no page of ours has: other methods, other hosts, other sites, odd paths, impossible numbers."""

import re
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from app.accounts.views import own_path
from app.cli.demo.cast import PASSWORD
from app.learning.models import Registration, UnitProgress
from app.settings import Mode
from app.transactions import reading
from tests.architecture.routes.addresses import endpoints
from tests.architecture.routes.holdings import fitting, named_in, things_in
from tests.ground.application import settings_for
from tests.ground.furnished import Furnished

pytestmark = pytest.mark.xdist_group("routes")

CONTACT, ANALYST = "anke@kestrel.example", "sam@aldermoor.example"

# Where a sign-in must not lead: other hosts and schemes, and everything that some browser reads as one.
ELSEWHERE = [
    "https://evil.example",
    "http://evil.example/",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "/\\/evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "\\\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    " https://evil.example",
    "\x00//evil.example",
    "\x01https://evil.example",
    "/\x00/evil.example",
    "/ /evil.example",
    "/%09/evil.example\t",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:\\\\evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "\x0bjavascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "blob:https://evil.example/1",
    "ftp://evil.example",
    "mailto:evil@evil.example",
    "evil.example",
    "www.evil.example",
    "@evil.example",
    ":80",
    "?next=//evil.example",
    "#//evil.example",
    "./evil",
    "../evil",
    "/tasks\r\nLocation: https://evil.example",
    "/tasks\nSet-Cookie: a=b",
    "/\u2028/evil.example",
    "／／evil.example",
    "/\u00a0/evil.example",
    "/\u3000/evil.example",
    "",
]
OWN = [
    "/tasks",
    "/cases/RC-2026-0001?topic=money",
    "/partners?search=a%20b&after=P-1001",
    "/verify/7K3Q-M9TD-0XWZ-5HRB",
    "/",
]


# Redirects


@pytest.mark.parametrize("target", ELSEWHERE)
def test_only_a_path_of_this_portal_is_a_way_on(target: str) -> None:
    assert own_path(target) is None


@pytest.mark.parametrize("target", OWN)
def test_a_path_of_this_portal_is_a_way_on(target: str) -> None:
    assert own_path(target) == target


def test_no_answer_of_the_portal_leads_elsewhere(furnished: Furnished) -> None:
    """Through every door that takes a `next`: the sign-in page, signing in, choosing a theme."""
    page = furnished.client()
    signed_in = furnished.client(CONTACT)
    for target in ELSEWHERE:
        if "\x00" in target:
            continue  # refused before any door; see test_hostile_text
        shown = page.get("/sign-in", query_string={"next": target})
        field = shown.page.select_one("input[name=next]")
        assert field is None or not field.get("value"), repr(target)
        themed = signed_in.post("/theme", data={"theme": "dark", "next": target})
        assert themed.status_code == 303
        assert themed.headers["Location"] == "/", repr(target)


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example"])
@pytest.mark.one_engine
def test_signing_in_leads_to_a_page_of_ours(furnished: Furnished, target: str) -> None:
    client = furnished.client()
    answer = client.post(
        "/sign-in", data={"email": CONTACT, "password": PASSWORD, "next": target, "idempotency_key": "k" * 20}
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.one_engine
def test_a_stranger_who_asked_for_a_page_comes_back_to_it_and_nowhere_else(furnished: Furnished) -> None:
    for asked in ("/roster", "//evil.example/roster", "/roster?x=https://evil.example", "/cases/%0d%0aX:y"):
        location = furnished.client().get(asked).headers.get("Location", "/sign-in")
        assert location.startswith("/"), asked
        assert not location.startswith("//"), asked
        assert "\r" not in location, asked


# Hosts


@pytest.fixture
def guarded(tmp_path) -> Flask:
    settings = settings_for(f"sqlite:///{tmp_path / 'portal.db'}", tmp_path).model_copy(
        update={"trusted_hosts": "portal.example, .partners.example", "mode": Mode.TESTING}
    )
    return create_app(settings)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "portal.example.evil.example",
        "evilportal.example",
        "portal.example@evil.example",
        "",
        "[::1",
        "a b",
        "..",
        "portal.example:99999999",
    ],
)
def test_another_host_is_refused_where_hosts_are_named(guarded: Flask, host: str) -> None:
    answer = guarded.test_client().get("/sign-in", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.get_data(as_text=True)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("host", ["portal.example", "portal.example:443", "a.partners.example"])
def test_the_named_hosts_are_answered(guarded: Flask, host: str) -> None:
    assert guarded.test_client().get("/sign-in", headers={"Host": host}).status_code == 200


@pytest.mark.one_engine
def test_a_forged_host_reaches_no_link(furnished: Furnished) -> None:
    """Not in a page, not in a redirect, not in what a mail is made from."""
    forged = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-For": "1.2.3.4",
        "Forwarded": "host=evil.example",
    }
    client = furnished.client(ANALYST)
    for path in ("/", "/tasks", "/cases", "/verify", "/certificates", "/no-such-page"):
        answer = client.get(path, headers=forged)
        assert "evil.example" not in answer.get_data(as_text=True), path
        assert "evil.example" not in answer.headers.get("Location", ""), path
    assert "evil.example" not in furnished.client().get("/roster", headers=forged).headers["Location"]
    with furnished.app.app_context():
        number = next(one.names["certificate"] for one in things_in(reading()) if "certificate" in one.names)
    answer = furnished.client().get(f"/api/v1/certificates/{number}", headers=forged)
    assert answer.status_code == 200
    assert "evil.example" not in answer.get_data(as_text=True)


@pytest.mark.one_engine
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example"])
def test_no_other_site_may_read(furnished: Furnished, origin: str) -> None:
    client = furnished.client(ANALYST)
    for path in ("/tasks", "/api/v1/session", "/healthz", "/static/favicon.svg"):
        headers = client.get(path, headers={"Origin": origin}).headers
        assert not [name for name, _ in headers if name.lower().startswith("access-control-")], path


# Methods


@pytest.mark.one_engine
def test_a_method_that_an_address_does_not_have_is_405(furnished: Furnished) -> None:
    client = furnished.client(ANALYST)
    by_rule: dict[str, set[str]] = {}
    for endpoint in endpoints(furnished.app):
        by_rule.setdefault(re.sub(r"<[^>]*>", "<>", endpoint.rule), set()).update(endpoint.methods)
    with furnished.app.app_context():
        things = things_in(reading())
    for endpoint in endpoints(furnished.app):
        shape = re.sub(r"<[^>]*>", "<>", endpoint.rule)
        named = named_in(endpoint.rule)
        values = fitting(things, [kind for _, kind in named], 1)
        if not values:
            continue
        url = endpoint.rule
        for (argument, _), value in zip(named, values[0], strict=True):
            url = re.sub(rf"<(?:[^<>]*:)?{argument}>", str(value), url, count=1)
        for method in {"PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "GET", "POST"} - by_rule[shape]:
            if method in ("GET", "POST") and _is_another_rule(furnished.app, url, method):
                continue
            answer = client.open(url, method=method, headers={"X-CSRFToken": client.csrf_token()})
            assert answer.status_code == 405, f"{method} {url}"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


def _is_another_rule(app: Flask, url: str, method: str) -> bool:
    """`/partners/new` can be both an address of its own and a partner's."""
    return bool(app.url_map.bind("localhost").test(url, method=method))


@pytest.mark.one_engine
def test_a_method_cannot_be_smuggled_in(furnished: Furnished) -> None:
    client = furnished.client(CONTACT)
    for way in ({"headers": {"X-HTTP-Method-Override": "POST"}}, {"query_string": {"_method": "POST"}}):
        assert client.get("/sign-out", **way).status_code == 405
    assert client.get("/roster").status_code == 200


@pytest.mark.one_engine
def test_asking_for_the_head_of_a_page_changes_nothing(furnished: Furnished) -> None:
    client = furnished.client("grace@kestrel.example")
    with furnished.app.app_context():
        registration_id = reading().scalar(select(func.max(Registration.id)))
        before = reading().scalar(select(func.count()).select_from(UnitProgress))
    assert client.head(f"/registrations/{registration_id}/units/1").status_code == 200
    client.get(f"/registrations/{registration_id}/units/1", headers={"Sec-Purpose": "prefetch;prerender"})
    with furnished.app.app_context():
        assert reading().scalar(select(func.count()).select_from(UnitProgress)) == before


# Paths

_CLIMBING = [
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "..%252f..%252fetc%252fpasswd",
    "....//....//etc/passwd",
    "..;/..;/etc/passwd",
    "..\\..\\..\\windows\\win.ini",
    "..%5c..%5cwindows%5cwin.ini",
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "C:\\windows\\win.ini",
    "C:/windows/win.ini",
    "\\\\server\\share",
    "file:///etc/passwd",
    "media/../../index.md",
    "media/clock.png/../../../wsgi.py",
    "media/clock.png%00.txt",
    "media/clock.png\x00",
    "%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "..%u2216etc%u2216passwd",
    "~root/.ssh/id_rsa",
    ".env",
    ".git/config",
    "portal.db",
]


def _where_files_come_from(furnished: Furnished) -> list[str]:
    with furnished.app.app_context():
        things = things_in(reading())
    (content,) = fitting([one for one in things if "picture" in one.names], ["course content"], 1)
    case, step, revision, _ = fitting(things, ["case", "step", "revision", "evidence file"], 1)[0]
    return [
        "/static/",
        "/",
        f"/courses/media/{content[0]}/",
        f"/courses/lessons/{content[0]}/",
        f"/cases/{case}/steps/{step}/evidence/{revision}/files/",
        "/certificates/",
        "/verify/",
        "/demo/mail/",
        "/earnings/imports/",
    ]


@pytest.mark.one_engine
@pytest.mark.parametrize("climbing", _CLIMBING)
def test_no_path_climbs_out(furnished: Furnished, climbing: str) -> None:
    clients = [furnished.client(one) for one in (None, "grace@kestrel.example", ANALYST)]
    for client, place in product(clients, _where_files_come_from(furnished)):
        answer = client.get(place + climbing)
        told = answer.get_data()
        assert answer.status_code in (301, 303, 308, 400, 404), place + climbing
        assert not any(
            secret in told for secret in (b"root:", b"SQLite format", b"SECRET_KEY", b"[extensions]", b"create_app")
        )


@pytest.mark.one_engine
@pytest.mark.parametrize(
    "dressed",
    [
        "/tasks/x.css",
        "/tasks.css",
        "/tasks/.js",
        "/tasks;x.css",
        "/roster/photo.png",
        "/tasks%2fx.css",
        "/tasks%00.css",
        "/tasks/%2e%2e/tasks.css",
        "/incentives/own/style.css",
        "/tasks//",
    ],
)
def test_a_private_page_cannot_be_asked_for_as_a_file(furnished: Furnished, dressed: str) -> None:
    """What a cache in front would take for a style sheet must never be somebody's page."""
    answer = furnished.client(CONTACT).get(dressed)
    assert answer.status_code in (308, 400, 404)
    assert answer.headers["Cache-Control"] == "no-store"
    if answer.status_code == 308:
        assert answer.headers["Location"].startswith("http://localhost/tasks")


# Numbers

IMPOSSIBLE = [
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "1" + "0" * 30,
    "9" * 400,
    "-1",
    "1e3",
    "0x10",
    "1.0",
    "NaN",
    "١",
    "１",
    "%201",
    "1%20",
    "+1",
    "00",
    "0",
]


@pytest.mark.parametrize("number", IMPOSSIBLE)
def test_an_impossible_number_is_a_page_that_does_not_exist(furnished: Furnished, number: str) -> None:
    """In every address of every room, on both databases."""
    clients = {
        address: furnished.client(address)
        for address in (CONTACT, "grace@kestrel.example", ANALYST, "hana@aldermoor.example")
    }
    with furnished.app.app_context():
        things = things_in(reading())
    asked = 0
    for endpoint in endpoints(furnished.app):
        if "GET" not in endpoint.methods or "<int:" not in endpoint.rule:
            continue
        named = named_in(endpoint.rule)
        values = fitting(things, [kind for _, kind in named], 1)
        if not values:
            continue
        url = endpoint.rule
        for (argument, _), value in zip(named, values[0], strict=True):
            whole = re.search(rf"<int:{argument}>", url)
            url = re.sub(rf"<(?:[^<>]*:)?{argument}>", number if whole else str(value), url, count=1)
        for client in clients.values():
            answer = client.get(url)
            asked += 1
            assert answer.status_code in (400, 403, 404), f"{url} → {answer.status_code}"
    assert asked > 80


LISTS = {
    ANALYST: [
        "/cases",
        "/infractions",
        "/partners",
        "/assignments",
        "/holds",
        "/release-orders",
        "/earnings/imports",
        "/payment-acknowledgements",
        "/incentives",
        "/partners/P-1003/incentives",
        "/cases/RC-2026-0001",
        "/infractions/new",
        "/decisions",
    ],
    "oskar@aldermoor.example": ["/audit", "/audit.csv", "/certificates", "/cases/RC-2026-0001/audit"],
    "ruth@aldermoor.example": ["/people"],
    "ines@aldermoor.example": ["/partners/P-1003/assignments/new"],
}
ASKED_FOR = [
    "after",
    "before",
    "month",
    "state",
    "partner",
    "case",
    "search",
    "course",
    "topic",
    "person",
    "action",
    "about",
    "from",
    "to",
    "outcome",
    "overdue",
    "due",
]


@pytest.mark.parametrize(
    "value", [*IMPOSSIBLE, "", "x", "|1", "x|9" + "9" * 30, "P-1003' OR 1=1 --", "%", "_", "a" * 5000]
)
def test_an_impossible_place_in_a_list_breaks_no_list(furnished: Furnished, value: str) -> None:
    """All filters together and each by itself where a list takes one as a number."""
    for address, paths in LISTS.items():
        client = furnished.client(address)
        for path in paths:
            for query in (dict.fromkeys(ASKED_FOR, value), {"after": value, "before": value}):
                answer = client.get(path, query_string=query, buffered=True)  # a streamed file is read to its end
                assert answer.status_code in (200, 400, 404, 422), f"{path}?{list(query)}={value[:40]}"
