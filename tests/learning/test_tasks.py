"""A learner's list: what is overdue, in progress, to do, done; and one thing to go on with."""

from tests.learning.school import gifts


def publish(school, *slugs):
    for slug in slugs:
        school.publish(gifts(title=slug.capitalize()), slug=slug)


def headings(page):
    return [tag.get_text() for tag in page.page.select("main h2")]


def test_the_list_is_two_statements_beside_the_sign_in(school, client, statements):
    publish(school, "agents", "gifts", "offers")
    for slug in ("agents", "gifts", "offers"):
        school.assign(school.ada, slug=slug)
    client.sign_in(school.ada)
    client.get("/tasks")
    with statements() as made:
        client.get("/tasks")
    assert len(made) == 3


def test_what_is_overdue_comes_first_and_has_the_button(school, client, clock):
    publish(school, "agents", "gifts", "offers")
    school.assign(school.ada, slug="agents", due_in=2)
    school.start(school.ada, slug="gifts", due_in=20)
    school.assign(school.ada, slug="offers", due_in=30)
    clock.advance(days=5)
    client.sign_in(school.ada)
    page = client.get("/tasks")
    assert headings(page) == ["Overdue", "In progress", "To do"]
    assert "3 courses to complete, 1 of them overdue." in page.text
    assert "3 days overdue" in page.text
    assert len(page.page.select(".button-primary")) == 1
    assert page.link("Start: Agents")


def test_what_was_begun_is_gone_on_with_by_the_name_of_its_unit(school, client):
    publish(school, "agents", "gifts")
    school.assign(school.ada, slug="agents")
    registration_id = school.start(school.ada, slug="gifts")
    school.read(registration_id, school.ada, 1)
    client.sign_in(school.ada)
    page = client.get("/tasks")
    assert page.link("Continue: Bribes") == f"/registrations/{registration_id}"
    assert "1 of 4 done, next: Bribes" in page.text


def test_overdue_begins_the_day_after_where_the_partner_is(school, client, clock):
    publish(school, "gifts")
    school.assign(school.ada, slug="gifts", due_in=0)
    clock.advance(hours=13, minutes=59)
    client.sign_in(school.ada)
    assert "Due today" in client.get("/tasks").text
    clock.advance(minutes=2)
    page = client.get("/tasks")
    assert headings(page) == ["Overdue"]
    assert "1 day overdue" in page.text


def test_what_is_done_leads_to_its_record(school, client):
    publish(school, "gifts")
    record = school.complete(school.ada, slug="gifts")
    client.sign_in(school.ada)
    page = client.get("/tasks")
    assert headings(page) == ["Completed"]
    assert "You have completed everything that was assigned to you." in page.text
    assert page.page.select_one("a.task")["href"] == f"/training-records/{record.id}"


def test_an_empty_list_says_that_nothing_has_to_be_done(school, client):
    client.sign_in(school.ada)
    page = client.get("/tasks")
    assert "No course to take" in page.text
    assert not page.page.select("main .button-primary")


def test_colleagues_tasks_are_not_on_the_list(school, client):
    publish(school, "gifts")
    school.assign(school.grace, slug="gifts")
    client.sign_in(school.ada)
    assert "Gifts" not in client.get("/tasks").text


def test_another_learners_course_page_is_not_found(school, client):
    publish(school, "gifts")
    assignment = school.assign(school.ada, slug="gifts")[0]
    registration_id = school.begin(assignment, school.ada)
    for person in (school.grace, school.mallory):
        client.sign_in(person)
        for address in (
            f"/assignments/{assignment.id}",
            f"/registrations/{registration_id}",
            f"/registrations/{registration_id}/units/1",
        ):
            assert client.get(address).status_code == 404
        assert (
            client.post(f"/assignments/{assignment.id}/registrations", data={"idempotency_key": "12345678"}).status_code
            == 404
        )
        assert (
            client.post(
                f"/registrations/{registration_id}/units/1/completions", data={"idempotency_key": "12345678"}
            ).status_code
            == 404
        )
        assert client.post(f"/registrations/{registration_id}/units/1/checks/pen", data={}).status_code == 404
