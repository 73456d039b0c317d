"""What one of eight processes does: a portal of its own on the common database, and a job in it.

The processes come out of a server that has read the portal's code once; each then takes a fifth of a second to begin.
"""

import multiprocessing
from multiprocessing.context import ForkServerContext

from sqlalchemy import select

from app import create_app
from app.courses.models import Course
from app.extensions import db
from app.kernel.clock import now
from app.kernel.errors import DomainError
from app.learning import services
from app.learning.models import Assignment, BatchKind, Origin
from app.learning.rules.batches import Outcome
from app.learning.services import batches
from app.transactions import transaction
from tests.ground.application import settings_for
from tests.learning.school import SLUG


def context() -> ForkServerContext:
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload([__name__])
    return made


def work(url, files, job, arguments, begin, results):
    """One process: wait for the others, then do the job; what the rules refused is told as a word."""
    app = create_app(settings_for(url, files))
    told = []
    begin.wait(60)
    with app.app_context():
        for step in JOBS[job](*arguments):
            try:
                with transaction() as session:
                    told.append(step(session))
            except DomainError as error:
                told.append(type(error).__name__)
        db.engine.dispose()
    results.put(told)


def save_all(actor, attempt_id, answers):
    """Each question answered again and again, as somebody does who changes their mind."""
    for response in answers:
        for question_id, value in response.items():
            yield (
                lambda session, q=question_id, v=value: (
                    services.save_answer(session, attempt_id, q, v, by=actor, at=now()) or "saved"
                )
            )


def hand_in(actor, attempt_id):
    yield lambda session: services.submit_attempt(session, attempt_id, by=actor, at=now()).attempt.score


def try_hard(actor, registration_id, times):
    """Begin and hand in as often as the portal lets one."""
    for _ in range(times):
        started = []
        yield (
            lambda session, started=started: (
                started.append(services.start_attempt(session, registration_id, by=actor, at=now()).id) or "began"
            )
        )
        if started:
            yield (
                lambda session, started=started: (
                    services.submit_attempt(session, started[0], by=actor, at=now()) and "handed in"
                )
            )


def begin_course(actor, assignment_id):
    yield lambda session: services.start(session, session.get(Assignment, assignment_id), by=actor, at=now()).id


def assign_all(actor, person_ids, partner_id, due_on):
    def step(session):
        course = session.scalar(select(Course).where(Course.slug == SLUG))
        made = services.assign(
            session,
            person_ids,
            course,
            origin=Origin.REPRESENTATIVE,
            due_on=due_on,
            partner_id=partner_id,
            by=actor,
            at=now(),
        )
        return len(made.made)

    yield step


def make_batch(actor, plan):
    def step(session):
        batch = services.make_batch(session, plan, kind=BatchKind.PARTNER, title="Everybody", by=actor, at=now())
        return Outcome.from_json(batch.outcome).made

    yield step


def carry_on(batch_id, piece):
    yield lambda session: batches.carry_on(session, batch_id, piece, at=now()) or "carried on"


def undo_batch(actor, batch_id):
    yield lambda session: services.undo_batch(session, batch_id, by=actor, at=now()) and "undone"


def meet(actor, attempt_id, answers):
    """Seven windows save an answer each while an eighth hands in."""
    return hand_in(actor, attempt_id) if answers is None else save_all(actor, attempt_id, [answers])


JOBS = {
    "save": save_all,
    "hand in": hand_in,
    "try": try_hard,
    "begin": begin_course,
    "assign": assign_all,
    "make batch": make_batch,
    "carry on": carry_on,
    "undo batch": undo_batch,
    "meet": meet,
}
