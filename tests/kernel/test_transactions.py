"""Both kinds of transaction: all or nothing, with the events sealed last and a refusal kept."""

import sqlite3

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from app.access.policy import Actor
from app.accounts.models import Person
from app.audit import services as audit
from app.audit.models import AuditEvent
from app.audit.queries import verify
from app.extensions import db
from app.kernel.clock import now
from app.kernel.errors import Refused, RefusedAct
from app.kernel.prepared import Prepared
from app.transactions import brief_transaction, transaction

RENAME = Prepared(update(Person.__table__).where(Person.__table__.c.id > 0).values(theme="dark"))
BOTH = pytest.mark.parametrize("begin", [transaction, brief_transaction])


@pytest.fixture(autouse=True)
def here(app):
    with app.app_context():
        yield


@pytest.fixture
def ada(world) -> Actor:
    return world.actor(world.analyst("Ada"))


def note(session, ada):
    audit.record(session, "person.changed", "person", ada.person_id, by=ada, at=now())


def themes():
    return set(db.session.scalars(select(Person.theme)))


def events(action="person.changed"):
    return db.session.scalar(select(func.count()).where(AuditEvent.action == action))


@BOTH
def test_work_and_its_event_are_kept_together(begin, ada):
    with begin() as session:
        assert RENAME.run(session, {}) >= 1
        note(session, ada)
    assert (themes(), events()) == ({"dark"}, 1)
    assert verify(db.session()).ok


@BOTH
def test_an_error_undoes_both(begin, ada):
    before = themes()
    with pytest.raises(ZeroDivisionError), begin() as session:  # noqa: PT012 - what comes before must be undone
        RENAME.run(session, {})
        note(session, ada)
        1 / 0
    assert (themes(), events()) == (before, 0)
    with begin() as session:
        note(session, ada)
    assert events() == 1


@BOTH
def test_a_refusal_undoes_the_work_and_is_kept(begin, ada):
    before = themes()
    with pytest.raises(Refused), begin() as session:  # noqa: PT012
        RENAME.run(session, {})
        note(session, ada)
        raise Refused("Not you.", RefusedAct("person.changed", "person", "1"), by=ada)
    assert themes() == before
    with db.session() as session:
        kept = session.scalars(select(AuditEvent).where(AuditEvent.action == "person.changed")).one()
        assert (kept.outcome, kept.reason) == ("refused", "Not you.")


@BOTH
def test_questions_may_be_asked_inside(begin, ada):
    with begin() as session:
        assert session.get(Person, ada.person_id).name == "Ada"
        note(session, ada)
    assert events() == 1


def test_a_brief_transaction_does_not_lose_what_the_session_holds_silently(ada):
    if db.engine.dialect.name != "sqlite":
        with brief_transaction() as session:
            session.get(Person, ada.person_id).theme = "light"
        assert "light" in themes()
        return
    with pytest.raises(RuntimeError, match="does not write"), brief_transaction() as session:  # noqa: PT012
        session.get(Person, ada.person_id).theme = "light"
        note(session, ada)
    assert "light" not in themes()
    assert events() == 0


def test_a_statement_that_writes_needs_a_transaction():
    if db.engine.dialect.name != "sqlite":
        return
    with pytest.raises(RuntimeError, match="needs a transaction"):
        RENAME.run(db.session(), {})


@BOTH
def test_what_the_database_forbids_is_undone_too(begin, ada):
    with begin() as session:
        note(session, ada)
    forbidden = Prepared(update(AuditEvent.__table__).values(outcome="refused"))
    with pytest.raises((DBAPIError, sqlite3.IntegrityError), match="append-only"), begin() as session:
        forbidden.run(session, {})
    assert verify(db.session()).ok
