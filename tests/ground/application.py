"""The portal under test: one app for each engine and test process, with fresh data for every test."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.orm import Session

from app import create_app
from app.extensions import db, limiter
from app.kernel.database import Base
from app.settings import ROOT, Mode, Settings
from app.transactions import reading as reading_session
from app.transactions import transaction
from tests.ground.databases import Database, PostgresDatabase, SqliteDatabase
from tests.ground.loops import loop_set_aside
from tests.ground.pages import PageClient


class Ground:
    """An app on a migrated database, and the way back to how both began."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.files = folder / f"files-{database.engine_name}"
        self.app = create_app(settings_for(database.url, self.files))
        self.app.test_client_class = PageClient
        with self.app.app_context():
            if any((ROOT / "migrations" / "versions").glob("*.py")):
                upgrade()
            else:
                Base.metadata.create_all(db.engine)
        self.disconnect()
        database.seal()

    def renew(self) -> None:
        self.disconnect()
        self.database.renew()
        shutil.rmtree(self.files, ignore_errors=True)
        self.files.mkdir(parents=True)
        if limiter.enabled:
            limiter.reset()

    def disconnect(self) -> None:
        with self.app.app_context():
            db.engine.dispose()


def settings_for(url: str, files: Path) -> Settings:
    """Settings of a portal under test: cheap password hashes, everything else as it ships."""
    return Settings(
        mode=Mode.TESTING,
        secret_key="a secret that only the tests know, 32 and more",
        database_url=url,
        data_folder=files,
        hashing_cost="test",
        base_url="http://localhost",
    )


@pytest.fixture(scope="session")
def grounds(ground_folder: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[str], Ground]]:
    """The ground on an engine: made when a test first needs it, then kept while tests of both engines alternate."""
    made: dict[str, Ground | Exception] = {}
    databases: list[Database] = []

    def make(engine_name: str) -> Ground:
        database: Database = (
            SqliteDatabase(ground_folder / "sqlite")
            if engine_name == "sqlite"
            else PostgresDatabase(request.getfixturevalue("postgres"))
        )
        databases.append(database)
        return Ground(database, ground_folder)

    def ground(engine_name: str) -> Ground:
        if engine_name not in made:
            try:
                made[engine_name] = make(engine_name)
            except Exception as error:
                made[engine_name] = error
        found = made[engine_name]
        if isinstance(found, Exception):
            raise found
        return found

    yield ground
    for one in made.values():
        if isinstance(one, Ground):
            one.disconnect()
    for database in databases:
        database.close()


@pytest.fixture
def ground(grounds: Callable[[str], Ground], engine_name: str) -> Iterator[Ground]:
    one = grounds(engine_name)
    one.renew()
    yield one
    one.disconnect()


@pytest.fixture
def app(ground: Ground) -> Flask:
    """The portal on a freshly migrated database, on each engine in turn."""
    return ground.app


@pytest.fixture
def database(ground: Ground) -> Database:
    """The database under the app; `database.spare()` is the address of another, empty one."""
    return ground.database


@pytest.fixture
def client(app: Flask) -> PageClient:
    """Somebody at a browser, not signed in. A second person is `app.test_client()`."""
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client


@pytest.fixture
def in_transaction(app: Flask) -> Callable[[], AbstractContextManager[Session]]:
    """`with in_transaction() as session:` does what a POST does around a service: the write lock, the audit, one commit."""

    @contextmanager
    def committed() -> Iterator[Session]:
        with loop_set_aside(), app.app_context(), transaction() as session:
            yield session

    return committed


@pytest.fixture
def reading(app: Flask) -> Callable[[], AbstractContextManager[Session]]:
    """`with reading() as session:` reads as a GET does, in a session of its own."""

    @contextmanager
    def read() -> Iterator[Session]:
        with app.app_context():
            yield reading_session()

    return read
