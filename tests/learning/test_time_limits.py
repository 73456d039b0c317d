"""Time limits: off unless a course sets one, kept by the server, longer for who needs it, and never a loss."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEvent
from app.kernel.clock import now
from app.kernel.errors import Conflict, NotPermitted
from app.learning import services
from app.learning.models import Assignment, Attempt, AttemptState, ExtraTime, TrainingRecord
from app.learning.rules.timing import GRACE, closing_time, in_words, is_fast, is_over
from app.outbox.models import OutboxRow
from app.outcomes.time_limits import hand_in_what_is_over
from tests.learning.school import gifts

JSON = {"Accept": "application/json"}


def limited(limit: str = "30m"):
    """The course about gifts with a time limit in its quiz."""
    return gifts(show_correct=f"passed, time_limit: {limit}")


@pytest.fixture
def begun(school):
    """Ada has begun a quiz of 30 minutes: (registration id, attempt id)."""
    school.publish(limited())
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    return registration_id, school.begin_quiz(registration_id, school.ada)


def attempt(reading, attempt_id):
    with reading() as session:
        return session.get(Attempt, attempt_id)


def give(school, person, percent, *, by=None):
    with school.in_transaction() as session:
        assignment = session.scalars(select(Assignment).where(Assignment.person_id == person.id)).first()
        services.grant_extra_time(
            session, assignment, percent, "Reads slowly.", by=school.world.actor(by or school.robin), at=now()
        )


def save(client, attempt_id, value="7"):
    return client.post(f"/attempts/{attempt_id}/answers/days", data={"q.days": value}, headers=JSON)


# The rules


def test_a_course_that_says_nothing_has_no_limit(school, reading):
    school.publish()
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    assert attempt(reading, school.begin_quiz(registration_id, school.ada)).closes_at is None
    assert closing_time(now(), None, 100) is None
    assert not is_over(None, now())


def test_time_is_said_in_words():
    said = [in_words(seconds) for seconds in (0, 59, 60, 61, 3600, 3660, 7201)]
    assert said == [
        "less than a minute",
        "less than a minute",
        "1 minute",
        "2 minutes",
        "1 hour",
        "1 hour 1 minute",
        "2 hours 1 minute",
    ]


@pytest.mark.parametrize(
    ("seconds", "minutes", "fast"), [(499, 25, True), (500, 25, False), (0, 1, True), (20, 1, False)]
)
def test_less_than_a_third_of_the_expected_time_is_fast(seconds, minutes, fast):
    assert is_fast(seconds, minutes) is fast


# The server keeps the limit


def test_an_answer_after_the_time_is_refused_with_a_sentence_and_one_on_its_way_is_kept(school, client, clock, begun):
    _, attempt_id = begun
    client.sign_in(school.ada)
    clock.advance(minutes=30, seconds=GRACE.total_seconds())
    assert save(client, attempt_id).status_code == 200
    clock.advance(seconds=1)
    late = save(client, attempt_id, "8")
    assert late.status_code == 409
    assert "The time for this attempt is over. What you answered in time is kept" in late.json["detail"]
    by_form = client.post(f"/attempts/{attempt_id}/answers/days", data={"q.days": "8"})
    assert by_form.location.endswith(f"/attempts/{attempt_id}")


def test_who_comes_back_after_the_time_hands_in_what_there_is(school, client, clock, reading, begun):
    _, attempt_id = begun
    school.answer(attempt_id, school.ada, right=True)
    client.sign_in(school.ada)
    clock.advance(minutes=45)
    for address in ("questions/1", "review"):
        assert client.get(f"/attempts/{attempt_id}/{address}").location.endswith(f"/attempts/{attempt_id}")
    page = client.get(f"/attempts/{attempt_id}")
    assert page.heading == "The time is over"
    assert "All 7 questions are answered." in page.text
    assert attempt(reading, attempt_id).state is AttemptState.OPEN
    assert client.submit(page, "Hand in and see the result").heading == "You passed: 100 %"


def test_the_portal_hands_in_what_nobody_did_and_what_follows_follows(app, school, clock, reading, begun):
    _, attempt_id = begun
    school.answer(attempt_id, school.ada, right=True)
    with app.app_context():
        assert hand_in_what_is_over(at=now()) == 0
        clock.advance(minutes=31)
        assert hand_in_what_is_over(at=now()) == 1
        assert hand_in_what_is_over(at=now()) == 0
    assert attempt(reading, attempt_id).passed is True
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(TrainingRecord)) == 1
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "attempt.submitted")).one()
        assert event.person_id is None


def test_a_quiz_without_a_limit_is_never_handed_in_by_the_portal(app, school, clock, reading):
    school.publish()
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    attempt_id = school.begin_quiz(registration_id, school.ada)
    clock.advance(days=400)
    with app.app_context():
        assert hand_in_what_is_over(at=now()) == 0
    assert attempt(reading, attempt_id).state is AttemptState.OPEN


def test_open_attempts_past_their_time_are_found_in_an_index(school, reading, engine_name):
    if engine_name != "sqlite":
        pytest.skip("the plan is SQLite's")
    with reading() as session:
        plan = session.connection().exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT id FROM attempt WHERE state = 'open' AND closes_at < '2026' LIMIT 100"
        )
        assert "one_open_attempt_a_registration" in str(plan.all())


# More time


def test_more_time_counts_in_what_begins_later(school, reading):
    school.publish(limited())
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    give(school, school.ada, 50)
    found = attempt(reading, school.begin_quiz(registration_id, school.ada))
    assert found.closes_at - found.started_at == timedelta(minutes=45)


def test_more_time_moves_the_end_of_what_is_running_and_less_time_does_not(school, client, clock, reading, begun):
    _, attempt_id = begun
    clock.advance(minutes=40)
    give(school, school.ada, 100)
    found = attempt(reading, attempt_id)
    assert found.closes_at - found.started_at == timedelta(minutes=60)
    client.sign_in(school.ada)
    assert save(client, attempt_id).status_code == 200
    assert "20 minutes left" in client.get(f"/attempts/{attempt_id}/questions/1").text.lower()
    give(school, school.ada, 25)
    assert attempt(reading, attempt_id).closes_at == found.closes_at
    with reading() as session:
        live = session.scalars(select(ExtraTime).where(ExtraTime.ended_at.is_(None))).all()
        assert [one.percent for one in live] == [25]
        assert session.scalar(select(func.count()).where(AuditEvent.action == "attempt.extended")) == 1


def test_a_learner_asks_and_the_representative_gives_and_only_staff_read_why(app, school, reading, begun):
    registration_id, attempt_id = begun
    ada, robin = app.test_client(), app.test_client()
    ada.sign_in(school.ada)
    question = ada.get(f"/attempts/{attempt_id}/questions/2")
    again = ada.submit(question, "Ask for more time")
    assert again.heading.startswith("Question 2 of 7")
    assert "Your request is on its way." in again.text
    ada.submit(ada.get(f"/attempts/{attempt_id}/questions/3"), "Ask for more time")
    with reading() as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.kind == "extra_time_asked")).all()
        assert [row.payload["registration_id"] for row in rows] == [registration_id]
    robin.sign_in(school.robin)
    listed = robin.get("/assignments")
    staff = robin.get(listed.link("Ada"))
    page = robin.get(staff.link("More time in quizzes"))
    assert page.heading == "More time for Ada"
    wrong = robin.submit(page, "Give more time", reason="")
    assert wrong.status_code == 422
    assert "Choose how much more time." in wrong.text
    given = robin.submit(page, "Give more time", percent="50", reason="PRIVATEREASON")
    assert "50 % more" in given.text
    assert "PRIVATEREASON" in given.text
    for address in (f"/attempts/{attempt_id}/questions/1", f"/registrations/{registration_id}/units/4"):
        html = ada.get(address).get_data(as_text=True)
        assert "PRIVATEREASON" not in html
    assert "PRIVATEREASON" not in robin.get(listed.link("Ada")).text
    with reading() as session:
        assert "PRIVATEREASON" not in str(
            [(event.reason, event.details) for event in session.scalars(select(AuditEvent))]
        )
    ended = robin.submit(given, "End the extra time")
    assert "Extra time now" not in ended.text
    again = robin.submit(given, "End the extra time")
    assert again.status_code in (200, 409)


def test_nobody_gives_more_time_without_the_permission(school, begun):
    with pytest.raises(NotPermitted):
        give(school, school.ada, 50, by=school.world.author("Olga"))


def test_ending_what_is_ended_says_so(school, begun):
    with school.in_transaction() as session:
        assignment = session.scalars(select(Assignment)).first()
        with pytest.raises(Conflict):
            services.end_extra_time(session, assignment, by=school.world.actor(school.robin), at=now())


def test_before_it_begins_the_quiz_says_how_long_it_is_and_how_to_ask_for_more(school, client):
    school.publish(limited("90m"))
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    give(school, school.ada, 50)
    client.sign_in(school.ada)
    page = client.get(f"/registrations/{registration_id}/units/4")
    assert "2 hours 15 minutes from the moment you start; your 50 % more is included." in page.text
    assert page.form("Ask for more time")


def test_a_quiz_without_a_limit_has_nothing_to_ask_for(school, client):
    school.publish()
    registration_id = school.start(school.ada)
    client.sign_in(school.ada)
    assert "Ask for more time" not in client.get(f"/registrations/{registration_id}/units/4").text
    asked = client.post(f"/registrations/{registration_id}/extra-time-requests", data={"idempotency_key": "ask-for-it"})
    assert asked.status_code == 422
    assert "This quiz has no time limit: take the time that you need." in asked.text
