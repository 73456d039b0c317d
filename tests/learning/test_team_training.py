"""People and courses in one table: who sees whom, what a cell says, views with a name, reminders by hand."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from app.accounts.models import Person
from app.kernel.clock import now
from app.learning.models import Assignment, SavedView
from app.learning.rules.matrix import Open, Stand, cell
from app.outbox.models import OutboxRow
from tests.learning.school import gifts

TODAY = date(2026, 6, 1)


@pytest.fixture
def team(school):
    """Two courses; Ada and Grace of Acme, Mallory of Globex, whom Zoe represents."""
    school.publish()
    school.publish(gifts(title="Agents"), slug="agents")
    school.zoe = school.world.representative("Zoe", school.globex)
    return school


def cells(page):
    """By name: what the row says of each course."""
    return {
        row.select_one("th bdi").get_text(): [" ".join(one.get_text(" ").split()) for one in row.select("td")]
        for row in page.page.select("table.matrix tbody tr")
    }


def test_what_is_to_do_goes_before_what_was_done():
    late = Open(7, TODAY - timedelta(days=1), begun=True, stuck=True)
    assert cell(late, True, None, None, today=TODAY).stand is Stand.OVERDUE
    stuck = Open(7, TODAY, begun=True, stuck=True)
    assert cell(stuck, False, None, None, today=TODAY).stand is Stand.NEEDS_HELP
    assert cell(Open(7, TODAY, begun=True, stuck=False), True, None, None, today=TODAY).stand is Stand.IN_PROGRESS
    passed = Open(7, TODAY - timedelta(days=1), begun=True, stuck=False, passed=True)
    assert cell(passed, False, None, None, today=TODAY).stand is Stand.WAITING
    assert cell(Open(7, TODAY, begun=False, stuck=False), False, None, None, today=TODAY).stand is Stand.NOT_STARTED


def test_a_record_counts_to_the_end_of_its_last_day():
    assert cell(None, True, TODAY, None, today=TODAY).stand is Stand.COMPLETED
    assert cell(None, True, TODAY - timedelta(days=1), None, today=TODAY).stand is Stand.LAPSED
    assert cell(None, True, None, None, today=TODAY).stand is Stand.COMPLETED
    assert cell(None, False, None, (3, TODAY), today=TODAY).stand is Stand.WAIVED
    assert cell(None, False, None, None, today=TODAY).stand is Stand.NOTHING


@given(st.booleans(), st.booleans(), st.integers(-400, 400))
def test_nobody_with_something_to_do_looks_done(begun, stuck, days):
    found = cell(Open(1, TODAY + timedelta(days=days), begun, stuck), True, None, (2, TODAY), today=TODAY)
    assert found.stand not in (Stand.COMPLETED, Stand.WAIVED, Stand.LAPSED, Stand.NOTHING)
    assert (found.stand is Stand.OVERDUE) == (days < 0)


def test_each_sees_the_people_in_their_reach(team, client):
    team.assign(team.ada, due_in=3)
    client.sign_in(team.robin)
    assert cells(client.get("/team-training")).keys() == {"Ada", "Grace"}
    client.sign_in(team.zoe)
    assert cells(client.get("/team-training")).keys() == {"Mallory"}
    client.sign_in(team.world.contact("Cleo", team.acme))
    assert cells(client.get("/team-training")).keys() == {"Ada", "Cleo", "Grace"}
    assert cells(client.get(f"/team-training?partner={team.globex.number}")) == {}
    assert cells(client.get("/team-training?search=mallory")) == {}
    client.sign_in(team.ada)
    assert client.get("/team-training").status_code == 403


def test_a_cell_says_where_somebody_stands(team, client):
    team.complete(team.grace)
    team.start(team.ada, due_in=3)
    team.assign(team.ada, slug="agents", due_in=5)
    client.sign_in(team.robin)
    found = cells(client.get("/team-training"))
    assert found["Ada"][0].startswith("Not started due")
    assert found["Ada"][1].startswith("In progress due")
    assert found["Grace"][0] == "– Not assigned"
    assert found["Grace"][1].startswith("Completed until")


def test_no_score_is_on_the_page(team, client):
    team.complete(team.grace)
    client.sign_in(team.robin)
    page = client.get("/team-training").page.get_text()
    assert "%" not in page
    assert "100" not in page


def test_the_table_is_narrowed_by_name_course_and_standing(team, client):
    team.complete(team.grace)
    team.assign(team.ada, due_in=3)
    client.sign_in(team.robin)
    assert cells(client.get("/team-training?show=to_do")).keys() == {"Ada"}
    assert cells(client.get("/team-training?show=done")).keys() == {"Grace"}
    assert cells(client.get("/team-training?show=overdue")) == {}
    assert cells(client.get("/team-training?show=nothing&course=agents")).keys() == {"Ada", "Grace"}
    assert cells(client.get("/team-training?search=GRA")).keys() == {"Grace"}
    assert len(cells(client.get("/team-training?course=agents"))["Ada"]) == 1
    assert cells(client.get("/team-training?show=nonsense&after=x&category=none")).keys() == {"Ada", "Grace"}


def test_overdue_is_told_by_the_day_where_the_partner_is(team, client, clock):
    team.assign(team.ada, due_in=1)
    clock.advance(days=2)
    client.sign_in(team.robin)
    assert cells(client.get("/team-training?show=overdue"))["Ada"][1].startswith("Overdue due")


def nudged(reading):
    with reading() as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.kind == "training_nudge").order_by(OutboxRow.id))
        return [(row.payload["person_id"], row.payload["asked_by"]) for row in rows]


def crowd(team, in_transaction, number):
    with in_transaction() as session:
        first = session.scalar(select(func.max(Person.id))) + 1
        people = [
            {
                "id": first + i,
                "name": f"Person {i:05}",
                "email": f"p{i}@example.com",
                "partner_id": team.acme.id,
                "job_title": "",
                "time_zone": "UTC",
                "is_demo": False,
                "created_at": now(),
            }
            for i in range(number)
        ]
        session.execute(insert(Person), people)
        session.execute(
            insert(Assignment),
            [
                {
                    "person_id": one["id"],
                    "partner_id": team.acme.id,
                    "course_id": 1,
                    "origin": "representative",
                    "assigned_at": now(),
                    "original_due_on": team.today,
                    "due_on": team.today,
                    "state": "assigned",
                }
                for one in people
            ],
        )


def test_a_page_costs_what_fifty_people_cost_however_many_there_are(team, client, in_transaction, statements):
    crowd(team, in_transaction, 60)
    client.sign_in(team.robin)
    client.get("/team-training")
    with statements() as few:
        assert len(cells(client.get("/team-training"))) == 50
    crowd_before = len(few)
    with in_transaction() as session:
        session.execute(insert(Person), [
            {"id": 5000 + i, "name": f"Q {i}", "email": f"q{i}@example.com", "partner_id": team.acme.id, "job_title": "", "time_zone": "UTC", "is_demo": False, "created_at": now()}
            for i in range(300)
        ])  # fmt: skip
    with statements() as many:
        client.get("/team-training?show=to_do")
    assert len(many) == crowd_before <= 12


def test_pages_follow_each_other_without_a_gap(team, client, in_transaction):
    crowd(team, in_transaction, 120)
    client.sign_in(team.robin)
    seen, address = [], "/team-training"
    while address:
        page = client.get(address)
        seen += list(cells(page))
        following = page.page.select_one(".pagination-link[rel=next]")
        address = following["href"] if following else None
    assert len(seen) == len(set(seen)) == 122
    assert seen == sorted(seen)


def test_a_view_is_saved_under_a_name_and_is_its_owners_own(team, client, reading):
    client.sign_in(team.robin)
    page = client.get("/team-training?show=overdue&course=agents")
    client.submit(page, "Save the view", name="Agents, late")
    page = client.get("/team-training")
    saved = page.page.select_one('nav[aria-label="Saved views"] a')
    assert saved.get_text() == "Agents, late"
    assert saved["href"] == "/team-training?show=overdue&course=agents"
    client.sign_in(team.zoe)
    assert client.get("/team-training").page.select_one('nav[aria-label="Saved views"]') is None
    with reading() as session:
        view_id = session.scalar(select(SavedView.id))
    answer = client.post(f"/team-training/views/{view_id}/removal", data={"idempotency_key": "x" * 12})
    assert answer.status_code == 404
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(SavedView)) == 1


def test_a_view_without_a_name_is_refused_with_a_sentence(team, client):
    client.sign_in(team.robin)
    page = client.submit(client.get("/team-training?show=overdue"), "Save the view", name=" ")
    assert page.status_code == 422
    assert "Give the view a name" in page.page.get_text()


def test_a_reminder_is_looked_over_sent_once_a_day_and_names_what_is_to_do(team, client, reading):
    team.assign(team.ada, due_in=3)
    client.sign_in(team.robin)
    page = client.get("/team-training")
    preview = client.submit(page, "Remind those selected", person=[str(team.ada.id), str(team.grace.id)])
    text = " ".join(preview.page.get_text().split())
    assert "Ada (1 course)" in text
    assert "1 person has nothing to do" in text
    client.submit(preview, "Send 1 reminder")
    assert nudged(reading) == [(team.ada.id, "Robin")]
    again = client.submit(client.get("/team-training"), "Remind those selected", person=[str(team.ada.id)])
    assert "reminded today already" in again.page.get_text()
    assert not again.page.select('form[action="/team-training/reminders"]')


def test_nobody_reminds_another_representatives_people(team, client, reading):
    team.assign(team.mallory, by=team.zoe, due_in=3)
    client.sign_in(team.robin)
    preview = client.post("/team-training/reminders/preview", data={"person": [str(team.mallory.id)], "query": ""})
    assert "Mallory" not in preview.page.get_text()
    sent = client.post(
        "/team-training/reminders", data={"idempotency_key": "y" * 12, "person": [str(team.mallory.id)], "query": ""}
    )
    assert sent.status_code == 422
    assert nudged(reading) == []


def test_everybody_who_matches_is_reminded_not_only_the_page(team, client, in_transaction, reading):
    crowd(team, in_transaction, 70)
    client.sign_in(team.robin)
    preview = client.submit(client.get("/team-training?show=to_do"), "Remind all 70")
    client.submit(preview, "Send 70 reminders")
    assert len(nudged(reading)) == 70
