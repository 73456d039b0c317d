"""The quiz: drawn once, saved as one goes, marked by the server alone."""

import json

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DatabaseError

from app.courses.rules.grading import draw
from app.kernel.clock import now
from app.kernel.errors import Conflict, NotFound
from app.learning import services
from app.learning.models import Answer, Attempt, AttemptState
from app.learning.queries import content
from tests.learning.school import SECRETS, gifts


@pytest.fixture
def begun(school):
    """Ada has read the lessons and begun the quiz: (registration id, attempt id)."""
    school.publish()
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    return registration_id, school.begin_quiz(registration_id, school.ada)


def stored(reading, attempt_id):
    with reading() as session:
        return {
            row.question_id: row.response
            for row in session.scalars(select(Answer).where(Answer.attempt_id == attempt_id))
        }


def test_a_learner_answers_one_question_a_page_and_passes(school, client, begun):
    _, attempt_id = begun
    client.sign_in(school.ada)
    page = client.get(f"/attempts/{attempt_id}/questions/1")
    pen = next(row for row in page.page.select(".choice-row") if row.get_text(strip=True) == "A pen")
    page = client.submit(page, "Next question", **{"q.which": pen.input["value"]})
    assert page.heading == "Question 2 of 7 Which need approval?"
    boxes = [row.input["value"] for row in page.page.select(".choice-row") if "water" not in row.get_text()]
    page = client.submit(page, "Next question", **{"q.approval": boxes})
    page = client.submit(page, "Next question", **{"q.days": "7"})
    forbidden = next(option["value"] for option in page.page.select("option") if option.get_text() == "forbidden")
    page = client.submit(page, "Next question", **{"q.gaps.1": " Bribe ", "q.gaps.2": forbidden})
    places = {"Ask": "1", "Wait": "2", "Give": "3"}
    order = {select["name"]: places[label_of(page, select)] for select in page.page.select("select")}
    page = client.submit(page, "Next question", **order)
    pairs = {"Pen": "Courtesy", "Car": "Bribe"}
    match = {
        select["name"]: next(
            option["value"] for option in select.select("option") if option.get_text() == pairs[label_of(page, select)]
        )
        for select in page.page.select("select")
    }
    page = client.submit(page, "Next question", **match)
    page = client.submit(page, "Look over my answers", **{"q.reflect": "I will ask."})
    assert page.heading == "Look over your answers"
    assert "All 7 questions are answered." in page.text
    result = client.submit(page, "Hand in my answers")
    assert result.heading == "You passed: 100 %"
    assert result.link("See your training record")


def label_of(page, control):
    return page.page.select_one(f"label[for='{control['id']}']").get_text(strip=True)


def test_each_answer_is_saved_as_it_is_chosen(school, client, reading, begun):
    _, attempt_id = begun
    client.sign_in(school.ada)
    page = client.get(f"/attempts/{attempt_id}/questions/3")
    form = page.page.select_one("form[data-autosave]")
    answer = client.post(form["data-autosave"], data={"q.days": "7"}, headers={"Accept": "application/json"})
    assert answer.json == {"saved_at": "09:00 UTC"}
    assert stored(reading, attempt_id) == {"days": "7"}
    again = client.get(f"/attempts/{attempt_id}/questions/3")
    assert again.page.select_one("input[name='q.days']")["value"] == "7"
    assert "Saved 09:00 UTC" in again.text


def test_an_answer_can_be_taken_back(school, client, reading, begun):
    _, attempt_id = begun
    client.sign_in(school.ada)
    for value in ("7", ""):
        client.post(
            f"/attempts/{attempt_id}/answers/days", data={"q.days": value}, headers={"Accept": "application/json"}
        )
    assert stored(reading, attempt_id) == {"days": None}
    assert "Not answered" in client.get(f"/attempts/{attempt_id}/review").text


