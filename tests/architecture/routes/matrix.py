"""The matrix: every identity at every address, with what is its own, a colleague's, somebody else's, and nobody's.

Asking is separated from judging: `Matrix.cells(identity)` sends the requests once and keeps what came back; the tests judge.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.access.policy import Actor, Permission, Role
from app.accounts import queries as accounts
from app.accounts.models import Person
from app.extensions import db
from app.kernel.clock import stopped_at
from app.partners.models import Representation
from app.partners.queries import sees_all
from app.transactions import reading
from tests.architecture.routes.addresses import Endpoint, endpoints
from tests.architecture.routes.changes import Watch, differing, fingerprint
from tests.architecture.routes.fields import plausible
from tests.architecture.routes.holdings import Thing, fitting, missing, mixed, named_in, things_in
from tests.ground.clock import A_MONDAY_MORNING
from tests.ground.furnished import MALLORY, VERA, FurnishedGround
from tests.ground.pages import PageClient

STRANGER = "a stranger"
# One person of each role, Mallory who is everything at another partner, and a representative of other partners.
IDENTITIES: dict[str, str | None] = {
    STRANGER: None,
    "learner": "grace@kestrel.example",
    "compliance contact": "anke@kestrel.example",
    "executive": "ralf@kestrel.example",
    "finance viewer": "uta@kestrel.example",
    "Mallory": MALLORY.email,
    "account representative": "ines@aldermoor.example",
    "another representative": "tomas@aldermoor.example",
    "compliance analyst": "sam@aldermoor.example",
    "compliance approver": VERA.email,
    "finance analyst": "hana@aldermoor.example",
    "finance approver": "luis@aldermoor.example",
    "appeals reviewer": "nadia@aldermoor.example",
    "content author": "avery@aldermoor.example",
    "content approver": "mei@aldermoor.example",
    "auditor": "oskar@aldermoor.example",
    "administrator": "ruth@aldermoor.example",
}
# Personal to their learner: a colleague's is as strange as another partner's.
PERSONAL = frozenset({Permission.LEARNING_TAKE, Permission.TRAINING_RECORD_READ_OWN})
OWN_TRIED = 8
# A refusal is kept in the audit trail, and the idle clock of a session goes on.
KEPT_ANYWAY = frozenset({"audit_event", "user_session"})


class Whose(StrEnum):
    OWN = "own"
    COLLEAGUES = "a colleague's"
    FOREIGN = "foreign"
    MIXED = "mixed"
    MISSING = "missing"


@dataclass(frozen=True)
class Cell:
    """One question and its answer. `looks` is the answer's body without what differs from request to request."""

    identity: str
    endpoint: Endpoint
    method: str
    whose: Whose
    url: str
    filled_in: bool
    status: int
    location: str
    looks: str
    wrote: frozenset[str]

    def __str__(self) -> str:
        filled = " (form filled in)" if self.filled_in else ""
        return f"{self.identity}: {self.method} {self.url} [{self.whose}]{filled} → {self.status} {self.location}"


class Matrix:
    """Asks on a furnished portal; each identity once."""

    def __init__(self, ground: FurnishedGround) -> None:
        self.ground = ground
        self.app: Flask = ground.app
        with self.app.app_context():
            self.things = things_in(reading())
        self.endpoints = [one for one in endpoints(self.app) if not one.rule.startswith("/static")]
        self.changed_otherwise: dict[str, set[str]] = {}
        self.cells = cache(self._cells)

    def actor(self, identity: str) -> Actor | None:
        address = IDENTITIES[identity]
        if address is None:
            return None
        with self.app.app_context():
            session = reading()
            person_id = session.scalars(select(Person.id).where(Person.email == address)).one()
            return accounts.actor_of(session, person_id, via="web")

    def _cells(self, identity: str) -> list[Cell]:
        """Everything that an identity can ask. The database is put back whenever an act of its own changed it."""
        self.ground.renew()
        with stopped_at(A_MONDAY_MORNING):
            return _Asker(self, identity).ask_everything()


