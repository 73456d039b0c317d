"""A prepared statement finds what the session would find, in the session's transaction where one runs, and is counted like any statement."""

import pytest
from sqlalchemy import bindparam, event, select

from app.accounts.models import Person
from app.extensions import db
from app.kernel.prepared import Prepared

_person = Person.__table__
BY_EMAIL = select(
    _person.c.id, _person.c.email, _person.c.is_demo, _person.c.partner_id, _person.c.deactivated_at, _person.c.theme
).where(_person.c.email == bindparam("email"))


@pytest.fixture
def ada(world):
    return world.analyst("Ada")


def test_it_finds_what_the_session_finds(ada, reading):
    prepared = Prepared(BY_EMAIL)
    for _ in range(2):
        with reading() as session:
            found = prepared.one(session, {"email": ada.email})
            expected = session.execute(BY_EMAIL, {"email": ada.email}).one()
            assert tuple(found) == tuple(expected)
            assert [type(value) for value in found] == [type(value) for value in expected]
            assert found.email == ada.email


def test_it_finds_every_row_that_the_session_finds(ada, world, clock, in_transaction, reading):
    """Beside Ada, whose instant is empty, somebody whose is not: what a value is made into depends on the row."""
    grace = world.analyst("Grace")
    with in_transaction() as session:
        session.get(Person, grace.id).deactivated_at = clock.now
    everybody = select(*BY_EMAIL.selected_columns).order_by(_person.c.id)
    with reading() as session:
        found = Prepared(everybody).all(session)
        expected = session.execute(everybody).all()
        assert [tuple(one) for one in found] == [tuple(one) for one in expected]
        assert [[type(value) for value in one] for one in found] == [[type(value) for value in one] for one in expected]
        assert {one.deactivated_at for one in found} >= {None, clock.now}
        assert list(Prepared(BY_EMAIL).all(session, {"email": "nobody@example.com"})) == []


def test_a_list_of_values_is_refused(app, reading):
    with reading() as session:
        if session.get_bind().dialect.name == "sqlite":
            with pytest.raises(TypeError, match="fixed"):
                Prepared(select(_person.c.id).where(_person.c.id.in_([1, 2]))).all(session)


def test_an_instant_comes_back_aware(ada, clock, in_transaction, reading):
    with in_transaction() as session:
        session.get(Person, ada.id).deactivated_at = clock.now
    with reading() as session:
        assert Prepared(BY_EMAIL).one(session, {"email": ada.email}).deactivated_at == clock.now


def test_nobody_is_none(reading, world):
    with reading() as session:
        assert Prepared(BY_EMAIL).one(session, {"email": "nobody@example.com"}) is None


def test_inside_a_transaction_it_sees_what_is_not_committed_yet(ada, in_transaction):
    with in_transaction() as session:
        session.get(Person, ada.id).email = "ada@elsewhere.example"
        session.flush()
        assert Prepared(BY_EMAIL).one(session, {"email": "ada@elsewhere.example"}).id == ada.id


def test_outside_one_it_leaves_none_behind(app, ada):
    with app.app_context():
        session = db.session()
        Prepared(BY_EMAIL).one(session, {"email": ada.email})
        if db.engine.dialect.name == "sqlite":
            assert not session.in_transaction()
            assert db.engine.pool.checkedout() == 0


def test_it_is_counted_as_a_statement(app, ada, reading):
    counted = []
    with app.app_context():
        engine = db.engine

    def note(_connection, _cursor, statement, *_rest):
        counted.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        with app.app_context():
            Prepared(BY_EMAIL).one(db.session(), {"email": ada.email})
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len([one for one in counted if one.startswith("SELECT person.id")]) == 1
