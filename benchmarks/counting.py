"""How many statements a request sends, and whether everything that was answered is really in the database."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask
from sqlalchemy import event, func, select

from app.audit.models import AuditEvent
from app.extensions import db
from app.learning.models import UnitProgress
from benchmarks.load import Ask
from benchmarks.scenarios import Scenario

_BOOKKEEPING = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SELECT PG_ADVISORY")
_TRIES = 12


class NotAsCounted(RuntimeError):
    """Answers were counted whose effect is missing."""


def queries(app: Flask, rows: Sequence[Scenario]) -> dict[str, int]:
    """SQL statements of one request in a process that has served some, by scenario. Requests that count once are used up from the end."""
    return {one.name: _statements(app, one.asks[-_TRIES:]) for one in rows}


def _statements(app: Flask, asks: Sequence[Ask]) -> int:
    made: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith(_BOOKKEEPING):
            made.append(statement)

    with app.app_context():
        engine = db.engine
    client = app.test_client(use_cookies=False)
    event.listen(engine, "before_cursor_execute", note)
    try:
        # The first ones fill what a process keeps; the last one is as all that follow.
        for number in range(_TRIES):
            ask = asks[number % len(asks)]
            made.clear()
            answer = client.open(ask.path, method=ask.method, headers=list(ask.headers), data=ask.body or None)
            if answer.status_code != ask.status:
                raise NotAsCounted(f"{ask.method} {ask.path} was answered {answer.status}.")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(made)


def kept(app: Flask) -> dict[str, int]:
    """Rows that the writing scenarios leave behind, by scenario."""
    with app.app_context():
        events = select(func.count()).select_from(AuditEvent)
        return {
            "lesson page, first view": min(
                db.session.scalar(select(func.count()).select_from(UnitProgress)) or 0,
                db.session.scalar(events.where(AuditEvent.action == "unit.viewed")) or 0,
            ),
            "answer save": db.session.scalar(events.where(AuditEvent.action == "answer.saved")) or 0,
        }


def confirm(before: Mapping[str, int], after: Mapping[str, int], answered: Mapping[str, int]) -> None:
    """Each answer that was counted left its row. Raises NotAsCounted."""
    for name in before:
        if after[name] - before[name] != answered[name]:
            raise NotAsCounted(f"{name}: {answered[name]} answers, but {after[name] - before[name]} rows.")
