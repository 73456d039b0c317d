"""A production start refuses what only a demo or a developer may have, and says which."""

import os
import sys
from pathlib import Path

import pytest
from flask_migrate import upgrade
from pydantic import ValidationError

import app as portal
from app import create_app, settings_of_this_start
from app.accounts.models import Person
from app.extensions import db
from app.kernel.clock import now
from app.settings import DEFAULT_SECRET, Mode, Settings
from app.transactions import transaction

pytestmark = pytest.mark.one_engine


def _settings(folder: Path, **changes: object) -> Settings:
    given = {"mode": Mode.PRODUCTION, "secret_key": "a secret of the tests, longer than 32", "data_folder": folder}
    return Settings(**{**given, "database_url": "", **changes})


def _with_demo_person(folder: Path) -> None:
    app = create_app(_settings(folder, mode=Mode.DEMO))
    with app.app_context():
        upgrade()
        with transaction() as session:
            session.add(Person(name="Sam Okafor", email="sam@vendor.example", created_at=now(), is_demo=True))
        db.engine.dispose()


def test_the_default_secret_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="GOOD_STANDING_SECRET_KEY is the default secret"):
        _settings(tmp_path, secret_key=DEFAULT_SECRET)


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="GOOD_STANDING_SECRET_KEY is shorter than 32 characters"):
        _settings(tmp_path, secret_key="x" * 31)


def test_cheap_password_hashes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="GOOD_STANDING_HASHING_COST must be standard"):
        _settings(tmp_path, hashing_cost="test")


def test_a_new_database_is_no_reason_to_refuse(tmp_path: Path) -> None:
    assert create_app(_settings(tmp_path)).config["SETTINGS"].mode is Mode.PRODUCTION


def test_a_database_with_invented_people_is_refused_and_one_is_named(tmp_path: Path) -> None:
    _with_demo_person(tmp_path)
    with pytest.raises(RuntimeError, match=r"demo data: .*sam@vendor\.example.*DATABASE_URL.*GOOD_STANDING_MODE=demo"):
        create_app(_settings(tmp_path))


def test_demo_mode_starts_on_it(tmp_path: Path) -> None:
    _with_demo_person(tmp_path)
    assert create_app(_settings(tmp_path, mode=Mode.DEMO)).config["SETTINGS"].is_demo


def test_migrations_run_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _with_demo_person(tmp_path)
    monkeypatch.setattr(portal.sys, "argv", ["/usr/bin/flask", "--app", "wsgi", "db", "upgrade"])
    assert create_app(_settings(tmp_path)).config["SETTINGS"].mode is Mode.PRODUCTION


@pytest.fixture
def nothing_set(monkeypatch):
    for name in [name for name in os.environ if name.startswith("GOOD_STANDING_") or name == "DATABASE_URL"]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize("command", ["demo story --out there", "courses check courses", "courses import-learn there"])
def test_a_command_that_needs_no_portal_runs_where_nothing_is_set(monkeypatch, nothing_set, command):
    monkeypatch.setattr(sys, "argv", ["flask", *command.split()])
    assert settings_of_this_start().mode is Mode.DEMO


@pytest.mark.parametrize("command", ["run", "demo seed", "check", "worker", "people add", ""])
def test_no_other_command_becomes_a_demo_by_itself(monkeypatch, nothing_set, command):
    monkeypatch.setattr(sys, "argv", ["flask", *command.split()])
    with pytest.raises(ValidationError, match="default secret"):
        settings_of_this_start()


@pytest.mark.parametrize("name", ["DATABASE_URL", "GOOD_STANDING_VENDOR_NAME"])
def test_where_something_is_set_nothing_becomes_a_demo(monkeypatch, nothing_set, name):
    monkeypatch.setattr(sys, "argv", ["flask", "demo", "story", "--out", "there"])
    monkeypatch.setenv(name, "sqlite:///portal.db")
    with pytest.raises(ValidationError, match="default secret"):
        settings_of_this_start()
