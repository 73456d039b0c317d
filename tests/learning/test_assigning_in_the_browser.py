"""A representative assigns by category and takes it back; every page of assigning as a browser shows it."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.learning.models import Assignment, AssignmentState
from app.partners.models import RosterCategory
from tests.ground.browser import axe, fits
from tests.learning.school import gifts
from tests.learning.test_batches import crowd, make, plan_for, put_on_roster

pytestmark = pytest.mark.one_engine


@pytest.fixture
def ready(school):
    school.publish(gifts(settings="attempts: 3\ndue: P30D"))
    school.publish(gifts(title="Agents"), slug="agents")
    put_on_roster(school, school.ada, RosterCategory.SALES)
    put_on_roster(school, school.grace, RosterCategory.FINANCE)
    return school


def looked_at(page):
    axe(page)
    fits(page)


def test_a_representative_assigns_by_category_and_takes_it_back(ready, page_for):
    page = page_for(ready.robin)
    page.goto("/assignments")
    page.get_by_role("link", name="Assign courses").first.click()
    looked_at(page)
    page.get_by_role("link", name="Acme").click()
    looked_at(page)
    main = page.get_by_role("main")
    main.get_by_role("checkbox", name="Gifts").check()
    expect(main.get_by_role("checkbox", name="Ada")).to_be_visible()
    main.get_by_role("radio", name="Whole categories of the roster").check()
    expect(main.get_by_role("checkbox", name="Ada")).to_be_hidden()
    main.get_by_role("checkbox", name="Sales").check()
    main.get_by_role("radio", name="As each course says").check()
    main.get_by_role("button", name="Look it over").click()
    expect(main).to_contain_text("1 person gets it")
    expect(main).to_contain_text("Gets it: Ada.")
    looked_at(page)
    main.get_by_role("button", name="Assign now").click()
    expect(main.get_by_role("heading", level=1)).to_have_text("Gifts for sales of Acme")
    looked_at(page)
    main.get_by_role("button", name="Take it all back").click()
    expect(main).to_contain_text("Nothing of it is left.")
    looked_at(page)
    with ready.reading() as session:
        assert session.scalars(select(Assignment)).one().state is AssignmentState.CANCELLED


def test_a_campaign_and_its_pages(ready, page_for):
    crowd(ready, ready.globex, 70)
    zoe = ready.world.representative("Zoe", ready.acme, ready.globex)
    page = page_for(zoe)
    page.goto("/campaigns/new")
    looked_at(page)
    main = page.get_by_role("main")
    main.get_by_role("button", name="Look it over").click()
    expect(page.locator(".error-summary")).to_be_focused()
    looked_at(page)
    main.get_by_label("Name of the campaign").fill("Gifts 2026")
    main.get_by_role("checkbox", name="Gifts").check()
    main.get_by_role("radio", name="A number of days").check()
    main.get_by_label("Days", exact=True).fill("20")
    main.get_by_role("button", name="Look it over").click()
    expect(main).to_contain_text("73 people get it")
    main.get_by_role("button", name="Show the names").click()
    looked_at(page)
    main.get_by_role("button", name="Assign now").click()
    expect(main).to_contain_text("it implies no fault")
    page.goto("/assignment-batches")
    looked_at(page)


def test_a_file_from_upload_to_assignment(ready, page_for):
    page = page_for(ready.robin)
    page.goto("/assignment-files")
    looked_at(page)
    content = f"E-Mail;Course;Due date\n{ready.ada.email};Gifts;2026-04-01\nnobody@x.example;Gifts;soon\n"
    page.get_by_label("File of assignments").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": content.encode("utf-16")}
    )
    page.get_by_role("button", name="Check this file").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("UTF-16, semicolon between cells")
    looked_at(page)
    main.get_by_role("radio", name="Assign the good lines").check()
    main.get_by_role("button", name="Confirm").click()
    expect(main).to_contain_text("1 line is assigned.")
    looked_at(page)


def test_a_large_batch_on_its_way(ready, page_for):
    crowd(ready, ready.acme, 600)
    batch_id = make(ready, plan_for(ready))
    page = page_for(ready.robin)
    page.goto(f"/assignment-batches/{batch_id}")
    expect(page.get_by_role("main")).to_contain_text("0 of 602 people looked at")
    looked_at(page)
