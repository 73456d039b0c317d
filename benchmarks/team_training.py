"""The table of people and courses with 10,000 people and 20 courses, beside a bare read of fifty names.

`measure` fills the benchmark's own SQLite database past the portal's services, and asks what the page asks.
"""

import sqlite3
import statistics
from datetime import timedelta

from flask import Flask
from sqlalchemy import event, select, text

from app.access.policy import Actor, Role
from app.extensions import db
from app.kernel.clock import now
from app.learning.queries import matrix
from app.learning.queries.matrix import Filters, Show
from app.partners.models import Partner
from app.transactions import reading
from benchmarks.question_analysis import row_of, seconds_of
from benchmarks.rows import Row

PEOPLE, COURSES, ROUNDS = 10_000, 20, 20
NAME, BASELINE = "team training, 10,000 × 20", "bare read of fifty names"
FIRST = 2_000_000_000


def fill(app: Flask) -> int:
    """People of one new partner, each with an assignment of every course, half of them satisfied long ago; the partner's id."""
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            raise ValueError("The people are filled in on SQLite only.")
        partner_id = FIRST
        at, due = now().isoformat(sep=" ")[:26], now().date()
        with sqlite3.connect(db.engine.url.database or "") as connection:
            connection.execute("PRAGMA foreign_keys=OFF")
            copied = [row[1] for row in connection.execute("PRAGMA table_info(course_version)")]
            columns = ", ".join(name for name in copied if name not in ("id", "course_id", "content_hash", "title"))
            (shipped,) = connection.execute("SELECT min(id) FROM course_version WHERE state = 'published'").fetchone()
            connection.execute(
                "INSERT INTO partner (id, number, legal_name, country, time_zone, created_at) VALUES (?, 'P-LARGE', 'Large', 'DE', 'Europe/Berlin', ?)",
                (partner_id, at),
            )
            for number in range(FIRST, FIRST + COURSES):
                connection.execute(
                    "INSERT INTO course (id, slug, current_version_id, created_at) VALUES (?, ?, ?, ?)",
                    (number, f"large-{number}", number, at),
                )
                connection.execute(
                    f"INSERT INTO course_version (id, course_id, content_hash, title, {columns})"
                    f" SELECT ?, ?, ?, ?, {columns} FROM course_version WHERE id = ?",
                    (number, number, f"{number:064d}", f"Course {number}", shipped),
                )
            connection.executemany(
                "INSERT INTO person (id, name, email, partner_id, job_title, theme, time_zone, is_demo, created_at)"
                " VALUES (?, ?, ?, ?, '', 'system', 'UTC', 0, ?)",
                ((FIRST + i, f"Person {i:05}", f"large-{i}@example.com", partner_id, at) for i in range(PEOPLE)),
            )
            connection.executemany(
                "INSERT INTO assignment (id, person_id, partner_id, course_id, origin, assigned_at, original_due_on, due_on, state)"
                " VALUES (?, ?, ?, ?, 'representative', ?, ?, ?, 'assigned')",
                (
                    (FIRST + i * COURSES + c, FIRST + i, partner_id, FIRST + c, at, day, day)
                    for i in range(PEOPLE)
                    for c in range(COURSES)
                    if (i + c) % 2
                    for day in [(due + timedelta(days=(i * 7 + c) % 60 - 10)).isoformat()]
                ),
            )
            connection.executemany(
                "INSERT INTO training_record (id, registration_id, person_id, person_name, partner_id, partner_name, course_id,"
                " version_id, course_title, course_version, content_hash, language, mastery_score, started_at, completed_at,"
                " passed_on, valid_until, active_seconds, needs_confirmation)"
                " VALUES (?, ?, ?, 'Person', ?, 'Large', ?, ?, 'Course', '1.0.0', ?, 'en', 8000, ?, ?, ?, ?, 600, 0)",
                (
                    (
                        number,
                        number,
                        FIRST + i,
                        partner_id,
                        FIRST + c,
                        FIRST + c,
                        f"{FIRST + c:064d}",
                        at,
                        at,
                        passed,
                        until,
                    )
                    for i in range(PEOPLE)
                    for c in range(COURSES)
                    if not (i + c) % 2
                    for number in [FIRST + i * COURSES + c]
                    for passed in [(due - timedelta(days=200)).isoformat()]
                    for until in [(due + timedelta(days=165)).isoformat()]
                ),
            )
            connection.execute("ANALYZE")
        connection.close()
    return partner_id


def measure(app: Flask, *, rounds: int = ROUNDS) -> list[Row]:
    """Fill, then ask for the page that shows who is overdue, and for the bare names, in turns."""
    fill(app)
    by = Actor(1, "Compliance", roles=frozenset({Role.COMPLIANCE_ANALYST}))
    with app.app_context():
        number = reading().scalar(select(Partner.number).where(Partner.id == FIRST)) or ""
        filters = Filters(show=Show.OVERDUE, partner=number)
        shown = tuple(one for one in matrix.columns(reading()) if one.course_id >= FIRST)

        def page() -> None:
            found = matrix.matrix(reading(), by=by, filters=filters, shown=shown, after=None, at=now())
            if (len(found.rows), len(found.columns)) != (matrix.PAGE, COURSES):
                raise ValueError("The table is not the one that is to be measured.")

        def names() -> None:
            reading().execute(
                text("SELECT id, name FROM person WHERE partner_id = :id ORDER BY name LIMIT 50"), {"id": FIRST}
            ).all()

        sent: list[str] = []
        listener = lambda *said: sent.append(said[2])  # noqa: E731
        page()
        event.listen(db.engine, "before_cursor_execute", listener)
        page()
        event.remove(db.engine, "before_cursor_execute", listener)
        ours, bare = [], []
        for _ in range(rounds):
            ours.append(seconds_of(page))
            bare.append(seconds_of(names))
        reading().rollback()
    ratio = round(statistics.median(o / b for o, b in zip(ours, bare, strict=True)), 1)
    return [row_of(BASELINE, bare, 1), row_of(NAME, ours, len(sent), BASELINE, ratio)]
