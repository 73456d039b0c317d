"""The background worker: takes outbox rows under a lease, sends each as a mail, makes the certificate, assigns the piece of a
batch, packs certificates into one file, marks attempts again or asks the people it names, writes the reminders that are due, and opens the cycles of training that the calendar asks for.

A mail is never lost. It can reach a mailbox twice only when a worker dies between handing it over and noting so; both
copies then carry the same Message-ID.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.kernel.clock import now
from app.notifications import recipients, reminders
from app.notifications.delivery import PATIENCE_SECONDS, Delivery
from app.notifications.letters import MAILS, name_of
from app.notifications.rendering import rendered
from app.outbox import services as outbox
from app.outbox.models import OutboxRow
from app.outbox.queries import is_due
from app.outcomes import assignment_batches, bundles, course_certificates, cycles, publication, records
from app.outcomes.time_limits import hand_in_what_is_over
from app.settings import Settings
from app.transactions import reading, transaction

log = logging.getLogger("good_standing.worker")

TICK_EVERY = timedelta(minutes=1)
# What ends or begins with a day is looked for less often than reminders.
CYCLES_EVERY = timedelta(hours=1)
# Rows are leased together and sent one by one; what a slow mail server leaves too little time for goes back by itself.
TAKEN_AT_ONCE = 20
LONGEST_TASK = timedelta(seconds=PATIENCE_SECONDS)
REMINDERS_AT_ONCE = 500
MOST_REMEMBERED = 100_000
PAUSE_SECONDS = 1.0
PAUSE_AFTER_TROUBLE_SECONDS = 10.0


@dataclass(frozen=True)
class Task:
    """An outbox row as it was when it was leased, and until when nobody else takes it."""

    id: int
    key: str
    kind: str
    payload: dict[str, Any]
    leased_until: datetime


@dataclass
class Drained:
    """What a round did: mails sent, certificates made, pieces of batches assigned, batches of attempts marked again, turns of asking people to train again, rounds of
    packing certificates, rows that no longer held or went to several people, failures."""

    sent: int = 0
    made: int = 0
    assigned: int = 0
    marked: int = 0
    asked: int = 0
    packed: int = 0
    dropped: int = 0
    fanned_out: int = 0
    failed: int = 0

    @property
    def rows(self) -> int:
        return (
            self.sent
            + self.made
            + self.assigned
            + self.marked
            + self.asked
            + self.packed
            + self.dropped
            + self.fanned_out
            + self.failed
        )


class Worker:
    """`context` opens a fresh database session (an app context); each row is worked in one of its own."""

    def __init__(
        self, settings: Settings, delivery: Delivery, context: Callable[[], AbstractContextManager[Any]]
    ) -> None:
        self.settings = settings
        self.delivery = delivery
        self.context = context
        self._ticked_at: datetime | None = None
        self._cycled_at: datetime | None = None
        # Keys that have their row already: what a tick need not look up again.
        self._reminded: set[str] = set()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; the mail in hand is finished first. Trouble with the database is logged and waited out."""
        while not stop.is_set():
            try:
                self.tick()
                pause = 0.0 if self.drain(stop).rows else PAUSE_SECONDS
            except Exception:
                log.exception("The worker could not reach its work; it tries again in a moment.")
                pause = PAUSE_AFTER_TROUBLE_SECONDS
            stop.wait(pause)

    def once(self) -> Drained:
        """One tick and everything that is due now: for cron, the story and tests."""
        self._ticked_at = self._cycled_at = None
        self.tick()
        return self.drain()

    def tick(self) -> int:
        """Hand in quizzes whose time is over, and write the reminders that have become due since; at most once a minute.

        Returns how many reminders are new. Once an hour, before them, what the calendar asks of training: renewals, and courses
        whose waiver has ended; and zip files of certificates that were kept long enough go.
        """
        at = now()
        if self._ticked_at is not None and timedelta(0) <= at - self._ticked_at < TICK_EVERY:
            return 0
        if self._cycled_at is None or not timedelta(0) <= at - self._cycled_at < CYCLES_EVERY:
            with self.context():
                cycles.carry_out(at=at)
                bundles.tidy(settings=self.settings, at=at)
            self._cycled_at = at
        with self.context():
            hand_in_what_is_over(at=at)
            begun = [one for one in reminders.begun(reading(), at=at) if one.key not in self._reminded]
            due = reminders.due(reading(), begun)
            written = 0
            for start in range(0, len(due), REMINDERS_AT_ONCE):
                with transaction() as session:
                    written += reminders.write(session, due[start : start + REMINDERS_AT_ONCE], at=at)
        if len(self._reminded) > MOST_REMEMBERED:
            self._reminded.clear()
        self._reminded.update(one.key for one in begun)
        self._ticked_at = at
        return written

    def drain(self, stop: threading.Event | None = None) -> Drained:
        """Send what is due, one row after the other, until nothing is or `stop` is set."""
        result = Drained()
        while tasks := self._take():
            for task in tasks:
                if stop is not None and stop.is_set():
                    self._give_back(tasks[tasks.index(task) :])
                    return result
                if now() + LONGEST_TASK < task.leased_until:
                    self._work(task, result)
        return result

    def _take(self) -> list[Task]:
        with self.context():
            if not is_due(reading(), at=now()):
                return []
            with transaction() as session:
                rows = outbox.claim(session, at=now(), limit=TAKEN_AT_ONCE)
                return [Task(row.id, row.key, row.kind, dict(row.payload), now() + outbox.LEASE) for row in rows]

    def _give_back(self, tasks: Sequence[Task]) -> None:
        """Let the next worker have at once what this one leased and did not begin."""
        with self.context(), transaction() as session:
            for task in tasks:
                session.get_one(OutboxRow, task.id).leased_until = None

    def _work(self, task: Task, result: Drained) -> None:
        try:
            with self.context():
                outcome = self._deliver(task)
        except Exception as error:
            log.exception("Row %d (%s) was not sent; it is tried again later.", task.id, task.kind)
            with self.context(), transaction() as session:
                outbox.failed(session, task.id, f"{type(error).__name__}: {error}", at=now())
            result.failed += 1
            return
        setattr(result, outcome, getattr(result, outcome) + 1)

    def _deliver(self, task: Task) -> str:
        if task.kind == course_certificates.KIND:
            course_certificates.carry_out(int(task.payload["record"]), settings=self.settings, at=now())
            with transaction() as session:
                outbox.done(session, task.id, at=now())
            return "made"
        if task.kind == assignment_batches.KIND:
            assignment_batches.carry_out(task.payload, at=now())
            with transaction() as session:
                outbox.done(session, task.id, at=now())
            return "assigned"
        if task.kind == records.KIND:
            records.mark_again(int(task.payload["regrade"]), round_number=int(task.payload["round"]), at=now())
            with transaction() as session:
                outbox.done(session, task.id, at=now())
            return "marked"
        if task.kind == publication.KIND:
            publication.carry_out(task.id, at=now())
            return "asked"
        if task.kind == bundles.KIND:
            bundles.carry_out(task.payload, settings=self.settings, at=now())
            with transaction() as session:
                outbox.done(session, task.id, at=now())
            return "packed"
        name = name_of(task.kind, task.payload)
        about = MAILS.get(name)
        if about is None:
            raise LookupError(f"no mail is written for rows of the kind “{name}”")
        session = reading()
        people = [int(task.payload["to"])] if "to" in task.payload else list(about.to(session, task.payload))
        if len(people) > 1:
            with transaction() as session:
                for person_id in people:
                    child = {**task.payload, "to": person_id}
                    outbox.enqueue(session, task.kind, f"{task.key}:to:{person_id}", child, at=now())
                outbox.done(session, task.id, at=now())
            return "fanned_out"
        recipient = recipients.person(session, people[0]) if people else None
        at = now()
        letter = about.write(session, task.payload, recipient, at) if recipient else None
        if letter is not None:
            message = rendered(letter, key=task.key, settings=self.settings, at=at)
            session.rollback()
            self.delivery.send(message)
        with transaction() as session:
            outbox.done(session, task.id, at=now())
            _forget_secrets(session, task, about.secret)
        return "sent" if letter is not None else "dropped"


def _forget_secrets(session: Session, task: Task, secret: tuple[str, ...]) -> None:
    """Take one-time tokens out of a row whose mail is away."""
    if secret:
        row = session.get_one(OutboxRow, task.id)
        row.payload = {name: value for name, value in task.payload.items() if name not in secret}
        session.flush()
