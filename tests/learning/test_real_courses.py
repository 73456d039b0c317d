"""The courses that come with the portal, and Learn modules as they are, taken page by page by a learner who passes."""

from pathlib import Path

import pytest

from app.courses.rules.learn_module import import_learn
from app.learning.models import TrainingRecord
from tests.courses.samples import read_bundle
from tests.ground.world import PASSWORD

ROOT = Path(__file__).parents[2]
OWN = sorted(folder for folder in (ROOT / "courses").iterdir() if folder.is_dir())
LEARN = ROOT.parent / "shared" / "data" / "learn"
MODULES = ("describe-compliance-management-capabilities-microsoft", "describe-insider-risk-capabilities-microsoft-365")


def taken(client, school, slug: str) -> None:
    """From the assignment to the training record: the one primary action of each page, until there is a record."""
    eve = school.world.learner("Eve", school.acme, password=PASSWORD)
    assignment = school.assign(eve, slug=slug)[0]
    client.sign_in(eve)
    page = client.get(f"/assignments/{assignment.id}")
    for _ in range(40):
        place = page.request.path
        if place.startswith("/training-records/"):
            return
        if "/questions/" in place:
            attempt_id = int(place.split("/")[2])
            school.answer(attempt_id, eve)
            page = client.get(f"/attempts/{attempt_id}/review")
        page = onward(client, page)
    raise AssertionError(f"No end: {page.request.path}")


def onward(client, page):
    """The one primary action of a page, a link or a button; what is to be confirmed is ticked and signed."""
    [primary] = page.page.select("main .button-primary")
    if primary.name == "a":
        return client.get(primary["href"], follow_redirects=True)
    form = primary.find_parent("form")
    signed = {}
    if form.select("input[type=password]"):
        signed = {"statements": [box["value"] for box in form.select("[name=statements]")], "password": PASSWORD}
    return client.submit(page, primary.get_text(" ", strip=True), **signed)


def score(reading) -> int:
    with reading() as session:
        return session.query(TrainingRecord).one().score


@pytest.mark.parametrize("folder", OWN, ids=lambda folder: folder.name)
def test_a_course_of_ours_is_passed(client, school, reading, folder):
    school.publish(read_bundle(folder), slug=folder.name)
    taken(client, school, folder.name)
    assert score(reading) == 10_000


@pytest.mark.parametrize("module", MODULES)
def test_a_real_learn_module_is_passed(client, school, reading, module):
    if not (LEARN / module).is_dir():
        pytest.skip("the Learn modules are not beside this repository (../shared/data/learn)")
    imported = import_learn(LEARN / module)
    school.publish(imported.bundle, slug=imported.slug)
    taken(client, school, imported.slug)
    assert score(reading) == 10_000
