"""What `flask check` finds when the records of learning no longer agree with each other."""

import pytest
from sqlalchemy import text

from app.extensions import db
from app.learning.queries.faults import faults
from tests.ground.world import PASSWORD
from tests.learning.school import gifts

CHECKS = text("SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0")


@pytest.fixture
def lived(school):
    """Ada passed, Grace failed three times, Eve signed: all is well."""
    school.publish()
    school.complete(school.ada)
    registration_id = school.start(school.grace)
    school.read(registration_id, school.grace)
    for _ in range(3):
        school.attempt(registration_id, school.grace, right=False)
    school.publish(gifts(title="Agents", attestation=True), slug="agents")
    eve = school.world.learner("Eve", school.acme, password=PASSWORD)
    signing = school.start(eve, slug="agents")
    school.read(signing, eve)
    school.attempt(signing, eve, right=True)
    school.attest(signing, eve)
    return school


@pytest.fixture
def tamper(app, engine_name):
    """Change the database behind the portal's back, its triggers and constraints put aside."""

    def run(*statements):
        with app.app_context(), db.engine.connect() as connection:
            if engine_name == "sqlite":
                connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
                for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                    connection.exec_driver_sql(f"DROP TRIGGER {name}")
            else:
                connection.exec_driver_sql("SET session_replication_role = replica")
                for table, name in connection.execute(CHECKS).all():
                    connection.exec_driver_sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            for statement in statements:
                connection.exec_driver_sql(statement)
            connection.commit()
            connection.invalidate()

    return run


def found(reading):
    with reading() as session:
        return [(fault.row, fault.sentence) for fault in faults(session)]


def test_a_portal_that_was_only_used_has_no_faults(lived, reading):
    assert found(reading) == []


@pytest.mark.parametrize(
    ("statement", "row", "sentence"),
    [
        (
            "UPDATE training_record SET content_hash = 'another' WHERE id = 1",
            "training record 1",
            "names a content hash that its course version does not have",
        ),
        (
            "UPDATE training_record SET score = 9000 WHERE id = 1",
            "training record 1",
            "has another score than the attempt that it names",
        ),
        (
            "UPDATE unit_progress SET completed_at = NULL WHERE registration_id = 1",
            "training record 1",
            "the course asked for more than the registration holds",
        ),
        (
            "UPDATE registration SET state = 'open', finished_at = NULL WHERE id = 1",
            "training record 1",
            "is not of its registration's person, course and version, or that registration is not passed",
        ),
        (
            "DELETE FROM training_record WHERE id = 1",
            "registration 1",
            "is passed but has no training record",
        ),
        (
            "DELETE FROM training_record WHERE id = 1",
            "assignment 1",
            "is satisfied by a record or by training of another person, or by none",
        ),
        (
            "UPDATE attempt SET number = 4 WHERE number = 3",
            "attempt 4",
            "is beyond the number that its course version allows",
        ),
        (
            "UPDATE attempt SET passed = TRUE WHERE id = 2",
            "attempt 3",
            "follows an attempt that was passed",
        ),
        (
            "UPDATE attempt SET person_id = 1 WHERE id = 2",
            "attempt 2",
            "is not of its registration's person",
        ),
        (
            "DELETE FROM answer WHERE attempt_id = 2 AND question_id = 'days'",
            "attempt 2",
            "was marked on other answers than those that were saved",
        ),
        (
            "UPDATE attempt SET submitted_at = NULL WHERE id = 2",
            "attempt 2",
            "is handed in but has no score, no answers or no result",
        ),
        (
            "UPDATE assignment SET due_on = '2020-01-01' WHERE id = 2",
            "assignment 2",
            "is due before the day that was first set",
        ),
        (
            "UPDATE signature SET statement = 'I know nothing.'",
            "training record 2",
            "its attestation was altered after it was signed",
        ),
        (
            "UPDATE training_record SET attestation_id = NULL WHERE id = 2",
            "training record 2",
            "the course asks for an attestation, and none was signed",
        ),
    ],
)
def test_what_was_changed_behind_the_portals_back_is_named(lived, tamper, reading, statement, row, sentence):
    if statement.startswith("DELETE FROM training_record"):
        tamper("UPDATE assignment SET satisfied_by_record_id = NULL WHERE satisfied_by_record_id = 1", statement)
    else:
        tamper(statement)
    assert (row, sentence) in found(reading)
