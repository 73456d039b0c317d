import pytest
from werkzeug.routing import Map

from app.kernel.clock import now
from app.notifications.letters import MAILS
from app.partners import services as partners
from app.partners.models import Representation
from app.remediation.models import StepKind
from tests.notifications.conftest import body_of, page_of


def to(postman, person) -> list[str]:
    """The subjects of the mails to one person."""
    return [
        subject
        for subject, address in zip(postman.subjects, postman.recipients, strict=True)
        if address == person.email
    ]


def days(worker, clock, number: int) -> None:
    """Let the worker live through so many days."""
    for _ in range(number):
        clock.advance(days=1)
        worker.once()


def test_a_served_notice_is_told_to_those_who_run_the_case_and_sign_for_it(worker, postman, stage):
    number = stage.open()
    notice_id = stage.propose_notice(number)
    worker.once()
    assert postman.delivered == []
    stage.decide("notice", notice_id)
    worker.once()
    assert sorted(postman.recipients) == sorted([stage.nora.email, stage.eva.email])
    assert to(postman, stage.nora) == [f"Notice in case {number}: acknowledge it by 16 March 2026"]
    assert f"http://localhost/notices/{notice_id}" in body_of(postman.delivered[0])


@pytest.mark.one_engine
def test_nothing_internal_and_no_fact_of_the_case_leaves_by_mail(worker, postman, stage, clock):
    number = stage.running(StepKind.EVIDENCE, StepKind.ENGAGEMENT)
    revision = stage.hand_in(number)
    stage.send_back(number, revision, reason="The minutes of 3 May lack a SIGNATURE.")
    stage.meet(number)
    days(worker, clock, 60)
    assert len(postman.delivered) > 5
    for message in postman.delivered:
        for text in (message["Subject"], body_of(message), page_of(message)):
            for told in ("INTERNAL", "SECRET", "SIGNATURE", "marketing funds", "root cause", "whistleblower"):
                assert told.lower() not in text.lower()


def test_each_of_several_recipients_is_a_row_of_its_own(worker, postman, stage, clock):
    postman.refuses = {stage.eva.email}
    number = stage.open()
    stage.notify(number)
    done = worker.once()
    assert (done.fanned_out, done.sent, done.failed) == (1, 1, 1)
    assert postman.recipients == [stage.nora.email]
    postman.refuses = set()
    clock.advance(minutes=1)
    assert worker.once().sent == 1
    assert postman.recipients == [stage.nora.email, stage.eva.email]


def test_a_notice_is_reminded_of_until_it_is_acknowledged(worker, postman, stage, clock):
    number = stage.open()
    notice_id = stage.notify(number)
    worker.once()
    days(worker, clock, 25)
    reminders = to(postman, stage.nora)[1:]
    assert reminders == [
        f"Notice in case {number} has to be acknowledged by 16 March 2026",
        f"Notice in case {number} has to be acknowledged by 16 March 2026",
        f"Notice in case {number} was to be acknowledged by 16 March 2026",
        f"Notice in case {number} was to be acknowledged by 16 March 2026",
    ]
    assert len(to(postman, stage.eva)) == 1
    stage.acknowledge(notice_id)
    before = len(postman.delivered)
    days(worker, clock, 20)
    assert len(postman.delivered) == before


def test_steps_are_reminded_of_while_it_is_the_partners_turn(worker, postman, stage, clock):
    number = stage.running(StepKind.EVIDENCE)
    worker.once()
    postman.delivered.clear()
    days(worker, clock, 17)
    assert to(postman, stage.nora) == [f"Case {number}: 1 step due on 1 April 2026"]
    assert "– Do the evidence" in body_of(postman.delivered[0])
    revision = stage.hand_in(number)
    days(worker, clock, 20)
    assert len(to(postman, stage.nora)) == 1
    stage.send_back(number, revision)
    days(worker, clock, 1)
    said = to(postman, stage.nora)
    assert said[1] == f"Case {number}: a step came back to you, due on 1 April 2026"
    assert said[2] == f"Case {number}: 1 step overdue since 1 April 2026"


def test_the_executive_is_reminded_to_sign_only_once_all_else_is_done(worker, postman, stage, clock):
    number = stage.running(StepKind.EVIDENCE)
    worker.once()
    days(worker, clock, 30)
    postman.delivered.clear()
    assert to(postman, stage.eva) == []
    stage.accept(number, stage.hand_in(number))
    days(worker, clock, 1)
    assert to(postman, stage.eva) == [f"Case {number}: 1 step due on 11 April 2026"]
    assert to(postman, stage.nora) == []
    stage.sign(number)
    days(worker, clock, 30)
    assert len(to(postman, stage.eva)) == 1


