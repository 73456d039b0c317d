"""A wrong key is mended by marking again, beside what was marked: nobody's answers change and nobody loses a pass."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError

from app.audit.models import AuditEvent
from app.courses.rules.grading import Result
from app.decisions.rules import DecisionKind
from app.kernel.clock import now
from app.kernel.errors import DomainError, NotPermitted, Refused
from app.learning import services
from app.learning.models import (
    Assignment,
    AssignmentState,
    Attempt,
    MarkedAnswer,
    Registration,
    RegistrationState,
    RegradedAttempt,
    RegradeRule,
    TrainingRecord,
)
from app.learning.models.attempts import LONGEST_COUNTED
from app.learning.queries import faults, regrades
from app.learning.rules.regrading import accept_every_answer, by_key_of, leave_out, mark_again
from app.learning.services.attempts import counted
from app.outbox.models import OutboxRow
from tests.learning.mending import Mending
from tests.learning.school import gifts

STRICT = "attempts: 1\nvalid_for: P1Y"
RULES = [RegradeRule.ACCEPT_EVERY_ANSWER, RegradeRule.LEAVE_OUT]


@pytest.fixture
def mending(school, app):
    return Mending(school, app)


def some_right(school, person, right: set[str], *, settings=STRICT, **course):
    """The person hands in with only these questions answered right; the registration's id and the attempt."""
    registration_id = school.start(person)
    school.read(registration_id, person)
    return registration_id, hand_in(school, registration_id, person, right)


def hand_in(school, registration_id, person, right: set[str]) -> Attempt:
    attempt_id = school.begin_quiz(registration_id, person)
    actor = school.world.actor(person)
    with school.in_transaction() as session:
        rights = school.answers(session, attempt_id, right=True)
        wrongs = school.answers(session, attempt_id, right=False)
        for question_id in rights:
            response = rights[question_id] if question_id in right else wrongs[question_id]
            services.save_answer(session, attempt_id, question_id, response, by=actor, at=now())
    return school.hand_in(attempt_id, person).attempt


def rows(reading, model, **where):
    with reading() as session:
        return session.scalars(select(model).filter_by(**where)).all()


def one(reading, model, **where):
    (found,) = rows(reading, model, **where)
    return found


def frozen(attempt: Attempt) -> tuple:
    return tuple(getattr(attempt, column.key) for column in Attempt.__table__.columns)


# Marking


def test_every_scored_question_of_a_marked_attempt_has_its_row(school, reading):
    school.publish(gifts(settings=STRICT))
    _, attempt = some_right(school, school.ada, {"which", "days"})
    found = {row.question_id: row for row in rows(reading, MarkedAnswer)}
    assert set(found) == {"which", "approval", "days", "gaps", "order", "match"}
    assert {name for name, row in found.items() if row.points == 10_000} == {"which", "days"}
    assert {row.attempt_score for row in found.values()} == {attempt.score}
    assert {(row.language, row.attempt_id) for row in found.values()} == {("en", attempt.id)}
    assert found["days"].chosen == '"7"'


def test_an_answer_too_long_to_be_usual_is_marked_and_left_to_the_attempt(school, reading):
    school.publish(gifts(settings=STRICT, quiz=True))
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    attempt_id = school.begin_quiz(registration_id, school.ada)
    actor = school.world.actor(school.ada)
    with school.in_transaction() as session:
        gaps = {"1": "ж" * 200, "2": school.answers(session, attempt_id)["gaps"]["2"]}
        services.save_answer(session, attempt_id, "gaps", gaps, by=actor, at=now())
        services.save_answer(session, attempt_id, "which", "o" * 10, by=actor, at=now())
        services.save_answer(session, attempt_id, "which", None, by=actor, at=now())
    attempt = school.hand_in(attempt_id, school.ada).attempt
    found = {row.question_id: row for row in rows(reading, MarkedAnswer)}
    assert len(found["gaps"].chosen) <= LONGEST_COUNTED
    assert found["which"].chosen is None
    assert attempt.answers["gaps"] == gaps
    assert counted(["x" * 600]) is None


