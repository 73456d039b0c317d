"""The schema that migrations make is the one that the models declare, to the last CHECK and trigger; and there is a way back."""

from datetime import timedelta

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, inspect, text

from app.cli.demo import story
from app.cli.demo.stage import Stage
from app.extensions import db
from app.kernel.clock import now
from app.kernel.database import Base, prepare_engine


def described(engine):
    """Everything about a schema that has a name or a shape, but for Alembic's own table."""
    inspector = inspect(engine)
    tables = {}
    for table in sorted(set(inspector.get_table_names()) - {"alembic_version"}):
        tables[table] = {
            "columns": {c["name"]: (str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)},
            "primary key": inspector.get_pk_constraint(table)["constrained_columns"],
            "checks": {c["name"]: " ".join(c["sqltext"].split()) for c in inspector.get_check_constraints(table)},
            "uniques": {u["name"]: u["column_names"] for u in inspector.get_unique_constraints(table)},
            "indexes": {
                i["name"]: (
                    i["column_names"],
                    bool(i["unique"]),
                    sorted((k, str(v)) for k, v in (i.get("dialect_options") or {}).items()),
                )
                for i in inspector.get_indexes(table)
            },
            "foreign keys": {
                f["name"]: (f["constrained_columns"], f["referred_table"], f["options"].get("ondelete"))
                for f in inspector.get_foreign_keys(table)
            },
        }
    return tables, triggers(engine)


def triggers(engine):
    question = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if engine.dialect.name == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with engine.connect() as connection:
        return set(connection.scalars(text(question)))


@pytest.fixture
def declared(database):
    engine = create_engine(database.spare())
    prepare_engine(engine)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_what_is_declared_is_what_is_migrated(app, declared):
    with app.app_context():
        migrated_tables, migrated_triggers = described(db.engine)
    declared_tables, declared_triggers = described(declared)
    assert migrated_tables.keys() == declared_tables.keys()
    for table, wanted in declared_tables.items():
        assert migrated_tables[table] == wanted, table
    assert migrated_triggers == declared_triggers


def test_no_record_goes_when_another_goes(app):
    with app.app_context():
        tables, _ = described(db.engine)
    cascades = [
        f"{table}: {name}" for table, parts in tables.items() for name, key in parts["foreign keys"].items() if key[2]
    ]
    assert cascades == []


def test_every_column_that_leads_to_another_table_can_be_searched_or_is_rarely_asked():
    """Foreign keys on tables that grow with use begin an index, so that no lookup walks the table."""
    growing = (
        "assignment",
        "registration",
        "attempt",
        "answer",
        "unit_progress",
        "training_record",
        "earning",
        "posting",
        "certificate",
        "evidence_revision",
    )
    asked = {
        "registration_id",
        "case_id",
        "step_id",
        "earning_id",
        "hold_id",
        "transaction_id",
    }
    missing = []
    for name in growing:
        table = Base.metadata.tables[name]
        leading = {next(iter(index.columns)).name for index in table.indexes}
        leading |= {
            next(iter(c.columns)).name
            for c in table.constraints
            if type(c).__name__ in ("UniqueConstraint", "PrimaryKeyConstraint") and len(c.columns)
        }
        missing += [
            f"{name}.{column.name}"
            for column in table.columns
            if column.foreign_keys and column.name in asked and column.name not in leading
        ]
    assert missing == []


def test_a_filled_database_goes_down_and_up_again(app, tmp_path):
    with app.app_context():
        stage = Stage(app.config["SETTINGS"], lambda who, what: None)
        story.play(stage, now() - timedelta(days=76))
        db.session.remove()
        before = described(db.engine)
        downgrade(revision="base")
        left = set(inspect(db.engine).get_table_names())
        assert left <= {"alembic_version"}
        assert triggers(db.engine) == set()
        upgrade()
        assert described(db.engine) == before


def test_migrating_a_migrated_database_changes_nothing(app):
    with app.app_context():
        before = described(db.engine)
        upgrade()
        assert described(db.engine) == before
