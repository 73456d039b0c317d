"""Both databases, each at one fixed address for a test process; every test finds them as freshly migrated.

The address stays and the contents are put back, so one app and one engine (with its compiled statements) serve
hundreds of tests. SQLite: the sealed file is copied back. PostgreSQL: the database is made anew from a sealed template.
"""

import itertools
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.ground.postgres import PostgresServer

ENGINES = ("sqlite", "postgresql")


class Database(Protocol):
    """A database that can be put back to the state it was sealed in. Close every connection before either."""

    engine_name: str
    url: str

    def seal(self) -> None:
        """What is in it now is what every test starts with."""

    def renew(self) -> None:
        """Put it back to the sealed state."""

    def spare(self) -> str:
        """The address of another database, new and without tables; gone with the session."""

    def close(self) -> None:
        """Let go of it, at the end of the session."""


class SqliteDatabase:
    engine_name = "sqlite"

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._path = folder / "portal.db"
        self._sealed = folder / "sealed.db"
        self._spares = itertools.count(1)
        self.url = f"sqlite:///{self._path}"

    def seal(self) -> None:
        connection = sqlite3.connect(self._path)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        shutil.copyfile(self._path, self._sealed)

    def renew(self) -> None:
        # A new file in the old one's place: a connection that a test forgot keeps writing where nobody looks.
        for leftover in self._folder.glob("portal.db*"):
            leftover.unlink()
        shutil.copyfile(self._sealed, self._path)

    def spare(self) -> str:
        return f"sqlite:///{self._folder / f'spare-{next(self._spares)}.db'}"

    def close(self) -> None:
        pass


class PostgresDatabase:
    engine_name = "postgresql"

    def __init__(self, server: PostgresServer, name: str = "portal") -> None:
        self._server = server
        self._name = name
        self._spares = itertools.count(1)
        self._admin = server.connect()
        self._admin.execute(f"CREATE DATABASE {name}")
        self.url = server.url(name)

    def seal(self) -> None:
        self._admin.execute(f"ALTER DATABASE {self._name} RENAME TO {self._name}_sealed")
        self.renew()

    def renew(self) -> None:
        # FILE_COPY took 25 ms here and WAL_LOG 58: the database is small and the checkpoint costs nothing without fsync.
        self._admin.execute(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")
        self._admin.execute(f"CREATE DATABASE {self._name} TEMPLATE {self._name}_sealed STRATEGY FILE_COPY")

    def spare(self) -> str:
        name = f"{self._name}_spare_{next(self._spares)}"
        self._admin.execute(f"CREATE DATABASE {name} STRATEGY FILE_COPY")
        return self._server.url(name)

    def close(self) -> None:
        self._admin.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=[*ENGINES, "both"],
        default="both",
        help="The database that tests which need one run on (default: both, one after the other).",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine_name" not in metafunc.fixturenames:
        return
    chosen = metafunc.config.getoption("--database")
    engines = list(ENGINES) if chosen == "both" else [chosen]
    if metafunc.definition.get_closest_marker("one_engine"):
        engines = engines[:1]
    metafunc.parametrize("engine_name", engines, indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine_name(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgresql`. A test that asks for it, or for anything that stands on it, runs on both."""
    return str(request.param)


@pytest.fixture(scope="session")
def ground_folder() -> Iterator[Path]:
    """A folder for the session's databases and files: in memory where there is room, as every test rewrites them."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 * 1024**3
    folder = Path(tempfile.mkdtemp(prefix="good-standing-", dir=memory if roomy else None))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(ground_folder: Path) -> Iterator[PostgresServer]:
    """The PostgreSQL server of this test process. Cheap enough (half a second) that each xdist worker has its own."""
    server = PostgresServer(ground_folder / "postgres")
    server.start()
    yield server
    server.stop()