def test_a_question_that_is_left_out_no_longer_counts_and_a_failed_attempt_can_pass(school, mending, reading):
    version = school.publish(gifts(settings=STRICT))
    registration_id, attempt = some_right(school, school.ada, {"which", "days"})
    assert (attempt.score, attempt.passed) == (3333, False)
    assert one(reading, Registration, id=registration_id).state is RegistrationState.FAILED
    before = frozen(attempt)
    mending.regrade(version, "order")
    mending.regrade(version, "match")
    last = sorted(rows(reading, RegradedAttempt), key=lambda row: row.regrade_id)
    assert [(row.score_before, row.score_after) for row in last] == [(3333, 4000), (4000, 5000)]
    assert [(row.passed_before, row.passed_after) for row in last] == [(False, False), (False, True)]
    assert frozen(one(reading, Attempt)) == before


def test_who_passes_after_all_has_the_record_and_a_mail(school, mending, reading):
    version = school.publish(gifts(settings=STRICT))
    registration_id, attempt = some_right(school, school.ada, {"which", "days"})
    mending.regrade(version, "order", RegradeRule.ACCEPT_EVERY_ANSWER)
    registration = one(reading, Registration, id=registration_id)
    record = one(reading, TrainingRecord)
    assert registration.state is RegistrationState.PASSED
    assert (record.score, record.attempt_id, record.registration_id) == (5000, attempt.id, registration_id)
    assert one(reading, Assignment).state is AssignmentState.SATISFIED
    assert [row.payload["attempt_id"] for row in rows(reading, OutboxRow, kind="quiz_passed_after_all")] == [attempt.id]
    with reading() as session:
        assert faults.faults(session) == []


def test_the_time_of_the_portal_is_not_the_learners_time(school, mending, reading, clock):
    version = school.publish(gifts(settings=STRICT))
    registration_id = school.start(school.ada)
    clock.advance(minutes=4)
    school.read(registration_id, school.ada)
    hand_in(school, registration_id, school.ada, {"which", "days"})
    clock.advance(days=3)
    mending.regrade(version, "order", RegradeRule.ACCEPT_EVERY_ANSWER)
    assert one(reading, TrainingRecord).active_seconds == 4 * 60


def test_where_a_signature_is_asked_for_only_that_is_left(school, mending, reading, client):
    version = school.publish(gifts(settings=STRICT, attestation=True))
    registration_id, attempt = some_right(school, school.ada, {"which", "days"})
    mending.regrade(version, "order", RegradeRule.ACCEPT_EVERY_ANSWER)
    assert one(reading, Registration, id=registration_id).state is RegistrationState.OPEN
    assert rows(reading, TrainingRecord) == []
    client.sign_in(school.ada)
    page = client.get(f"/attempts/{attempt.id}")
    assert page.heading == "You passed: 50 %"
    assert "33.33 % became 50 %, and you passed" in page.text
    assert page.link("Go on to sign")
    record = school.attest(registration_id, school.ada)
    assert record.score == 5000
    with reading() as session:
        assert faults.faults(session) == []


def test_an_attempt_handed_in_later_is_marked_by_the_regrade_at_once(school, mending, reading):
    version = school.publish(gifts(settings=STRICT))
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    mending.regrade(version, "order", RegradeRule.ACCEPT_EVERY_ANSWER)
    attempt = hand_in(school, registration_id, school.ada, {"which", "days"})
    assert (attempt.score, attempt.passed) == (3333, False)
    assert one(reading, TrainingRecord).score == 5000
    assert one(reading, RegradedAttempt).score_after == 5000
    assert one(reading, Registration, id=registration_id).state is RegistrationState.PASSED


