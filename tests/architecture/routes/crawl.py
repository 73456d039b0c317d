"""Walking the portal as somebody would: from the first page along every link, breadth first, within bounds."""

import html
import re
from collections import Counter, deque
from dataclasses import dataclass
from functools import cache
from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

from app.extensions import db
from app.kernel.clock import stopped_at
from tests.architecture.routes.changes import Watch, differing, fingerprint
from tests.architecture.routes.matrix import plain_client
from tests.ground.clock import A_MONDAY_MORNING
from tests.ground.furnished import FurnishedGround

MOST_PAGES = 400
MOST_OF_ONE_VIEW = 14
_LINK = re.compile(r'\s(?:href|src)="([^"]+)"')


@dataclass(frozen=True)
class Visit:
    """One page that was opened, by whom it was linked, and what opening it wrote."""

    url: str
    endpoint: str
    found_on: str
    status: int
    headers: Headers
    body: bytes
    wrote: frozenset[str]

    @property
    def media_type(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0]

    @property
    def text(self) -> str:
        """What the page says, with entities read."""
        return html.unescape(self.body.decode("utf-8", errors="replace"))


@dataclass(frozen=True)
class Walk:
    """All visits of one person. `changed` are the tables whose rows differ afterwards."""

    visits: list[Visit]
    changed: set[str]

    def pages(self) -> list[Visit]:
        return [one for one in self.visits if one.media_type == "text/html"]


class Walks:
    """Walks on a furnished portal, each person's once. People are named by their address; None is a stranger."""

    def __init__(self, ground: FurnishedGround) -> None:
        self.ground = ground
        self.app = ground.app
        self.of = cache(self._walk)

    def _walk(self, address: str | None) -> Walk:
        self.ground.renew()
        with stopped_at(A_MONDAY_MORNING):
            client = plain_client(self.app, self.ground.people[address] if address else None)
            with self.app.app_context():
                watch = Watch(db.engine)
            with watch.listening():
                before = fingerprint(watch.engine)
                visits = self._visit_all(client, watch)
                return Walk(visits, differing(before, fingerprint(watch.engine)))

    def _visit_all(self, client: FlaskClient, watch: Watch) -> list[Visit]:
        waiting = deque([("/", "the start")])
        known, visits, of_view = {"/"}, [], Counter[str]()
        while waiting and len(visits) < MOST_PAGES:
            url, found_on = waiting.popleft()
            endpoint = self._endpoint(url)
            if endpoint == "" or of_view[endpoint] >= MOST_OF_ONE_VIEW:
                continue
            of_view[endpoint] += 1
            watch.forget()
            answer = client.get(url)
            visit = Visit(
                url, endpoint, found_on, answer.status_code, answer.headers, answer.get_data(), frozenset(watch.written)
            )
            visits.append(visit)
            for link in self._links(visit):
                if link not in known:
                    known.add(link)
                    waiting.append((link, url))
        return visits

    def _links(self, visit: Visit) -> list[str]:
        found = []
        if visit.headers.get("Location"):
            found.append(visit.headers["Location"])
        if visit.media_type == "text/html":
            found += [html.unescape(one) for one in _LINK.findall(visit.body.decode())]
        own = []
        for link in found:
            parts = urlsplit(urljoin("http://localhost" + visit.url, link))
            if parts.netloc == "localhost" and parts.scheme == "http" and not parts.path.startswith("/static/"):
                own.append(parts.path + (f"?{parts.query}" if parts.query else ""))
        return own

    def _endpoint(self, url: str) -> str:
        """The view of an address; one that has none is still opened, as every link has to lead somewhere."""
        parts = urlsplit(url)
        try:
            return str(self.app.url_map.bind("localhost").match(parts.path, method="GET")[0])
        except HTTPException:
            return f"no view: {parts.path}"
