"""The pages of cycles and obligations in a browser: nothing for axe to find in either theme, nothing wider than a phone."""

from datetime import timedelta

import pytest

from app.kernel.clock import now
from app.learning.models import Assignment
from app.learning.services.extensions import ask_extension
from app.learning.services.waivers import ask_waiver
from tests.ground.browser import axe, fits
from tests.learning.cycles import CONFIRMED, reading_course
from tests.learning.school import gifts

pytestmark = [pytest.mark.one_engine, pytest.mark.browser]


@pytest.fixture
def stages(cycles):
    """Ada has passed what is confirmed, asked for more time, and can't begin what builds on something else."""
    cycles.publish(gifts(settings=CONFIRMED, attestation=True))
    registration_id = cycles.start(cycles.ada)
    cycles.read(registration_id, cycles.ada)
    cycles.attempt(registration_id, cycles.ada, right=False)
    cycles.attempt(registration_id, cycles.ada, right=True)
    record = cycles.attest(registration_id, cycles.ada)
    cycles.publish(reading_course("Working with agents"), slug="basics")
    cycles.publish(reading_course("Agents abroad", "prerequisites: [basics]"), slug="agents")
    agents = cycles.assign(cycles.ada, slug="agents")[0]
    basics = cycles.assignments_of(cycles.ada, slug="basics")[0]
    anke = cycles.world.contact("Anke", cycles.acme)
    with cycles.in_transaction() as session:
        asked = ask_extension(
            session,
            session.get_one(Assignment, agents.id),
            agents.due_on + timedelta(days=7),
            "The fair in Hanover takes all of next week.",
            by=cycles.world.actor(cycles.ada),
            at=now(),
        )
        waived = session.get_one(Assignment, basics.id)
        ask_waiver(session, waived, basics.due_on, "Away.", by=cycles.world.actor(cycles.sam), at=now())
    staff = f"/partners/{cycles.acme.number}/assignments"
    return [
        (cycles.sam, "/completions"),
        (cycles.sam, f"/completions/{record.id}"),
        (cycles.sam, f"{staff}/{agents.id}"),
        (cycles.sam, f"{staff}/{agents.id}/waivers/new"),
        (cycles.sam, f"{staff}/{basics.id}"),
        (cycles.robin, "/extensions"),
        (cycles.robin, f"/extensions/{asked.id}"),
        (cycles.robin, "/assignments"),
        (anke, "/team-assignments"),
        (anke, f"/team-assignments/{basics.id}/extensions/new"),
        (cycles.ada, "/tasks"),
        (cycles.ada, f"/assignments/{agents.id}"),
        (cycles.ada, f"/assignments/{record.assignment_id}"),
        (cycles.ada, f"/training-records/{record.id}"),
        (cycles.ada, f"/assignments/{basics.id}/extensions/new"),
    ]


def test_every_page_can_be_read_by_everybody_and_on_a_phone(stages, page_for):
    for person, address in stages:
        page = page_for(person)
        page.goto(address)
        axe(page)
        fits(page)


def test_what_is_wrong_is_said_beside_its_field(stages, page_for):
    person, address = stages[6]
    page = page_for(person)
    page.goto(address)
    page.get_by_role("button", name="Send the answer").click()
    assert page.title().startswith("Error: ")
    axe(page)
    fits(page)