def test_the_key_of_another_version_marks_answers_that_it_can_judge(school, mending, reading):
    version = school.publish(gifts(settings=STRICT))
    some_right(school, school.ada, {"which", "approval"})
    mended = dict(gifts("2.0.0", settings=STRICT).files)
    mended["99-quiz.md"] = mended["99-quiz.md"].replace(b"= 7\n", b"= 8\n")
    key = school.publish(type(gifts()).of(mended))
    mending.regrade(version, "days", RegradeRule.KEY_OF_VERSION, key=key)
    row = one(reading, RegradedAttempt)
    assert (row.score_before, row.score_after) == (3333, 5000)
    judged = {each.question_id: each for each in Result.from_json(row.result).questions}["days"]
    assert (judged.correct, judged.answered, judged.key) == (True, ("8",), ("8",))


def test_who_was_right_by_the_wrong_key_keeps_it(school, mending, reading):
    """By the new key the score would fall; a mistake of ours is not charged to learners."""
    version = school.publish(gifts(settings=STRICT))
    _, attempt = some_right(school, school.ada, {"which", "days", "order"})
    mended = dict(gifts("2.0.0", settings=STRICT).files)
    mended["99-quiz.md"] = mended["99-quiz.md"].replace(b"= 7\n", b"= 8\n")
    mending.regrade(version, "days", RegradeRule.KEY_OF_VERSION, key=school.publish(type(gifts()).of(mended)))
    row = one(reading, RegradedAttempt)
    assert (row.score_before, row.score_after, row.passed_after) == (5000, 5000, True)
    assert row.result == attempt.result


def test_an_existing_record_stays_and_the_page_says_what_changed(school, mending, reading, client):
    version = school.publish(gifts(settings=STRICT))
    _, attempt = some_right(school, school.ada, {"which", "days", "order"})
    before = one(reading, TrainingRecord)
    mending.regrade(version, "match", RegradeRule.ACCEPT_EVERY_ANSWER)
    after = one(reading, TrainingRecord)
    assert (after.id, after.score) == (before.id, 5000)
    client.sign_in(school.ada)
    assert "50 % became 66.67 %" in client.get(f"/attempts/{attempt.id}").text
    page = client.get(f"/training-records/{after.id}").text
    assert "50 % became 66.67 %" in page
    assert "Score 50 %" in page
    assert "66.67 %, passed" in client.get(f"/registrations/{after.registration_id}/units/4").text


def test_a_cycle_that_was_allowed_meanwhile_ends_where_the_old_one_passes(school, mending, reading):
    version = school.publish(gifts(settings=STRICT))
    first, _ = some_right(school, school.ada, {"which", "days"})
    with school.in_transaction() as session:
        assignment = session.scalars(select(Assignment)).one()
        services.grant_new_registration(
            session, assignment, "We talked.", by=school.world.actor(school.robin), at=now()
        )
    mending.regrade(version, "order", RegradeRule.ACCEPT_EVERY_ANSWER)
    states = {each.number: each.state for each in rows(reading, Registration)}
    assert states == {1: RegistrationState.PASSED, 2: RegistrationState.ABANDONED}
    assert one(reading, TrainingRecord).registration_id == first


def test_who_has_completed_the_course_since_keeps_that_record_alone(school, mending, reading):
    version = school.publish(gifts(settings=STRICT))
    first, _ = some_right(school, school.ada, {"which", "days"})
    with school.in_transaction() as session:
        assignment = session.scalars(select(Assignment)).one()
        second = services.grant_new_registration(
            session, assignment, "We talked.", by=school.world.actor(school.robin), at=now()
        ).id
    school.read(second, school.ada)
    hand_in(school, second, school.ada, {"which", "days", "order", "match"})
    mending.regrade(version, "order", RegradeRule.ACCEPT_EVERY_ANSWER)
    assert one(reading, TrainingRecord).registration_id == second
    assert one(reading, Registration, id=first).state is RegistrationState.FAILED
    assert rows(reading, OutboxRow, kind="quiz_passed_after_all") == []


# Batches


