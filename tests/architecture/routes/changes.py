"""What a request changed in the database: which tables were written by what was committed, and whether anything else differs."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, Table, event, select
from sqlalchemy.engine import Connection

from app.kernel.database import Base

_WRITING = ("INSERT INTO ", "UPDATE ", "DELETE FROM ", "REPLACE INTO ")


class Watch:
    """Listens to an engine. `written` are the tables that committed transactions wrote since `forget`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.written: set[str] = set()
        self._open: dict[int, set[str]] = {}

    @contextmanager
    def listening(self) -> Iterator["Watch"]:
        listeners = [
            ("before_cursor_execute", self._note),
            ("commit", self._committed),
            ("rollback", self._undone),
        ]
        for name, listener in listeners:
            event.listen(self.engine, name, listener)
        try:
            yield self
        finally:
            for name, listener in listeners:
                event.remove(self.engine, name, listener)

    def forget(self) -> None:
        self.written = set()

    def _note(self, connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        words = statement.lstrip()
        upper = words[:12].upper()
        if upper.startswith(_WRITING):
            rest = words.split(None, 2 if not upper.startswith("UPDATE") else 1)[-1]
            self._open.setdefault(id(connection), set()).add(rest.split(None, 1)[0].strip('"').partition("(")[0])
        elif upper.startswith("WITH ") and any(f" {one}" in statement.upper() for one in _WRITING):
            raise AssertionError(f"A statement writes in a way that this watch does not understand: {statement[:200]}")

    def _committed(self, connection: Connection) -> None:
        self.written |= self._open.pop(id(connection), set())

    def _undone(self, connection: Connection) -> None:
        self._open.pop(id(connection), None)


def fingerprint(engine: Engine) -> dict[str, str]:
    """A digest of all rows of every table, by the table's name."""
    with engine.connect() as connection:
        return {table.name: _digest(connection, table) for table in Base.metadata.sorted_tables}


def _digest(connection: Connection, table: Table) -> str:
    rows: Iterable[Any] = connection.execute(select(table).order_by(*table.primary_key.columns))
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def differing(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before if before[name] != after[name]}
