"""More time: asked for by who needs it, given or refused by somebody else, the first due date kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.access.policy import Role
from app.audit.models import AuditEvent
from app.decisions.services import AlreadyDecided
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotFound, NotPermitted
from app.learning.models import Assignment, Extension, ExtensionState, Origin
from app.learning.services.extensions import ask_extension, grant_extension, refuse_extension
from app.outbox.models import OutboxRow


@pytest.fixture
def assigned(cycles):
    """Ada has a course, due in fourteen days."""
    cycles.publish()
    return cycles.assign(cycles.ada)[0]


def ask(cycles, assignment, *, by, days=7, reason="The fair takes all of next week."):
    with cycles.in_transaction() as session:
        found = session.get_one(Assignment, assignment.id)
        until = found.due_on + timedelta(days=days)
        return ask_extension(session, found, until, reason, by=cycles.world.actor(by), at=now())


def grant(cycles, extension, *, by, days=7):
    with cycles.in_transaction() as session:
        found = session.get_one(Extension, extension.id)
        due_on = session.get_one(Assignment, found.assignment_id).due_on
        grant_extension(session, found, due_on + timedelta(days=days), "", by=cycles.world.actor(by), at=now())


def refuse(cycles, extension, answer="The case can’t wait.", *, by):
    with cycles.in_transaction() as session:
        found = session.get_one(Extension, extension.id)
        refuse_extension(session, found, answer, by=cycles.world.actor(by), at=now())


def test_a_representative_gives_more_time_and_the_first_due_date_stays(cycles, assigned):
    extension = ask(cycles, assigned, by=cycles.ada)
    grant(cycles, extension, by=cycles.robin, days=3)
    with cycles.reading() as session:
        found = session.get_one(Assignment, assigned.id)
        assert found.due_on == assigned.due_on + timedelta(days=3), "the day that was chosen, not the one asked for"
        assert found.original_due_on == assigned.due_on
        kinds = session.scalars(select(OutboxRow.kind)).all()
    assert {"extension_asked", "extension_decided"} <= set(kinds)


def test_a_refusal_leaves_the_day_and_says_why(cycles, assigned):
    extension = ask(cycles, assigned, by=cycles.ada)
    with pytest.raises(DomainError) as refused:
        refuse(cycles, extension, " ", by=cycles.robin)
    assert refused.value.field == "reply"
    refuse(cycles, extension, by=cycles.robin)
    with cycles.reading() as session:
        assert session.get_one(Assignment, assigned.id).due_on == assigned.due_on
        assert session.get_one(Extension, extension.id).answer == "The case can’t wait."
    with pytest.raises(AlreadyDecided):
        grant(cycles, extension, by=cycles.robin)
    assert ask(cycles, assigned, by=cycles.ada).state is ExtensionState.ASKED


def test_one_request_is_open_at_a_time(cycles, assigned):
    ask(cycles, assigned, by=cycles.ada)
    with pytest.raises(Conflict, match="More time was asked for already"):
        ask(cycles, assigned, by=cycles.ada)


def test_the_contact_asks_for_own_people_and_nobody_else_does(cycles, assigned):
    anke = cycles.world.contact("Anke", cycles.acme)
    with pytest.raises(NotPermitted):
        ask(cycles, assigned, by=cycles.grace)
    with pytest.raises(NotFound):
        ask(cycles, assigned, by=cycles.world.contact("Max", cycles.globex))
    assert ask(cycles, assigned, by=anke).asked_by_id == anke.id


def test_partners_people_decide_nothing_and_the_refusal_is_kept(cycles, assigned):
    extension = ask(cycles, assigned, by=cycles.ada)
    for somebody in (cycles.ada, cycles.world.contact("Anke", cycles.acme)):
        with pytest.raises(NotPermitted):
            grant(cycles, extension, by=somebody)
    with cycles.reading() as session:
        refused = session.scalars(select(AuditEvent).where(AuditEvent.action == "extension.decided")).all()
        assert [one.outcome for one in refused] == ["refused", "refused"]


def test_what_compliance_decided_only_compliance_extends(cycles):
    cycles.publish()
    both = cycles.world.person("Bo", Role.ACCOUNT_REPRESENTATIVE, Role.COMPLIANCE_ANALYST)
    assignment = cycles.assign_as(
        cycles.ada, origin=Origin.SINGLE_INFRACTION, due_on=cycles.today + timedelta(days=5), by=both
    )
    extension = ask(cycles, assignment, by=cycles.ada)
    with pytest.raises(NotPermitted, match="Only compliance"):
        grant(cycles, extension, by=cycles.robin)
    grant(cycles, extension, by=cycles.sam)


@pytest.mark.parametrize("days", [0, -1, 400])
def test_a_new_day_is_later_and_within_a_year(cycles, assigned, days):
    with pytest.raises(DomainError) as refused:
        ask(cycles, assigned, by=cycles.ada, days=days)
    assert refused.value.field == "until"


def test_what_is_done_needs_no_more_time(cycles, assigned):
    extension = ask(cycles, assigned, by=cycles.ada)
    cycles.pass_quiz(assigned, cycles.ada)
    with pytest.raises(Conflict):
        grant(cycles, extension, by=cycles.robin)
    with pytest.raises(Conflict):
        ask(cycles, assigned, by=cycles.ada)


def test_the_pages_from_asking_to_the_answer(cycles, assigned, client):
    client.sign_in(cycles.ada)
    form = client.get(client.get(f"/assignments/{assigned.id}").link("Ask for more time"))
    wrong = client.submit(form, "Ask for more time", until="2026-03-16", reason="A fair.")
    assert wrong.status_code == 422
    assert "Choose a day after 16 March 2026" in wrong.text
    page = client.submit(form, "Ask for more time", until="2026-03-23", reason="A fair.")
    assert "You asked for more time, until 23 March 2026" in page.text
    again = client.submit(
        client.get(f"/assignments/{assigned.id}/extensions/new"),
        "Ask for more time",
        until="2026-03-24",
        reason="A fair.",
    )
    assert again.status_code == 409
    assert "More time was asked for already" in again.text

    client.sign_in(cycles.robin)
    assert "1 request for more time" in client.get("/").text
    queue = client.get("/extensions")
    page = client.get(queue.link("Ada"))
    assert "7 days more" in page.text
    assert "A fair." in page.text
    assert client.submit(page, "Send the answer", outcome="refuse", reply="").status_code == 422
    assert client.submit(page, "Send the answer", outcome="grant", until="").status_code == 422
    answered = client.submit(page, "Send the answer", outcome="grant", until="2026-03-20", reply="Two days more.")
    assert answered.heading == "Requests for more time"
    assert "Nobody waits for an answer" in answered.text
    shown = client.get(f"/partners/{cycles.acme.number}/assignments/{assigned.id}").text
    assert "20 March 2026; first set to 16 March 2026" in shown
    assert "granted until 20 March 2026" in shown
    client.sign_in(cycles.ada)
    shown = client.get(f"/assignments/{assigned.id}").text
    assert "20 March 2026" in shown
    assert "First due on 16 March 2026" in shown


def test_the_contact_sees_what_colleagues_have_to_take_and_asks_for_them(cycles, assigned, client):
    client.sign_in(cycles.world.contact("Anke", cycles.acme))
    page = client.get("/team-assignments")
    assert "Ada" in page.text
    assert "Gifts" in page.text
    assert "%" not in page.text
    form = client.get(f"/team-assignments/{assigned.id}/extensions/new")
    page = client.submit(form, "Ask for more time", until="2026-03-23", reason="A fair.")
    assert "Asked for until 23 March 2026" in page.text
    client.sign_in(cycles.world.contact("Max", cycles.globex))
    assert "Ada" not in client.get("/team-assignments").text
    assert client.get(f"/team-assignments/{assigned.id}/extensions/new").status_code == 404


def test_another_representative_finds_nothing(cycles, assigned, client):
    extension = ask(cycles, assigned, by=cycles.ada)
    client.sign_in(cycles.world.representative("Rita", cycles.globex))
    assert client.get(f"/extensions/{extension.id}").status_code == 404
    assert "Ada" not in client.get("/extensions").text
