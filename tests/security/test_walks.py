"""Walking along every link as everybody: reading changes nothing, no link leads into a wall, every answer is guarded."""

import re

import pytest

from app.web.headers import CONTENT_SECURITY_POLICY
from tests.architecture.routes.crawl import Visit, Walks
from tests.architecture.routes.matrix import IDENTITIES

pytestmark = [pytest.mark.one_engine, pytest.mark.xdist_group("routes")]

WALKERS = [
    *IDENTITIES.values(),
    "yuki@sakura.example",
    "fatima@gulfhorizon.example",
    "layla@gulfhorizon.example",
    "lucía@casaverde.example",
    "martin@oldquay.example",
]
AS_EVERYBODY = pytest.mark.parametrize("walker", WALKERS, ids=lambda one: one or "a stranger")


def _told(visits: list[Visit]) -> str:
    return "\n".join(f"{one.status} {one.url} (linked from {one.found_on})" for one in visits[:40])


@AS_EVERYBODY
def test_a_walk_sees_the_portal(walks: Walks, walker: str | None) -> None:
    """So that what follows is said of many pages: at least what the header and the first page offer."""
    assert len(walks.of(walker).visits) >= (20 if walker else 3)


@AS_EVERYBODY
def test_reading_changes_nothing_but_the_first_view_of_a_lesson(walks: Walks, walker: str | None) -> None:
    walk = walks.of(walker)
    first_views = {"unit_progress", "audit_event"}
    for visit in walk.visits:
        allowed = first_views if visit.endpoint == "learning.unit" else set()
        assert visit.wrote <= allowed, f"{visit.url} wrote {sorted(visit.wrote)}"
    assert walk.changed <= (first_views if any(visit.wrote for visit in walk.visits) else set())


@AS_EVERYBODY
def test_no_link_leads_into_a_wall(walks: Walks, walker: str | None) -> None:
    walls = [visit for visit in walks.of(walker).visits if visit.status >= 400]
    assert not walls, _told(walls)


@AS_EVERYBODY
def test_every_answer_is_guarded_by_its_headers(walks: Walks, walker: str | None) -> None:
    for visit in walks.of(walker).visits:
        headers = visit.headers
        where = f"{visit.url} ({visit.status})"
        assert headers["X-Content-Type-Options"] == "nosniff", where
        assert headers["Referrer-Policy"] == "same-origin", where
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", where
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", where
        assert "camera=()" in headers["Permissions-Policy"], where
        assert len(headers.getlist("Content-Security-Policy")) == 1, where
        if visit.media_type == "text/html":
            assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, where
            assert headers["Content-Type"] == "text/html; charset=utf-8", where
            assert headers["Cache-Control"] == "no-store", where
        elif visit.status == 200:
            _judge_file(visit)
        assert headers.get("Access-Control-Allow-Origin") == ("*" if visit.endpoint in FOR_VERIFIERS else None), where
        assert not {"Server", "X-Powered-By"} & set(headers.keys()), where
        assert re.fullmatch(r"[0-9a-f]{16}", headers["X-Request-Id"]), where


# Public, the same for everybody, and read by programs on other sites: keys, lists and credentials.
FOR_VERIFIERS = {
    "certificates.public_credential",
    "certificates.status_list",
    "certificates.keys",
    "certificates.key",
    "certificates.published_keys",
}


def _judge_file(visit: Visit) -> None:
    """What is no page comes as a download that can do nothing when it is opened; only course media and colors are shown."""
    headers = visit.headers
    if visit.endpoint in FOR_VERIFIERS:
        assert headers["Content-Security-Policy"] == "sandbox", visit.url
        assert "Set-Cookie" not in headers, visit.url
        return
    if visit.endpoint in ("brand_stylesheet", "reports.alive", "reports.ready"):
        return
    assert "sandbox" in headers["Content-Security-Policy"] or visit.media_type == "text/calendar", visit.url
    if visit.endpoint == "courses.media":
        assert headers["Cache-Control"].startswith("private"), visit.url
        return
    assert headers["Content-Disposition"].startswith("attachment; filename"), visit.url
    assert "no-store" in headers["Cache-Control"], visit.url


def test_the_content_policy_is_as_strict_as_it_can_be() -> None:
    rules = dict(part.strip().partition(" ")[::2] for part in CONTENT_SECURITY_POLICY.split(";"))
    assert rules == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "media-src": "'self'",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "object-src": "'none'",
        "frame-ancestors": "'none'",
    }
