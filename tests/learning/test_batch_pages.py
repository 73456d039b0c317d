"""The pages of assigning together: choosing who, looking it over, the campaign's words, the batch, and taking it back."""

from datetime import date, timedelta
from email import policy
from email.parser import BytesParser

import pytest
from sqlalchemy import func, insert, select

from app.accounts.models import Person
from app.kernel.clock import now
from app.learning.models import Assignment, AssignmentBatch, Origin
from app.learning.rules.batches import AT_ONCE
from app.learning.views.assigning import TICKED
from app.notifications.delivery import FolderDelivery
from app.notifications.worker import Worker
from app.outbox.models import OutboxRow, OutboxState
from app.partners.models import CoveredPerson, RosterCategory
from tests.learning.school import SLUG, gifts
from tests.learning.test_batches import crowd, put_on_roster


@pytest.fixture
def roster(school):
    """Ada sells, Grace is in finance."""
    put_on_roster(school, school.ada, RosterCategory.SALES)
    put_on_roster(school, school.grace, RosterCategory.FINANCE)
    school.publish(gifts(settings="attempts: 3\ndue: P30D"))
    return school


@pytest.fixture
def worker(app, tmp_path):
    def work():
        Worker(app.config["SETTINGS"], FolderDelivery(tmp_path / "mail"), app.app_context).once()
        return [
            BytesParser(policy=policy.default).parsebytes(path.read_bytes())
            for path in (tmp_path / "mail").glob("*.eml")
        ]

    return work


def count(school, of):
    with school.reading() as session:
        return session.scalar(select(func.count()).select_from(of))


def by_category(client, school):
    form = client.get(f"/partners/{school.acme.number}/assignments/new")
    preview = client.submit(form, "Look it over", courses=SLUG, who="categories", categories="sales")
    return client.submit(preview, "Assign now")


def test_the_list_leads_to_one_place_where_assigning_begins(roster, client):
    client.sign_in(roster.robin)
    begin = client.get("/assignments").link("Assign courses")
    page = client.get(begin)
    assert page.heading == "Assign courses"
    assert page.page.select_one(f'a[href="/partners/{roster.acme.number}/assignments/new"]')
    assert "Globex" not in page.text


def test_a_representative_assigns_by_category_and_takes_it_back(roster, client, clock, worker):
    client.sign_in(roster.robin)
    done = by_category(client, roster)
    assert done.heading == "Gifts for sales of Acme"
    with roster.reading() as session:
        made = session.scalars(select(Assignment)).one()
    assert made.person_id == roster.ada.id
    assert made.due_on == roster.today + timedelta(days=30)
    assert worker() == []
    clock.advance(minutes=14)
    back = client.submit(done, "Take it all back")
    assert "Nothing of it is left." in back.text
    assert not back.page.select("form button.button-danger")
    clock.advance(minutes=2)
    assert worker() == []
    with roster.reading() as session:
        row = session.scalars(select(OutboxRow).where(OutboxRow.kind == "course_assigned")).one()
        assert row.state is OutboxState.DONE


def test_after_a_quarter_of_an_hour_the_button_is_gone_and_the_people_are_told(roster, client, clock, worker):
    client.sign_in(roster.robin)
    done = by_category(client, roster)
    clock.advance(minutes=15)
    late = client.submit(done, "Take it all back")
    assert late.status_code == 422
    assert "The 15 minutes in which this could be taken back are over" in late.text
    assert not late.page.select("form button.button-danger")
    [mail] = worker()
    assert "1 course assigned to you" in mail["Subject"]


def test_what_was_begun_is_named_when_the_rest_is_taken_back(roster, client):
    client.sign_in(roster.robin)
    done = by_category(client, roster)
    with roster.reading() as session:
        assignment = session.scalars(select(Assignment)).one()
    roster.begin(assignment, roster.ada)
    back = client.submit(done, "Take it all back")
    assert "1 assignment was begun before and stays" in back.text
    assert "What stays" in back.text
    assert "Ada" in back.text


