"""Reading: where one left, what is noted, what comes next, and the checks inside a lesson."""

from sqlalchemy import func, select

from app.audit.models import AuditEvent
from app.kernel.clock import now
from app.learning import services
from app.learning.models import Registration, RegistrationState, TrainingRecord, UnitProgress
from tests.learning.school import gifts

DUE_IN = {"gifts": 14, "claims": 7, "data": 14, "withdrawn": 3}


def progress(reading):
    with reading() as session:
        return {(row.unit_id, row.completed_at is not None) for row in session.scalars(select(UnitProgress))}


def test_a_learner_starts_reads_and_sees_what_is_next(school, client):
    school.publish()
    assignment = school.assign(school.ada)[0]
    client.sign_in(school.ada)
    page = client.get(f"/assignments/{assignment.id}")
    assert "Your account representative assigned it to you." in page.text
    lesson = client.submit(page, "Start the course")
    assert lesson.heading == "Courtesy"
    assert "Unit 1 of 4" in lesson.text
    following = client.submit(lesson, "Next: Bribes")
    assert following.heading == "Bribes"
    assert "1 of 4 done" in following.text
    assert len(following.page.select(".units .unit-done")) == 1


def test_a_learner_resumes_where_they_left(school, client):
    school.publish()
    registration_id = school.start(school.ada)
    client.sign_in(school.ada)
    client.get(f"/registrations/{registration_id}/units/1")
    client.get(f"/registrations/{registration_id}/units/2")
    answer = client.get(f"/registrations/{registration_id}")
    assert answer.status_code == 303
    assert answer.location.endswith("/units/2")


def test_the_first_view_of_a_unit_is_noted_and_no_other(school, client, reading, statements):
    school.publish()
    registration_id = school.start(school.ada)
    client.sign_in(school.ada)
    client.get(f"/registrations/{registration_id}/units/1")
    assert len(progress(reading)) == 1
    with reading() as session:
        events = session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "unit.viewed"))
    assert events == 1
    with statements() as made:
        client.get(f"/registrations/{registration_id}/units/1")
    assert len(made) == 2
    assert all(statement.lstrip().startswith("SELECT") for statement in made)


def test_a_prefetch_is_not_a_view(school, client, reading):
    school.publish()
    registration_id = school.start(school.ada)
    client.sign_in(school.ada)
    client.get(f"/registrations/{registration_id}/units/1", headers={"Sec-Purpose": "prefetch;prerender"})
    client.head(f"/registrations/{registration_id}/units/1")
    assert progress(reading) == set()


def test_reading_on_twice_completes_once(school, client, reading):
    school.publish()
    registration_id = school.start(school.ada)
    client.sign_in(school.ada)
    lesson = client.get(f"/registrations/{registration_id}/units/1")
    first = client.submit(lesson, "Next: Bribes", follow=False)
    again = client.submit(client.get(f"/registrations/{registration_id}/units/1"), "Next: Bribes", follow=False)
    assert first.location == again.location
    with reading() as session:
        done = session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "unit.completed"))
    assert done == 1


def test_the_quiz_is_not_completed_by_reading_on(school, client, reading):
    school.publish()
    registration_id = school.start(school.ada)
    client.sign_in(school.ada)
    answer = client.post(
        f"/registrations/{registration_id}/units/4/completions", data={"idempotency_key": "quiz-by-next"}
    )
    assert answer.status_code == 422
    assert progress(reading) == set()


def test_a_course_without_a_quiz_ends_with_its_last_lesson(school, client, reading):
    school.publish(gifts(quiz=False, settings="move_on: Completed"))
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada, 1, 2)
    client.sign_in(school.ada)
    end = client.submit(client.get(f"/registrations/{registration_id}/units/3"), "Finish")
    assert end.heading == "Completed: Gifts"
    with reading() as session:
        record = session.scalars(select(TrainingRecord)).one()
        assert (record.score, record.attempt_id) == (None, None)
        assert session.get(Registration, registration_id).state is RegistrationState.PASSED


def test_a_finished_course_can_be_read_again_and_nothing_is_noted(school, client, reading):
    school.publish()
    record = school.complete(school.ada)
    before = progress(reading)
    client.sign_in(school.ada)
    lesson = client.get(f"/registrations/{record.registration_id}/units/2")
    assert lesson.heading == "Bribes"
    assert lesson.link("Next: Whom to ask").endswith("/units/3")
    assert progress(reading) == before


def test_a_running_learner_stays_on_their_version(school, client, reading):
    school.publish()
    registration_id = school.start(school.ada)
    school.publish(gifts("2.0.0", title="Gifts, revised", lessons={"01-new.md": "---\ntitle: New\n---\nAll new.\n"}))
    client.sign_in(school.ada)
    assert client.get(f"/registrations/{registration_id}/units/1").heading == "Courtesy"
    school.read(registration_id, school.ada)
    record = school.attempt(registration_id, school.ada, right=True).record
    assert record.course_version == "1.0.0"
    grace = school.start(school.grace)
    client.sign_in(school.grace)
    assert client.get(f"/registrations/{grace}/units/1").heading == "New"