def test_answering_goes_on_on_another_device(app, school, client, begun):
    _, attempt_id = begun
    client.sign_in(school.ada)
    client.submit(client.get(f"/attempts/{attempt_id}/questions/1"), "Next question")
    page = client.get(f"/attempts/{attempt_id}/questions/3")
    client.submit(page, "Next question", **{"q.days": "7"})
    elsewhere = app.test_client()
    elsewhere.sign_in(school.ada)
    assert elsewhere.get(f"/attempts/{attempt_id}").location.endswith("/questions/1")
    assert elsewhere.get(f"/attempts/{attempt_id}/questions/3").page.select_one("input[name='q.days']")["value"] == "7"


def test_what_cannot_be_an_answer_is_refused_beside_the_question(school, client, reading, begun):
    _, attempt_id = begun
    client.sign_in(school.ada)
    page = client.submit(client.get(f"/attempts/{attempt_id}/questions/3"), "Next question", **{"q.days": "seven"})
    assert page.status_code == 422
    assert page.page.title.get_text().startswith("Error: ")
    assert "That is not a number." in page.text
    assert page.page.select_one("input[name='q.days']")["value"] == "seven"
    told = client.post(
        f"/attempts/{attempt_id}/answers/days", data={"q.days": "seven"}, headers={"Accept": "application/json"}
    )
    assert told.status_code == 422
    assert "number" in told.json["detail"]
    assert stored(reading, attempt_id) == {}


@pytest.mark.parametrize(
    ("question", "fields"),
    [
        ("which", {"q.which": "o0000000000"}),
        ("which", {"q.which": ["o1", "o2"]}),
        ("approval", {"q.approval": ["o0000000000"]}),
        ("gaps", {"q.gaps.2": "o0000000000"}),
        ("match", {"q.match.o0000000000": "o0000000000"}),
    ],
)
def test_an_option_that_was_not_offered_is_never_kept(school, client, reading, begun, question, fields):
    _, attempt_id = begun
    client.sign_in(school.ada)
    answer = client.post(
        f"/attempts/{attempt_id}/answers/{question}", data=fields, headers={"Accept": "application/json"}
    )
    assert answer.status_code in (200, 422)
    assert not any(stored(reading, attempt_id).values())


def test_a_question_that_is_not_on_the_paper_is_not_found(school, client, begun):
    _, attempt_id = begun
    client.sign_in(school.ada)
    assert client.post(f"/attempts/{attempt_id}/answers/unknown", data={}).status_code == 404
    assert client.get(f"/attempts/{attempt_id}/questions/8").status_code == 404
    assert client.get(f"/attempts/{attempt_id}/questions/0").status_code == 404


def test_no_page_before_grading_holds_the_key_or_what_the_author_says(school, client, begun):
    registration_id, attempt_id = begun
    client.sign_in(school.ada)
    addresses = [
        "/tasks",
        f"/registrations/{registration_id}/units/1",
        f"/registrations/{registration_id}/units/4",
        *[f"/attempts/{attempt_id}/questions/{number}" for number in range(1, 8)],
        f"/attempts/{attempt_id}/review",
    ]
    for address in addresses:
        html = client.get(address).get_data(as_text=True)
        assert not [secret for secret in SECRETS if secret in html], address
        assert "data-right" not in html
    gaps = client.get(f"/attempts/{attempt_id}/questions/4").get_data(as_text=True)
    assert ">bribe<" not in gaps
    assert 'value="bribe"' not in gaps
    number = client.get(f"/attempts/{attempt_id}/questions/3").page
    assert "7" not in number.select_one("fieldset").get_text().replace("Question 3 of 7", "")


def test_the_draw_is_fixed_when_the_attempt_begins(school, reading, begun):
    _, attempt_id = begun
    with reading() as session:
        attempt = session.get(Attempt, attempt_id)
        assessment = content.assessment(session, school.version_of(session, attempt))
        assert attempt.paper == draw(assessment, seed=attempt.seed).to_json()


