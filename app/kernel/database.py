"""The shapes every table shares: base class, column types, locks, and how each engine is set up."""

import fcntl
import os
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import DDL, JSON, BigInteger, Date, DateTime, Engine, Enum, Integer, MetaData, Table, Text, event, text
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

WRITE = "good_standing_write"


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Takes aware values only, gives aware UTC back, whatever the engine keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("An instant needs its time zone; a naive datetime was given.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite only numbers rows by itself in a column declared INTEGER.
Key = BigInteger().with_variant(Integer, "sqlite")


def choice(enum: type[StrEnum], *, name: str) -> Enum:
    """A column of one StrEnum's values, kept as text and checked by the database under a name that is a sentence."""
    return Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=48,
        validate_strings=True,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """Every table's base. CHECK names are whole sentences, so the convention leaves them as written."""

    metadata = MetaData(
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "ck": "%(constraint_name)s",
        }
    )
    type_annotation_map = {
        datetime: UtcDateTime,
        date: Date,
        str: Text,
        int: BigInteger().with_variant(Integer, "sqlite"),
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }


def append_only_ddl(table: str, dialect: str, columns: Iterable[str] = ()) -> list[str]:
    """Statements that make the database itself refuse to change or delete a table's rows.

    With `columns`, only those columns are frozen (others may change); deletion is refused either way.
    """
    frozen = tuple(columns)
    of = f" OF {', '.join(frozen)}" if frozen else ""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE{of} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        ]
    return [
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$",
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE{of} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    ]


def append_only(table: Any, columns: Iterable[str] = ()) -> None:
    """Attach the append-only triggers to a mapped table, so that a schema made from the models has them too."""
    if not isinstance(table, Table):
        raise TypeError("append_only takes a table, for example Posting.__table__.")
    table.info["append_only"] = tuple(columns)
    for dialect in ("sqlite", "postgresql"):
        for statement in append_only_ddl(table.name, dialect, columns):
            ddl: DDL = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


def serialize(session: Session, name: str) -> None:
    """Hold a named lock until the transaction ends. On SQLite a writing transaction already holds the only one."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": zlib.crc32(name.encode())})


def prepare_engine(engine: Engine) -> None:
    """Set an engine up for the portal: on SQLite WAL, full sync, foreign keys and explicit BEGIN; nothing on PostgreSQL."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=15000",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-16000",
            "mmap_size=268435456",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # Straight to the driver: every request begins once, and SQLAlchemy's way costs as much as a short query.
        driver = connection.connection.driver_connection
        driver.execute("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITE) else "BEGIN")  # type: ignore[union-attr]


_gates: dict[str, threading.Lock] = {}
_gates_guard = threading.Lock()


@cache
def _gate_of(database: str) -> str:
    return f"{Path(database).resolve()}-gate"


@contextmanager
def write_gate(engine: Engine) -> Iterator[None]:
    """Queue for SQLite's one write lock in order of arrival, across threads and processes; open on PostgreSQL.

    BEGIN IMMEDIATE alone is right but unfair: one process can keep the lock from another for seconds.
    """
    database = engine.url.database
    if engine.dialect.name != "sqlite" or not database or database == ":memory:":
        yield
        return
    path = _gate_of(database)
    with _gates_guard:
        lock = _gates.setdefault(path, threading.Lock())
    with lock:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
