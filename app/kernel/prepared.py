"""The few statements that nearly every request sends, with as little around them as the database allows.

For a statement that takes SQLite two microseconds SQLAlchemy needs a hundred: a pooled connection, BEGIN, compiled text
from a cache, rows as objects, ROLLBACK. Here SQLite's driver is asked directly. A network costs more than all that, so
PostgreSQL is asked through the session as always. docs/adr/0010 has the figures.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import Session

Process = Callable[[Any], Any]
_DRIVER = "good_standing_driver"


class _Compiled(NamedTuple):
    sql: str
    fixed: Mapping[str, Any]
    order: tuple[tuple[str, Process | None], ...]
    row: Callable[..., Any] | None
    columns: tuple[Process | None, ...]


class Prepared:
    """One statement for SQLite and, where its words differ, another for PostgreSQL; compiled when it is first sent."""

    def __init__(self, statement: Any, *, postgresql: Any = None) -> None:
        self._statement = statement
        self._postgresql = statement if postgresql is None else postgresql
        self._compiled: _Compiled | None = None

    def one(self, session: Session, parameters: Mapping[str, Any] | None = None) -> Any:
        """The first row, with the columns as attributes; None where there is none. Read in the session's transaction if one runs."""
        if not _is_sqlite(session):
            return session.execute(self._postgresql, dict(parameters or {})).first()
        with _driver_of(session) as (engine, driver):
            compiled = self._ready(engine.dialect)
            cursor = _send(engine, driver, compiled, parameters)
            found = cursor.fetchone()
            cursor.close()
        if found is None or compiled.row is None:
            return None
        return compiled.row(*map(_processed, found, compiled.columns))

    def run(self, session: Session, parameters: Mapping[str, Any]) -> int:
        """How many rows it made or changed. Only inside a transaction."""
        if not _is_sqlite(session):
            # psycopg only tells how many rows an INSERT made when it is asked to remember.
            done: Any = session.execute(
                self._postgresql, dict(parameters), execution_options={"preserve_rowcount": True}
            )
            return int(done.rowcount)
        if _DRIVER not in session.info and not session.in_transaction():
            raise RuntimeError("A statement that writes needs a transaction.")
        with _driver_of(session) as (engine, driver):
            cursor = _send(engine, driver, self._ready(engine.dialect), parameters)
            changed = int(cursor.rowcount)
            cursor.close()
        return changed

    def _ready(self, dialect: Dialect) -> _Compiled:
        if self._compiled is None:
            self._compiled = _compile(self._statement, dialect)
        return self._compiled


@contextmanager
def on_driver(session: Session, driver: Any) -> Iterator[None]:
    """Within the block prepared statements of this session go to this driver's connection, which somebody else began."""
    session.info[_DRIVER] = driver
    try:
        yield
    finally:
        del session.info[_DRIVER]


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


@contextmanager
def _driver_of(session: Session) -> Iterator[tuple[Engine, Any]]:
    bind = session.get_bind()
    if _DRIVER in session.info:
        yield bind.engine, session.info[_DRIVER]
    elif session.in_transaction() or isinstance(bind, Connection):
        yield bind.engine, session.connection().connection.driver_connection
    else:
        pooled = bind.engine.raw_connection()
        try:
            yield bind.engine, pooled.driver_connection
        finally:
            pooled.close()


def _send(engine: Engine, driver: Any, compiled: _Compiled, parameters: Mapping[str, Any] | None) -> Any:
    given = {**compiled.fixed, **(parameters or {})}
    values = tuple([_processed(given[name], process) for name, process in compiled.order])
    cursor = driver.cursor()
    # Whoever counts statements, counts these too.
    for note in engine.dispatch.before_cursor_execute:
        note(None, cursor, compiled.sql, values, None, False)
    return cursor.execute(compiled.sql, values)


def _processed(value: Any, process: Process | None) -> Any:
    return value if process is None else process(value)


def _compile(statement: Any, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    columns = list(getattr(statement, "selected_columns", ()))
    return _Compiled(
        str(compiled),
        {name: value for name, value in compiled.params.items() if value is not None},
        tuple((name, _bind_processor(compiled.binds[name].type, dialect)) for name in compiled.positiontup),
        namedtuple("Row", [str(column.key) for column in columns]) if columns else None,
        tuple(column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns),
    )


def _bind_processor(of: Any, dialect: Dialect) -> Process | None:
    process: Process | None = of.dialect_impl(dialect).bind_processor(dialect)
    return process