def test_a_regrade_goes_on_where_it_was_cut_off(school, mending, reading):
    version = school.publish(gifts(settings=STRICT))
    for person in (school.ada, school.grace, school.world.learner("Barbara", school.acme)):
        some_right(school, person, {"which", "days"})
    made = mending.propose(version, "order", RegradeRule.ACCEPT_EVERY_ANSWER)
    mending.decide(DecisionKind.REGRADE, made.id, mending.mei)
    for left in (2, 1, 0):
        with school.in_transaction() as session:
            done = services.mark_batch(session, made.id, round_number=2 - left, at=now(), limit=1)
            assert (done.marked, len(done.records)) == (1, 1)
        with reading() as session:
            found = regrades.progress(session, regrades.load(session, "gifts", made.id))
            assert (found.concerned, found.done, found.now_passed) == (3, 3 - left, 3 - left)
    with school.in_transaction() as session:
        assert services.mark_batch(session, made.id, round_number=0, at=now()).marked == 0
    assert len(rows(reading, RegradedAttempt)) == 3
    assert len(rows(reading, TrainingRecord)) == 3


# Two people


def test_nothing_is_marked_before_a_second_person_approves(school, mending, reading):
    version = school.publish(gifts(settings=STRICT))
    some_right(school, school.ada, {"which", "days"})
    made = mending.propose(version, "order", RegradeRule.LEAVE_OUT)
    assert mending.carry_out(made) == 0
    assert rows(reading, RegradedAttempt) == []
    with pytest.raises(Refused):
        mending.decide(DecisionKind.REGRADE, made.id, mending.avery)
    with pytest.raises(Refused), school.in_transaction() as session:
        services.apply_regrade(session, made.id, by=mending.mei, at=now())
    mending.decide(DecisionKind.REGRADE, made.id, mending.mei, approve=False, reason="The key is right.")
    assert mending.carry_out(made) == 0


def test_only_an_author_proposes_and_only_for_a_scored_question(school, mending):
    version = school.publish(gifts(settings=STRICT))
    with pytest.raises(NotPermitted):
        mending.propose(version, "order", RegradeRule.LEAVE_OUT, by=school.world.actor(mending.sam))
    for question in ("reflect", "attest", "no-such"):
        with pytest.raises(DomainError, match="scored"):
            mending.propose(version, question, RegradeRule.LEAVE_OUT)
    with pytest.raises(DomainError, match="same question"):
        mending.propose(version, "order", RegradeRule.KEY_OF_VERSION, key=version)
    mending.propose(version, "order", RegradeRule.LEAVE_OUT)
    with pytest.raises(DomainError, match="waits for its decision"):
        mending.propose(version, "order", RegradeRule.LEAVE_OUT)


def test_the_database_keeps_what_a_regrade_made(school, mending, in_transaction):
    version = school.publish(gifts(settings=STRICT))
    some_right(school, school.ada, {"which", "days"})
    mending.regrade(version, "order")

    def run(statement):
        with in_transaction() as session:
            session.execute(statement)

    for statement in (
        update(RegradedAttempt).values(score_after=0),
        update(MarkedAnswer).values(points=0),
        update(Attempt).values(score=10_000),
    ):
        with pytest.raises(DatabaseError):
            run(statement)


# Pages


def test_an_author_sees_what_would_change_before_proposing(school, mending, client, reading):
    version = school.publish(gifts(settings=STRICT))
    some_right(school, school.ada, {"which", "days"})
    some_right(school, school.grace, {"which", "days", "order"})
    client.sign_in(mending.avery.person_id)
    place = f"/courses/gifts/versions/{version.id}/regrades"
    page = client.get(f"{place}/new?question=order&rule=leave_out")
    assert "Attempts with this question 2 Score rises 1 Failed, would now pass 0" in page.text
    page = client.get(f"{place}/new?question=order&rule=accept_every_answer")
    assert "Score rises 1 Failed, would now pass 1 1 attempt stays as marked" in page.text
    assert rows(reading, RegradedAttempt) == []
    answer = client.submit(page, "Propose this regrade", reason="Two orders are right.")
    page = answer
    assert page.heading == "Regrade of “Put in order”"
    assert "Failed, would now pass 1" in page.text
    client.sign_in(mending.mei.person_id)
    here = "/courses/gifts/regrades/1"
    decision = client.get(client.get(here).link("Open the decision"))
    assert client.get(decision.link("See it whole before you decide")).heading == page.heading
    client.submit(decision, "Record my decision", outcome="approve", reason="")
    page = client.get(here)
    assert "Being applied: 0 of 2 attempts" in page.text
    with reading() as session:
        mending.carry_out(regrades.in_force(session, version.id)[0])
    page = client.get(here)
    assert "Attempts marked again 2 Score rose 1 Failed, now passed 1" in page.text


