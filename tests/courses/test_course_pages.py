from datetime import date

import pytest
from bs4 import BeautifulSoup

from app.courses.models import Course, CourseVersion
from app.kernel.clock import now
from app.learning import services as learning
from app.learning.models import Assignment, Origin
from tests.courses.catalogue import SLUG, folder
from tests.courses.samples import MP4, PNG
from tests.ground.browser import axe, fits
from tests.learning.tongues import gifts_in_three

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><style>rect{fill:red}</style><rect width="9" height="9"/></svg>'


@pytest.fixture
def acme(world):
    return world.partner("Acme")


@pytest.fixture
def ada(world, acme):
    return world.learner("Ada", acme)


@pytest.fixture
def rosa(world, acme):
    return world.representative("Rosa", acme)


@pytest.fixture
def take(clock, in_transaction, world, acme, rosa):
    """Somebody is assigned the course and begins it."""

    def take(person):
        by, at = world.actor(rosa), now()
        with in_transaction() as session:
            course = session.query(Course).filter_by(slug=SLUG).one()
            learning.assign(
                session,
                [person.id],
                course,
                origin=Origin.REPRESENTATIVE,
                due_on=date(2026, 4, 30),
                partner_id=acme.id,
                by=by,
                at=at,
            )
            assignment = session.query(Assignment).filter_by(person_id=person.id).one()
            return learning.start(session, assignment, by=world.actor(person), at=at).id

    return take


def test_the_catalogue_names_the_version_the_time_it_takes_and_who_published_it(client, catalogue, world):
    catalogue.publish()
    client.sign_in(world.analyst())
    row = client.get("/courses").page.select_one("tbody tr")
    said = " ".join(row.get_text(" ").split())
    assert said.startswith("Handling customer data What partners may do with customer data. 1.0.0 25 min")
    assert said.endswith("by Mei")


def test_an_empty_catalogue_says_how_a_course_comes_into_it(client, avery):
    client.sign_in(avery)
    answer = client.get("/courses")
    assert "No course is published yet" in answer.text
    assert f"--by {avery.email}" in answer.text


def test_a_draft_stands_in_the_list_of_those_who_judge_it_and_nowhere_else(client, catalogue, mei, rosa):
    version = catalogue.propose()
    client.sign_in(mei)
    page = client.get("/courses")
    assert page.page.select_one("a.task")["href"] == f"/courses/{SLUG}/versions/{version.id}"
    client.sign_in(rosa)
    assert "Handling customer data" not in client.get("/courses").text
    for address in ("", f"/versions/{version.id}", f"/versions/{version.id}/units/1"):
        assert client.get(f"/courses/{SLUG}{address}").status_code == 404


def test_learners_have_no_catalogue_and_no_preview(client, catalogue, ada):
    version = catalogue.publish()
    client.sign_in(ada)
    for address in ("", f"/{SLUG}", f"/{SLUG}/versions/{version.id}", f"/{SLUG}/versions/{version.id}/units/1"):
        assert client.get(f"/courses{address}").status_code == 404


def test_a_version_is_found_under_its_own_course_only(client, catalogue, world):
    version = catalogue.publish()
    catalogue.publish(folder(question="Another question?"), slug="other")
    client.sign_in(world.analyst())
    assert client.get(f"/courses/other/versions/{version.id}").status_code == 404
    assert client.get(f"/courses/{SLUG}/versions/{version.id}/units/9").status_code == 404
    assert client.get("/courses/nothing").status_code == 404


def test_a_courses_page_says_what_was_published_by_whom_under_which_hash(client, catalogue, world):
    catalogue.publish()
    new = catalogue.publish(folder("1.1.0", hours=48))
    client.sign_in(world.analyst())
    answer = client.get(f"/courses/{SLUG}")
    assert answer.heading == "Handling customer data, version 1.1.0"
    assert new.content_hash in answer.text
    states = [cell.get_text(strip=True) for cell in answer.page.select("td[data-label=State]")]
    assert states == ["Live", "Published"]


def test_who_judges_a_draft_sees_what_it_changes(client, catalogue, mei):
    catalogue.publish()
    draft = catalogue.propose(folder("1.1.0", hours=48))
    client.sign_in(mei)
    answer = client.get(f"/courses/{SLUG}/versions/{draft.id}")
    assert "Not published: learners see nothing of this version" in answer.text
    assert "deadline : right answer changed. Does 'deadline' still ask the same?" in answer.text
    assert "99-quiz.md changed" in answer.text
    assert "1.1.0 Another deadline No need to take it again" in answer.text


def test_a_rejected_draft_says_why(client, catalogue, avery):
    draft = catalogue.propose()
    catalogue.decide(draft, approve=False, reason="Lesson 2 is too short.")
    client.sign_in(avery)
    assert "The reason: Lesson 2 is too short." in client.get(f"/courses/{SLUG}/versions/{draft.id}").text


