"""Rows that nearly every request reads, with as little around them as the database allows."""

from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Engine, Select
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import Session


class _Compiled(NamedTuple):
    sql: str
    fixed: Mapping[str, Any]
    order: tuple[str, ...]
    row: Callable[..., Any]
    processors: tuple[Callable[[Any], Any] | None, ...]


class Lookup:
    """A SELECT of one row at most, by parameters that are ids and texts.

    For a statement that takes SQLite two microseconds SQLAlchemy needs a hundred: a pooled connection, BEGIN, the
    statement, its row, ROLLBACK. Here SQLite's driver is asked directly, inside the session's transaction where one runs.
    A network costs more than all that, so PostgreSQL is asked through the session as always.
    """

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement
        self._compiled: _Compiled | None = None

    def one(self, session: Session, parameters: Mapping[str, int | str | None] | None = None) -> Any:
        """The row, with the statement's columns as attributes; None where there is none."""
        bind = session.get_bind()
        engine = bind.engine
        if engine.dialect.name != "sqlite":
            return session.execute(self.statement, dict(parameters or {})).first()
        compiled = self._compiled
        if compiled is None:
            compiled = self._compiled = _compile(self.statement, engine.dialect)
        given = {**compiled.fixed, **(parameters or {})}
        values = tuple([given[name] for name in compiled.order])
        if session.in_transaction() or isinstance(bind, Connection):
            found = _ask(engine, session.connection().connection.driver_connection, compiled.sql, values)
        else:
            pooled = engine.raw_connection()
            try:
                found = _ask(engine, pooled.driver_connection, compiled.sql, values)
            finally:
                pooled.close()
        if found is None:
            return None
        return compiled.row(
            *[
                value if process is None else process(value)
                for value, process in zip(found, compiled.processors, strict=True)
            ]
        )


def _ask(engine: Engine, driver: Any, sql: str, values: tuple[Any, ...]) -> Any:
    cursor = driver.cursor()
    # Whoever counts statements, counts these too.
    for note in engine.dispatch.before_cursor_execute:
        note(None, cursor, sql, values, None, False)
    try:
        return cursor.execute(sql, values).fetchone()
    finally:
        cursor.close()


def _compile(statement: Select[Any], dialect: Dialect) -> _Compiled:
    compiled: Any = statement.compile(dialect=dialect)
    columns = list(statement.selected_columns)
    return _Compiled(
        str(compiled),
        {name: value for name, value in compiled.params.items() if value is not None},
        tuple(compiled.positiontup),
        namedtuple("Row", [str(column.key) for column in columns]),
        tuple(column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns),
    )
