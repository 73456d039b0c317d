from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

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
            sqlite = engine.dialect.name == "sqlite"
            with engine.connect() as connection:
                connection.exec_driver_sql(
                    "PRAGMA foreign_keys=OFF" if sqlite else "SET session_replication_role = replica"
                )
                connection.commit()
                if sqlite:
                    names = (
                        connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
                        .scalars()
                        .all()
                    )
                    for name in names:
                        connection.execute(text(f"DROP TRIGGER {name}"))
                    connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
                for statement in statements:
                    done = connection.execute(text(statement))
                    assert done.rowcount, f"Nothing was changed by: {statement}"
                connection.commit()
                connection.exec_driver_sql(
                    "PRAGMA foreign_keys=ON" if sqlite else "SET session_replication_role = origin"
                )
                if sqlite:
                    connection.exec_driver_sql("PRAGMA ignore_check_constraints=OFF")
                connection.commit()
            engine.dispose()

    return change
