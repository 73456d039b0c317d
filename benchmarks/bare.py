"""What there is to compare with: Flask with nothing of ours in it, on the same server and the same database settings.

`/hello` is Flask alone. `/page/<bytes>` is a page as one would write it on the first day: a template that inherits a
layout, a list, a text; no session, no database. `/rows` takes a POST and commits one row.
"""

import os
import sqlite3
from functools import cache
from typing import Any

import psycopg
from flask import Flask, render_template, request
from markupsafe import Markup

app = Flask(__name__, template_folder="templates", static_folder=None)
app.jinja_env.trim_blocks = True
app.jinja_env.lstrip_blocks = True

ADDRESS = "BENCHMARK_ROWS"
"""The environment variable that says where the rows go: a file of SQLite, or an address of PostgreSQL."""

NAVIGATION = ("Home", "My training", "Our case", "Roster", "Our incentives", "Decisions", "Partners", "Courses")
UNITS = ("A first unit", "A second unit", "A third unit", "A fourth unit", "A fifth unit", "A sixth unit", "The quiz")
SQLITE_SETTINGS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=15000",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-16000",
    "mmap_size=268435456",
)
_SENTENCE = "A gift is a courtesy until somebody expects something for it, and then it is a bribe. "


@app.get("/hello")
def hello() -> str:
    return "Hello"


@app.get("/page/<int:size>")
def page(size: int) -> str:
    """A page of about `size` bytes."""
    return _page(_prose(size - _empty()))


def _page(prose: Markup) -> str:
    return render_template("page.html", navigation=NAVIGATION, units=UNITS, prose=prose)


@cache
def _empty() -> int:
    return len(_page(Markup("")).encode())


@cache
def _prose(size: int) -> Markup:
    """Paragraphs, made once: a bare page finds its text ready, as ours does."""
    paragraph = f"<p>{_SENTENCE * 5}</p>\n"
    text = paragraph * (max(0, size) // len(paragraph))
    return Markup(text + "." * max(0, size - len(text)))


@app.post("/rows")
def add_row() -> tuple[str, int]:
    """One row, one transaction, one commit."""
    connection, text = _connection(), request.form["text"]
    if _is_postgres():
        connection.execute("INSERT INTO benchmark_row (text) VALUES (%s)", (text,))
    else:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO benchmark_row (text) VALUES (?)", (text,))
        connection.execute("COMMIT")
    return "", 204


def make_table() -> None:
    """The one table, in the database that the environment names."""
    identity = "bigint GENERATED ALWAYS AS IDENTITY" if _is_postgres() else "INTEGER"
    connection = _connection()
    connection.execute("DROP TABLE IF EXISTS benchmark_row")
    connection.execute(f"CREATE TABLE benchmark_row (id {identity} PRIMARY KEY, text TEXT NOT NULL)")
    _connection.cache_clear()
    connection.close()


def _is_postgres() -> bool:
    return os.environ[ADDRESS].startswith("postgresql")


@cache
def _connection() -> Any:
    """This process's one connection, set up as the portal's are."""
    if _is_postgres():
        return psycopg.connect(os.environ[ADDRESS].replace("+psycopg", ""), autocommit=True)
    connection = sqlite3.connect(os.environ[ADDRESS], isolation_level=None, check_same_thread=False)
    for setting in SQLITE_SETTINGS:
        connection.execute(f"PRAGMA {setting}")
    return connection