def test_the_preview_counts_and_names_pages_of_many(school, client):
    school.publish(gifts(settings="attempts: 3\ndue: P30D"))
    crowd(school, school.acme, 70)
    school.assign(school.ada)
    client.sign_in(school.robin)
    form = client.get(f"/partners/{school.acme.number}/assignments/new")
    preview = client.submit(form, "Look it over", courses=SLUG)
    assert preview.heading == "Look it over: 71 assignments"
    assert "Left out: 1 assigned already." in preview.text
    assert "Person 0001" not in preview.text
    first = client.submit(preview, "Show the names")
    assert "Person 0001" in first.text
    assert "Ada : already assigned" in first.text
    assert "Person 0069" not in first.text
    second = client.submit(first, "Next names")
    assert "Person 0069" in second.text
    assert count(school, AssignmentBatch) == 0


def test_the_preview_of_a_campaign_sends_as_many_statements_for_many_partners_as_for_few(school, client, statements):
    school.publish(gifts(settings="attempts: 3\ndue: P30D"))
    others = [school.world.partner(f"Partner {place}") for place in range(10)]
    for partner in others:
        crowd(school, partner, 60)
    zoe = school.world.representative("Zoe", *others)
    client.sign_in(zoe)
    form = client.get("/campaigns/new")

    def sent(numbers):
        with statements() as made:
            page = client.submit(form, "Look it over", title="Gifts", courses=SLUG, which="chosen", partners=numbers)
        return page, len(made)

    _, for_two = sent([one.number for one in others[:2]])
    page, for_all = sent([one.number for one in others])
    assert page.heading == "Look it over: 600 assignments"
    assert for_all == for_two


def test_a_campaign_is_told_without_fault_on_the_page_and_in_the_mail(roster, client, app, clock, worker):
    zoe = roster.world.representative("Zoe", roster.acme, roster.globex)
    client.sign_in(zoe)
    form = client.get("/campaigns/new")
    assert "it implies no fault" in form.page.select_one("textarea[name=wording]").text
    preview = client.submit(form, "Look it over", title="Gifts 2026", courses=SLUG, due="days", due_days="20")
    assert "Campaign “Gifts 2026” at 2 partners" in preview.text
    done = client.submit(preview, "Assign now")
    assert done.heading == "Gifts 2026"
    assert "it implies no fault" in done.text
    with roster.reading() as session:
        made = session.scalars(select(Assignment).where(Assignment.person_id == roster.mallory.id)).one()
        assert session.scalar(select(func.count()).where(Assignment.origin == Origin.CAMPAIGN)) == 3
    mallory = app.test_client()
    mallory.sign_in(roster.mallory)
    page = mallory.get(f"/assignments/{made.id}")
    assert "Part of the campaign “Gifts 2026”." in page.text
    assert "it implies no fault" in page.text
    clock.advance(minutes=16)
    mails = worker()
    assert len(mails) == 3
    body = mails[0].get_body(("plain",)).get_content()
    assert "part of the campaign “Gifts 2026”" in body
    assert "it implies no fault" in " ".join(body.split())


def test_a_number_of_somebody_elses_partner_is_named_as_unknown(roster, client):
    client.sign_in(roster.robin)
    form = client.get("/campaigns/new")
    for number in (roster.globex.number, "P-9999"):
        answer = client.submit(form, "Look it over", title="Gifts", courses=SLUG, which="chosen", numbers=number)
        assert answer.status_code == 422
        assert answer.errors == [f"None of your partners has the number {number}. Check it."]


def test_a_second_click_makes_one_batch(roster, client):
    client.sign_in(roster.robin)
    form = client.get(f"/partners/{roster.acme.number}/assignments/new")
    preview = client.submit(form, "Look it over", courses=SLUG, who="everybody")
    first = client.submit(preview, "Assign now", follow=False)
    second = client.submit(preview, "Assign now", follow=False)
    assert first.location == second.location
    assert count(roster, AssignmentBatch) == 1


