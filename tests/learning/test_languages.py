"""One course in several languages: which one a learner reads, what is said where it is not there, and what the record keeps."""

import pytest
from sqlalchemy import func, select

from app.accounts.models import Person
from app.audit.models import AuditEvent
from app.courses.models import CourseTranslation, CourseUnitText
from app.courses.rules.bundle import Bundle
from app.courses.rules.grading import Paper
from app.courses.rules.preparation import problems_of
from app.kernel.clock import now
from app.kernel.errors import DomainError, NotFound
from app.learning import services
from app.learning.models import Assignment, Attempt, Registration
from app.learning.queries import content
from app.learning.queries.tasks import tasks
from app.learning.services.languages import change_language
from tests.learning.school import SLUG, WRONG
from tests.learning.tongues import gifts_in_three

FRENCH = "fr-CA,fr;q=0.9,en;q=0.5"


def asks_for(client, languages):
    """The browser asks for these from now on."""
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = languages


@pytest.fixture
def trilingual(school):
    school.publish(gifts_in_three())
    return school


def begin_in(school, person, language):
    """The course begun and then read in a language; the registration's id."""
    registration_id = school.start(person)
    turn_to(school, registration_id, person, language)
    return registration_id


def turn_to(school, registration_id, person, language):
    with school.in_transaction() as session:
        change_language(session, registration_id, language, by=school.world.actor(person), at=now())


def answer_in(school, attempt_id, person, language, *, right=True):
    """Every question answered from the key of one language."""
    actor = school.world.actor(person)
    with school.in_transaction() as session:
        attempt = session.get(Attempt, attempt_id)
        key = content.assessment(session, (*school.version_of(session, attempt), language))
        for question_id in Paper.from_json(attempt.paper).question_ids:
            response = key.question(question_id).right_response() if right else WRONG(key, question_id)
            services.save_answer(session, attempt_id, question_id, response, by=actor, at=now())


def registration(reading, registration_id):
    with reading() as session:
        return session.get(Registration, registration_id)


# What is kept


def test_every_language_is_kept_and_what_is_not_translated_is_left_out(trilingual, reading):
    with reading() as session:
        languages = session.scalars(select(CourseTranslation.language).order_by(CourseTranslation.language)).all()
        texts = dict(
            session.execute(select(CourseUnitText.language, func.count()).group_by(CourseUnitText.language)).all()
        )
    assert languages == ["ar", "fr"]
    assert texts == {"ar": 4, "fr": 3}


def test_the_author_is_told_what_is_missing_and_nothing_is_said_to_be_hidden():
    said = [problem.message for problem in problems_of(SLUG, gifts_in_three())]
    untranslated = [sentence for sentence in said if sentence.startswith("Not translated")]
    assert len(untranslated) == 1
    assert untranslated[0].startswith("Not translated: readers of 'fr' see it in 'en'. Put ")
    assert not [sentence for sentence in said if "not shown" in sentence]


# Which language


def test_a_course_begins_in_the_language_that_the_browser_asks_for(trilingual, client, reading):
    assignment = trilingual.assign(trilingual.ada)[0]
    client.sign_in(trilingual.ada)
    asks_for(client, FRENCH)
    page = client.get(f"/assignments/{assignment.id}")
    assert page.heading == "Les cadeaux"
    assert "Quand un cadeau devient un pot-de-vin." in page.text
    lesson = client.submit(page, "Start the course")
    assert lesson.heading == "L’attention"
    assert registration(reading, 1).language == "fr"


def test_without_a_wish_that_can_be_met_a_course_begins_in_its_own_language(trilingual, client, reading):
    assignment = trilingual.assign(trilingual.ada)[0]
    client.sign_in(trilingual.ada)
    asks_for(client, "de, fr;q=0, *;q=0.1")
    page = client.get(f"/assignments/{assignment.id}")
    assert page.heading == "Gifts"
    client.submit(page, "Start the course")
    assert registration(reading, 1).language == "en"


