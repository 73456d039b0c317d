"""No page that is opened often reads a table from end to end, whatever has gathered in it."""

import re
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text

from app.extensions import db
from app.kernel.clock import now
from app.learning.queries.records import satisfied_by
from app.learning.services.assignments import reasons_to_skip
from tests.learning.school import SLUG

GROWING = "assignment|registration|unit_progress|attempt|answer|training_record"
SCANS = {
    # An index of the failed registrations alone is short, and is read to find those who need help.
    "sqlite": re.compile(rf"SCAN (?:{GROWING})\b(?!_)(?! USING (?:COVERING )?INDEX ix_registration_failed)"),
    "postgresql": re.compile(rf"Seq Scan on (?:{GROWING})\b"),
}

# The count of the list stops at a thousand and one, so it may begin anywhere.
COUNT = re.compile(r"CO-ROUTINE anon_1\nSCAN assignment USING COVERING INDEX \w+")

# Three thousand people who each have taken the course, with three units seen, one attempt and five answers.
CROWD = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
INSERT INTO {table} ({columns}) SELECT {values} FROM n {more}
"""


def crowd(school, in_transaction):
    at = "'2026-01-01 00:00:00+00'" if school.engine_name == "postgresql" else "'2026-01-01 00:00:00.000000'"
    empty = "CAST('{}' AS JSON)" if school.engine_name == "postgresql" else "'{}'"
    word = "CAST('\"7\"' AS JSON)" if school.engine_name == "postgresql" else "'\"7\"'"
    day = (
        "DATE '2026-04-01' + CAST(i % 300 AS INTEGER)"
        if school.engine_name == "postgresql"
        else "date('2026-04-01', (i % 300) || ' days')"
    )
    yes, no = ("TRUE", "FALSE") if school.engine_name == "postgresql" else ("1", "0")
    states = "CASE i % 3 WHEN 0 THEN 'assigned' ELSE 'in_progress' END"
    partner = f"CASE i % 20 WHEN 0 THEN {school.acme.id} ELSE {school.globex.id} END"
    rows = [
        ("person", "id, name, email, partner_id, job_title, theme, time_zone, is_demo, created_at",
         f"1000 + i, 'Person ' || i, 'person-' || i || '@example.com', {partner}, '', 'system', 'UTC', {no}, {at}", ""),
        ("assignment", "id, person_id, partner_id, course_id, origin, assigned_at, original_due_on, due_on, state",
         f"1000 + i, 1000 + i, {partner}, 1, 'representative', {at}, {day}, {day}, {states}", ""),
        ("registration", "id, assignment_id, person_id, partner_id, course_id, version_id, language, number, state, started_at, finished_at, active_seconds",
         f"1000 + i, 1000 + i, 1000 + i, {partner}, 1, 1, 'en', 1, 'passed', {at}, {at}, 60", ""),
        ("unit_progress", "registration_id, unit_id, first_viewed_at, completed_at",
         f"1000 + i, u.id, {at}, {at}", "JOIN course_unit u ON u.version_id = 1 AND u.position <= 3"),
        ("attempt", "id, registration_id, person_id, number, state, seed, paper, started_at, submitted_at, answers, result, score, passed",
         f"1000 + i, 1000 + i, 1000 + i, 1, 'submitted', 'seed', {empty}, {at}, {at}, {empty}, {empty}, 10000, {yes}", ""),
        ("answer", "attempt_id, question_id, response, saved_at", f"1000 + i, 'q' || m, {word}, {at}",
         "JOIN (SELECT 1 AS m UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5) five ON 1 = 1"),
        ("training_record", "id, registration_id, attempt_id, person_id, person_name, partner_id, partner_name, course_id, version_id, course_title, course_version, content_hash, language, score, mastery_score, started_at, completed_at, passed_on, active_seconds, needs_confirmation",
         f"1000 + i, 1000 + i, 1000 + i, 1000 + i, 'Person ' || i, {partner}, 'Acme', 1, 1, 'Gifts', '1.0.0', 'hash', 'en', 10000, 5000, {at}, {at}, {day}, 60, {no}", ""),
    ]  # fmt: skip
    with in_transaction() as session:
        for table, columns, values, more in rows:
            statement = CROWD.format(table=table, columns=columns, values=values, more=more)
            session.connection().exec_driver_sql(
                statement if school.engine_name == "sqlite" else statement.replace("%", "%%")
            )
    with in_transaction() as session:
        session.execute(text("ANALYZE"))


@pytest.fixture
def town(school, in_transaction, engine_name):
    school.engine_name = engine_name
    school.publish()
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada, 1, 2)
    crowd(school, in_transaction)
    school.registration_id = registration_id
    return school


@contextmanager
def plans(app, engine_name):
    """The plans of the statements that are sent meanwhile, as (statement, plan)."""
    sent, found = [], []

    def note(_connection, _cursor, statement, parameters, _context, many):
        if not many and statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "WITH")):
            sent.append((statement, parameters))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
        explain = "EXPLAIN QUERY PLAN " if engine_name == "sqlite" else "EXPLAIN "
        with engine.connect() as connection:
            if engine_name == "postgresql":
                # It may rightly read a table of this size whole; asked not to, it must have another way.
                connection.exec_driver_sql("SET enable_seqscan = off")
            for statement, parameters in sent:
                rows = connection.exec_driver_sql(explain + statement, parameters)
                found.append((statement, "\n".join(str(row[-1]) for row in rows)))


def scanned(found, engine_name):
    return [f"{statement}\n{plan}" for statement, plan in found if SCANS[engine_name].search(COUNT.sub("", plan))]


def test_a_learners_pages_read_by_key(town, app, client, engine_name):
    registration = town.registration_id
    client.sign_in(town.ada)
    with plans(app, engine_name) as found:
        client.get("/tasks")
        client.get(f"/registrations/{registration}")
        client.get(f"/registrations/{registration}/units/3")
        lesson = client.get(f"/registrations/{registration}/units/3")
        quiz = client.submit(lesson, "Next: Final quiz")
        question = client.submit(quiz, "Start the quiz")
        address = question.page.select_one("form[data-autosave]")["data-autosave"]
        client.post(address, data={}, headers={"Accept": "application/json"})
        review = client.submit(question, "Look over my answers")
        client.submit(review, "Hand in my answers")
        client.get("/training-records")
    assert len(found) > 20
    assert scanned(found, engine_name) == [], "\n\n".join(scanned(found, engine_name))


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?overdue=1",
        "?state=in_progress",
        "?state=needs_help",
        "?state=satisfied",
        "?state=all",
        f"?course={SLUG}",
        "?search=person+2321",
        "?after=2026-06-01.1500",
    ],
)
def test_the_staffs_list_reads_a_page_and_not_the_table(town, app, client, engine_name, query):
    for person in (town.robin, town.world.analyst()):
        client.sign_in(person)
        with plans(app, engine_name) as found:
            client.get(f"/assignments{query}")
        assert found
        assert scanned(found, engine_name) == [], "\n\n".join(scanned(found, engine_name))


def test_who_has_satisfied_what_is_found_by_person(town, app, engine_name):
    with plans(app, engine_name) as found, app.app_context():
        people = list(range(1001, 1051))
        assert len(satisfied_by(db.session(), people, [1], at=now())) == 50
        reasons_to_skip(db.session(), [town.ada.id], 1, partner=town.acme, at=now())
    assert scanned(found, engine_name) == [], "\n\n".join(scanned(found, engine_name))