class _Asker:
    def __init__(self, matrix: Matrix, identity: str) -> None:
        self.matrix = matrix
        self.app = matrix.app
        self.identity = identity
        self.who = matrix.actor(identity)
        self.own, self.colleagues, self.foreign = self._divided()
        with self.app.app_context():
            self.engine = db.engine
        self.watch = Watch(self.engine)
        self.cells: list[Cell] = []

    def _divided(self) -> tuple[list[Thing], list[Thing], list[Thing]]:
        """The things by whose they are for this identity."""
        who, things = self.who, self.matrix.things
        if who is None:
            return [], [], things
        if sees_all(who) or Role.CONTENT_AUTHOR in who.roles or Role.CONTENT_APPROVER in who.roles:
            return things, [], []
        if who.partner_id is None:
            with self.app.app_context():
                own_ids = set(
                    reading().scalars(
                        select(Representation.partner_id).where(Representation.person_id == who.person_id)
                    )
                )
            near = [one for one in things if one.partner_id in own_ids | {None}]
        else:
            near = [one for one in things if one.partner_id in (who.partner_id, None)]
        far = [one for one in things if one not in near]
        own = [
            one for one in near if not one.inside and (who.partner_id is None or one.person_id in (who.person_id, None))
        ]
        if who.partner_id is None:
            own += [one for one in near if one.of_staff]
        hidden = [one for one in near if one.inside and one not in own]
        colleagues = [one for one in near if one not in own and one not in hidden]
        return own, colleagues, [*far, *hidden]

    def ask_everything(self) -> list[Cell]:
        client = self._client()
        with self.watch.listening():
            before = self._fingerprint()
            for endpoint in self.matrix.endpoints:
                for method in endpoint.methods:
                    if self._ask_around(client, endpoint, method):
                        # An own act was carried out: put everything back, and sign in anew.
                        self.matrix.ground.renew()
                        client = self._client()
                        self.watch.forget()
            after = self._fingerprint()
        self.matrix.changed_otherwise[self.identity] = differing(before, after) - KEPT_ANYWAY
        return self.cells

    def _fingerprint(self) -> dict[str, str]:
        return fingerprint(self.engine)

    def _client(self) -> FlaskClient:
        return plain_client(self.app, self.who.person_id if self.who else None)

    def _ask_around(self, client: FlaskClient, endpoint: Endpoint, method: str) -> bool:
        """All cells of an address; own things last. True if something was changed."""
        named = named_in(endpoint.rule)
        kinds = [kind for _, kind in named]
        nobody = tuple(missing(kind) for kind in kinds)
        fills = (False, True) if method == "POST" and self._may(endpoint) else (False,)
        cells: list[tuple[Whose, tuple[str | int, ...]]] = []
        if kinds:
            own = fitting(self.own, kinds, OWN_TRIED)
            theirs = [one for one in fitting(self.colleagues, kinds, 2) if one not in own]
            foreign = [one for one in fitting(self.foreign, kinds, 2) if one not in own]
            cells += [(Whose.MISSING, nobody)]
            cells += [(Whose.COLLEAGUES, one) for one in theirs]
            cells += [(Whose.FOREIGN, one) for one in foreign]
            if own:
                cells += [(Whose.MIXED, one) for one in mixed(own[0], nobody)]
                for one in [*foreign[:1], *theirs[:1]]:
                    cells += [(Whose.MIXED, cross) for cross in mixed(own[0], one)]
            cells += [(Whose.OWN, one) for one in own]
        else:
            cells += [(Whose.OWN, ())]
        for whose, values in cells:
            url = self._url(endpoint, named, values)
            for filled_in in fills:
                self._ask(client, endpoint, method, whose, url, filled_in)
        if endpoint.name == "accounts.sign_out":
            return True
        return any(cell.wrote - KEPT_ANYWAY for cell in self.cells[-len(cells) * len(fills) :])

    def _may(self, endpoint: Endpoint) -> bool:
        return endpoint.is_public or (
            self.who is not None and isinstance(endpoint.needs, Permission) and self.who.may(endpoint.needs)
        )

    def _url(self, endpoint: Endpoint, named: Sequence[tuple[str, str]], values: Sequence[str | int]) -> str:
        url = endpoint.rule
        for (argument, _), value in zip(named, values, strict=True):
            url = re.sub(rf"<(?:[^<>]*:)?{argument}>", lambda _, value=value: str(value), url, count=1)
        return url

    def _ask(
        self, client: FlaskClient, endpoint: Endpoint, method: str, whose: Whose, url: str, filled_in: bool
    ) -> None:
        self.watch.forget()
        try:
            answer = self._send(client, endpoint, method, url, filled_in)
            said = (answer.status_code, answer.headers.get("Location", ""), looks(answer.get_data(), url))
        except Exception as error:
            # In tests an unknown error comes through; to a browser it is a 500.
            said = (500, f"{type(error).__name__}: {error}"[:300], "")
        wrote = frozenset(self.watch.written)
        self.cells.append(Cell(self.identity, endpoint, method, whose, url, filled_in, *said, wrote))

    def _send(self, client: FlaskClient, endpoint: Endpoint, method: str, url: str, filled_in: bool) -> TestResponse:
        if method == "GET":
            return client.get(url)
        if endpoint.room == "api":
            body = {"outcome": "approve", "reason": "Judged."} if filled_in else {}
            return client.post(url, json=body, headers={"Idempotency-Key": secrets.token_hex(12)})
        fields = dict(plausible(self.app, self.app.view_functions[endpoint.name])) if filled_in else {}
        return client.post(url, data={**fields, "idempotency_key": secrets.token_hex(12)})


def plain_client(app: Flask, person_id: int | None) -> FlaskClient:
    """A browser with that person signed in and a valid CSRF token, whose pages nobody parses: that would take minutes."""
    signed = app.test_client()
    assert isinstance(signed, PageClient)
    if person_id is not None:
        signed.sign_in(person_id)
    token = signed.csrf_token()
    client = FlaskClient(app, app.response_class)
    client._cookies = signed._cookies
    client.environ_base["HTTP_X_CSRFTOKEN"] = token
    return client


_CHANGING = re.compile(
    rb'name="(?:csrf_token|idempotency_key)"\s+value="[^"]*"|value="[^"]*"\s+name="(?:csrf_token|idempotency_key)"'
)


def looks(body: bytes, url: str) -> str:
    """A digest of a page without tokens, keys, and the address that it repeats."""
    plain = _CHANGING.sub(b"", body).replace(url.encode(), b"HERE")
    return sha256(plain).hexdigest()[:16]