def test_what_somebody_chose_last_goes_before_what_their_browser_asks_for(trilingual, client, reading):
    assignment = trilingual.assign(trilingual.ada)[0]
    client.sign_in(trilingual.ada)
    asks_for(client, FRENCH)
    page = client.get(f"/assignments/{assignment.id}")
    chosen = client.submit(page, "العربية")
    assert chosen.heading == "الهدايا"
    client.submit(chosen, "Start the course")
    assert registration(reading, 1).language == "ar"
    with reading() as session:
        assert session.get(Person, trilingual.ada.id).language == "ar"
        assert session.scalar(select(AuditEvent.details).where(AuditEvent.action == "person.language-chosen")) == {
            "old": None,
            "new": "ar",
        }


def test_the_switch_on_a_lesson_goes_on_with_the_same_lesson_and_the_same_progress(trilingual, client, reading):
    registration_id = trilingual.start(trilingual.ada)
    trilingual.read(registration_id, trilingual.ada, 1)
    client.sign_in(trilingual.ada)
    english = client.get(f"/registrations/{registration_id}/units/3")
    assert english.heading == "Whom to ask"
    arabic = client.submit(english, "العربية")
    assert arabic.heading == "من تسأل"
    assert "1 of 4 done" in arabic.text
    assert registration(reading, registration_id).language == "ar"
    with reading() as session:
        changed = session.scalars(
            select(AuditEvent.details).where(AuditEvent.action == "registration.language-changed")
        ).all()
    assert changed == [{"old": "en", "new": "ar"}]


def test_going_back_to_a_page_and_choosing_anew_works(trilingual, client, reading):
    registration_id = trilingual.start(trilingual.ada)
    client.sign_in(trilingual.ada)
    page = client.get(f"/registrations/{registration_id}/units/1")
    for button, language in (("Français", "fr"), ("العربية", "ar"), ("Français", "fr"), ("Français", "fr")):
        client.submit(page, button)
        assert registration(reading, registration_id).language == language


def test_a_course_in_one_language_offers_no_choice(school, client):
    school.publish()
    registration_id = school.start(school.ada)
    client.sign_in(school.ada)
    assert client.get(f"/registrations/{registration_id}/units/1").page.select(".languages") == []
    assert client.get("/assignments/1").page.select(".languages") == []


def test_a_language_that_the_course_lacks_is_refused(trilingual, client, reading):
    registration_id = trilingual.start(trilingual.ada)
    client.sign_in(trilingual.ada)
    answer = client.post(f"/registrations/{registration_id}/languages", data={"language": "de", "unit": "1"})
    assert answer.status_code == 422
    assert "The course is not there in that language." in answer.text
    assert registration(reading, registration_id).language == "en"


def test_nobody_changes_the_language_of_a_colleague(trilingual, client, reading):
    registration_id = trilingual.start(trilingual.ada)
    assignment = trilingual.assign(trilingual.mallory, by=trilingual.world.representative("Rita", trilingual.globex))[0]
    client.sign_in(trilingual.grace)
    assert client.post(f"/registrations/{registration_id}/languages", data={"language": "fr"}).status_code == 404
    assert client.post(f"/assignments/{assignment.id}/languages", data={"language": "fr"}).status_code == 404
    with pytest.raises(NotFound):
        turn_to(trilingual, registration_id, trilingual.grace, "fr")
    assert registration(reading, registration_id).language == "en"


def test_a_new_start_that_is_allowed_is_in_the_language_of_the_failed_one(school, reading):
    school.publish(gifts_in_three(settings="attempts: 1"))
    registration_id = begin_in(school, school.ada, "fr")
    with school.in_transaction() as session:
        session.get(Person, school.ada.id).language = None
    school.read(registration_id, school.ada)
    attempt_id = school.begin_quiz(registration_id, school.ada)
    answer_in(school, attempt_id, school.ada, "fr", right=False)
    school.hand_in(attempt_id, school.ada)
    with school.in_transaction() as session:
        made = services.grant_new_registration(
            session, session.get(Assignment, 1), "We read it together.", by=school.world.actor(school.robin), at=now()
        )
        assert made.language == "fr"


# What is seen


def test_a_lesson_that_is_not_translated_is_shown_in_the_original_and_says_so(trilingual, client):
    registration_id = begin_in(trilingual, trilingual.ada, "fr")
    client.sign_in(trilingual.ada)
    page = client.get(f"/registrations/{registration_id}/units/2")
    assert page.heading == "Bribes"
    assert "This lesson is not translated into French yet. You read it in English." in page.text
    assert page.page.h1["lang"] == "en"
    assert page.page.select_one(".prose")["lang"] == "en"
    assert [one["lang"] for one in page.page.select(".units li bdi[lang]")] == ["fr", "en", "fr", "fr"]
    translated = client.get(f"/registrations/{registration_id}/units/1")
    assert "not translated" not in translated.text


