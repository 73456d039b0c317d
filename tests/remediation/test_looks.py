"""Pages of this room in a real browser: nothing for axe-core to find in either theme, nothing to scroll sideways."""

import pytest

from app.decisions.rules import DecisionKind
from app.remediation.models import StepKind
from tests.ground.browser import axe, fits

pytestmark = pytest.mark.one_engine


def look(page_for, person, *paths):
    page = page_for(person)
    for path in paths:
        page.goto(path)
        axe(page)
        fits(page)


def test_the_pages_before_the_work(stage, page_for):
    stage.three()
    stage.infraction(days_ago=20)
    look(page_for, stage.jonas, "/infractions", "/infractions/4", "/infractions/new", "/cases/new?partner=P-1001")
    number = stage.open(infractions=[1, 2, 3])
    look(page_for, stage.sam, f"/cases/{number}", f"/cases/{number}/notices/new", f"/cases/{number}/plans/new")
    notice_id = stage.notify(number)
    look(page_for, stage.nora, "/cases", f"/cases/{number}", f"/notices/{notice_id}")


def test_the_pages_of_the_work(stage, page_for):
    number = stage.running(StepKind.EVIDENCE, StepKind.TRAINING, StepKind.ENGAGEMENT)
    stage.cover("Ada", "Grace")
    stage.train(stage.ada)
    stage.send_back(number, stage.hand_in(number))
    stage.hand_in(number, statement="Better.")
    meeting = stage.meet(number)
    steps = [f"/cases/{number}/steps/{stage.step(number, kind).id}" for kind in (StepKind.EVIDENCE, StepKind.TRAINING)]
    look(page_for, stage.nora, f"/cases/{number}", *steps, f"/sessions/{meeting}")
    look(page_for, stage.sam, "/cases", f"/cases/{number}", *steps, f"/sessions/{meeting}")
    look(page_for, stage.robin, f"/cases/{number}", steps[1])


def test_the_pages_of_the_end(stage, page_for):
    number = stage.ready()
    look(page_for, stage.eva, f"/cases/{number}", f"/cases/{number}/attestation", f"/cases/{number}/manifest")
    stage.sign(number)
    look(
        page_for,
        stage.sam,
        f"/cases/{number}/determinations/new",
        f"/cases/{number}/referrals/new",
        f"/cases/{number}/returns/new",
    )
    made = stage.propose_determination(number)
    look(page_for, stage.sam, f"/cases/{number}/determinations/{made}")
    stage.decide(DecisionKind.DETERMINATION, made)
    look(page_for, stage.nora, f"/cases/{number}")


def test_the_error_summary_takes_the_focus(stage, page_for):
    page = page_for(stage.sam)
    page.goto("/infractions/new")
    page.get_by_role("button", name="Record infraction").click()
    page.wait_for_selector("[data-error-summary]")
    assert page.evaluate("document.activeElement.hasAttribute('data-error-summary')")
    axe(page)