def test_a_posted_score_counts_for_nothing(school, client, reading, begun):
    _, attempt_id = begun
    client.sign_in(school.ada)
    client.post(
        f"/attempts/{attempt_id}/submission",
        data={"idempotency_key": "cheating-key", "score": "10000", "passed": "1", "result": "{}"},
    )
    with reading() as session:
        attempt = session.get(Attempt, attempt_id)
        assert (attempt.score, attempt.passed) == (0, False)


def test_handing_in_twice_is_handing_in_once(school, client, reading, begun):
    _, attempt_id = begun
    school.answer(attempt_id, school.ada, right=True)
    client.sign_in(school.ada)
    review = client.get(f"/attempts/{attempt_id}/review")
    other_tab = client.get(f"/attempts/{attempt_id}/review")
    first = client.submit(review, "Hand in my answers")
    again = client.submit(review, "Hand in my answers")
    other = client.submit(other_tab, "Hand in my answers")
    assert first.heading == again.heading == other.heading == "You passed: 100 %"
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == 1


def test_a_finished_attempt_takes_no_more_answers_and_keeps_its_result(school, client, reading, begun):
    _, attempt_id = begun
    school.answer(attempt_id, school.ada, right=False)
    school.hand_in(attempt_id, school.ada)
    client.sign_in(school.ada)
    answer = client.post(
        f"/attempts/{attempt_id}/answers/days", data={"q.days": "7"}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 409
    assert "handed in already" in answer.json["detail"]
    assert stored(reading, attempt_id)["days"] == "8"
    form = client.post(f"/attempts/{attempt_id}/answers/days", data={"q.days": "7"})
    assert form.location.endswith(f"/attempts/{attempt_id}")
    assert client.get(f"/attempts/{attempt_id}/questions/3").status_code == 303
    assert client.get(f"/attempts/{attempt_id}/review").status_code == 303
    assert school.hand_in(attempt_id, school.ada).attempt.score == 0


def test_the_database_keeps_a_submitted_attempt_as_it_is(school, in_transaction, begun):
    _, attempt_id = begun
    school.answer(attempt_id, school.ada, right=False)
    school.hand_in(attempt_id, school.ada)

    def improve(**values):
        with in_transaction() as session:
            session.execute(update(Attempt).where(Attempt.id == attempt_id).values(**values))

    for values in ({"score": 10000}, {"passed": True}, {"answers": {}}, {"state": AttemptState.OPEN}):
        with pytest.raises(DatabaseError):
            improve(**values)


def test_two_tabs_share_one_attempt(school, client, begun, reading):
    registration_id, attempt_id = begun
    client.sign_in(school.ada)
    quiz = client.get(f"/registrations/{registration_id}/units/4")
    assert quiz.link("Continue the quiz").endswith(f"/attempts/{attempt_id}")
    client.post(f"/registrations/{registration_id}/attempts", data={"idempotency_key": "another-tab"})
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == 1


def test_unanswered_questions_are_flagged_before_handing_in(school, client, begun):
    _, attempt_id = begun
    client.sign_in(school.ada)
    client.submit(client.get(f"/attempts/{attempt_id}/questions/3"), "Next question", **{"q.days": "7"})
    review = client.get(f"/attempts/{attempt_id}/review")
    assert "6 questions have no answer" in review.text
    assert len(review.page.select(".tag-attention")) == 6
    assert review.link("Go to the first open question").endswith("/questions/1")
    assert client.submit(review, "Hand in my answers").heading == "Not passed yet: 16.67 %"


def test_an_unanswered_question_earns_nothing(school, begun):
    _, attempt_id = begun
    ada = school.world.actor(school.ada)
    with school.in_transaction() as session:
        services.save_answer(session, attempt_id, "days", "7", by=ada, at=now())
    assert school.hand_in(attempt_id, school.ada).attempt.score == 1667


def test_the_result_says_what_to_read_again_and_not_the_key(school, client, begun):
    registration_id, attempt_id = begun
    school.answer(attempt_id, school.ada, right=False)
    school.hand_in(attempt_id, school.ada)
    client.sign_in(school.ada)
    result = client.get(f"/attempts/{attempt_id}")
    assert result.heading == "Not passed yet: 0 %"
    assert "2 attempts are left" in result.text
    assert "The right answers are shown once you pass." in result.text
    assert result.link("Read again: Courtesy").endswith(f"/registrations/{registration_id}/units/1")
    html = result.get_data(as_text=True)
    assert "GRADEDEXPLANATION" not in html
    assert "Right answer:" not in html


@pytest.mark.parametrize(
    ("show", "passed", "key_is_shown"),
    [("always", False, True), ("passed", False, False), ("never", False, False), ("never", True, False)],
)
def test_the_key_is_shown_only_as_the_course_allows(school, client, show, passed, key_is_shown):
    school.publish(gifts(show_correct=show))
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    attempt_id = school.begin_quiz(registration_id, school.ada)
    school.answer(attempt_id, school.ada, right=passed)
    if passed:
        ada = school.world.actor(school.ada)
        with school.in_transaction() as session:
            services.save_answer(session, attempt_id, "days", "8", by=ada, at=now())
    school.hand_in(attempt_id, school.ada)
    client.sign_in(school.ada)
    assert ("Right answer: 7" in client.get(f"/attempts/{attempt_id}").text) is key_is_shown


def test_the_quiz_stays_closed_until_the_lessons_are_done(school, client, reading):
    school.publish()
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada, 1, 3)
    client.sign_in(school.ada)
    page = client.get(f"/registrations/{registration_id}/units/4")
    assert "Left: lesson 2, “Bribes”." in page.text
    assert page.link("Go on reading")
    answer = client.post(f"/registrations/{registration_id}/attempts", data={"idempotency_key": "too-early"})
    assert answer.status_code == 422
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == 0


