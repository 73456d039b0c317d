from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Connection, text

from app.extensions import db
from tests.incentives.conftest import books
from tests.remediation.conftest import catalogue, stage

__all__ = ["books", "catalogue", "stage"]


@pytest.fixture
def tampered(app: Flask) -> Callable[..., None]:
    """`tampered("UPDATE …")` does what only somebody with the database in their hands can do: triggers and checks set aside."""

    def change(*statements: str) -> None:
        with app.app_context():
            engine = db.engine
            with engine.connect() as connection:
                disarm = _disarm_sqlite if engine.dialect.name == "sqlite" else _disarm_postgresql
                disarm(connection)
                for statement in statements:
                    assert connection.execute(text(statement)).rowcount, f"Nothing was changed by: {statement}"
                connection.commit()
            # The connection's settings must not outlive the deed.
            engine.dispose()

    return change


def _disarm_sqlite(connection: Connection) -> None:
    connection.commit()
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
    for name in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
        connection.execute(text(f"DROP TRIGGER {name}"))


def _disarm_postgresql(connection: Connection) -> None:
    connection.execute(text("SET session_replication_role = replica"))
    checks = "SELECT conrelid::regclass AS table_name, conname FROM pg_constraint WHERE contype = 'c' AND conrelid > 0"
    for row in connection.execute(text(checks)).all():
        if not str(row.table_name).startswith(("pg_", "information_schema")):
            connection.execute(text(f'ALTER TABLE {row.table_name} DROP CONSTRAINT "{row.conname}"'))
