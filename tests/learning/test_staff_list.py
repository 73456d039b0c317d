"""The staff's list: filters in the address, chips to take them off, a page at a time, own partners only."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from app.accounts.models import Person
from app.courses.models import Course
from app.kernel.clock import now
from app.learning.models import Assignment
from app.learning.queries import assignments as queries
from app.learning.queries.assignments import Filters, Show
from tests.learning.school import gifts


@pytest.fixture
def many(school):
    """Two courses; Ada and Grace of Acme, Mallory of Globex; Zoe represents Globex."""
    school.publish()
    school.publish(gifts(title="Agents"), slug="agents")
    school.zoe = school.world.representative("Zoe", school.globex)
    school.assign(school.ada, school.grace, due_in=10)
    school.assign(school.ada, slug="agents", due_in=3)
    school.assign(school.mallory, by=school.zoe, due_in=5)
    return school


def names(page):
    return [tag.get_text() for tag in page.page.select("tbody th")]


def listed(client, query=""):
    return names(client.get(f"/assignments{query}"))


def test_a_representative_sees_own_partners_only_by_due_date(many, client):
    client.sign_in(many.robin)
    assert listed(client) == ["Ada", "Ada", "Grace"]
    client.sign_in(many.zoe)
    assert listed(client) == ["Mallory"]
    client.sign_in(many.world.analyst())
    assert listed(client) == ["Ada", "Mallory", "Ada", "Grace"]


def test_no_filter_opens_another_representatives_partner(many, client):
    client.sign_in(many.robin)
    assert listed(client, f"?partner={many.globex.number}") == []
    assert listed(client, "?search=mallory") == []
    assert listed(client, "?state=all&search=mallory") == []
    assert client.get(f"/partners/{many.globex.number}/assignments/4").status_code == 404
    assert client.get(f"/partners/{many.acme.number}/assignments/4").status_code == 404
    assert client.get(f"/partners/{many.globex.number}/assignments/new").status_code == 404


def test_the_list_is_narrowed_by_course_partner_name_and_state(many, client):
    client.sign_in(many.world.analyst())
    assert listed(client, "?course=agents") == ["Ada"]
    assert listed(client, f"?partner={many.globex.number}") == ["Mallory"]
    assert listed(client, "?search=GRA") == ["Grace"]
    assert listed(client, "?search=mallory@") == ["Mallory"]
    assert listed(client, "?state=in_progress") == []
    assert listed(client, "?state=nonsense") == ["Ada", "Mallory", "Ada", "Grace"]
    assert listed(client, "?search=100%25") == []


def test_each_filter_is_a_chip_that_takes_it_off(many, client):
    client.sign_in(many.robin)
    page = client.get("/assignments?course=agents&search=ada&state=all")
    chips = {" ".join(chip.bdi.get_text().split()): chip["href"] for chip in page.page.select(".chip")}
    assert chips == {
        "All": "/assignments?course=agents&search=ada",
        "Agents": "/assignments?state=all&search=ada",
        "“ada”": "/assignments?state=all&course=agents",
    }
    assert page.page.select_one("#course option[selected]")["value"] == "agents"


def test_states_follow_the_learner(many, client):
    registration_id = many.begin(_assignment(many, many.grace), many.grace)
    client.sign_in(many.robin)
    assert listed(client, "?state=in_progress") == ["Grace"]
    many.read(registration_id, many.grace)
    assert "3 of 4" in client.get("/assignments?state=in_progress").text
    many.attempt(registration_id, many.grace, right=True)
    assert listed(client, "?state=satisfied") == ["Grace"]
    assert listed(client) == ["Ada", "Ada"]


def _assignment(school, person):
    with school.reading() as session:
        return session.scalars(select(Assignment).where(Assignment.person_id == person.id)).first()


def test_overdue_is_judged_where_the_partner_is(many, client, clock):
    """Both are due on 7 March. At 23:30 UTC of that day it is the 8th at Acme in Berlin, still the 7th at Globex in New York."""
    many.assign(many.grace, slug="agents", due_in=5)
    clock.advance(days=5, hours=14, minutes=30)
    analyst = many.world.analyst()
    client.sign_in(analyst)
    assert listed(client, "?overdue=1") == ["Ada", "Grace"]
    clock.advance(hours=6)
    client.sign_in(analyst)
    assert listed(client, "?overdue=1") == ["Ada", "Mallory", "Grace"]
    assert "Overdue" in client.get("/assignments").text


def test_staff_see_no_scores_and_no_answers(many, client):
    registration_id = many.begin(_assignment(many, many.grace), many.grace)
    many.read(registration_id, many.grace)
    many.attempt(registration_id, many.grace, right=False)
    client.sign_in(many.robin)
    page = client.get(client.get("/assignments?search=grace").page.select_one("tbody th a")["href"])
    assert "1 of 3" in page.text
    assert "%" not in page.text
    assert "A car" not in page.text


def test_contacts_and_executives_reach_neither_the_list_nor_a_score(many, client):
    for person in (many.world.contact("Cora", many.acme), many.world.executive("Edith", many.acme), many.ada):
        client.sign_in(person)
        assert client.get("/assignments").status_code == 404
        assert client.get(f"/partners/{many.acme.number}/assignments/1").status_code == 404


@pytest.fixture
def long(many, in_transaction):
    """Twelve hundred more assignments at Acme, of people made for them."""
    with in_transaction() as session:
        course = session.scalars(select(Course).order_by(Course.id)).first()
        session.execute(
            insert(Person),
            [
                {
                    "name": f"Person {number:04}",
                    "email": f"person-{number}@acme.example",
                    "partner_id": many.acme.id,
                    "job_title": "",
                    "theme": "system",
                    "time_zone": "UTC",
                    "is_demo": False,
                    "created_at": now(),
                }
                for number in range(1200)
            ],
        )
        people = session.scalars(select(Person.id).where(Person.name.like("Person %")).order_by(Person.id)).all()
        session.execute(
            insert(Assignment),
            [
                {
                    "person_id": person_id,
                    "partner_id": many.acme.id,
                    "course_id": course.id,
                    "origin": "representative",
                    "case_step_id": None,
                    "assigned_by_id": many.robin.id,
                    "assigned_at": now(),
                    "original_due_on": many.today + timedelta(days=number % 7),
                    "due_on": many.today + timedelta(days=number % 7),
                    "state": "assigned",
                }
                for number, person_id in enumerate(people)
            ],
        )
    return many


def test_paging_by_key_shows_each_assignment_once(long, client):
    client.sign_in(long.robin)
    page, seen, pages = client.get("/assignments"), [], 0
    assert "More than 1,000 assignments" in page.text
    while True:
        pages += 1
        seen += [link["href"] for link in page.page.select("tbody th a")]
        following = page.page.select_one("a[rel=next]")
        if following is None:
            break
        page = client.get(following["href"])
    assert len(seen) == len(set(seen)) == 1203
    assert pages == 25


def test_a_broken_page_key_is_the_first_page(long, client):
    client.sign_in(long.robin)
    first = listed(client)
    for key in ("nonsense", "2026-13-45.1", "2026-01-01", "9" * 40, "2026-01-01.x"):
        assert listed(client, f"?after={key}") == first


def test_the_list_takes_three_statements(long, client, statements):
    client.sign_in(long.robin)
    client.get("/assignments")
    with statements() as made:
        client.get("/assignments?search=person&overdue=1")
    assert len(made) <= 3


def test_a_count_up_to_the_limit_is_exact(many, reading):
    robin = many.world.actor(many.robin)
    with reading() as session:
        known = queries.choices(session, by=robin)
        found = queries.assignments(session, by=robin, filters=Filters(show=Show.ALL), known=known, at=now())
    assert found.total == len(found.lines) == 3
