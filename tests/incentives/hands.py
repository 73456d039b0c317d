"""What other processes do with the same books: each in an app of its own, on the database of the test.

A process says over its pipe what was committed; what it has not said may be there or not, but never in part.
"""

import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app import create_app
from app.access.policy import Actor
from app.accounts.queries import actor_of
from app.certificates.issuer import issuer
from app.decisions import services as decisions
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind
from app.extensions import db
from app.incentives import services
from app.incentives.models import Hold, PaymentFile, ReleaseOrder
from app.incentives.queries.cases import case_ref
from app.incentives.rules import acknowledgement_file, earnings_file
from app.incentives.rules.states import BLOCKING, ImportMode, OrderState
from app.kernel.clock import stopped_at
from app.kernel.errors import Conflict, DomainError
from app.transactions import reading, transaction
from tests.ground.application import settings_for

Say = Callable[[str], None]


class Hands:
    """One process at work, as the people whose ids it was given."""

    def __init__(self, url: str, files: Path, people: dict[str, int], at: datetime, say: Say) -> None:
        self.settings = settings_for(url, files)
        self.app = create_app(self.settings)
        self.people, self.at, self.say = people, at, say

    @contextmanager
    def act(self, key: str) -> Any:
        with self.app.app_context(), stopped_at(self.at), transaction() as session:
            yield session, actor_of(session, self.people[key], via="web")

    def bring(self, content: bytes) -> None:
        parsed = earnings_file.read(content)
        with self.act("finance_analyst") as (session, by):
            services.import_earnings(session, parsed, mode=ImportMode.ALL_OR_NOTHING, by=by, at=self.at)
        self.say("imported")

    def propose(self, case_id: int, certificate: str) -> None:
        try:
            with self.act("finance_analyst") as (session, by):
                services.propose_release(
                    session,
                    case_ref(session, case_id),
                    certificate,
                    reason="The program is complete.",
                    issuer=issuer(self.settings),
                    by=by,
                    at=self.at,
                )
        except DomainError:
            return  # an order waits already, or nothing is held any more
        self.say("proposed")

    def approve(self, case_id: int) -> None:
        """Decide and let follow what follows, as one transaction. Somebody quicker, or changed content, is no harm."""
        try:
            with self.act("finance_approver") as (session, by):
                decision = session.scalars(
                    select(Decision)
                    .join(ReleaseOrder, ReleaseOrder.id == Decision.subject_id)
                    .where(
                        Decision.kind == DecisionKind.RELEASE_ORDER,
                        Decision.state == DecisionState.PROPOSED,
                        ReleaseOrder.case_id == case_id,
                    )
                ).first()
                if decision is None:
                    return
                self._decide(session, decision, by)
        except Conflict:
            return
        self.say("approved")

    def _decide(self, session: Any, decision: Decision, by: Actor) -> None:
        decisions.decide(
            session,
            decision,
            approve=True,
            current=services.release_content(session, decision.subject_id),
            reason="Checked.",
            by=by,
            at=self.at,
        )
        services.approve_release(session, decision.subject_id, by=by, at=self.at)

    def orders(self, case_id: int, *states: OrderState) -> list[int]:
        with self.app.app_context():
            found = reading().scalars(
                select(ReleaseOrder.id).where(ReleaseOrder.case_id == case_id, ReleaseOrder.state.in_(states))
            )
            return list(found)

    def export(self, order_id: int) -> bytes:
        with self.act("finance_analyst") as (session, by):
            content = bytes(services.export_release(session, order_id, by=by, at=self.at).content)
        self.say("exported")
        return content

    def acknowledge(self, answers: bytes) -> None:
        with self.act("finance_analyst") as (session, by):
            services.acknowledge_payments(session, acknowledgement_file.read(answers), by=by, at=self.at)
        self.say("acknowledged")

    def blocking(self, case_id: int) -> bool:
        with self.app.app_context():
            found = reading().scalar(select(Hold.id).where(Hold.case_id == case_id, Hold.state.in_(BLOCKING)).limit(1))
            return found is not None

    def stored_file(self, order_id: int) -> bytes:
        with self.app.app_context():
            return bytes(reading().scalars(select(PaymentFile.content).where(PaymentFile.order_id == order_id)).one())

    def close(self) -> None:
        with self.app.app_context():
            db.engine.dispose()


def answers_to(content: bytes, on: datetime) -> bytes:
    """The ERP's answer: every payment of a file is paid."""
    lines = content.decode().splitlines()
    columns = lines[0].split(",")
    said = ["payment,outcome,happened_on,currency,amount"]
    for line in lines[1:]:
        cells = line.split(",")
        if cells[0] == "TOTAL":
            said.append(line)
        else:
            row = dict(zip(columns, cells, strict=True))
            said.append(f"{row['payment']},paid,{on.date()},{row['currency']},{row['amount']}")
    return "\n".join(said).encode()


def play_a_release(connection: Connection, given: dict[str, Any]) -> None:
    """Import, propose, approve, export, acknowledge: from wherever an earlier process was killed."""
    hands = Hands(given["url"], given["files"], given["people"], given["at"], connection.send)
    connection.send("ready")
    hands.bring(given["content"])
    hands.propose(given["case"], given["certificate"])
    hands.approve(given["case"])
    order_id = hands.orders(given["case"], OrderState.APPROVED, OrderState.EXPORTED, OrderState.SETTLED)[0]
    hands.acknowledge(answers_to(hands.export(order_id), given["at"]))
    hands.close()
    connection.send("done")


def import_many(connection: Connection, given: dict[str, Any]) -> None:
    """Import one file after another; some of them another process imports as well."""
    hands = Hands(given["url"], given["files"], given["people"], given["at"], connection.send)
    for content in given["contents"]:
        hands.bring(content)
    hands.close()
    connection.send("done")


def release_until_over(connection: Connection, given: dict[str, Any]) -> None:
    """Propose and approve until the case's hold withholds nothing, however much arrives meanwhile; then pay it all out."""
    hands = Hands(given["url"], given["files"], given["people"], given["at"], connection.send)
    deadline = time.monotonic() + 120
    while hands.blocking(given["case"]) and time.monotonic() < deadline:
        hands.propose(given["case"], given["certificate"])
        hands.approve(given["case"])
        time.sleep(0.01)
    for order_id in hands.orders(given["case"], OrderState.APPROVED):
        hands.acknowledge(answers_to(hands.export(order_id), given["at"]))
    hands.close()
    connection.send("done")