def test_a_check_answers_at_once_without_counting(school, client, reading):
    school.publish()
    registration_id = school.start(school.ada)
    client.sign_in(school.ada)
    lesson = client.get(f"/registrations/{registration_id}/units/1")
    assert "CHECKFEEDBACK" not in lesson.get_data(as_text=True)
    form = lesson.form("Check my answer")
    assert form["action"].endswith("#check-pen")
    right = next(tag for tag in form.select("input[type=radio]") if "Yes" in tag.find_parent("label").get_text())
    told = client.submit(lesson, "Check my answer", **{"q.pen": right["value"]})
    assert told.heading == "Courtesy"
    assert "That is right." in told.text
    assert "CHECKFEEDBACK" in told.text
    wrong = next(tag for tag in form.select("input[type=radio]") if "No" in tag.find_parent("label").get_text())
    told = client.submit(lesson, "Check my answer", **{"q.pen": wrong["value"]})
    assert "Not quite." in told.text
    assert "CHECKEXPLANATION" not in told.text
    assert told.page.select_one(f"input[value={wrong['value']}]").has_attr("checked")
    with reading() as session:
        assert session.scalar(select(func.count()).where(UnitProgress.completed_at.is_not(None))) == 0


def test_a_check_without_an_answer_says_what_to_do(school, client):
    school.publish()
    registration_id = school.start(school.ada)
    client.sign_in(school.ada)
    told = client.submit(client.get(f"/registrations/{registration_id}/units/1"), "Check my answer")
    assert told.status_code == 422
    assert "Choose one answer." in told.text


def test_an_answer_that_the_check_does_not_offer_is_refused(school, client):
    school.publish()
    registration_id = school.start(school.ada)
    client.sign_in(school.ada)
    address = f"/registrations/{registration_id}/units/1/checks/"
    assert client.post(f"{address}pen", data={"q.pen": "o000"}).status_code == 422
    assert client.post(f"{address}nothing", data={}).status_code == 404


def test_a_unit_that_is_not_there_is_not_found(school, client):
    school.publish()
    registration_id = school.start(school.ada)
    client.sign_in(school.ada)
    for position in (0, 5, 99):
        assert client.get(f"/registrations/{registration_id}/units/{position}").status_code == 404


def test_starting_twice_is_one_registration(school, client, reading):
    school.publish()
    assignment = school.assign(school.ada)[0]
    client.sign_in(school.ada)
    page = client.get(f"/assignments/{assignment.id}")
    other = client.get(f"/assignments/{assignment.id}")
    client.submit(page, "Start the course")
    client.submit(other, "Start the course")
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Registration)) == 1


def test_a_link_between_lessons_leads_into_the_own_registration(school, client):
    school.publish()
    registration_id = school.start(school.ada)
    client.sign_in(school.ada)
    lesson = client.get(f"/registrations/{registration_id}/units/1")
    assert client.get(lesson.link("bribes")).location.endswith(f"/registrations/{registration_id}/units/2")


def test_the_course_page_says_what_is_left(school, client):
    school.publish()
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada, 1, 2)
    client.sign_in(school.ada)
    tasks = client.get("/tasks")
    page = client.get(tasks.link("Continue: Whom to ask"))
    assert page.status_code == 303
    assignment = next(link["href"] for link in tasks.page.select("a.task"))
    assert "2 of 4 done; left: lesson 3, quiz" in client.get(assignment).text


def test_the_last_lesson_leads_to_the_quiz_that_it_opens(school, client):
    school.publish()
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada, 1, 2)
    client.sign_in(school.ada)
    quiz = client.submit(client.get(f"/registrations/{registration_id}/units/3"), "Next: Final quiz")
    assert quiz.heading == "Final quiz"
    assert "3 of 4 done" in quiz.text


def test_the_last_lesson_leads_back_to_one_that_was_left_out(school, client):
    school.publish()
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada, 1)
    client.sign_in(school.ada)
    lesson = client.submit(client.get(f"/registrations/{registration_id}/units/3"), "Next: Bribes")
    assert lesson.heading == "Bribes"


def test_a_course_given_alone_is_no_module(school, client):
    school.publish()
    registration_id = school.start(school.ada)
    client.sign_in(school.ada)
    assert "Module" not in client.get(f"/registrations/{registration_id}/units/1").text


def test_courses_given_together_are_modules_in_the_order_of_their_due_dates(school, client, clock):
    """Others, given on another day or taken back, are not counted, and neither are a colleague's."""
    for slug in ("earlier", "gifts", "claims", "data", "withdrawn"):
        school.publish(slug=slug)
    school.assign(school.ada, slug="earlier")
    clock.advance(days=1)
    given = {slug: school.assign(school.ada, slug=slug, due_in=days)[0] for slug, days in DUE_IN.items()}
    school.assign(school.grace, slug="gifts")
    with school.in_transaction() as session:
        services.cancel(
            session, session.merge(given["withdrawn"]), "A slip.", by=school.world.actor(school.robin), at=now()
        )
    client.sign_in(school.ada)
    said = {}
    for slug in ("gifts", "claims", "data"):
        lesson = client.get(f"/registrations/{school.begin(given[slug], school.ada)}/units/2")
        said[slug] = lesson.page.select_one(".reading-position").get_text()
    assert said["gifts"].startswith("Module 2 of 3 · Unit 2 of 4 · 1 min · about ")
    assert said["claims"].startswith("Module 1 of 3 · ")
    assert said["data"].startswith("Module 3 of 3 · ")
