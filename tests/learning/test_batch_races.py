"""Two representatives assign the same people at once; undo meets a start. Each comes from a process of its own."""

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.learning.models import Assignment, AssignmentBatch, AssignmentState, LeftOut, Registration
from app.learning.rules.batches import AT_ONCE
from tests.learning import processes
from tests.learning.test_batches import crowd, make, plan_for, shown, undo, work_off


@pytest.fixture
def at_once(app, database, ground, clock):
    """Runs jobs of tests/learning/processes.py, each in a process of its own, all let go together; what each was told."""
    clock.release()

    def run(*jobs):
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        from_server = processes.context()
        begin, results = from_server.Barrier(len(jobs)), from_server.Queue()
        workers = [
            from_server.Process(
                target=processes.work, args=(database.url, ground.files, job, arguments, begin, results)
            )
            for job, arguments in jobs
        ]
        for worker in workers:
            worker.start()
        told = [results.get(timeout=120) for _ in workers]
        for worker in workers:
            worker.join(60)
        return told

    return run


def test_two_representatives_who_assign_the_same_people_make_one_assignment_each(at_once, school):
    school.publish()
    crowd(school, school.acme, 60)
    zoe = school.world.representative("Zoe", school.acme)
    plan = plan_for(school)
    told = at_once(*(("make batch", (school.world.actor(one), plan)) for one in (school.robin, zoe, school.robin, zoe)))
    # Whoever comes second finds that everybody has the course, and makes nothing.
    assert sorted(str(one[0]) for one in told) == ["62", "DomainError", "DomainError", "DomainError"]
    with school.reading() as session:
        assert session.scalar(select(func.count()).select_from(Assignment)) == 62
        assert session.scalar(select(func.count()).select_from(AssignmentBatch)) == 1
        assert session.scalar(select(func.count()).select_from(LeftOut)) == 0


def test_workers_that_carry_out_the_same_piece_make_it_once(at_once, school):
    school.publish()
    crowd(school, school.acme, AT_ONCE)
    batch_id = make(school, plan_for(school))
    at_once(*(("carry on", (batch_id, 0)) for _ in range(3)))
    assert shown(school, batch_id).outcome.made == AT_ONCE
    work_off(school)
    assert shown(school, batch_id).outcome.made == AT_ONCE + 2


def test_what_is_begun_while_the_batch_is_taken_back_is_either_begun_or_taken_back(at_once, school):
    school.publish()
    people = [school.ada, school.grace, *(school.world.learner(f"Nils{place}", school.acme) for place in range(4))]
    batch_id = make(school, plan_for(school))
    with school.reading() as session:
        own = {row.person_id: row.id for row in session.scalars(select(Assignment))}
    jobs = [("begin", (school.world.actor(person), own[person.id])) for person in people]
    at_once(*jobs[:3], ("undo batch", (school.world.actor(school.robin), batch_id)), *jobs[3:])
    with school.reading() as session:
        begun = set(session.scalars(select(Registration.assignment_id)))
        for row in session.scalars(select(Assignment)):
            expected = AssignmentState.IN_PROGRESS if row.id in begun else AssignmentState.CANCELLED
            assert row.state is expected
    assert shown(school, batch_id).outcome.taken_back == len(people) - len(begun)
    undo(school, batch_id)
