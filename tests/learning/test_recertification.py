"""One registration a cycle: the next opens before the pass ends, and nothing that comes of it touches the pass that stands."""

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.models import Person
from app.kernel.clock import now
from app.learning.models import Assignment, AssignmentState, Origin, Registration, RegistrationState, TrainingRecord
from app.learning.queries.records import satisfied_by
from app.learning.services.assignments import reasons_to_skip
from app.outbox.models import OutboxRow
from tests.ground.world import BUILDER
from tests.learning.cycles import RENEWED
from tests.learning.school import gifts

END = date(2027, 3, 2)


@pytest.fixture
def ada_passed(cycles, clock):
    """Ada passes on 2 March 2026: a year, renewable in its last sixty days."""
    cycles.publish(gifts(settings=RENEWED))
    record = cycles.complete(cycles.ada)
    assert record.valid_until == END
    return record


def to_window(clock):
    clock.move_to(now().replace(year=2027, month=1, day=10))


def mails(session, kind):
    return session.scalars(select(OutboxRow).where(OutboxRow.kind == kind)).all()


def test_the_next_cycle_opens_in_its_window_and_once(cycles, ada_passed, clock):
    clock.move_to(now().replace(year=2026, month=12, day=31))
    assert cycles.tick() == 0, "sixty-one days before the end"
    clock.advance(days=1)
    assert cycles.tick() == 1
    assert cycles.tick() == 0
    clock.advance(days=30)
    assert cycles.tick() == 0
    renewal = cycles.assignments_of(cycles.ada)[-1]
    assert (renewal.origin, renewal.due_on, renewal.original_due_on) == (Origin.RECERTIFICATION, END, END)
    assert renewal.assigned_by_id is None
    with cycles.reading() as session:
        assert len(mails(session, "renewal_opened")) == 1


def test_a_course_without_a_window_opens_nothing(cycles, clock):
    cycles.publish()
    cycles.complete(cycles.ada)
    clock.move_to(now().replace(year=2027, month=2, day=28))
    assert cycles.tick() == 0


def test_the_old_pass_counts_until_it_ends_and_the_new_one_is_counted_from_there(cycles, ada_passed, clock):
    to_window(clock)
    cycles.tick()
    renewal = cycles.assignments_of(cycles.ada)[-1]
    with cycles.reading() as session:
        assert satisfied_by(session, [cycles.ada.id], [renewal.course_id], at=now())
    record = cycles.pass_quiz(renewal, cycles.ada)
    assert record.passed_on == date(2027, 1, 10)
    assert record.valid_until == date(2028, 3, 2), "who renews early keeps the anniversary"
    with cycles.reading() as session:
        assert session.get_one(TrainingRecord, ada_passed.id).valid_until == END
        assert session.get_one(Assignment, renewal.id).satisfied_by_record_id == record.id
        cycled = session.scalars(select(Registration.number).where(Registration.person_id == cycles.ada.id))
        assert sorted(cycled) == [1, 2]
    clock.move_to(now().replace(year=2028, month=1, day=15))
    assert cycles.tick() == 1, "the cycle after it is opened from the new end"
    assert cycles.assignments_of(cycles.ada)[-1].due_on == date(2028, 3, 2)


def test_a_failed_refresher_wipes_nothing(cycles, ada_passed, clock):
    to_window(clock)
    cycles.tick()
    renewal = cycles.assignments_of(cycles.ada)[-1]
    registration_id = cycles.begin(renewal, cycles.ada)
    cycles.read(registration_id, cycles.ada)
    for _ in range(3):
        cycles.attempt(registration_id, cycles.ada, right=False)
    with cycles.reading() as session:
        assert session.get_one(Registration, registration_id).state is RegistrationState.FAILED
        assert session.get_one(TrainingRecord, ada_passed.id).valid_until == END
        assert session.get_one(Assignment, ada_passed.assignment_id).state is AssignmentState.SATISFIED
        assert satisfied_by(session, [cycles.ada.id], [renewal.course_id], at=now())
    clock.move_to(now().replace(year=2027, month=3, day=3))
    assert cycles.tick() == 0
    with cycles.reading() as session:
        assert not satisfied_by(session, [cycles.ada.id], [renewal.course_id], at=now()), "then it lapses by itself"


def test_who_renews_late_begins_a_new_term(cycles, ada_passed, clock):
    to_window(clock)
    cycles.tick()
    clock.move_to(now().replace(year=2027, month=4, day=1))
    assert cycles.pass_quiz(cycles.assignments_of(cycles.ada)[-1], cycles.ada).valid_until == date(2028, 4, 1)


def test_a_closed_account_is_not_asked_to_renew(cycles, ada_passed, clock):
    to_window(clock)
    with cycles.in_transaction() as session:
        accounts.deactivate(session, session.get_one(Person, cycles.ada.id), by=BUILDER, at=now())
    assert cycles.tick() == 0


def test_a_representative_may_assign_it_again_inside_the_window_only(cycles, ada_passed, clock):
    with cycles.reading() as session:
        course_id = session.get_one(TrainingRecord, ada_passed.id).course_id
        early = reasons_to_skip(session, [cycles.ada.id], course_id, partner=cycles.acme, at=now())
    assert early == {cycles.ada.id: "completed on 2 March 2026, valid until 2 March 2027"}
    to_window(clock)
    with cycles.reading() as session:
        inside = reasons_to_skip(session, [cycles.ada.id], course_id, partner=cycles.acme, at=now())
        case = reasons_to_skip(session, [cycles.ada.id], course_id, partner=cycles.acme, at=now(), renewing=False)
    assert inside == {}
    assert case == early, "a case counts the pass that stands"
    cycles.assign(cycles.ada)
    assert cycles.tick() == 0, "the course is to be taken already"


def test_the_window_opens_by_the_day_where_the_partner_is(cycles, clock):
    cycles.publish(gifts(settings=RENEWED))
    rep = cycles.world.representative("Rita", cycles.globex)
    assignment = cycles.assign(cycles.mallory, by=rep)[0]
    end = cycles.pass_quiz(assignment, cycles.mallory).valid_until
    opens = end - timedelta(days=60)
    clock.move_to(now().replace(year=opens.year, month=opens.month, day=opens.day, hour=3))
    assert cycles.tick() == 0, "in New York it is still the evening before"
    clock.advance(hours=3)
    assert cycles.tick() == 1


def test_two_workers_at_once_open_a_cycle_once(cycles, clock):
    cycles.publish(gifts(settings=RENEWED))
    people = [cycles.ada, cycles.grace]
    for person in people:
        cycles.complete(person)
    to_window(clock)
    together, made = threading.Barrier(2), []

    def work() -> None:
        together.wait(10)
        made.append(cycles.tick())

    workers = [threading.Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert sum(made) == 2
    for person in people:
        assert [one.origin for one in cycles.assignments_of(person)] == [Origin.REPRESENTATIVE, Origin.RECERTIFICATION]
    with cycles.reading() as session:
        assert len(mails(session, "renewal_opened")) == 2
