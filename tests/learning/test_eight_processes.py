"""Eight processes at once, each with a portal of its own on one database: nothing is lost, nothing happens twice."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.access.policy import Actor
from app.audit.models import AuditEvent
from app.audit.queries import verify
from app.extensions import db
from app.learning.models import Answer, Assignment, Attempt, Registration, TrainingRecord
from app.learning.queries.faults import faults
from tests.learning.processes import context, work
from tests.learning.school import gifts

PROCESSES = 8
QUESTIONS = 7


@pytest.fixture
def together(app, database, ground, clock):
    """`together(job, [arguments of each process])` runs them at once and returns what each was told."""
    clock.release()

    def run(job, arguments):
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        from_server = context()
        begin, results = from_server.Barrier(len(arguments)), from_server.Queue()
        workers = [
            from_server.Process(target=work, args=(database.url, ground.files, job, one, begin, results))
            for one in arguments
        ]
        for worker in workers:
            worker.start()
        told = [results.get(timeout=120) for _ in workers]
        for worker in workers:
            worker.join(60)
        assert [worker.exitcode for worker in workers] == [0] * len(workers)
        return told

    return run


@pytest.fixture
def begun(school, clock):
    clock.release()
    school.publish(gifts(settings="attempts: 5"))
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    return registration_id


def actor_of(school, person) -> Actor:
    return school.world.actor(person)


def test_no_answer_is_lost_when_eight_windows_save_at_once(school, begun, together, reading):
    attempt_id = school.begin_quiz(begun, school.ada)
    with reading() as session:
        right = school.answers(session, attempt_id, right=True)
        wrong = school.answers(session, attempt_id, right=False)
    ada = actor_of(school, school.ada)
    told = together("save", [(ada, attempt_id, [wrong, right])] * PROCESSES)
    assert Counter(word for one in told for word in one) == {"saved": PROCESSES * QUESTIONS * 2}
    with reading() as session:
        saved = {row.question_id: row.response for row in session.scalars(select(Answer))}
        assert set(saved) == set(right)
        assert all(saved[question] in (right[question], wrong[question]) for question in saved)
        assert verify(session).ok
    assert school.hand_in(attempt_id, school.ada).attempt.answers == saved


def test_eight_people_saving_at_once_lose_nothing(school, clock, together, reading):
    clock.release()
    school.publish()
    jobs, expected = [], {}
    for number in range(PROCESSES):
        person = school.world.learner(f"Learner{number}", school.acme)
        registration_id = school.start(person)
        school.read(registration_id, person)
        attempt_id = school.begin_quiz(registration_id, person)
        with reading() as session:
            expected[attempt_id] = school.answers(session, attempt_id, right=True)
        jobs.append((actor_of(school, person), attempt_id, [expected[attempt_id]]))
    together("save", jobs)
    with reading() as session:
        found = {}
        for row in session.scalars(select(Answer)):
            found.setdefault(row.attempt_id, {})[row.question_id] = row.response
        assert found == expected
        assert verify(session).ok


def test_eight_submissions_are_one(school, begun, together, reading):
    attempt_id = school.begin_quiz(begun, school.ada)
    school.answer(attempt_id, school.ada, right=True)
    ada = actor_of(school, school.ada)
    assert together("hand in", [(ada, attempt_id)] * PROCESSES) == [[10000]] * PROCESSES
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(TrainingRecord)) == 1
        assert faults(session) == []
        assert verify(session).ok


def test_32_parallel_submits_of_one_attempt_make_one(school, begun, together, reading):
    """Eight processes, each handing in four times, some while others still save."""
    attempt_id = school.begin_quiz(begun, school.ada)
    school.answer(attempt_id, school.ada, right=True)
    ada = actor_of(school, school.ada)
    told = together("hand in again", [(ada, attempt_id, 4)] * PROCESSES)
    assert told == [[10000] * 4] * PROCESSES
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == 1
        assert session.scalar(select(func.count()).select_from(TrainingRecord)) == 1
        submitted = select(func.count()).where(AuditEvent.action == "attempt.submitted")
        assert session.scalar(submitted) == 1
        assert faults(session) == []
        assert verify(session).ok


def test_attempts_stay_within_the_limit_however_many_windows_try(school, begun, together, reading):
    ada = actor_of(school, school.ada)
    together("try", [(ada, begun, 8)] * PROCESSES)
    with reading() as session:
        numbers = session.scalars(select(Attempt.number).order_by(Attempt.number)).all()
        assert numbers == [1, 2, 3, 4, 5]
        assert faults(session) == []
        assert verify(session).ok


def test_eight_windows_begin_one_registration(school, clock, together, reading):
    clock.release()
    school.publish()
    assignment = school.assign(school.ada)[0]
    told = together("begin", [(actor_of(school, school.ada), assignment.id)] * PROCESSES)
    with reading() as session:
        registration = session.scalars(select(Registration)).one()
    assert told == [[registration.id]] * PROCESSES


def test_an_answer_is_either_marked_or_refused_when_saving_and_handing_in_meet(school, begun, together, reading):
    attempt_id = school.begin_quiz(begun, school.ada)
    with reading() as session:
        right = school.answers(session, attempt_id, right=True)
    ada = actor_of(school, school.ada)
    told = together(
        "meet", [(ada, attempt_id, {question: right[question]}) for question in right] + [(ada, attempt_id, None)]
    )
    kept = sum(1 for one in told for word in one if word == "saved")
    with reading() as session:
        attempt = session.get(Attempt, attempt_id)
        assert len(attempt.answers) == kept
        assert faults(session) == []


def test_eight_representatives_assign_each_person_once(school, clock, together, reading):
    clock.release()
    school.publish()
    people = [school.ada.id, school.grace.id]
    robin = actor_of(school, school.robin)
    told = together("assign", [(robin, people, school.acme.id, school.today + timedelta(days=14))] * PROCESSES)
    made = [word for one in told for word in one]
    assert sum(word for word in made if isinstance(word, int)) == 2
    assert set(made) <= {0, 2, "Conflict"}
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Assignment)) == 2
