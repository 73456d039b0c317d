import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.accounts import services as accounts
from app.kernel.clock import now
from app.learning.models import Assignment, AssignmentState
from app.notifications.delivery import PATIENCE_SECONDS
from app.outbox import services as outbox
from app.outbox.models import OutboxRow, OutboxState
from app.outbox.services import BACKOFF, LEASE
from tests.ground.world import BUILDER
from tests.notifications.conftest import body_of


@pytest.fixture
def acme(world):
    return world.partner("Acme")


@pytest.fixture
def ada(world, acme):
    return world.learner("Ada Byron", acme)


def invited(in_transaction, person) -> str:
    with in_transaction() as session:
        return accounts.invite(session, person, by=BUILDER, at=now())


def rows(reading) -> list[OutboxRow]:
    with reading() as session:
        return list(session.scalars(select(OutboxRow).order_by(OutboxRow.id)))


def test_a_row_becomes_one_mail_and_is_done(worker, postman, in_transaction, reading, ada):
    token = invited(in_transaction, ada)
    assert worker.once().sent == 1
    assert postman.recipients == [ada.email]
    assert f"/invitations/{token}" in body_of(postman.delivered[0])
    assert rows(reading)[0].state is OutboxState.DONE
    assert worker.once().rows == 0


def test_the_token_leaves_the_row_with_the_mail(worker, in_transaction, reading, ada):
    token = invited(in_transaction, ada)
    assert token in str(rows(reading)[0].payload)
    worker.once()
    assert token not in str(rows(reading)[0].payload)


def test_an_invitation_that_was_replaced_is_not_sent(worker, postman, in_transaction, ada):
    older, newer = invited(in_transaction, ada), invited(in_transaction, ada)
    done = worker.once()
    assert (done.sent, done.dropped) == (1, 1)
    assert newer in body_of(postman.delivered[0])
    assert older not in body_of(postman.delivered[0])


def test_a_closed_account_gets_no_mail(worker, postman, in_transaction, ada):
    invited(in_transaction, ada)
    with in_transaction() as session:
        accounts.deactivate(session, session.merge(ada), by=BUILDER, at=now())
    assert worker.once().dropped == 1
    assert postman.delivered == []


def test_one_mail_that_fails_stops_no_other(worker, postman, in_transaction, reading, world, acme, ada):
    grace = world.learner("Grace Hopper", acme)
    invited(in_transaction, ada)
    invited(in_transaction, grace)
    postman.refuses = {ada.email}
    done = worker.once()
    assert (done.sent, done.failed) == (1, 1)
    assert postman.recipients == [grace.email]
    failed = rows(reading)[0]
    assert (failed.state, failed.tries) == (OutboxState.WAITING, 1)
    assert "the mailbox is full" in failed.last_error


def test_a_failed_mail_is_tried_again_later_and_with_the_same_message_id(worker, postman, in_transaction, clock, ada):
    invited(in_transaction, ada)
    postman.refuses = {ada.email}
    worker.once()
    postman.refuses = set()
    assert worker.once().rows == 0
    clock.advance(minutes=1)
    assert worker.once().sent == 1


def test_after_the_last_try_a_row_is_dead_and_stays_visible(worker, postman, in_transaction, reading, clock, ada):
    invited(in_transaction, ada)
    postman.refuses = {ada.email}
    for pause in BACKOFF:
        assert worker.once().failed == 1
        clock.advance(seconds=pause.total_seconds())
    assert worker.once().failed == 1
    assert rows(reading)[0].state is OutboxState.DEAD
    clock.advance(days=1)
    assert worker.once().rows == 0


def test_a_kind_that_nobody_wrote_a_mail_for_is_a_failure_and_not_a_silence(worker, in_transaction, reading):
    with in_transaction() as session:
        outbox.enqueue(session, "unheard_of", "unheard-of:1", {}, at=now())
    assert worker.once().failed == 1
    assert "unheard_of" in rows(reading)[0].last_error


def test_what_a_killed_worker_had_in_hand_is_sent_once_its_lease_has_run_out(
    worker, postman, in_transaction, clock, ada
):
    invited(in_transaction, ada)
    with in_transaction() as session:
        assert len(outbox.claim(session, at=now())) == 1
    assert worker.once().rows == 0
    clock.advance(seconds=LEASE.total_seconds())
    assert worker.once().sent == 1
    assert len(postman.delivered) == 1


def test_an_idle_worker_takes_no_write_lock(worker, statements, app):
    worker.tick()
    with statements() as made:
        worker.drain()
    assert made
    assert all(statement.lstrip().startswith("SELECT") for statement in made)


def test_the_worker_stops_when_it_is_told_to(worker, postman, in_transaction, ada):
    invited(in_transaction, ada)
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    for _ in range(200):
        if postman.delivered:
            break
        stop.wait(0.02)
    stop.set()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert len(postman.delivered) == 1