def test_arabic_runs_from_right_to_left_and_the_portal_around_it_stays_english(trilingual, client):
    registration_id = begin_in(trilingual, trilingual.ada, "ar")
    client.sign_in(trilingual.ada)
    page = client.get(f"/registrations/{registration_id}/units/1").page
    assert (page.html["lang"], page.html["dir"]) == ("en", "ltr")
    assert page.select_one(".reading-columns")["dir"] == "rtl"
    assert page.h1["lang"] == page.select_one(".prose")["lang"] == "ar"
    assert [one.get_text() for one in page.select(".languages li")] == ["English", "العربية", "Français"]
    assert page.select_one(".languages [aria-current]").get_text() == "العربية"


def test_two_readers_of_one_lesson_each_see_their_own_language(trilingual, app, client):
    first, second = trilingual.start(trilingual.ada), begin_in(trilingual, trilingual.grace, "ar")
    other = app.test_client()
    client.sign_in(trilingual.ada)
    other.sign_in(trilingual.grace)
    for _ in range(2):
        assert client.get(f"/registrations/{first}/units/1").heading == "Courtesy"
        assert other.get(f"/registrations/{second}/units/1").heading == "المجاملة"


def test_a_check_in_a_lesson_is_judged_in_the_language_that_it_was_asked_in(trilingual, client):
    registration_id = begin_in(trilingual, trilingual.ada, "ar")
    client.sign_in(trilingual.ada)
    lesson = client.get(f"/registrations/{registration_id}/units/1")
    form = lesson.page.select_one("form.check")
    right = next(one for one in form.select("label.choice-row") if "نعم" in one.get_text()).input
    answer = client.post(form["action"].split("#")[0], data={right["name"]: right["value"]})
    assert "That is right." in answer.text
    assert "القلم مقبول." in answer.text


def test_a_lesson_in_another_language_costs_no_statement_more(trilingual, client, statements):
    registration_id = begin_in(trilingual, trilingual.ada, "ar")
    client.sign_in(trilingual.ada)
    client.get(f"/registrations/{registration_id}/units/1")
    with statements() as made:
        client.get(f"/registrations/{registration_id}/units/1")
    assert len(made) == 2


def test_the_list_of_tasks_names_courses_and_lessons_in_the_learners_language(trilingual, client, statements):
    trilingual.publish(gifts_in_three(title="Presents"), slug="presents")
    registration_id = begin_in(trilingual, trilingual.ada, "fr")
    trilingual.read(registration_id, trilingual.ada, 1)
    trilingual.assign(trilingual.ada, slug="presents")
    client.sign_in(trilingual.ada)
    with statements() as made:
        page = client.get("/tasks")
    assert len(made) == 3
    assert [one.get_text() for one in page.page.select(".task-title bdi")] == ["Les cadeaux", "Les cadeaux"]
    assert "next: Bribes" in page.text
    assert page.page.select_one(".task-hint bdi")["lang"] == "en"
    assert {one["lang"] for one in page.page.select(".task-title bdi")} == {"fr"}


def test_a_course_that_is_not_begun_is_named_as_the_browser_asks(trilingual, client, reading):
    trilingual.assign(trilingual.ada)
    client.sign_in(trilingual.ada)
    asks_for(client, FRENCH)
    assert "Start: Les cadeaux" in client.get("/tasks").text
    assert "Les cadeaux" in client.get("/").text
    with reading() as session:
        assert [one.title for one in tasks(session, by=trilingual.world.actor(trilingual.ada), at=now())] == ["Gifts"]


# The quiz


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_quiz_is_asked_answered_and_passed_in_its_own_language(trilingual, reading, language):
    registration_id = begin_in(trilingual, trilingual.ada, language)
    trilingual.read(registration_id, trilingual.ada)
    attempt_id = trilingual.begin_quiz(registration_id, trilingual.ada)
    answer_in(trilingual, attempt_id, trilingual.ada, language)
    done = trilingual.hand_in(attempt_id, trilingual.ada)
    assert (done.attempt.score, done.attempt.passed) == (10_000, True)
    assert done.attempt.paper["lang"] == language


