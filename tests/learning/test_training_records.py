"""What lasts: who, under which name, which text, until when."""

from datetime import date

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from app.accounts.models import Person
from app.courses.queries import stored_bundle, version_by_hash
from app.courses.rules.bundle import content_hash
from app.kernel.clock import now
from app.learning.models import Assignment, AssignmentState, TrainingRecord
from app.learning.queries.records import satisfied_by
from tests.learning.school import gifts


def test_a_record_names_the_text_that_was_studied_by_its_hash(school, reading):
    version = school.publish()
    record = school.complete(school.ada)
    assert record.content_hash == version.content_hash
    with reading() as session:
        found = version_by_hash(session, record.content_hash)
        assert content_hash(stored_bundle(found)) == record.content_hash
    assert (record.course_title, record.course_version, record.language) == ("Gifts", "1.0.0", "en")
    assert (record.score, record.mastery_score) == (10000, 5000)


def test_the_text_can_be_had_after_a_newer_version_is_published(school, reading):
    school.publish()
    record = school.complete(school.ada)
    school.publish(gifts("2.0.0", title="Gifts, revised"))
    with reading() as session:
        assert version_by_hash(session, record.content_hash).version == "1.0.0"


def test_a_record_keeps_the_name_of_its_day(school, in_transaction, client):
    school.publish()
    record = school.complete(school.ada)
    with in_transaction() as session:
        session.get(Person, school.ada.id).name = "Ada King"
    client.sign_in(school.ada)
    page = client.get(f"/training-records/{record.id}")
    assert "Name Ada Company Acme" in page.text


def test_the_database_refuses_to_change_or_delete_a_record(school, in_transaction):
    school.publish()
    school.complete(school.ada)

    def run(statement):
        with in_transaction() as session:
            session.execute(statement)

    for statement in (
        update(TrainingRecord).values(person_name="Somebody"),
        update(TrainingRecord).values(score=10000),
        delete(TrainingRecord),
    ):
        with pytest.raises(DatabaseError):
            run(statement)


def test_the_day_is_the_day_where_the_partner_is(school, clock):
    """At 23:30 UTC it is the next day in Berlin."""
    school.publish()
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    clock.advance(hours=14, minutes=30)
    record = school.attempt(registration_id, school.ada, right=True).record
    assert record.passed_on == date(2026, 3, 3)
    assert record.valid_until == date(2027, 3, 3)


def test_a_course_that_does_not_lapse_has_no_last_day(school, client):
    school.publish(gifts(settings="attempts: 3"))
    record = school.complete(school.ada)
    assert record.valid_until is None
    client.sign_in(school.ada)
    assert "It does not lapse" in client.get(f"/training-records/{record.id}").text


def test_the_record_satisfies_its_assignment(school, reading):
    school.publish()
    record = school.complete(school.ada)
    with reading() as session:
        assignment = session.scalars(select(Assignment)).one()
        assert assignment.state is AssignmentState.SATISFIED
        assert assignment.satisfied_by_record_id == record.id


def test_who_has_satisfied_what_is_known_until_it_lapses(school, reading, clock):
    school.publish()
    record = school.complete(school.ada)
    pair = {(school.ada.id, record.course_id)}
    people = [school.ada.id, school.grace.id]
    with reading() as session:
        assert satisfied_by(session, people, [record.course_id], at=now()) == pair
        assert satisfied_by(session, people, [record.course_id + 1], at=now()) == set()
    clock.advance(days=365)
    with reading() as session:
        assert satisfied_by(session, people, [record.course_id], at=now()) == pair
    clock.advance(days=1)
    with reading() as session:
        assert satisfied_by(session, people, [record.course_id], at=now()) == set()


def test_time_spent_is_counted_from_what_was_seen(school, clock):
    school.publish()
    registration_id = school.start(school.ada)
    clock.advance(minutes=4)
    school.read(registration_id, school.ada)
    clock.advance(hours=8)
    record = school.attempt(registration_id, school.ada, right=True).record
    assert record.active_seconds == (4 + 10) * 60


def test_recertifying_makes_a_new_cycle_and_leaves_the_old_record(school, clock, reading):
    school.publish()
    first = school.complete(school.ada)
    clock.advance(days=400)
    second = school.complete(school.ada)
    assert second.id != first.id
    with reading() as session:
        assert session.get(TrainingRecord, first.id).valid_until == date(2027, 3, 2)
        assert len(session.scalars(select(TrainingRecord)).all()) == 2


def test_a_learner_sees_own_records_and_nobody_elses(school, client):
    school.publish()
    record = school.complete(school.ada)
    client.sign_in(school.ada)
    assert "Gifts" in client.get("/training-records").text
    for person in (
        school.grace,
        school.mallory,
        school.world.contact("Cora", school.acme),
        school.world.executive("Edith", school.acme),
    ):
        client.sign_in(person)
        assert client.get(f"/training-records/{record.id}").status_code == 404
        assert "No training records yet" in client.get("/training-records").text