def test_training_is_reminded_of_before_and_after_its_day(worker, postman, clock, assigned, acme, ada):
    assigned(ada, acme, "Code of conduct", due_on=date(2026, 3, 31))
    for _ in range(60):
        worker.once()
        clock.advance(days=1)
    assert postman.subjects == [
        "1 course due on 31 March 2026",
        "1 course due on 31 March 2026",
        "1 course due tomorrow, 31 March 2026",
        "1 course overdue since 31 March 2026",
        "1 course overdue since 31 March 2026",
        "1 course overdue since 31 March 2026",
        "1 course overdue since 31 March 2026",
        "1 course overdue since 31 March 2026",
    ]
    assert "due in 14 days" in body_of(postman.delivered[0])
    assert "1 day ago" in body_of(postman.delivered[3])


def test_courses_of_one_day_share_a_reminder(worker, postman, clock, assigned, acme, ada):
    for title in ("Truthful claims", "Code of conduct", "Anti-corruption"):
        assigned(ada, acme, title, due_on=date(2026, 3, 31))
    clock.advance(days=20)
    worker.once()
    assert postman.subjects == ["3 courses due on 31 March 2026"]
    text = body_of(postman.delivered[0])
    assert text.index("– Anti-corruption") < text.index("– Code of conduct") < text.index("– Truthful claims")


def test_two_schedulers_and_a_restart_make_one_reminder(app, worker, postman, clock, assigned, acme, ada):
    assigned(ada, acme, "Code of conduct", due_on=date(2026, 3, 31))
    clock.advance(days=20)
    other = type(worker)(worker.settings, postman, app.app_context)
    assert [worker.tick(), other.tick(), worker.tick()] == [1, 0, 0]
    worker.once()
    other.once()
    assert len(postman.delivered) == 1


def test_after_an_outage_only_the_newest_reminder_is_sent(worker, postman, clock, assigned, acme, ada):
    assigned(ada, acme, "Code of conduct", due_on=date(2026, 3, 31))
    clock.advance(days=50)
    worker.once()
    assert postman.subjects == ["1 course overdue since 31 March 2026"]


def test_a_mail_server_that_was_down_brings_no_stale_reminders(
    worker, postman, clock, assigned, acme, ada, in_transaction
):
    assigned(ada, acme, "Code of conduct", due_on=date(2026, 3, 31))
    for _ in range(40):
        clock.advance(days=1)
        worker.tick()
    done = worker.drain()
    assert (done.sent, done.dropped) == (1, 4)
    assert postman.subjects == ["1 course overdue since 31 March 2026"]


def test_nobody_is_reminded_of_what_is_done(worker, postman, clock, assigned, in_transaction, acme, ada):
    assignment_id = assigned(ada, acme, "Code of conduct", due_on=date(2026, 3, 31))
    clock.advance(days=20)
    assert worker.tick() == 1
    with in_transaction() as session:
        done = session.get_one(Assignment, assignment_id)
        done.state, done.closed_at, done.closed_reason = AssignmentState.CANCELLED, now(), "Assigned by mistake."
    assert worker.drain().dropped == 1
    clock.advance(days=30)
    assert worker.once().rows == 0
    assert postman.delivered == []


def test_the_mail_that_assigns_is_not_followed_by_a_reminder_at_once(worker, postman, clock, assigned, acme, ada):
    assigned(ada, acme, "Code of conduct", due_on=(now() + timedelta(days=5)).date())
    worker.once()
    assert postman.delivered == []
    clock.advance(days=4)
    worker.once()
    assert len(postman.delivered) == 1


def test_a_worker_that_is_stopped_gives_back_what_it_has_not_begun(app, worker, in_transaction, reading, world, acme):
    for number in range(5):
        invited(in_transaction, world.learner(f"Learner{number} Byron", acme))
    stop = threading.Event()

    class LastMail:
        delivered = 0

        def send(self, message):
            self.delivered += 1
            stop.set()

    worker.delivery = LastMail()
    assert worker.drain(stop).sent == 1
    states = [(row.state, row.leased_until) for row in rows(reading)]
    assert states.count((OutboxState.WAITING, None)) == 4
    assert type(worker)(worker.settings, LastMail(), app.app_context).once().sent == 4


def test_what_a_slow_server_leaves_no_time_for_is_left_to_the_next_round(
    worker, postman, in_transaction, clock, world, acme
):
    for number in range(4):
        invited(in_transaction, world.learner(f"Learner{number} Byron", acme))

    class SlowServer:
        def send(self, message):
            postman.send(message)
            clock.advance(seconds=PATIENCE_SECONDS - 1)

    worker.delivery = SlowServer()
    assert worker.drain().sent == 3
    clock.advance(seconds=PATIENCE_SECONDS)
    assert worker.drain().sent == 1
    assert len(postman.delivered) == len(set(postman.recipients)) == 4


def test_two_workers_at_once_send_each_mail_once(app, worker, postman, in_transaction, world, acme):
    for number in range(30):
        invited(in_transaction, world.learner(f"Learner{number} Byron", acme))
    other = type(worker)(worker.settings, postman, app.app_context)
    both = [threading.Thread(target=one.drain) for one in (worker, other)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(timeout=60)
    assert len(postman.delivered) == len(set(postman.recipients)) == 30
