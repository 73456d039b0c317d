"""Whatever the order of saves, submissions, retries, retakes and publications: no answer is lost, no attempt counts twice, no record changes.

Each example is another learner with the same course; what the portal keeps is compared with a model of a few lines.
"""

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError
from app.learning import services
from app.learning.models import (
    Answer,
    Assignment,
    AssignmentState,
    Attempt,
    AttemptState,
    Registration,
    RegistrationState,
    TrainingRecord,
)
from tests.learning.school import gifts

ALLOWED = 2
QUESTIONS = ("which", "approval", "days", "gaps", "order", "match", "reflect")

saves = st.tuples(st.just("save"), st.sampled_from(QUESTIONS), st.sampled_from(["right", "wrong", "nothing"]))
acts = st.one_of(
    saves,
    st.tuples(st.just("answer all"), st.booleans()),
    st.tuples(st.sampled_from(["begin", "submit", "submit again", "publish", "grant", "late save"])),
)


@dataclass
class Kept:
    """What the portal has to have kept of one learner."""

    registration_id: int
    attempt_id: int | None = None
    open: dict[str, object] = field(default_factory=dict)
    """Answers of the open attempt, by question."""
    submitted: dict[int, dict[str, object]] = field(default_factory=dict)
    """Answers of each attempt that was handed in, by its id."""
    scores: dict[int, int] = field(default_factory=dict)
    used: int = 0
    """Attempts begun in the registration that runs."""
    record: dict[str, object] | None = None


@pytest.fixture
def classroom(school):
    school.publish(gifts(settings=f"attempts: {ALLOWED}"))
    school.minor = 0
    return school


class Learner:
    def __init__(self, school, number):
        self.school = school
        self.person = school.world.learner(f"Learner{number}", school.acme)
        self.actor = school.world.actor(self.person)
        self.robin = school.world.actor(school.robin)
        self.kept = Kept(school.start(self.person))
        school.read(self.kept.registration_id, self.person)
        self.failed = False

    def do(self, act):
        name, *how = act
        getattr(self, name.replace(" ", "_"))(*how)

    def begin(self):
        kept = self.kept
        with self.school.in_transaction() as session:
            try:
                attempt = services.start_attempt(session, kept.registration_id, by=self.actor, at=now())
            except (Conflict, DomainError):
                assert kept.attempt_id is None, "an attempt that is open can always be gone on with"
                assert self.failed or kept.record is not None or kept.used == ALLOWED
                return
            if kept.attempt_id is not None:
                assert attempt.id == kept.attempt_id, "beginning twice is beginning once"
                return
            kept.attempt_id, kept.open = attempt.id, {}
            kept.used += 1
            assert attempt.number == kept.used <= ALLOWED

    def save(self, question_id, what):
        if self.kept.attempt_id is None:
            return
        with self.school.in_transaction() as session:
            response = (
                None
                if what == "nothing"
                else self.school.answers(session, self.kept.attempt_id, right=what == "right").get(question_id)
            )
            services.save_answer(session, self.kept.attempt_id, question_id, response, by=self.actor, at=now())
        self.kept.open[question_id] = response

    def answer_all(self, right):
        for question_id in QUESTIONS:
            self.save(question_id, "right" if right else "wrong")

    def late_save(self):
        """An answer that arrives after its attempt was handed in changes nothing."""
        for attempt_id in list(self.kept.submitted)[-1:]:
            with self.school.in_transaction() as session, pytest.raises(Conflict):
                services.save_answer(session, attempt_id, "days", "999", by=self.actor, at=now())

    def submit(self):
        kept = self.kept
        if kept.attempt_id is None:
            return
        with self.school.in_transaction() as session:
            done = services.submit_attempt(session, kept.attempt_id, by=self.actor, at=now())
            score, passed = done.attempt.score, done.attempt.passed
            if done.record is not None:
                kept.record = {"id": done.record.id, **_plain(done.record)}
            assert (done.record is not None) == passed
        kept.submitted[kept.attempt_id] = {key: value for key, value in kept.open.items() if value is not None}
        kept.scores[kept.attempt_id] = score
        kept.attempt_id, kept.open = None, {}
        if not passed and kept.used == ALLOWED:
            self.failed = True

    def submit_again(self):
        for attempt_id in list(self.kept.submitted)[-1:]:
            with self.school.in_transaction() as session:
                again = services.submit_attempt(session, attempt_id, by=self.actor, at=now())
                assert again.record is None
                assert again.attempt.score == self.kept.scores[attempt_id]

    def publish(self):
        self.school.minor += 1
        self.school.publish(gifts(f"1.{self.school.minor}.0", settings=f"attempts: {ALLOWED}"))

    def grant(self):
        """A representative allows another start: only where the attempts are used up."""
        with self.school.in_transaction() as session:
            assignment = session.scalar(select(Assignment).where(Assignment.person_id == self.person.id))
            try:
                fresh = services.grant_new_registration(session, assignment, "Agreed.", by=self.robin, at=now())
            except Conflict:
                assert not self.failed
                return
            assert self.failed
            self.kept.registration_id, self.kept.used, self.failed = fresh.id, 0, False
        self.school.read(self.kept.registration_id, self.person)

    def check(self):
        kept = self.kept
        with self.school.reading() as session:
            attempts = session.scalars(
                select(Attempt).where(Attempt.person_id == self.person.id).order_by(Attempt.id)
            ).all()
            submitted = {one.id: one for one in attempts if one.state is AttemptState.SUBMITTED}
            assert {number: one.answers for number, one in submitted.items()} == kept.submitted
            assert {number: one.score for number, one in submitted.items()} == kept.scores
            assert [one.id for one in attempts if one.state is AttemptState.OPEN] == (
                [kept.attempt_id] if kept.attempt_id else []
            )
            if kept.attempt_id:
                rows = session.execute(
                    select(Answer.question_id, Answer.response).where(Answer.attempt_id == kept.attempt_id)
                )
                assert {row.question_id: row.response for row in rows} == kept.open
            counted = session.execute(
                select(Attempt.registration_id, func.count())
                .where(Attempt.person_id == self.person.id)
                .group_by(Attempt.registration_id)
            ).all()
            assert all(number <= ALLOWED for _, number in counted)
            records = session.scalars(select(TrainingRecord).where(TrainingRecord.person_id == self.person.id)).all()
            assert [{"id": one.id, **_plain(one)} for one in records] == ([kept.record] if kept.record else [])
            states = session.scalars(select(Registration.state).where(Registration.person_id == self.person.id)).all()
            assert states.count(RegistrationState.OPEN) == (0 if self.failed or kept.record else 1)
            assignment = session.scalar(select(Assignment.state).where(Assignment.person_id == self.person.id))
            assert (assignment is AssignmentState.SATISFIED) == bool(kept.record)


def _plain(record):
    return {
        column.name: getattr(record, column.name) for column in TrainingRecord.__table__.columns if column.name != "id"
    }


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(acts, min_size=3, max_size=14))
def test_no_order_of_acts_loses_an_answer_counts_an_attempt_twice_or_alters_a_record(classroom, acts):
    classroom.number = getattr(classroom, "number", 0) + 1
    learner = Learner(classroom, classroom.number)
    learner.begin()
    for act in acts:
        learner.do(act)
        learner.check()
