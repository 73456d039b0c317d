"""Attempts are limited, failed ones are kept, and nobody is left standing."""

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEvent
from app.courses.models import CourseTranslation
from app.courses.rules.bundle import Bundle
from app.courses.rules.grading import Paper
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotPermitted
from app.learning import services
from app.learning.models import Assignment, AssignmentState, Attempt, Registration, RegistrationState
from app.outbox.models import OutboxRow
from tests.learning.school import gifts


@pytest.fixture
def failed(school):
    """Ada has used all three attempts; her registration's id."""
    school.publish()
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    for _ in range(3):
        school.attempt(registration_id, school.ada, right=False)
    return registration_id


def grant(school, reason="We went through the lessons together.", *, by=None):
    actor = school.world.actor(by or school.robin)
    with school.in_transaction() as session:
        return services.grant_new_registration(
            session, session.scalars(select(Assignment)).one(), reason, by=actor, at=now()
        )


def test_a_failed_attempt_is_kept_beside_the_one_that_passes(school, reading):
    school.publish()
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    school.attempt(registration_id, school.ada, right=False)
    school.attempt(registration_id, school.ada, right=True)
    with reading() as session:
        found = session.execute(select(Attempt.number, Attempt.score, Attempt.passed).order_by(Attempt.number)).all()
    assert found == [(1, 0, False), (2, 10000, True)]


def test_there_is_no_attempt_beyond_the_limit(school, failed, reading):
    with pytest.raises(DomainError):
        school.begin_quiz(failed, school.ada)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == 3
        assert session.get(Registration, failed).state is RegistrationState.FAILED
        assert session.scalars(select(Assignment)).one().state is AssignmentState.IN_PROGRESS


def test_after_the_last_attempt_a_person_is_asked_and_the_page_says_so(school, failed, client, reading):
    with reading() as session:
        row = session.scalars(select(OutboxRow).where(OutboxRow.kind == "attempts_used_up")).one()
        attempt_id = session.scalar(select(func.max(Attempt.id)))
    assert row.payload["registration_id"] == failed
    assert row.payload["partner_id"] == school.acme.id
    client.sign_in(school.ada)
    result = client.get(f"/attempts/{attempt_id}")
    assert "Your account representative was asked" in result.text
    assert "Robin" in result.text
    tasks = client.get("/tasks")
    assert "Waiting for help" in tasks.text
    page = client.get(tasks.page.select_one("a.task")["href"])
    assert "All attempts at the quiz are used" in page.text
    assert "robin@vendor.example" in page.text
    quiz = client.get(f"/registrations/{failed}/units/4")
    assert "All attempts are used" in quiz.text


def test_the_representative_allows_another_start_on_the_page(school, failed, client, reading):
    client.sign_in(school.robin)
    listed = client.get("/assignments?state=needs_help")
    assert "Ada" in listed.text
    page = client.get(listed.page.select_one("tbody th a")["href"])
    assert "The learner can’t go on without you." in page.text
    refused = client.submit(page, "Allow another start", reason=" ")
    assert refused.status_code == 422
    done = client.submit(page, "Allow another start", reason="We went through the lessons together.")
    assert "Another start is allowed." in done.text
    assert "Needs help" not in done.text
    with reading() as session:
        cycles = session.scalars(select(Registration).order_by(Registration.id)).all()
    assert [(one.number, one.state) for one in cycles] == [
        (1, RegistrationState.FAILED),
        (2, RegistrationState.OPEN),
    ]


def test_a_new_cycle_begins_at_the_first_lesson_with_new_attempts(school, failed):
    second = grant(school).id
    with pytest.raises(DomainError):
        school.begin_quiz(second, school.ada)
    school.read(second, school.ada)
    assert school.attempt(second, school.ada, right=True).record is not None


def test_another_start_is_given_only_where_it_is_needed(school):
    school.publish()
    school.start(school.ada)
    with pytest.raises(Conflict):
        grant(school)


@pytest.mark.parametrize("role", ["analyst", "approver", "administrator"])
def test_only_a_representative_allows_another_start(school, failed, role):
    with pytest.raises(NotPermitted):
        grant(school, by=getattr(school.world, role)())


def test_a_learner_does_not_allow_themselves_another_start(school, failed, client):
    client.sign_in(school.ada)
    with pytest.raises(NotPermitted):
        grant(school, by=school.ada)
    answer = client.post(f"/partners/{school.acme.number}/assignments/1/registrations", data={"reason": "Please."})
    assert answer.status_code == 404


def test_the_next_attempt_waits_as_the_course_says(school, client, clock):
    school.publish(gifts(settings="attempts: 3\nwait_between: PT1H"))
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    first = school.attempt(registration_id, school.ada, right=False).attempt.id
    clock.advance(minutes=30)
    with pytest.raises(DomainError):
        school.begin_quiz(registration_id, school.ada)
    client.sign_in(school.ada)
    assert "opens on 2 March 2026, 10:00 UTC" in client.get(f"/attempts/{first}").text
    assert "opens on 2 March 2026, 10:00 UTC" in client.get(f"/registrations/{registration_id}/units/4").text
    clock.advance(minutes=30)
    assert school.begin_quiz(registration_id, school.ada)


def test_an_attempt_left_open_can_be_finished_later(school, clock):
    school.publish()
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    attempt_id = school.begin_quiz(registration_id, school.ada)
    clock.advance(days=5)
    assert school.begin_quiz(registration_id, school.ada) == attempt_id


