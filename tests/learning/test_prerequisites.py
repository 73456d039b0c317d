"""What comes first comes first, for who has not completed it or what stands for it."""

import pytest

from app.courses.rules.course import check_prerequisites, parse
from app.kernel.clock import now
from app.kernel.errors import DomainError
from app.learning.models import Assignment, AssignmentState, Origin
from app.learning.queries.faults import faults
from app.learning.queries.records import satisfied_by
from app.learning.services.assignments import reasons_to_skip
from tests.learning.cycles import reading_course


@pytest.fixture
def ladder(cycles):
    """Basics, then Gifts, then Agents; and Old basics, which stands for Basics."""
    cycles.publish(reading_course("Old basics"), slug="old-basics")
    cycles.publish(reading_course("Basics", "equivalents: [old-basics]\nvalid_for: P1Y"), slug="basics")
    cycles.publish(reading_course("Gifts", "prerequisites: [basics]"), slug="gifts")
    cycles.publish(reading_course("Agents", "prerequisites: [gifts]"), slug="agents")
    return cycles


def titles(cycles, person):
    return [
        (slug, one.state, one.due_on)
        for slug in ("basics", "gifts", "agents")
        for one in cycles.assignments_of(person, slug=slug)
    ]


def test_assigning_a_course_assigns_what_comes_first(ladder):
    made = ladder.assign(ladder.ada, slug="agents")
    assert len(made) == 1
    assert [slug for slug, _, _ in titles(ladder, ladder.ada)] == ["basics", "gifts", "agents"]
    assert {due for _, _, due in titles(ladder, ladder.ada)} == {made[0].due_on}


def test_who_has_completed_what_comes_first_gets_the_course_alone(ladder):
    ladder.read_through(ladder.assign(ladder.ada, slug="old-basics")[0], ladder.ada)
    ladder.assign(ladder.ada, ladder.grace, slug="gifts")
    assert [slug for slug, _, _ in titles(ladder, ladder.ada)] == ["gifts"], "Old basics stands for Basics"
    assert [slug for slug, _, _ in titles(ladder, ladder.grace)] == ["basics", "gifts"]


def test_a_course_cannot_be_begun_before_what_comes_first(ladder):
    gifts = ladder.assign(ladder.ada, slug="gifts")[0]
    with pytest.raises(DomainError, match="complete “Basics” first"):
        ladder.begin(gifts, ladder.ada)
    ladder.read_through(ladder.assignments_of(ladder.ada, slug="basics")[0], ladder.ada)
    assert ladder.begin(gifts, ladder.ada)


def test_a_lapsed_prerequisite_has_to_be_taken_again_but_does_not_stop_what_is_running(ladder, clock):
    gifts, agents = ladder.assign(ladder.ada, slug="gifts")[0], None
    ladder.read_through(ladder.assignments_of(ladder.ada, slug="basics")[0], ladder.ada)
    registration_id = ladder.begin(gifts, ladder.ada)
    clock.move_to(now().replace(year=2027, month=4))
    assert ladder.begin(gifts, ladder.ada) == registration_id
    agents = ladder.assign(ladder.grace, slug="agents")[0]
    with pytest.raises(DomainError):
        ladder.begin(agents, ladder.grace)


def test_a_pass_of_an_equivalent_satisfies_the_course_and_not_the_other_way_round(ladder):
    ladder.assign(ladder.ada, slug="basics")
    record = ladder.read_through(ladder.assign(ladder.ada, slug="old-basics")[0], ladder.ada)
    basics = ladder.assignments_of(ladder.ada, slug="basics")[0]
    assert (basics.state, basics.satisfied_by_record_id) == (AssignmentState.SATISFIED, record.id)
    other = ladder.assign(ladder.grace, slug="basics")[0]
    ladder.read_through(other, ladder.grace)
    with ladder.reading() as session:
        ids = {basics.course_id, record.course_id}
        done = satisfied_by(session, [ladder.ada.id, ladder.grace.id], ids, at=now())
        assert done == {
            (ladder.ada.id, basics.course_id),
            (ladder.ada.id, record.course_id),
            (ladder.grace.id, basics.course_id),
        }
        said = reasons_to_skip(session, [ladder.ada.id], basics.course_id, partner=ladder.acme, at=now())
        assert said[ladder.ada.id].startswith("“Old basics” instead, completed on 2 March 2026")
        assert faults(session) == []


def test_the_page_says_what_comes_first_and_leads_there(ladder, client):
    gifts = ladder.assign(ladder.ada, slug="gifts")[0]
    basics = ladder.assignments_of(ladder.ada, slug="basics")[0]
    client.sign_in(ladder.ada)
    tasks = client.get("/tasks")
    assert "First comes “ Basics ”" in tasks.text
    assert "Cannot start yet" in tasks.text
    assert tasks.link("Start: Basics")
    page = client.get(f"/assignments/{gifts.id}")
    assert "Cannot start yet" in page.text
    assert page.link("Go to: Basics") == f"/assignments/{basics.id}"
    refused = client.post(f"/assignments/{gifts.id}/registrations", data={"idempotency_key": "k" * 20})
    assert refused.status_code == 422
    assert "complete “Basics” first" in refused.text


def test_a_learner_puts_what_is_not_assigned_on_the_list(ladder, client):
    ladder.read_through(ladder.assign(ladder.ada, slug="basics")[0], ladder.ada)
    gifts = ladder.assign(ladder.ada, slug="gifts")[0]
    ladder.publish(reading_course("More", "attempts: 1"), slug="more")
    changed = reading_course("Gifts", "prerequisites: [basics, more]")
    files = {**changed.files, "index.md": changed.files["index.md"].replace(b"1.0.0", b"1.1.0")}
    ladder.publish(type(changed).of(files), slug="gifts")
    client.sign_in(ladder.ada)
    page = client.submit(client.get(f"/assignments/{gifts.id}"), "Put it on my list")
    assert page.link("Go to: More")
    more = ladder.assignments_of(ladder.ada, slug="more")
    assert [(one.origin, one.due_on) for one in more] == [(Origin.OWN_CHOICE, gifts.due_on)]
    client.post(f"/assignments/{gifts.id}/prerequisites", data={"idempotency_key": "z" * 20})
    assert len(ladder.assignments_of(ladder.ada, slug="more")) == 1


def test_the_preview_shows_what_comes_first(ladder, client):
    contact = ladder.world.contact("Anke", ladder.acme)
    ladder.world.covered("Lena", ladder.acme, by=contact)
    client.sign_in(ladder.robin)
    form = client.get(f"/partners/{ladder.acme.number}/assignments/new?course=gifts")
    lena = ladder.world.roster(ladder.acme)[0]
    page = client.submit(form, "Look it over", people=[str(lena.id)], due_on="2026-03-20")
    assert "comes first: who lacks it gets it too" in page.text
    client.submit(page, "Assign now")
    with ladder.reading() as session:
        assert session.query(Assignment).filter_by(person_id=lena.id).count() == 2


def test_a_missing_or_own_equivalent_is_a_fault_of_the_course():
    metas = {
        slug: parse(reading_course(slug, settings).files).meta
        for slug, settings in (("basics", "equivalents: [basics, none]"), ("gifts", "equivalents: [basics]"))
    }
    assert [problem.message for problem in check_prerequisites(metas)] == [
        "equivalents: a course need not name itself; take it out.",
        "equivalents: there is no course 'none'. Write the name of its folder.",
    ]
