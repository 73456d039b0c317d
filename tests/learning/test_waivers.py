"""Somebody need not take a course until a day: asked for by one, decided by another, listed by name, and over when it is over."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.access.policy import Role
from app.decisions.models import Decision
from app.decisions.rules import DecisionKind
from app.decisions.services import ContentChanged, SamePerson
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotPermitted
from app.learning.models import Assignment, AssignmentState, Origin, ProposalState, TrainingWaiver
from app.learning.services.assignments import reasons_to_skip
from app.learning.services.waivers import ask_waiver
from app.remediation.rules.coverage import InScope, coverage

UNTIL = date(2026, 6, 30)


@pytest.fixture
def assigned(cycles):
    cycles.publish()
    return cycles.assign(cycles.ada)[0]


def ask(cycles, assignment, *, until=UNTIL, reason="On parental leave.", by=None):
    with cycles.in_transaction() as session:
        made = ask_waiver(
            session,
            session.get_one(Assignment, assignment.id),
            until,
            reason,
            by=cycles.world.actor(by or cycles.sam),
            at=now(),
        )
        decision = session.scalars(
            select(Decision).where(Decision.kind == DecisionKind.WAIVER, Decision.subject_id == made.id)
        ).one()
        return made.id, decision.id


def test_a_second_person_waives_and_the_assignment_says_why(cycles, assigned):
    cycles.begin(assigned, cycles.ada)
    waiver_id, decision_id = ask(cycles, assigned)
    with cycles.reading() as session:
        assert session.get_one(Assignment, assigned.id).state is AssignmentState.IN_PROGRESS
        content = session.get_one(Decision, decision_id).content
    assert (content["person"], content["course"], content["waived_until"]) == ("Ada", "Gifts", "2026-06-30")
    cycles.approve(decision_id)
    with cycles.reading() as session:
        waived = session.get_one(Assignment, assigned.id)
        assert (waived.state, waived.closed_reason) == (AssignmentState.WAIVED, "On parental leave.")
        assert session.get_one(TrainingWaiver, waiver_id).state is ProposalState.ACCEPTED
        skipped = reasons_to_skip(session, [cycles.ada.id], assigned.course_id, partner=cycles.acme, at=now())
    assert skipped == {cycles.ada.id: "waived until 30 June 2026"}


def test_who_asked_cannot_decide(cycles, assigned):
    both = cycles.world.person("Bo", Role.COMPLIANCE_ANALYST, Role.COMPLIANCE_APPROVER)
    _, decision_id = ask(cycles, assigned, by=both)
    with pytest.raises(SamePerson):
        cycles.approve(decision_id, by=both)


def test_a_rejected_waiver_changes_nothing(cycles, assigned):
    _, decision_id = ask(cycles, assigned)
    cycles.approve(decision_id, approve=False)
    with cycles.reading() as session:
        assert session.get_one(Assignment, assigned.id).state is AssignmentState.ASSIGNED
    ask(cycles, assigned)


def test_what_was_completed_meanwhile_is_not_waived(cycles, assigned):
    _, decision_id = ask(cycles, assigned)
    cycles.pass_quiz(assigned, cycles.ada)
    with pytest.raises(ContentChanged):
        cycles.approve(decision_id)


def test_a_representative_cannot_ask_and_nobody_asks_twice_or_backwards(cycles, assigned):
    with pytest.raises(NotPermitted):
        ask(cycles, assigned, by=cycles.robin)
    for until in (cycles.today, cycles.today + timedelta(days=2000), date.max):
        with pytest.raises(DomainError) as refused:
            ask(cycles, assigned, until=until)
        assert refused.value.field == "until"
    ask(cycles, assigned)
    with pytest.raises(Conflict):
        ask(cycles, assigned)


def test_at_its_end_the_course_comes_back_once(cycles, assigned, clock):
    _, decision_id = ask(cycles, assigned)
    cycles.approve(decision_id)
    clock.move_to(now().replace(month=6, day=30))
    assert cycles.tick() == 0, "its last day"
    clock.advance(days=1)
    assert cycles.tick() == 1
    assert cycles.tick() == 0
    first, again = cycles.assignments_of(cycles.ada)
    assert first.state is AssignmentState.WAIVED
    assert (again.origin, again.due_on) == (Origin.REPRESENTATIVE, date(2026, 7, 15))


def test_coverage_lists_the_waived_by_name_and_does_not_count_them():
    people = [InScope(1, "Ada", "sales", date(2025, 1, 1)), InScope(2, "Grace", "sales", date(2025, 1, 1))]
    found = coverage(people, ["gifts"], {(2, "gifts")}, target=10_000, on=UNTIL, waived={(1, "gifts"): UNTIL})
    assert [(one.name, one.reason) for one in found.exceptions] == [("Ada", "Waived until 30 June 2026")]
    assert (found.satisfied, found.total) == (1, 1)


def test_who_is_waived_from_one_course_still_has_to_take_the_other():
    people = [InScope(1, "Ada", "sales", date(2025, 1, 1))]
    found = coverage(people, ["gifts", "data"], set(), target=10_000, on=UNTIL, waived={(1, "gifts"): UNTIL})
    assert found.exceptions == ()
    assert found.people[0].left == ("data",)


def test_the_pages_of_a_waiver(cycles, assigned, client):
    client.sign_in(cycles.sam)
    place = f"/partners/{cycles.acme.number}/assignments/{assigned.id}"
    form = client.get(client.get(place).link("Ask for a waiver"))
    assert client.submit(form, "Propose the waiver", until="2026-03-02", reason="Away.").status_code == 422
    page = client.submit(form, "Propose the waiver", until="2026-06-30", reason="Away for a while.")
    assert "A waiver until 30 June 2026 is proposed" in page.text
    client.sign_in(cycles.priya)
    with cycles.reading() as session:
        decision_id = session.scalars(select(Decision.id).order_by(Decision.id.desc())).first()
    page = client.get(f"/decisions/{decision_id}")
    assert "30 June 2026" in page.text
    assert "Away for a while." in page.text
    client.submit(page, "Record my decision", outcome="approve")
    assert "Waived until 30 June 2026" in client.get(place).text
    client.sign_in(cycles.ada)
    assert "You need not take this course until 30 June 2026" in client.get(f"/assignments/{assigned.id}").text