def test_a_course_that_reading_alone_completes_is_not_failed_by_its_quiz(school, reading):
    school.publish(gifts(settings="attempts: 1\nmove_on: CompletedOrPassed"))
    registration_id = school.start(school.ada)
    school.attempt(registration_id, school.ada, right=False)
    with reading() as session:
        assert session.get(Registration, registration_id).state is RegistrationState.OPEN
    school.read(registration_id, school.ada)
    with reading() as session:
        assert session.get(Registration, registration_id).state is RegistrationState.PASSED


def test_who_passed_needs_no_further_attempt(school):
    school.publish(gifts(attestation=True))
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    school.attempt(registration_id, school.ada, right=True)
    with pytest.raises(Conflict):
        school.begin_quiz(registration_id, school.ada)


# A person helps


def use_up(school, person, registration_id, attempts=1):
    for _ in range(attempts):
        school.attempt(registration_id, person, right=False)


def test_who_used_all_attempts_sees_who_was_asked_and_when(school, client, clock):
    school.publish(gifts(settings="attempts: 1"))
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    use_up(school, school.ada, registration_id)
    clock.advance(minutes=30)
    client.sign_in(school.ada)
    stuck = client.get(client.get("/tasks").page.select_one("a.task")["href"])
    assert "was asked on 2 March 2026, 09:00 UTC to talk with you" in stuck.text
    assert school.robin.email in stuck.text
    result = client.get(client.get(f"/registrations/{registration_id}/units/4").page.select_one("a.task")["href"])
    assert "was asked on 2 March 2026, 09:00 UTC to talk with you" in result.text


def test_a_new_start_can_be_in_another_language_of_the_course(school, client, in_transaction, reading):
    version = school.publish(gifts(settings="attempts: 1"))
    with in_transaction() as session:
        session.merge(
            CourseTranslation(
                version_id=version.id,
                language="fr",
                title="Cadeaux",
                description="",
                overview_html="",
                objectives={},
                attestation_statements=[],
            )
        )
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    use_up(school, school.ada, registration_id)
    client.sign_in(school.robin)
    page = client.get(client.get("/assignments").link("Ada"))
    assert "Talk first: what was hard, the matter or its language?" in page.text
    agreed = "Ada reads French better; we went through the gaps."
    client.submit(page, "Allow another start", reason=agreed, language="fr")
    with reading() as session:
        newest = session.scalars(select(Registration).order_by(Registration.id.desc())).first()
        assert (newest.number, newest.language) == (2, "fr")
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "registration.granted")).one()
        assert (event.reason, event.details["language"]) == (agreed, "fr")


def test_a_language_that_the_course_does_not_have_is_refused(school, in_transaction):
    school.publish(gifts(settings="attempts: 1"))
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    use_up(school, school.ada, registration_id)
    robin = school.world.actor(school.robin)
    with in_transaction() as session:
        assignment = session.get(Registration, registration_id).assignment_id
        found = session.get(Assignment, assignment)
        with pytest.raises(DomainError, match="not there in that language"):
            services.grant_new_registration(session, found, "We talked.", language="tlh", by=robin, at=now())


def test_a_fast_finish_is_a_word_to_staff_and_blocks_nothing(school, client, clock):
    lessons = {"01-long.md": "---\ntitle: Long\ntime_required: PT25M\n---\nA long text.\n"}
    school.publish(gifts(lessons=lessons))
    registration_id = school.start(school.ada)
    clock.advance(minutes=4)
    school.read(registration_id, school.ada, 1)
    assert school.attempt(registration_id, school.ada, right=True).record is not None
    client.sign_in(school.robin)
    staff = client.get(client.get("/assignments?state=satisfied").link("Ada"))
    assert "finished in 4 of about " in staff.text
    assert "Talk to the person before you draw conclusions." in staff.text
    for person in (school.ada, school.grace):
        client.sign_in(person)
        assert "finished in 4" not in client.get("/tasks").text


def test_who_took_their_time_is_not_remarked_on(school, client, clock):
    school.publish()
    registration_id = school.start(school.ada)
    for position in (1, 2, 3):
        clock.advance(minutes=5)
        school.read(registration_id, school.ada, position)
    school.attempt(registration_id, school.ada, right=True)
    client.sign_in(school.robin)
    staff = client.get(client.get("/assignments?state=satisfied").link("Ada"))
    assert "finished in" not in staff.text


def test_a_retake_asks_what_was_not_asked_before(school, reading):
    pool = "# Pool {pick=2}\n\n" + "".join(f"## Question {n} {{#q{n}}}\n\n= {n}\n\n" for n in range(1, 7))
    files = {path: gifts(settings="attempts: 4")[path] for path in gifts()}
    quiz = f"---\ntitle: Final quiz\nquiz:\n---\n\n{pool}".encode()
    school.publish(Bundle.of(files | {"99-quiz.md": quiz}))
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    for _ in range(4):
        school.hand_in(school.begin_quiz(registration_id, school.ada), school.ada)
    with reading() as session:
        papers = [
            set(Paper.from_json(attempt.paper).question_ids)
            for attempt in session.scalars(select(Attempt).order_by(Attempt.number))
        ]
    assert set.union(*papers[:3]) == {f"q{n}" for n in range(1, 7)}
    assert papers[3] == papers[0]