def test_a_large_batch_goes_on_in_the_worker_and_says_how_far_it_is(school, client, worker):
    school.publish(gifts(settings="attempts: 3\ndue: P30D"))
    crowd(school, school.acme, AT_ONCE + 10)
    client.sign_in(school.robin)
    form = client.get(f"/partners/{school.acme.number}/assignments/new")
    preview = client.submit(form, "Look it over", courses=SLUG)
    assert "It goes on by itself" in preview.text
    done = client.submit(preview, "Assign now")
    assert "0 of 512 people looked at" in done.text
    worker()
    page = client.get(done.request.path)
    assert "512 assignments" in page.text
    assert len(page.page.select("tbody tr")) == 50
    last = client.get(page.page.select_one("a[rel=next]")["href"])
    assert len(last.page.select("tbody tr")) == 50
    assert count(school, Assignment) == AT_ONCE + 12


def test_what_is_missing_is_said_beside_its_field(roster, client):
    client.sign_in(roster.robin)
    form = client.get(f"/partners/{roster.acme.number}/assignments/new")
    for fields, sentence in (
        ({"who": "categories"}, "Choose at least one category."),
        ({"who": "people"}, "Choose at least one person."),
        ({"who": "everybody", "due": "day"}, "Enter a date as year-month-day, for example 2026-03-27."),
        ({"who": "everybody", "due": "days"}, "Enter the number of days, for example 30."),
        ({"who": "everybody", "due": "days", "due_days": "9999"}, "Enter a number of days from 0 to 730."),
    ):
        answer = client.submit(form, "Look it over", courses=SLUG, **fields)
        assert (answer.status_code, answer.errors) == (422, [sentence])


def test_a_roster_too_long_to_tick_is_entered_by_address(school, client):
    school.publish(gifts(settings="attempts: 3\ndue: P30D"))
    crowd(school, school.acme, TICKED)
    with school.in_transaction() as session:
        line = {"category": "sales", "joined_on": date(2025, 1, 1), "added_by_id": school.ada.id, "added_at": now()}
        people = session.scalars(select(Person).where(Person.partner_id == school.acme.id)).all()
        session.execute(
            insert(CoveredPerson), [{**line, "partner_id": one.partner_id, "person_id": one.id} for one in people]
        )
    client.sign_in(school.robin)
    form = client.get(f"/partners/{school.acme.number}/assignments/new")
    unknown = client.submit(form, "Look it over", courses=SLUG, emails=f"{school.ada.email}\n{school.mallory.email}")
    assert unknown.errors == [f"Nobody at this partner has the address {school.mallory.email}. Check the spelling."]
    preview = client.submit(form, "Look it over", courses=SLUG, emails=school.ada.email.upper())
    done = client.submit(preview, "Assign now")
    assert done.heading == "Gifts for 1 person of Acme"


def test_another_representative_is_shown_no_such_batch(roster, client, app):
    client.sign_in(roster.robin)
    done = by_category(client, roster)
    zoe = app.test_client()
    zoe.sign_in(roster.world.representative("Zoe", roster.acme))
    assert zoe.get(done.request.path).status_code == 404
    assert zoe.post(f"{done.request.path}/reversals").status_code == 404
    assert "Gifts for sales" not in zoe.get("/assignment-batches").text
    assert client.get("/assignment-batches").page.select_one("tbody th a").text == "Gifts for sales of Acme"


def test_a_plain_day_may_be_entered_and_is_fixed_everywhere(roster, client):
    client.sign_in(roster.world.representative("Zoe", roster.acme, roster.globex))
    form = client.get("/campaigns/new?due=2026-04-01")
    preview = client.submit(form, "Look it over", title="Gifts", courses=SLUG)
    client.submit(preview, "Assign now")
    with roster.reading() as session:
        assert set(session.scalars(select(Assignment.due_on))) == {date(2026, 4, 1)}
    assert now().date() == date(2026, 3, 2)