def test_a_return_that_was_answered_meanwhile_is_not_mailed(worker, postman, stage):
    number = stage.running(StepKind.EVIDENCE)
    worker.once()
    postman.delivered.clear()
    stage.send_back(number, stage.hand_in(number))
    stage.hand_in(number, statement="Now with the signature.")
    worker.once()
    assert postman.delivered == []


def test_a_meeting_whose_minutes_were_confirmed_needs_no_mail(worker, postman, stage):
    number = stage.running(StepKind.ENGAGEMENT)
    worker.once()
    postman.delivered.clear()
    meeting = stage.meet(number)
    worker.once()
    assert [subject.partition(":")[0] for subject in to(postman, stage.nora)] == [f"Case {number}"]
    assert "wait for your confirmation" in postman.subjects[0]
    stage.confirm(meeting)
    assert worker.once().rows == 0


def test_the_partner_hears_of_its_determination_once(worker, postman, stage):
    number = stage.completed()
    worker.once()
    assert f"Case {number}: determination made, completed" in to(postman, stage.nora)
    assert f"Case {number}: determination made, completed" in to(postman, stage.eva)
    assert worker.once().rows == 0


def test_mails_of_a_case_are_shown_as_one_conversation(worker, postman, stage):
    number = stage.running(StepKind.EVIDENCE)
    stage.send_back(number, stage.hand_in(number))
    worker.once()
    assert len({message["References"] for message in postman.delivered}) == 1
    assert len({message["Message-ID"] for message in postman.delivered}) == len(postman.delivered)


def test_what_is_assigned_together_arrives_in_one_mail(worker, postman, stage):
    school = stage.school
    school.publish()
    school.assign(school.ada, school.grace)
    worker.once()
    assert sorted(postman.recipients) == sorted([school.ada.email, school.grace.email])
    assert to(postman, school.ada) == ["1 course assigned to you, due on 16 March 2026"]
    assert "– Gifts: about" in body_of(postman.delivered[0])


def test_a_learner_without_attempts_left_is_brought_to_the_representative(worker, postman, stage):
    school = stage.school
    school.publish()
    registration = school.start(school.ada)
    school.read(registration, school.ada)
    for _ in range(3):
        school.attempt(registration, school.ada, right=False)
    worker.once()
    assert to(postman, stage.robin) == ["Acme: a learner has used all attempts at “Gifts”"]
    [message] = [one for one in postman.delivered if one["To"].addresses[0].addr_spec == stage.robin.email]
    assert "Ada of Acme" in " ".join(body_of(message).split())


def test_where_nobody_represents_a_partner_compliance_is_asked(worker, postman, stage, in_transaction):
    school = stage.school
    school.publish()
    registration = school.start(school.ada)
    school.read(registration, school.ada)
    for _ in range(3):
        school.attempt(registration, school.ada, right=False)
    with in_transaction() as session:
        session.query(Representation).update({"ended_on": now().date()})
    worker.once()
    assert to(postman, stage.robin) == []
    assert len(to(postman, stage.sam)) == len(to(postman, stage.jonas)) == 1


@pytest.mark.one_engine
def test_nobody_is_reminded_while_on_leave(worker, postman, stage, in_transaction, clock):
    school = stage.school
    school.publish()
    line = stage.world.covered("Linus", stage.acme, by=stage.nora)
    school.assign(line.person, due_in=20)
    with in_transaction() as session:
        partners.put_on_leave(
            session,
            session.merge(line),
            leave_from=now().date(),
            leave_until=None,
            reason="Parental leave",
            by=stage.act(stage.nora),
            at=now(),
        )
    days(worker, clock, 30)
    assert [
        subject for subject in to(postman, line.person) if "assigned" not in subject and "account" not in subject
    ] == []


@pytest.fixture
def addresses(app) -> Map:
    return app.url_map


@pytest.mark.one_engine
def test_every_button_leads_to_a_page(worker, postman, stage, clock, addresses):
    number = stage.running(StepKind.EVIDENCE, StepKind.ENGAGEMENT)
    stage.send_back(number, stage.hand_in(number))
    stage.meet(number)
    days(worker, clock, 50)
    stage.notify(stage.open(partner=stage.globex))
    worker.once()
    found = addresses.bind("localhost")
    paths = {
        line.removeprefix("http://localhost")
        for message in postman.delivered
        for line in body_of(message).splitlines()
        if line.startswith("http://localhost")
    }
    assert len(paths) == 4
    for path in paths | {"/tasks", "/incentives/own", "/partners/P-1001/assignments/1"}:
        assert found.match(path, method="GET")


def test_no_mail_promises_a_kind_that_does_not_exist():
    assert {"notice_served", "step_returned", "course_assigned", "determination_made", "release_paid"} <= set(MAILS)