def test_an_auditor_reads_a_regrade_without_the_key(school, mending, client):
    version = school.publish(gifts(settings=STRICT))
    made = mending.regrade(version, "days")
    client.sign_in(school.world.auditor())
    page = client.get(f"/courses/gifts/regrades/{made.id}")
    assert "Applied" in page.text
    assert "Right answer" not in page.text


def test_the_trail_says_from_what_to_what(school, mending, reading):
    version = school.publish(gifts(settings=STRICT))
    _, attempt = some_right(school, school.ada, {"which", "days"})
    mending.regrade(version, "order", RegradeRule.ACCEPT_EVERY_ANSWER)
    event = one(reading, AuditEvent, action="attempt.regraded")
    assert event.subject_id == str(attempt.id)
    assert (event.details["old"]["score"], event.details["new"]["score"]) == (3333, 5000)


# Any sequence


@st.composite
def sequences(draw):
    right = draw(st.sets(st.sampled_from(["which", "approval", "days", "gaps", "order", "match"])))
    questions = st.sampled_from(["which", "approval", "days", "gaps", "order", "match"])
    steps = draw(st.lists(st.tuples(questions, st.sampled_from(["accept", "leave out", "key"])), max_size=8))
    return right, steps


@given(sequences())
@settings(max_examples=200, deadline=None)
def test_no_sequence_of_regrades_ever_lowers_a_score(sequence):
    from app.courses.rules.grading import draw, grade
    from app.courses.rules.preparation import prepare
    from tests.learning.school import WRONG

    right, steps = sequence
    quiz = _QUIZ.setdefault("quiz", prepare("gifts", gifts()).course.assessment)
    paper = draw(quiz, seed="s")
    answers = {
        name: quiz.question(name).right_response() if name in right else WRONG(quiz, name)
        for name in paper.question_ids
    }
    result = grade(quiz, paper, answers)
    before = result
    for name, how in steps:
        remark = {"accept": accept_every_answer, "leave out": leave_out, "key": by_key_of(quiz.question(name))}[how]
        again = mark_again(result, name, answers[name], remark)
        assert result.score <= again.score <= 1
        assert again.scored >= 1
        assert Result.from_json(again.to_json()) == again
        result = again
    assert before == grade(quiz, paper, answers)


_QUIZ: dict = {}


@pytest.mark.one_engine
@given(sequence=sequences())
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_sequence_of_regrades_takes_a_pass_or_changes_an_attempt_or_a_record(school, mending, reading, sequence):
    """Each example is another learner on the same portal, regrades of earlier examples included."""
    right, steps = sequence
    if "version" not in school.__dict__:
        school.version = school.publish(gifts(settings="attempts: 2\nvalid_for: P1Y"))
        school.count = 0
    school.count += 1
    person = school.world.learner(f"Learner{school.count}", school.acme)
    _, attempt = some_right(school, person, right)
    before = frozen(attempt)
    records = {each.id: each.score for each in rows(reading, TrainingRecord)}
    passed = {each.attempt_id for each in rows(reading, RegradedAttempt) if each.passed_after}
    for question, how in steps:
        rule = RegradeRule.LEAVE_OUT if how == "leave out" else RegradeRule.ACCEPT_EVERY_ANSWER
        mending.regrade(school.version, question, rule)
        assert frozen(one(reading, Attempt, id=attempt.id)) == before
        now_passed = {each.attempt_id for each in rows(reading, RegradedAttempt) if each.passed_after}
        assert passed <= now_passed
        passed = now_passed
        kept = {each.id: each.score for each in rows(reading, TrainingRecord)}
        assert records.items() <= kept.items()
        records = kept
    with reading() as session:
        assert faults.faults(session) == []
