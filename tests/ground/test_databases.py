"""Each test finds the database as it was sealed, whatever the one before it did."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.orm import Session

from app.extensions import db
from app.kernel.clock import now
from app.kernel.receipts import Receipt
from tests.ground.clock import A_MONDAY_MORNING, StoppedClock
from tests.ground.databases import Database

Work = Callable[[], AbstractContextManager[Session]]


@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_one_test_commits_the_next_does_not_see(turn: str, in_transaction: Work, reading: Work) -> None:
    with reading() as session:
        assert session.get(Receipt, "left behind") is None
    with in_transaction() as session:
        session.add(Receipt(key="left behind", asked="x", led_to=turn, at=now()))
    with reading() as session:
        assert session.get_one(Receipt, "left behind").led_to == turn


@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_connection_left_open_does_not_reach_the_next_test(turn: str, app: Flask) -> None:
    with app.app_context():
        forgotten = create_engine(db.engine.url).connect()
    try:
        assert forgotten.execute(text("SELECT count(*) FROM receipt")).scalar() == 0
    finally:
        if turn == "second":
            forgotten.close()
            forgotten.engine.dispose()


def test_the_engine_is_the_one_that_was_asked_for(app: Flask, engine_name: str, database: Database) -> None:
    with app.app_context():
        assert db.engine.dialect.name == engine_name == database.engine_name


def test_a_spare_database_has_no_tables(database: Database) -> None:
    first, second = database.spare(), database.spare()
    assert first != second
    engine = create_engine(first)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


@pytest.mark.one_engine
def test_one_engine_is_enough_where_a_test_says_so(engine_name: str, pytestconfig: pytest.Config) -> None:
    assert engine_name == {"both": "sqlite"}.get(pytestconfig.getoption("--database"), engine_name)


def test_the_clock_stands_until_it_is_moved(clock: StoppedClock) -> None:
    assert clock.now == now() == A_MONDAY_MORNING
    assert clock.advance(days=2, hours=1) == now()
    assert (now() - A_MONDAY_MORNING).total_seconds() == 49 * 3600


def test_the_clock_goes_on_by_itself_where_nobody_holds_it() -> None:
    assert now() != A_MONDAY_MORNING
