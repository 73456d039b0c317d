"""The one place that commits. One POST, one transaction; what is read to decide is read inside it, under the lock."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import services as audit
from app.extensions import db
from app.kernel.clock import now
from app.kernel.database import WRITE, Base, write_gate
from app.kernel.errors import Refused, sentence_of
from app.kernel.prepared import on_driver


@contextmanager
def transaction() -> Iterator[Session]:
    """A session that holds the write lock; committed when the block ends, undone when it raises.

    Audit events noted inside are sealed into the chain last. A `Refused` undoes the work and is then kept as an audit
    event of its own. A constraint that a race ran into comes back as its registered sentence.
    """
    with _told(), _writing() as session:
        yield session


@contextmanager
def brief_transaction() -> Iterator[Session]:
    """As `transaction`, for work that is prepared statements and audit events: on SQLite its lock is held half as long.

    The session may be asked questions, but holds none of the work: what it would write, this transaction refuses.
    """
    with _told(), _writing_briefly() as session:
        yield session


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except Refused as refusal:
        with _writing() as session:
            audit.record_refusal(session, refusal, at=now())
        refusal.is_kept = True
        raise
    except IntegrityError as error:
        known = sentence_of(constraint_name(error))
        if known is None:
            raise
        raise known from error


@contextmanager
def _writing() -> Iterator[Session]:
    session: Session = db.session()
    session.rollback()
    audit.forget(session)
    with write_gate(db.engine):
        session.connection(execution_options={WRITE: True})
        try:
            yield session
            session.flush()
            audit.seal(session)
            session.commit()
        except BaseException:
            session.rollback()
            audit.forget(session)
            raise


@contextmanager
def _writing_briefly() -> Iterator[Session]:
    session: Session = db.session()
    engine = db.engine
    if engine.dialect.name != "sqlite":
        with _writing():
            yield session
        return
    session.rollback()
    audit.forget(session)
    with write_gate(engine):
        pooled = engine.raw_connection()
        driver: Any = pooled.driver_connection
        try:
            driver.execute("BEGIN IMMEDIATE")
            with on_driver(session, engine, driver):
                yield session
                audit.seal(session)
            if session.new or session.dirty or session.deleted:
                raise RuntimeError("A brief transaction does not write what the session holds.")
            for note in engine.dispatch.commit:
                note(driver)
            driver.execute("COMMIT")
            session.rollback()  # what it read is from before; the next question begins anew
        except BaseException:
            for note in engine.dispatch.rollback:
                note(driver)
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            session.rollback()
            audit.forget(session)
            raise
        finally:
            pooled.close()


def reading() -> Session:
    """The request's session for questions. It is rolled back when the request ends."""
    session: Session = db.session()
    return session


_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)$")
_SQLITE_NAMED = re.compile(r"(?:CHECK constraint failed|constraint failed): (\w+)$")


def constraint_name(error: IntegrityError) -> str:
    """The name of the constraint behind an IntegrityError; empty where the engine does not tell."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return str(diagnosis.constraint_name or "")
    message = str(error.orig)
    named = _SQLITE_NAMED.search(message)
    if named:
        return named.group(1)
    unique = _SQLITE_UNIQUE.search(message)
    if not unique:
        return ""
    if unique.group(1).startswith("index "):
        return unique.group(1).removeprefix("index ").strip("'")
    columns = [part.strip().split(".") for part in unique.group(1).split(",")]
    table = Base.metadata.tables.get(columns[0][0])
    if table is None:
        return ""
    wanted = {column for _, column in columns}
    candidates: list[UniqueConstraint | Index] = [
        found for found in table.constraints if isinstance(found, UniqueConstraint)
    ]
    candidates.extend(index for index in table.indexes if index.unique)
    for candidate in candidates:
        if {column.name for column in candidate.columns} == wanted:
            return str(candidate.name or "")
    return ""