def pages(client, version):
    return [client.get(f"/courses/{SLUG}/versions/{version.id}/units/{position}") for position in (1, 2, 3, 4)]


def test_the_preview_shows_every_page_with_its_questions(client, catalogue, world):
    version = catalogue.publish()
    client.sign_in(world.analyst())
    clock, sharing, quiz, statement = pages(client, version)
    assert clock.heading == "The clock"
    assert "When does the clock start?" in clock.text
    assert (
        clock.text.index("A leak starts a clock") < clock.text.index("When does") < clock.text.index("After the check")
    )
    assert sharing.heading == "What to share"
    assert "How soon must a leak be reported?" in quiz.text
    assert "Mark it [ " in quiz.text
    assert "I will report a suspected leak within 24 hours." in statement.text


def test_only_authors_and_publishers_see_the_right_answers(client, catalogue, world, avery, mei, rosa):
    version = catalogue.publish()
    secret = ("FEEDBACK", "EXPLANATION", "Support ticket -> Confidential", "Right answer:")
    for person in (rosa, world.analyst(), world.approver(), world.auditor(), world.administrator()):
        client.sign_in(person)
        shown = "".join(answer.get_data(as_text=True) for answer in pages(client, version))
        assert not [word for word in secret if word in shown], person.name
        assert 'class="tag tag-success"' not in shown
    for person in (avery, mei):
        client.sign_in(person)
        shown = "".join(answer.get_data(as_text=True) for answer in pages(client, version))
        assert [word for word in secret[:2] if word in shown] == list(secret[:2])
        assert 'class="tag tag-success">Right' in shown
        assert "confidential" in shown


def test_a_picture_is_fetched_by_those_who_take_the_course_and_by_staff(client, catalogue, world, acme, ada, take):
    version = catalogue.publish()
    address = f"/courses/media/{version.content_hash}/media/clock.png"
    client.sign_in(ada)
    assert client.get(address).status_code == 404
    take(ada)
    answer = client.get(address)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, PNG, "image/png")
    client.sign_in(world.learner("Grace", acme))
    assert client.get(address).status_code == 404
    client.sign_in(world.analyst())
    assert client.get(address).data == PNG