def test_another_learners_attempt_is_not_found_anywhere(school, client, reading, begun):
    registration_id, attempt_id = begun
    school.answer(attempt_id, school.ada, right=False)
    for person in (school.grace, school.mallory):
        client.sign_in(person)
        for address in ("", "/questions/1", "/review"):
            assert client.get(f"/attempts/{attempt_id}{address}").status_code == 404
        assert client.post(f"/attempts/{attempt_id}/answers/days", data={"q.days": "7"}).status_code == 404
        assert (
            client.post(f"/attempts/{attempt_id}/submission", data={"idempotency_key": "foreign1"}).status_code == 404
        )
        assert client.post(f"/registrations/{registration_id}/attempts", data={}).status_code == 404
    assert stored(reading, attempt_id)["days"] == "8"


def test_the_service_refuses_another_learners_answers_too(school, begun):
    _, attempt_id = begun
    grace = school.world.actor(school.grace)

    def save():
        with school.in_transaction() as session:
            services.save_answer(session, attempt_id, "days", "7", by=grace, at=now())

    with pytest.raises(NotFound):
        save()


def test_the_service_refuses_answers_after_the_end(school, begun):
    _, attempt_id = begun
    school.hand_in(attempt_id, school.ada)
    ada = school.world.actor(school.ada)

    def save():
        with school.in_transaction() as session:
            services.save_answer(session, attempt_id, "days", "7", by=ada, at=now())

    with pytest.raises(Conflict):
        save()


def test_an_attempt_keeps_what_was_shown_and_answered(school, reading, begun):
    _, attempt_id = begun
    school.answer(attempt_id, school.ada, right=True)
    school.hand_in(attempt_id, school.ada)
    with reading() as session:
        attempt = session.get(Attempt, attempt_id)
        assert attempt.answers["days"] == "7"
        assert [question["id"] for section in attempt.paper["sections"] for question in section["questions"]]
        assert "GRADEDEXPLANATION" in json.dumps(attempt.result)
