"""Alembic's entry. Runs on the app's own engine, one transaction for each migration, on SQLite and PostgreSQL alike."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy.engine import Connection

from app.kernel.database import WRITE, Base, UtcDateTime, write_gate


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write our own column type in a migration as the plain type that it is in the database."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def run() -> None:
    engine = current_app.extensions["migrate"].db.engine
    if context.is_offline_mode():
        raise SystemExit("Migrations run against a database, so that what they find can be checked.")
    with write_gate(engine), engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        migrate(connection)


run()
