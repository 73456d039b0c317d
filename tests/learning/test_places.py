"""Where a reader left a lesson, and a viewer a film: kept across devices, quietly, and for oneself alone."""

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEvent
from app.courses.rules.bundle import Bundle
from app.learning.models import ReadingPosition, VideoPosition
from tests.courses.samples import MP4
from tests.learning.school import gifts


def with_film() -> Bundle:
    """The course about gifts with a film, captions and a transcript in its second lesson."""
    lesson = "---\ntitle: Bribes\n---\nA car is not.\n\n![A manager refuses a car](media/car.mp4)\n"
    files = {path: gifts()[path] for path in gifts()}
    return Bundle.of(
        files
        | {
            "02-bribes.md": lesson.encode(),
            "media/car.mp4": MP4,
            "media/car.en.vtt": b"WEBVTT\n\n00:00.000 --> 00:04.000\nNo, thank you.\n",
            "media/car.md": b"A manager is offered a car and says no.\n",
        }
    )


@pytest.fixture
def reader(school, client):
    """Ada at a browser, and the address of her second lesson."""
    school.publish(with_film())
    client.sign_in(school.ada)
    return client, f"/registrations/{school.start(school.ada)}/units/2"


def save(client, address, part):
    return client.post(f"{address}/reading-place", data={"part": part})


def test_another_device_opens_the_lesson_where_it_was_left(app, school, reader):
    client, lesson = reader
    assert client.get(f"{lesson}/places").json == {"part": 0, "films": {}}
    assert save(client, lesson, 4200).status_code == 200
    assert save(client, lesson, 6100).status_code == 200
    phone = app.test_client()
    phone.sign_in(school.ada)
    assert phone.get(f"{lesson}/places").json["part"] == 6100


def test_a_film_goes_on_where_it_was_left_and_nothing_depends_on_it(school, reader, reading):
    client, lesson = reader
    page = client.get(lesson)
    assert page.page.select_one("video track[kind=captions]")["srclang"] == "en"
    assert "A manager is offered a car and says no." in page.text
    film = page.page.select_one("video")["src"].split("/", 4)[4]
    assert client.post(f"{lesson}/film-places", data={"path": film, "seconds": 75}).status_code == 200
    assert client.get(f"{lesson}/places").json["films"] == {"media/car.mp4": 75}
    assert client.submit(page, "Next: Whom to ask").heading == "Whom to ask"


def test_a_place_is_one_cheap_statement_and_no_audit_event(reader, reading, statements):
    client, lesson = reader
    client.get(lesson)
    save(client, lesson, 1)

    def events():
        with reading() as session:
            return session.scalar(select(func.count()).select_from(AuditEvent))

    before = events()
    with statements() as made:
        save(client, lesson, 5000)
    assert [one.split()[0] for one in made if not one.startswith(("BEGIN", "COMMIT"))] == ["SELECT", "INSERT"]
    assert events() == before
    with statements() as made:
        client.get(f"{lesson}/places")
    assert len(made) == 2
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(ReadingPosition)) == 1


def test_nobody_reads_or_writes_anothers_place(app, school, reader, reading):
    client, lesson = reader
    save(client, lesson, 4200)
    for person in (school.grace, school.mallory):
        other = app.test_client()
        other.sign_in(person)
        assert save(other, lesson, 1).status_code == 404
        assert other.get(f"{lesson}/places").status_code == 404
        film = other.post(f"{lesson}/film-places", data={"path": "media/car.mp4", "seconds": 3})
        assert film.status_code == 404
    assert client.get(f"{lesson}/places").json["part"] == 4200


@pytest.mark.parametrize("part", ["", "-1", "10001", "1.5", "many", "99999999999", "१"])
def test_what_is_no_place_is_refused(reader, reading, part):
    client, lesson = reader
    assert save(client, lesson, part).status_code == 422
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(ReadingPosition)) == 0


@pytest.mark.parametrize(
    "sent",
    [
        {"path": "media/nothing.mp4", "seconds": 3},
        {"path": "", "seconds": 3},
        {"path": "media/car.mp4", "seconds": 86401},
        {"path": "media/car.mp4"},
    ],
)
def test_a_film_that_is_not_there_has_no_place(reader, reading, sent):
    client, lesson = reader
    assert client.post(f"{lesson}/film-places", data=sent).status_code in (404, 422)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(VideoPosition)) == 0


def test_a_finished_course_that_is_read_again_keeps_its_place_too(school, client):
    school.publish()
    record = school.complete(school.ada)
    client.sign_in(school.ada)
    lesson = f"/registrations/{record.registration_id}/units/1"
    assert client.get(lesson).status_code == 200
    assert save(client, lesson, 3000).status_code == 200
    assert client.get(f"{lesson}/places").json["part"] == 3000
