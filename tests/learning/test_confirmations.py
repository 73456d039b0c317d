"""Where a course says so, a pass counts when compliance has confirmed it: neither its learner nor its assigner may."""

import pytest
from sqlalchemy import select

from app.access.policy import Role
from app.audit.models import AuditEvent
from app.decisions.services import AlreadyDecided, SamePerson
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotPermitted
from app.learning.models import Assignment, AssignmentState, Registration, RegistrationState, TrainingRecord
from app.learning.queries.faults import faults
from app.learning.queries.records import satisfied_by
from app.outbox.models import OutboxRow
from tests.learning.cycles import CONFIRMED
from tests.learning.school import gifts


@pytest.fixture
def passed(cycles):
    """Ada has passed a course that compliance confirms."""
    cycles.publish(gifts(settings=CONFIRMED, attestation=True))
    registration_id = cycles.start(cycles.ada)
    cycles.read(registration_id, cycles.ada)
    cycles.attempt(registration_id, cycles.ada, right=True)
    return cycles.attest(registration_id, cycles.ada)


def counts(cycles, record) -> bool:
    with cycles.reading() as session:
        return bool(satisfied_by(session, [record.person_id], [record.course_id], at=now()))


def mails(cycles) -> list[str]:
    with cycles.reading() as session:
        return list(session.scalars(select(OutboxRow.kind).order_by(OutboxRow.id)))


def test_a_pass_waits_for_compliance_and_counts_once_confirmed(cycles, passed, clock):
    assert passed.needs_confirmation
    assert not counts(cycles, passed)
    with cycles.reading() as session:
        assert session.get_one(Assignment, passed.assignment_id).state is AssignmentState.IN_PROGRESS
        assert faults(session) == []
    clock.advance(days=2)
    cycles.confirm(passed)
    assert counts(cycles, passed)
    with cycles.reading() as session:
        assignment = session.get_one(Assignment, passed.assignment_id)
        assert (assignment.state, assignment.satisfied_by_record_id) == (AssignmentState.SATISFIED, passed.id)
        assert assignment.satisfied_at == now()
        assert session.get_one(TrainingRecord, passed.id).completed_at < now(), "the record is as it was at the pass"
        assert faults(session) == []


def test_the_certificate_is_made_when_it_is_confirmed_and_not_before(cycles, passed):
    assert "course_certificate" not in mails(cycles)
    cycles.confirm(passed)
    assert mails(cycles).count("course_certificate") == 1
    assert mails(cycles).count("completion_confirmed") == 1


def test_a_returned_completion_does_not_count_and_the_learner_begins_again(cycles, passed):
    cycles.send_back(passed)
    assert not counts(cycles, passed)
    assert mails(cycles).count("completion_returned") == 1
    with cycles.reading() as session:
        again = session.scalars(
            select(Registration).where(Registration.person_id == cycles.ada.id).order_by(Registration.id.desc())
        ).first()
        assert (again.state, again.number) == (RegistrationState.OPEN, 2)
    cycles.read(again.id, cycles.ada)
    cycles.attempt(again.id, cycles.ada, right=True)
    second = cycles.attest(again.id, cycles.ada)
    cycles.confirm(second)
    assert counts(cycles, second)
    with cycles.reading() as session:
        assert faults(session) == []


def test_it_is_decided_once(cycles, passed):
    cycles.confirm(passed)
    with pytest.raises(AlreadyDecided):
        cycles.send_back(passed)
    with pytest.raises(AlreadyDecided):
        cycles.confirm(passed, by=cycles.priya)


def test_a_return_needs_a_comment(cycles, passed):
    with pytest.raises(DomainError) as refused:
        cycles.send_back(passed, "  ")
    assert refused.value.field == "comment"


def test_who_assigned_the_course_may_not_confirm_it_and_the_refusal_is_kept(cycles):
    cycles.publish(gifts(settings=CONFIRMED))
    both = cycles.world.person("Bo", Role.ACCOUNT_REPRESENTATIVE, Role.COMPLIANCE_APPROVER)
    record = cycles.pass_quiz(cycles.assign(cycles.ada, by=both)[0], cycles.ada)
    with pytest.raises(SamePerson, match="you assigned the course"):
        cycles.confirm(record, by=both)
    with cycles.reading() as session:
        refused = session.scalars(select(AuditEvent).where(AuditEvent.action == "training-record.confirmed")).one()
        assert (refused.outcome, refused.person_id) == ("refused", both.id)
    cycles.confirm(record)


def test_a_representative_and_a_learner_may_not_confirm(cycles, passed):
    for somebody in (cycles.robin, cycles.ada, cycles.grace):
        with pytest.raises(NotPermitted):
            cycles.confirm(passed, by=somebody)
    assert not counts(cycles, passed)


def test_nobody_starts_again_while_it_waits(cycles, passed):
    with cycles.reading() as session:
        assignment = session.get_one(Assignment, passed.assignment_id)
    with pytest.raises(Conflict, match="Compliance confirms it next"):
        cycles.begin(assignment, cycles.ada)


def test_the_queue_and_the_page_hold_what_it_takes_to_judge(cycles, passed, client):
    client.sign_in(cycles.sam)
    assert "1 completion to confirm" in client.get("/").text
    queue = client.get("/completions")
    assert "Ada" in queue.text
    assert "Gifts" in queue.text
    page = client.get(f"/completions/{passed.id}")
    for words in ("100 %", "I will ask before I give.", "What will you do?", "…", "Robin"):
        assert words in page.text
    answer = client.submit(page, "Record my decision", outcome="return", comment="")
    assert answer.errors
    assert answer.status_code == 422
    answer = client.submit(page, "Record my decision", outcome="confirm")
    assert answer.heading == "Completions to confirm"
    assert "No completion waits" in answer.text
    assert counts(cycles, passed)


def test_the_learner_reads_that_it_waits(cycles, passed, client):
    client.sign_in(cycles.ada)
    assert "Passed on 2 March 2026, waits for confirmation" in client.get("/tasks").text
    assert "waits for confirmation" in client.get("/").text
    assert "confirms it next" in client.get(f"/assignments/{passed.assignment_id}").text
    assert "waits for confirmation" in client.get(f"/training-records/{passed.id}").text
    cycles.send_back(passed, "Say what you would do about the car.")
    page = client.get(f"/assignments/{passed.assignment_id}")
    assert "Say what you would do about the car." in page.text
    assert "Continue: Courtesy" in page.text


def test_a_partners_person_gets_404(cycles, passed, client):
    client.sign_in(cycles.grace)
    assert client.get(f"/completions/{passed.id}").status_code == 404


def test_the_queue_costs_the_same_with_ten_completions_as_with_one(cycles, passed, client, statements):
    client.sign_in(cycles.sam)
    client.get("/completions")
    with statements() as one:
        client.get("/completions")
    for number in range(9):
        person = cycles.world.learner(f"Person{number}", cycles.acme)
        registration_id = cycles.start(person)
        cycles.read(registration_id, person)
        cycles.attempt(registration_id, person, right=True)
        cycles.attest(registration_id, person)
    with statements() as ten:
        assert client.get("/completions").text.count("Gifts") == 10
    assert len(ten) == len(one)
