"""The few statements that nearly every request sends, with as little around them as the database allows.

For a statement that takes SQLite two microseconds SQLAlchemy needs a hundred: a pooled connection, BEGIN, compiled text
from a cache, rows as objects, ROLLBACK. Here SQLite's driver is asked directly. A network costs more than all that, so
PostgreSQL is asked through the session as always. docs/adr/0010 has the figures.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Engine, Result
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

Process = Callable[[Any], Any]
_BEGUN = "good_standing_driver"


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
        found = self._read(session, parameters, _row)
        return found.first() if isinstance(found, Result) else found

    def all(self, session: Session, parameters: Mapping[str, Any] | None = None) -> Sequence[Any]:
        """As `one`, every row."""
        found = self._read(session, parameters, _rows)
        return found.all() if isinstance(found, Result) else found

    def _read(
        self,
        session: Session,
        parameters: Mapping[str, Any] | None,
        fetch: Callable[[_Compiled, Any], Any],
    ) -> Any:
        """What `fetch` takes from SQLite's cursor; on PostgreSQL the session's result."""
        begun = session.info.get(_BEGUN)
        if begun is not None:
            return fetch(*self._send(begun[0], begun[1], begun[1], parameters))
        engine = session.get_bind().engine
        if engine.dialect.name != "sqlite":
            return session.execute(self._postgresql, dict(parameters or {}))
        if session.in_transaction():
            connection = session.connection()
            driver = connection.connection.driver_connection
            return fetch(*self._send(engine, driver, connection, parameters))
        pooled = engine.raw_connection()
        try:
            return fetch(*self._send(engine, pooled.driver_connection, pooled, parameters))
        finally:
            pooled.close()

    def run(self, session: Session, parameters: Mapping[str, Any]) -> int:
        """How many rows it made or changed. Only inside a transaction."""
        begun = session.info.get(_BEGUN)
        if begun is not None:
            return _changed(*self._send(begun[0], begun[1], begun[1], parameters))
        engine = session.get_bind().engine
        if engine.dialect.name != "sqlite":
            # psycopg only tells how many rows an INSERT made when it is asked to remember.
            done: Any = session.execute(
                self._postgresql, dict(parameters), execution_options={"preserve_rowcount": True}
            )
            return int(done.rowcount)
        if not session.in_transaction():
            raise RuntimeError("A statement that writes needs a transaction.")
        connection = session.connection()
        return _changed(*self._send(engine, connection.connection.driver_connection, connection, parameters))

    def run_all(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Once for each of the rows; on PostgreSQL in few journeys."""
        if len(rows) > 1 and _BEGUN not in session.info and session.get_bind().dialect.name != "sqlite":
            session.execute(self._postgresql, [dict(row) for row in rows])
            return
        for row in rows:
            self.run(session, row)

    def _send(
        self, engine: Engine, driver: Any, on: object, parameters: Mapping[str, Any] | None
    ) -> tuple[_Compiled, Any]:
        compiled = self._compiled
        if compiled is None:
            compiled = self._compiled = _compile(self._statement, engine.dialect)
        given = {**compiled.fixed, **(parameters or {})}
        values = tuple([_processed(given[name], process) for name, process in compiled.order])
        cursor = driver.cursor()
        # Whoever listens to SQLAlchemy's statements hears of these too, and on which connection they run.
        for note in engine.dispatch.before_cursor_execute:
            note(on, cursor, compiled.sql, values, None, False)
        return compiled, cursor.execute(compiled.sql, values)


@contextmanager
def on_driver(session: Session, engine: Engine, driver: Any) -> Iterator[None]:
    """Within the block prepared statements of this session go to this driver's connection, on which somebody else has begun."""
    session.info[_BEGUN] = (engine, driver)
    try:
        yield
    finally:
        del session.info[_BEGUN]


def _row(compiled: _Compiled, cursor: Any) -> Any:
    found = cursor.fetchone()
    cursor.close()
    if found is None or compiled.row is None:
        return None
    return compiled.row(*map(_processed, found, compiled.columns))


def _rows(compiled: _Compiled, cursor: Any) -> list[Any]:
    found = cursor.fetchall()
    cursor.close()
    if compiled.row is None:
        return []
    # Most columns come as they are.
    work = [(place, process) for place, process in enumerate(compiled.columns) if process is not None]
    rows = []
    for one in found:
        values = list(one)
        for place, process in work:
            values[place] = process(values[place])
        rows.append(compiled.row(*values))
    return rows


def _changed(_compiled: _Compiled, cursor: Any) -> int:
    changed = int(cursor.rowcount)
    cursor.close()
    return changed


def _processed(value: Any, process: Process | None) -> Any:
    return value if process is None else process(value)


def _compile(statement: Any, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    if compiled.post_compile_params or compiled.literal_execute_params:
        raise TypeError("The text of a prepared statement is fixed; a list of values (IN) makes it longer or shorter.")
    columns = list(getattr(statement, "selected_columns", ()))
    return _Compiled(
        str(compiled),
        {name: value for name, value in compiled.params.items() if not compiled.binds[name].required},
        tuple((name, _bind_processor(compiled.binds[name].type, dialect)) for name in compiled.positiontup),
        namedtuple("Row", [str(column.key) for column in columns]) if columns else None,
        tuple(column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns),
    )


def _bind_processor(of: Any, dialect: Dialect) -> Process | None:
    process: Process | None = of.dialect_impl(dialect).bind_processor(dialect)
    return process
