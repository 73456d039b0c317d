"""What a material change asks of people who passed an older version: whom, by when, once, and whatever is killed in between."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.accounts import services as accounts
from app.audit.models import AuditEvent
from app.courses.models import CourseVersion
from app.courses.rules.preparation import prepare
from app.courses.rules.retraining import Retrain, Wish
from app.decisions.models import Decision, DecisionState
from app.kernel.clock import now
from app.learning import services as learning
from app.learning.models import (
    Assignment,
    AssignmentState,
    Origin,
    Registration,
    TrainingRecord,
    VersionAcknowledgement,
)
from app.learning.queries.retraining import count_touched
from app.notifications.worker import Worker
from app.outbox.models import OutboxRow, OutboxState
from app.outcomes import decisions, publication
from tests.ground.loops import loop_set_aside
from tests.ground.world import BUILDER
from tests.learning.school import LESSONS, SLUG, gifts
from tests.notifications.conftest import Postman, body_of

CHANGED = {
    **LESSONS,
    "02-bribes.md": LESSONS["02-bribes.md"].replace("A car is not.", "A car never is, nor is a watch."),
}


@pytest.fixture
def postman():
    return Postman()


@pytest.fixture
def worker(app, clock, postman):
    return Worker(app.config["SETTINGS"], postman, app.app_context)


@pytest.fixture
def release(school, catalogue, in_transaction):
    """Puts a changed version before Mei, who approves it; what follows is left to the worker."""

    def release(version="2.0.0", *, retrain=None, within=None, **wish):
        bundle = gifts(version, lessons=CHANGED, **wish)
        prepared = prepare(SLUG, bundle)
        with in_transaction() as session:
            made = publication.propose(
                session, prepared, reason="The law.", wish=Wish(None, retrain, within), by=catalogue.author, at=now()
            )
            version_id = made.id
        with in_transaction() as session:
            decision = session.scalars(
                select(Decision.id).where(Decision.subject_id == version_id, Decision.state == DecisionState.PROPOSED)
            ).one()
            decisions.decide(session, decision, approve=True, reason="Read.", by=catalogue.publisher, at=now())
        return version_id

    return release


@pytest.fixture
def passed(school, clock):
    """Ada and Grace of Acme and Mallory of Globex have passed version 1.0.0."""
    school.publish()
    mallorys = school.world.representative("Rudi", school.globex)
    for person, by in ((school.ada, None), (school.grace, None), (school.mallory, mallorys)):
        begun = school.begin(school.assign(person, by=by)[0], person)
        school.read(begun, person)
        school.attempt(begun, person, right=True)
    clock.advance(minutes=10)
    return school


def assignments(reading, **wanted):
    with reading() as session:
        return session.scalars(
            select(Assignment).filter_by(origin=Origin.NEW_VERSION, **wanted).order_by(Assignment.person_id)
        ).all()


def asked_to_read(reading):
    with reading() as session:
        return session.scalars(select(VersionAcknowledgement).order_by(VersionAcknowledgement.person_id)).all()


def work(worker):
    with loop_set_aside():
        return worker.drain()


def job(reading):
    with reading() as session:
        return session.scalars(select(OutboxRow).where(OutboxRow.kind == publication.KIND)).one()


def test_everybody_who_passed_takes_it_again_by_a_day_counted_where_they_are(passed, release, worker, clock, reading):
    clock.move_to(clock.now.replace(hour=23, minute=30))
    release(within=10)
    assert assignments(reading) == []
    work(worker)
    found = assignments(reading)
    assert [(one.person_id, one.partner_id, one.due_on, one.state) for one in found] == [
        (passed.ada.id, passed.acme.id, date(2026, 3, 13), AssignmentState.ASSIGNED),
        (passed.grace.id, passed.acme.id, date(2026, 3, 13), AssignmentState.ASSIGNED),
        (passed.mallory.id, passed.globex.id, date(2026, 3, 12), AssignmentState.ASSIGNED),
    ]
    assert job(reading).state is OutboxState.DONE


def test_each_is_told_why_in_one_mail(passed, release, worker, postman):
    release(within=10)
    work(worker)
    again = [one for one in postman.delivered if "again" in one["Subject"]]
    assert len(again) == 3
    assert again[0]["Subject"] == "Take “Gifts” again, due on 12 March 2026"
    assert "You passed an earlier version, and that stays on record." in body_of(again[0])
    assert len({one["Message-ID"] for one in postman.delivered}) == len(postman.delivered)


def test_taking_it_again_begins_on_the_new_version_and_leaves_the_earlier_record(passed, release, worker, reading):
    version_id = release()
    work(worker)
    (made,) = assignments(reading, person_id=passed.ada.id)
    registration_id = passed.begin(made, passed.ada)
    passed.read(registration_id, passed.ada)
    passed.attempt(registration_id, passed.ada, right=True)
    with reading() as session:
        assert session.get_one(Registration, registration_id).version_id == version_id
        records = session.scalars(select(TrainingRecord).where(TrainingRecord.person_id == passed.ada.id)).all()
        assert [one.course_version for one in records] == ["1.0.0", "2.0.0"]


def test_a_row_carried_out_again_asks_nobody_twice(passed, release, worker, in_transaction, reading, clock):
    """Not even those whose assignment was taken back or completed meanwhile."""
    release()
    work(worker)
    ada, grace, mallory = assignments(reading)
    registration_id = passed.begin(ada, passed.ada)
    passed.read(registration_id, passed.ada)
    passed.attempt(registration_id, passed.ada, right=True)
    with in_transaction() as session:
        one = session.merge(grace)
        one.state, one.closed_at, one.closed_reason = AssignmentState.CANCELLED, now(), "A mistake."
        row = session.get_one(OutboxRow, job(reading).id)
        row.state, row.done_at, row.payload = OutboxState.WAITING, None, {**row.payload, "after": 0}
    clock.advance(hours=1)
    work(worker)
    assert [one.id for one in assignments(reading)] == [ada.id, grace.id, mallory.id]
    with reading() as session:
        assert session.scalar(select(func.count()).where(OutboxRow.kind == "course_to_retake")) == 3


@pytest.mark.parametrize("retrain", [Retrain.RETAKE, Retrain.ACKNOWLEDGE])
def test_a_worker_killed_between_two_batches_goes_on_where_it_was(
    passed, release, worker, reading, clock, monkeypatch, retrain
):
    release(retrain=retrain)
    monkeypatch.setattr(publication, "PEOPLE_AT_ONCE", 1)
    kept = learning.ask_holders
    calls = []

    def dies_in_the_third(*arguments, **named):
        calls.append(named["after"])
        made = kept(*arguments, **named)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return made

    monkeypatch.setattr(publication.learning, "ask_holders", dies_in_the_third)
    with pytest.raises(KeyboardInterrupt):
        work(worker)
    made = assignments(reading) if retrain is Retrain.RETAKE else asked_to_read(reading)
    assert [one.person_id for one in made] == [passed.ada.id, passed.grace.id]
    assert job(reading).payload == {"version": job(reading).payload["version"], "after": passed.grace.id, "people": 2}
    clock.advance(minutes=2)
    work(worker)
    made = assignments(reading) if retrain is Retrain.RETAKE else asked_to_read(reading)
    assert [one.person_id for one in made] == [passed.ada.id, passed.grace.id, passed.mallory.id]
    assert calls == [0, passed.ada.id, passed.grace.id, passed.grace.id, passed.mallory.id]
    with reading() as session:
        done = session.scalars(select(AuditEvent).where(AuditEvent.action == "course-version.retrained")).one()
        assert done.details == {"retrain": retrain.value, "people": 3}


def test_more_people_than_a_turn_takes_are_asked_in_several(passed, release, worker, reading, monkeypatch):
    release()
    monkeypatch.setattr(publication, "PEOPLE_AT_ONCE", 1)
    monkeypatch.setattr(publication, "BATCHES_A_TURN", 2)
    assert work(worker).asked == 2
    assert len(assignments(reading)) == 3


def test_nobody_is_asked_who_has_left_or_whose_pass_has_lapsed_or_was_never_made(
    passed, release, worker, reading, in_transaction, clock
):
    iris = passed.world.learner("Iris", passed.acme)
    passed.assign(iris)
    with in_transaction() as session:
        accounts.deactivate(session, session.merge(passed.grace), by=BUILDER, at=now())
    clock.advance(days=365)
    with reading() as session:
        course_id = session.scalars(select(TrainingRecord.course_id)).first()
        assert count_touched(session, course_id, at=now()) == 2
    clock.advance(days=1)
    release()
    work(worker)
    assert assignments(reading) == []


def test_who_has_it_to_do_already_gets_no_second_assignment(passed, release, worker, reading, in_transaction):
    with in_transaction() as session:
        record = session.scalars(select(TrainingRecord).where(TrainingRecord.person_id == passed.ada.id)).one()
        open_one = Assignment(
            person_id=passed.ada.id,
            partner_id=passed.acme.id,
            course_id=record.course_id,
            origin=Origin.RECERTIFICATION,
            assigned_at=now(),
            original_due_on=passed.today,
            due_on=passed.today,
        )
        session.add(open_one)
        session.flush()
        open_id = open_one.id
    old = passed.begin(_get(reading, open_id), passed.ada)
    release()
    work(worker)
    assert [one.person_id for one in assignments(reading)] == [passed.grace.id, passed.mallory.id]
    with reading() as session:
        assert session.get_one(CourseVersion, session.get_one(Registration, old).version_id).version == "1.0.0"
    passed.read(old, passed.ada)
    passed.attempt(old, passed.ada, right=True)


def _get(reading, assignment_id):
    with reading() as session:
        return session.get_one(Assignment, assignment_id)


@pytest.mark.parametrize("release_of", [{"version": "1.1.0"}, {"retrain": Retrain.NOBODY}])
def test_a_change_that_asks_nobody_leaves_no_work(passed, release, reading, release_of):
    release(**release_of)
    with reading() as session:
        assert session.scalar(select(func.count()).where(OutboxRow.kind == publication.KIND)) == 0


def test_a_worker_that_comes_late_gives_people_the_day_on_which_it_comes(passed, release, worker, reading, clock):
    release(within=5)
    clock.advance(days=9)
    work(worker)
    assert {one.due_on for one in assignments(reading)} == {passed.today}


# Reading what changed


def test_who_only_has_to_know_reads_what_changed_and_confirms_it_once(passed, release, worker, client, reading, clock):
    version_id = release(retrain=Retrain.ACKNOWLEDGE, within=7)
    work(worker)
    assert assignments(reading) == []
    client.sign_in(passed.ada)
    tasks = client.get("/tasks")
    assert "No course to take; 1 change to read." in tasks.text
    assert tasks.link("Read what changed") == f"/course-changes/{version_id}"
    page = client.get(f"/course-changes/{version_id}")
    assert page.heading == "What changed in Gifts"
    told = page.page.select_one(".difference-changed")
    assert [tag.get_text() for tag in told.select("ins")] == ["[new: never is, nor ] ", "[new: a watch.] "]
    assert [tag.get_text() for tag in told.select("del")] == ["[removed: not.] "]
    first = client.submit(page, "I have read what changed")
    assert "Confirmed. That you have read what changed is on record." in first.text
    clock.advance(hours=1)
    again = client.submit(page, "I have read what changed")
    assert again.status_code == 200
    (row, *_) = asked_to_read(reading)
    assert row.acknowledged_at == clock.now - timedelta(hours=1)
    assert "Read what changed" not in client.get("/tasks").text
    with reading() as session:
        events = session.scalar(select(func.count()).where(AuditEvent.action == "course-change.acknowledged"))
    assert events == 1


def test_the_difference_shows_nothing_of_the_key(passed, release, worker, client):
    version_id = release(retrain=Retrain.ACKNOWLEDGE, title="Gifts and dinners")
    work(worker)
    client.sign_in(passed.ada)
    shown = client.get(f"/course-changes/{version_id}").get_data(as_text=True)
    for secret in ("CHECKFEEDBACK", "CHECKEXPLANATION", "GRADED", "[x]", "Is a pen a courtesy"):
        assert secret not in shown


def test_what_changed_is_shown_to_those_alone_who_passed_before(passed, release, worker, client, in_transaction):
    version_id = release(retrain=Retrain.ACKNOWLEDGE)
    work(worker)
    iris = passed.world.learner("Iris", passed.acme)
    client.sign_in(iris)
    page = client.get(f"/course-changes/{version_id}")
    assert page.status_code == 404
    sent = {"idempotency_key": "k" * 20}
    assert client.post(f"/course-changes/{version_id}/acknowledgements", data=sent).status_code == 404
    client.sign_in(passed.ada)
    assert client.get(f"/course-changes/{version_id + 50}").status_code == 404


def test_confirming_the_newest_change_covers_those_before_it(
    passed, release, worker, client, reading, in_transaction, clock
):
    release("2.0.0", retrain=Retrain.ACKNOWLEDGE)
    work(worker)
    clock.advance(days=1)
    second = release("3.0.0", retrain=Retrain.ACKNOWLEDGE, title="Gifts and dinners")
    work(worker)
    client.sign_in(passed.ada)
    page = client.get("/tasks")
    assert [row["href"] for row in page.page.select("a.task") if "course-changes" in row["href"]] == [
        f"/course-changes/{second}"
    ]
    actor = passed.world.actor(passed.ada)
    with in_transaction() as session:
        learning.acknowledge_change(session, second, by=actor, at=now())
    own = [one for one in asked_to_read(reading) if one.person_id == passed.ada.id]
    assert len(own) == 2
    assert all(one.acknowledged_at == clock.now for one in own)


def test_who_takes_the_new_version_has_nothing_to_read(passed, release, worker, client, in_transaction, clock):
    release(retrain=Retrain.ACKNOWLEDGE)
    work(worker)
    clock.advance(days=400)
    passed.complete(passed.ada)
    client.sign_in(passed.ada)
    assert "To read" not in [tag.get_text() for tag in client.get("/tasks").page.select("main h2")]


# What the approver judges


def test_the_approver_sees_what_is_asked_of_how_many_people_before_and_after(
    passed, client, worker, catalogue, in_transaction, reading
):
    prepared = prepare(SLUG, gifts("2.0.0", lessons=CHANGED))
    with in_transaction() as session:
        publication.propose(session, prepared, reason="The law.", wish=Wish(days=20), by=catalogue.author, at=now())
    with reading() as session:
        decision = session.scalars(select(Decision).where(Decision.state == DecisionState.PROPOSED)).one()
        assert decision.content["people_asked_as_counted_for_this_proposal"] == 3
    client.sign_in(_person(reading, catalogue.publisher.person_id))
    page = client.get(f"/decisions/{decision.id}")
    assert "Take the course again within 20 days of publication" in page.text
    assert "As of now these are 3 people" in page.text
    difference = client.get(page.link("what it changes, word by word"))
    assert difference.heading == "What version 2.0.0 changes: Gifts"
    answer = client.submit(client.get(f"/decisions/{decision.id}"), "Record my decision", outcome="approve")
    assert "0 people were asked" in answer.text
    work(worker)
    assert "3 people were asked; 0 of them have done it." in client.get(f"/decisions/{decision.id}").text


def test_an_approval_does_not_fail_because_somebody_passed_or_left_meanwhile(
    passed, release, in_transaction, catalogue
):
    prepared = prepare(SLUG, gifts("2.0.0", lessons=CHANGED))
    with in_transaction() as session:
        publication.propose(session, prepared, reason="The law.", by=catalogue.author, at=now())
    with in_transaction() as session:
        accounts.deactivate(session, session.merge(passed.grace), by=BUILDER, at=now())
    with in_transaction() as session:
        decision = session.scalars(select(Decision.id).where(Decision.state == DecisionState.PROPOSED)).one()
        decisions.decide(session, decision, approve=True, reason="Read.", by=catalogue.publisher, at=now())


def _person(reading, person_id):
    from app.accounts.models import Person

    with reading() as session:
        return session.get_one(Person, person_id)