def test_a_gap_takes_the_spellings_of_the_translation_and_not_those_of_the_original(trilingual):
    registration_id = begin_in(trilingual, trilingual.ada, "fr")
    trilingual.read(registration_id, trilingual.ada)
    attempt_id = trilingual.begin_quiz(registration_id, trilingual.ada)
    answer_in(trilingual, attempt_id, trilingual.ada, "fr")
    actor = trilingual.world.actor(trilingual.ada)
    with trilingual.in_transaction() as session:
        key = content.assessment(session, (*trilingual.version_of(session, session.get(Attempt, attempt_id)), "fr"))
        gaps = {"2": key.question("gaps").right_response()["2"]}
        services.save_answer(session, attempt_id, "gaps", gaps | {"1": "Pot de Vin"}, by=actor, at=now())
    result = trilingual.hand_in(attempt_id, trilingual.ada).attempt.result
    points = {one["question_id"]: one["points"] for one in result["questions"]}
    assert points["gaps"] in ("1", 1)
    assert key.question("gaps").judge(gaps | {"1": "bribe"}).correct is False


def test_a_quiz_that_was_begun_stays_in_its_language_and_the_next_is_in_the_new_one(trilingual, client):
    registration_id = begin_in(trilingual, trilingual.ada, "fr")
    trilingual.read(registration_id, trilingual.ada)
    attempt_id = trilingual.begin_quiz(registration_id, trilingual.ada)
    turn_to(trilingual, registration_id, trilingual.ada, "ar")
    client.sign_in(trilingual.ada)
    page = client.get(f"/attempts/{attempt_id}/questions/1")
    assert "Quel cadeau convient ?" in page.heading
    assert "This attempt was begun in French and stays in it. Another attempt would be in Arabic." in page.text
    answer_in(trilingual, attempt_id, trilingual.ada, "fr", right=False)
    assert trilingual.hand_in(attempt_id, trilingual.ada).attempt.passed is False
    result = client.get(f"/attempts/{attempt_id}")
    assert "Quel cadeau convient ?" in result.text
    assert "Read again: المجاملة" in result.text
    following = trilingual.begin_quiz(registration_id, trilingual.ada)
    question = client.get(f"/attempts/{following}/questions/1")
    assert "أي هدية مقبولة؟" in question.heading
    assert "stays in it" not in question.text
    assert question.page.h1.find_parent(attrs={"dir": True})["dir"] == "rtl"


def test_a_quiz_that_is_not_translated_is_asked_in_the_original_and_says_so(school, client, reading):
    school.publish(gifts_in_three(french_quiz=False, attestation=False))
    registration_id = begin_in(school, school.ada, "fr")
    school.read(registration_id, school.ada)
    client.sign_in(school.ada)
    quiz = client.get(f"/registrations/{registration_id}/units/4")
    assert "This quiz is not translated into French yet. You read it in English." in quiz.text
    attempt_id = school.begin_quiz(registration_id, school.ada)
    question = client.get(f"/attempts/{attempt_id}/questions/1")
    assert "Which gift is fine?" in question.heading
    assert "This quiz is not translated into French yet. You read it in English." in question.text
    school.answer(attempt_id, school.ada)
    record = school.hand_in(attempt_id, school.ada).record
    assert (record.language, record.course_title) == ("en", "Gifts")


def test_saving_an_answer_and_opening_a_question_cost_what_they_cost_in_the_original(trilingual, client, statements):
    costs = {}
    for person, language in ((trilingual.ada, "en"), (trilingual.grace, "ar")):
        registration_id = begin_in(trilingual, person, language)
        trilingual.read(registration_id, person)
        attempt_id = trilingual.begin_quiz(registration_id, person)
        client.sign_in(person)
        page = client.get(f"/attempts/{attempt_id}/questions/3")
        client.post(f"/attempts/{attempt_id}/answers/days", data={"q.days": "7"})
        with statements() as opened:
            client.get(f"/attempts/{attempt_id}/questions/3")
        with statements() as saved:
            client.post(f"/attempts/{attempt_id}/answers/days", data={"q.days": "7"})
        costs[language] = (len(opened), len(saved))
        assert page.status_code == 200
    assert costs["ar"] == costs["en"]