def test_a_picture_is_kept_by_the_readers_browser_only(client, catalogue, world):
    version = catalogue.publish()
    client.sign_in(world.analyst())
    answer = client.get(f"/courses/media/{version.content_hash}/media/clock.png")
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    again = client.get(answer.request.path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    part = client.get(answer.request.path, headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.data) == (206, b"PNG")


def test_a_drawing_can_do_nothing_when_it_is_opened_by_itself(client, catalogue, world):
    lesson = "---\ntitle: Drawing\n---\n![A red box](media/box.svg)\n"
    version = catalogue.publish(folder(**{"03-drawing.md": lesson.encode(), "media/box.svg": SVG}))
    client.sign_in(world.analyst())
    answer = client.get(f"/courses/media/{version.content_hash}/media/box.svg")
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def test_a_film_of_ours_may_be_played_and_its_captions_read(client, catalogue, world):
    lesson = "---\ntitle: Film\n---\n![How a leak is reported](media/leak.mp4)\n"
    files = {"03-film.md": lesson.encode(), "media/leak.mp4": MP4, "media/leak.en.vtt": b"WEBVTT\n"}
    version = catalogue.publish(folder(**files))
    client.sign_in(world.analyst())
    answer = client.get(f"/courses/{SLUG}/versions/{version.id}/units/3")
    assert "media-src 'self'" in answer.headers["Content-Security-Policy"]
    film, captions = answer.page.select_one("video")["src"], answer.page.select_one("track")["src"]
    assert client.get(film).mimetype == "video/mp4"
    assert client.get(captions).headers["Content-Type"] == "text/vtt; charset=utf-8"


@pytest.mark.parametrize("path", ["media/none.png", "index.md", "99-quiz.md", "../index.md", "media/../99-quiz.md"])
def test_nothing_but_media_is_served(client, catalogue, mei, path):
    version = catalogue.publish()
    client.sign_in(mei)
    assert client.get(f"/courses/media/{version.content_hash}/{path}").status_code == 404


def test_a_drafts_pictures_are_for_those_who_judge_it(client, catalogue, mei, rosa):
    version = catalogue.propose()
    address = f"/courses/media/{version.content_hash}/media/clock.png"
    client.sign_in(mei)
    assert client.get(address).status_code == 200
    client.sign_in(rosa)
    assert client.get(address).status_code == 404


def test_a_link_between_lessons_stays_in_the_readers_own_course(client, catalogue, world, acme, ada, take):
    version = catalogue.publish()
    registration = take(ada)
    address = f"/courses/lessons/{version.content_hash}/02-sharing"
    client.sign_in(ada)
    assert client.get(address).headers["Location"] == f"/registrations/{registration}/units/2"
    assert client.get(address, follow_redirects=True).heading == "What to share"
    client.sign_in(world.analyst())
    assert client.get(address).headers["Location"] == f"/courses/{SLUG}/versions/{version.id}/units/2"
    client.sign_in(world.learner("Grace", acme))
    assert client.get(address).status_code == 404


def test_every_address_in_the_kept_text_leads_somewhere(client, catalogue, world, reading):
    version = catalogue.publish()
    with reading() as session:
        kept = session.get(CourseVersion, version.id)
        overview = BeautifulSoup(kept.overview_html, "html.parser")
    client.sign_in(world.analyst())
    lesson = client.get(f"/courses/{SLUG}/versions/{version.id}/units/1").page
    addresses = [
        tag.get("src") or tag.get("href") for part in (overview, lesson) for tag in part.select("img, .prose a, p > a")
    ]
    ours = [address for address in addresses if address.startswith("/courses/")]
    assert len(ours) >= 3
    assert {client.get(address, follow_redirects=True).status_code for address in ours} == {200}


def test_a_catalogue_of_many_courses_takes_few_statements(client, catalogue, world, statements):
    for number in range(5):
        catalogue.publish(folder(question=f"Question {number}?"), slug=f"course-{number}")
    client.sign_in(world.analyst())
    client.get("/courses")
    with statements() as made:
        client.get("/courses")
    assert len(made) <= 3


def test_an_approver_publishes_on_the_decisions_page_and_the_author_cannot(client, catalogue, world, avery, mei):
    version = catalogue.propose()
    client.sign_in(mei)
    decision = client.get(client.get(f"/courses/{SLUG}/versions/{version.id}").link("open the decision"))
    assert version.content_hash in decision.text
    client.sign_in(avery)
    sent = {"idempotency_key": "k" * 20, "outcome": "approve", "reason": ""}
    assert client.post(f"{decision.request.path}/outcome", data=sent).status_code in (403, 409, 422)
    client.sign_in(mei)
    answer = client.submit(client.get(decision.request.path), "Record my decision", outcome="approve")
    assert "Approved." in answer.text
    client.sign_in(world.analyst())
    assert client.get(f"/courses/{SLUG}").page.select_one("td[data-label=State]").get_text(strip=True) == "Live"


@pytest.mark.browser
@pytest.mark.one_engine
def test_the_pages_are_accessible_and_fit_every_window(page_for, catalogue, mei):
    catalogue.publish()
    draft = catalogue.propose(folder("1.1.0", hours=48))
    page = page_for(mei)
    at = f"/courses/{SLUG}/versions/{draft.id}"
    for address in ("/courses", at, f"{at}/units/1", f"{at}/units/3", f"{at}/units/4"):
        page.goto(address)
        axe(page)
        fits(page)


@pytest.mark.browser
@pytest.mark.one_engine
def test_a_lesson_shows_its_picture(page_for, catalogue, mei):
    lesson = "---\ntitle: Drawing\n---\n![A red box](media/box.svg)\n"
    version = catalogue.publish(folder(**{"03-drawing.md": lesson.encode(), "media/box.svg": SVG}))
    page = page_for(mei)
    page.goto(f"/courses/{SLUG}/versions/{version.id}/units/3")
    assert page.get_by_alt_text("A red box").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


# Other languages


def test_staff_read_a_version_in_each_of_its_languages(client, catalogue, world):
    version = catalogue.publish(gifts_in_three(attestation=True), slug="gifts")
    client.sign_in(world.representative("Robin", world.partner("Acme")))
    page = client.get(f"/courses/gifts/versions/{version.id}")
    assert "English (en), Arabic (ar), French (fr)" in page.text
    french = client.get(page.page.select_one(".languages a[hreflang=fr]")["href"])
    assert "Quand un cadeau devient un pot-de-vin." in french.text
    lesson = client.get(french.page.select_one("a.task")["href"])
    assert lesson.heading == "L’attention"
    assert "Not translated" not in lesson.text
    original = client.get(f"/courses/gifts/versions/{version.id}/units/2?language=fr")
    assert original.heading == "Bribes"
    assert "Not translated into French: its readers see this page in English" in original.text
    quiz = client.get(f"/courses/gifts/versions/{version.id}/units/4?language=ar")
    assert "أي هدية مقبولة؟" in quiz.text
    assert quiz.page.select_one(".reading-columns")["dir"] == "rtl"
    signed = client.get(f"/courses/gifts/versions/{version.id}/units/5?language=ar")
    assert "سأسأل قبل أن أعطي." in signed.text


def test_a_language_that_a_version_lacks_shows_it_in_its_own(client, catalogue, world):
    version = catalogue.publish(gifts_in_three(), slug="gifts")
    client.sign_in(world.representative("Robin", world.partner("Acme")))
    assert client.get(f"/courses/gifts/versions/{version.id}/units/1?language=xx").heading == "Courtesy"
