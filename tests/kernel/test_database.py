"""What the database itself guarantees, on both engines."""

import multiprocessing
from datetime import datetime

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from app.extensions import db
from app.kernel import receipts
from app.kernel.clock import now
from app.kernel.database import WRITE, Base, prepare_engine, write_gate
from app.kernel.errors import Conflict
from app.outbox.models import OutboxRow
from app.outbox.services import enqueue


def test_every_table_marked_append_only_refuses_update_and_delete(app):
    """Every such table has its triggers in the database, whatever it holds."""
    with app.app_context(), db.engine.connect() as connection:
        if db.engine.dialect.name == "sqlite":
            found = set(connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")))
        else:
            found = set(connection.scalars(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")))
    marked = [name for name, table in Base.metadata.tables.items() if "append_only" in table.info]
    assert {"audit_event", "posting", "ledger_transaction", "training_record", "signature"} <= set(marked)
    assert {f"{name}_no_{verb}" for name in marked for verb in ("update", "delete")} <= found


def test_an_audit_event_cannot_be_changed_or_deleted_by_anyone(app, world):
    world.partner()
    for statement in ("UPDATE audit_event SET reason = 'nothing happened'", "DELETE FROM audit_event"):
        with app.app_context(), pytest.raises(DBAPIError, match="append-only"), db.engine.begin() as connection:
            connection.execute(text(statement))


def test_an_instant_without_its_time_zone_is_refused(in_transaction):
    with pytest.raises(StatementError, match="naive"), in_transaction() as session:
        enqueue(session, "kind", "key", {}, at=datetime(2026, 1, 1))


def test_the_same_key_twice_is_one_outbox_row(in_transaction, reading):
    for _ in range(2):
        with in_transaction() as session:
            enqueue(session, "invitation", "invitation:7", {"person_id": 7}, at=now())
    with reading() as session:
        assert session.scalars(select(OutboxRow.key)).all() == ["invitation:7"]


def test_the_same_request_again_leads_where_the_first_one_led(in_transaction):
    with in_transaction() as session:
        receipts.keep(session, "1:abc", "digest", "/cases/1", at=now())
    with in_transaction() as session:
        assert receipts.earlier(session, "1:abc", "digest") == "/cases/1"
        with pytest.raises(Conflict):
            receipts.earlier(session, "1:abc", "another digest")


def _count_up(url: str, times: int) -> None:
    engine = create_engine(url)
    prepare_engine(engine)
    for _ in range(times):
        with write_gate(engine), engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
            lock = " FOR UPDATE" if engine.dialect.name == "postgresql" else ""
            value = connection.scalar(text(f"SELECT tries FROM outbox_row WHERE key = 'counter'{lock}"))
            connection.execute(text("UPDATE outbox_row SET tries = :value WHERE key = 'counter'"), {"value": value + 1})
    engine.dispose()


def test_no_read_modify_write_is_lost_among_eight_processes(app, database, in_transaction, reading):
    with in_transaction() as session:
        enqueue(session, "count", "counter", {}, at=now())
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_count_up, args=(database.url, 25)) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 8
    with reading() as session:
        assert session.scalar(select(OutboxRow.tries)) == 200