# The end


def test_the_record_is_in_the_language_of_the_quiz_that_was_passed(trilingual, client):
    registration_id = begin_in(trilingual, trilingual.ada, "ar")
    trilingual.read(registration_id, trilingual.ada)
    attempt_id = trilingual.begin_quiz(registration_id, trilingual.ada)
    turn_to(trilingual, registration_id, trilingual.ada, "fr")
    answer_in(trilingual, attempt_id, trilingual.ada, "ar")
    record = trilingual.hand_in(attempt_id, trilingual.ada).record
    assert (record.language, record.course_title) == ("ar", "الهدايا")
    client.sign_in(trilingual.ada)
    page = client.get(f"/training-records/{record.id}")
    assert page.heading == "Completed: الهدايا"
    assert "العربية (ar)" in page.text


def test_a_course_without_a_quiz_is_recorded_in_the_language_that_it_was_read_in(school, client):
    files = gifts_in_three(quiz=False)
    school.publish(Bundle.of({path: files[path] for path in files if not path.startswith("99-quiz")}))
    registration_id = begin_in(school, school.ada, "fr")
    school.read(registration_id, school.ada, 1, 2)
    with school.in_transaction() as session:
        _, record = services.complete_unit(session, registration_id, 3, by=school.world.actor(school.ada), at=now())
        assert (record.language, record.course_title) == ("fr", "Les cadeaux")


def test_what_is_signed_are_the_words_that_were_shown(school, client, reading):
    school.publish(gifts_in_three(attestation=True))
    registration_id = begin_in(school, school.ada, "fr")
    school.read(registration_id, school.ada)
    attempt_id = school.begin_quiz(registration_id, school.ada)
    answer_in(school, attempt_id, school.ada, "fr")
    school.hand_in(attempt_id, school.ada)
    client.sign_in(school.ada)
    french = client.get(f"/registrations/{registration_id}/attestation")
    assert "Je demanderai avant de donner." in french.text
    arabic = client.submit(french, "العربية")
    assert "سأسأل قبل أن أعطي." in arabic.text
    assert {one["dir"] for one in arabic.page.select(".choice")} == {"rtl"}
    record = school.attest(registration_id, school.ada)
    page = client.get(f"/training-records/{record.id}")
    assert "قرأت قواعد الهدايا وفهمتها." in page.text
    assert page.page.select_one(".inset p")["lang"] == "ar"
    assert record.language == "fr"


def test_statements_ticked_in_one_language_do_not_sign_those_of_another(school, client):
    school.publish(gifts_in_three(attestation=True))
    registration_id = begin_in(school, school.ada, "fr")
    school.read(registration_id, school.ada)
    attempt_id = school.begin_quiz(registration_id, school.ada)
    answer_in(school, attempt_id, school.ada, "fr")
    school.hand_in(attempt_id, school.ada)
    client.sign_in(school.ada)
    shown = client.get(f"/registrations/{registration_id}/attestation")
    ticked = [box["value"] for box in shown.page.select("[name=statements]")]
    turn_to(school, registration_id, school.ada, "ar")
    answer = client.post(f"/registrations/{registration_id}/attestation", data={"statements": ticked, "password": "x"})
    assert answer.status_code == 422
    assert "سأسأل قبل أن أعطي." in answer.text


def test_a_finished_course_can_be_read_again_in_another_language_and_its_record_stays(trilingual, client, reading):
    registration_id = begin_in(trilingual, trilingual.ada, "fr")
    trilingual.read(registration_id, trilingual.ada)
    attempt_id = trilingual.begin_quiz(registration_id, trilingual.ada)
    answer_in(trilingual, attempt_id, trilingual.ada, "fr")
    record = trilingual.hand_in(attempt_id, trilingual.ada).record
    client.sign_in(trilingual.ada)
    page = client.submit(client.get(f"/registrations/{registration_id}/units/1"), "العربية")
    assert page.heading == "المجاملة"
    assert "Les cadeaux" in client.get(f"/training-records/{record.id}").text


def test_a_wrong_tag_is_refused_by_the_service_itself(trilingual):
    registration_id = trilingual.start(trilingual.ada)
    with pytest.raises(DomainError, match="not there in that language"):
        turn_to(trilingual, registration_id, trilingual.ada, "")
