import pytest

from app.access.policy import Role
from app.remediation.models import StepKind
from tests.incentives.books import Row


def primary(answer) -> list[str]:
    return [" ".join(button.get_text().split()) for button in answer.page.select("main a.button-primary")]


def sections(answer) -> list[str]:
    return [heading.get_text() for heading in answer.page.select("main h2")]


def home(client, person):
    client.sign_in(person)
    return client.get("/")


def test_somebody_who_is_not_signed_in_is_sent_to_sign_in(client):
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")


def test_a_contact_with_a_notice_is_shown_the_notice_first(client, stage):
    number = stage.open()
    notice_id = stage.notify(number)
    answer = home(client, stage.nora)
    assert answer.heading == "Hello, Nora"
    assert primary(answer) == ["Read the notice"]
    assert answer.link("Read the notice") == f"/notices/{notice_id}"
    assert "16 March 2026" in answer.text
    assert client.get(answer.link("Read the notice")).status_code == 200


def test_a_contact_in_remediation_continues_where_the_case_stands(client, stage):
    number = stage.running(StepKind.EVIDENCE)
    answer = home(client, stage.nora)
    assert primary(answer) == ["Continue: Do the evidence"]
    assert f"{number}: 0 of 2 steps done" in answer.text
    stage.hand_in(number)
    answer = home(client, stage.nora)
    assert primary(answer) == []
    assert "Nothing waits for you now." in answer.text


def test_the_executive_is_asked_to_sign_when_it_is_time(client, stage):
    number = stage.running(StepKind.EVIDENCE)
    assert primary(home(client, stage.eva)) == []
    stage.accept(number, stage.hand_in(number))
    answer = home(client, stage.eva)
    assert primary(answer) == ["Sign for the completion"]
    stage.sign(number)
    assert "Everything is in. We decide now." in home(client, stage.eva).text


def test_a_case_that_the_partner_must_not_know_of_yet_is_not_on_its_page(client, stage):
    number = stage.open()
    assert number not in home(client, stage.nora).text


def test_a_learner_continues_with_the_next_unit(client, stage):
    school = stage.school
    school.publish()
    school.assign(school.ada)
    answer = home(client, school.ada)
    assert primary(answer) == ["Start: Gifts"]
    registration = school.begin(school.assign(school.grace)[0], school.grace)
    school.read(registration, school.grace, 1)
    answer = home(client, school.grace)
    assert primary(answer) == ["Continue: Bribes"]
    assert "1 of 4 done, next: Bribes" in answer.text
    assert client.get(answer.link("Continue: Bribes"), follow_redirects=True).heading == "Bribes"


def test_a_learner_who_is_stuck_is_not_told_to_continue(client, stage):
    school = stage.school
    school.publish()
    registration = school.start(school.ada)
    school.read(registration, school.ada)
    for _ in range(3):
        school.attempt(registration, school.ada, right=False)
    answer = home(client, school.ada)
    assert primary(answer) == []
    assert "Waiting for help" in answer.text
    rep = home(client, stage.robin)
    assert "1 learner used all attempts" in rep.text
    assert primary(rep) == ["See Acme"]
    assert "Ada" in client.get(rep.link("See Acme")).text


def test_learners_see_nothing_of_the_case_and_the_money(client, stage):
    number = stage.running(StepKind.EVIDENCE)
    answer = home(client, stage.ada)
    assert number not in answer.text
    assert sections(answer) == ["Your training"]


def test_what_is_withheld_is_said_in_a_sentence_for_those_who_may_know(client, books, world):
    contact, viewer = world.contact("Carla", books.partner), world.finance_viewer("Vera", books.partner)
    assert "Nothing is withheld." in home(client, contact).text
    case = books.case()
    books.hold(case)
    books.bring(Row("1200.50"), Row("980", "JPY"))
    for person in (contact, viewer):
        assert "€1,200.50 and ¥980 are withheld. This is not lost, and it is not a debt." in home(client, person).text
    certificate = books.certify(case)
    assert "Your certificate has unlocked it" in home(client, contact).text
    order = books.release(case, certificate)
    assert "€1,200.50 and ¥980 are released and on the way to you." in home(client, contact).text
    books.export(order)
    assert "on the way to you" in home(client, contact).text


def test_finance_sees_what_can_be_released_exported_and_acknowledged(client, books, world):
    felix = world.finance_analyst("Felix")
    case = books.case()
    books.hold(case)
    books.bring(Row("1200.50"))
    assert primary(home(client, felix)) == []
    certificate = books.certify(case)
    answer = home(client, felix)
    assert primary(answer) == [f"Propose the release for {case.number}"]
    assert client.get(answer.link(f"Propose the release for {case.number}")).status_code == 200
    order = books.propose_release(case, certificate)
    fiona = world.finance_approver("Fiona")
    assert primary(home(client, fiona)) == ["Read and decide"]
    assert primary(home(client, felix)) == []
    books.decide("release_order", order.id)
    assert primary(home(client, felix)) == ["Export approved orders"]
    books.export(order)
    assert primary(home(client, felix)) == ["Acknowledge payments"]


def test_compliance_sees_what_waits_for_each(client, stage):
    infraction = stage.infraction()
    assert f"Judge infraction {infraction}" in home(client, stage.jonas).text
    assert f"Judge infraction {infraction}" not in home(client, stage.sam).text
    stage.substantiate(infraction)
    for _ in range(2):
        stage.substantiate(stage.infraction())
    answer = home(client, stage.sam)
    assert "Open a case: Acme" in answer.text
    number = stage.open(infractions=[1, 2, 3])
    stage.propose_notice(number)
    answer = home(client, stage.priya)
    assert primary(answer) == ["Read and decide"]
    assert client.get(answer.link("Read and decide")).status_code == 200
    assert "Waiting for your decision" in sections(answer)


def test_every_role_has_a_page_with_a_next_step(client, world):
    acme = world.partner("Acme")
    for role in Role:
        person = world.person(
            role.value.title().replace("_", ""), role, partner=acme if role.side.value == "partner" else None
        )
        answer = home(client, person)
        assert answer.status_code == 200
        assert len(primary(answer)) <= 1
        assert answer.page.select("main a[href]"), role


def test_home_takes_few_statements_where_much_waits(client, stage, books, world, statements):
    stage.running(StepKind.EVIDENCE, StepKind.TRAINING)
    stage.school.start(stage.ada)
    most = {}
    for person in (stage.ada, stage.robin, stage.priya, world.finance_analyst("Felix"), world.auditor("Otto")):
        home(client, person)
        with statements() as made:
            client.get("/")
        most[person.name] = len(made)
    assert max(most.values()) <= 8, most


def test_one_persons_whole_page_stays_within_bounds(client, stage, statements):
    """The contact's next step is counted from the roster; the analyst's list is asked room by room."""
    stage.running(StepKind.EVIDENCE, StepKind.TRAINING, StepKind.TRAINING, StepKind.ENGAGEMENT)
    stage.cover("Ada", "Grace")
    for person in (stage.nora, stage.sam):
        home(client, person)
        with statements() as made:
            client.get("/")
        assert len(made) <= 16, made


@pytest.mark.browser
@pytest.mark.one_engine
def test_home_and_audit_trail_can_be_used_by_everybody(page_for, stage, world):
    from tests.ground.browser import axe, fits

    stage.running(StepKind.EVIDENCE)
    for person, path in (
        (stage.nora, "/"),
        (stage.sam, "/"),
        (world.auditor("Otto"), "/audit?outcome=done"),
        (world.auditor("Oda"), "/audit?from=x"),
        (world.auditor("Ole"), "/audit/verification"),
    ):
        page = page_for(person)
        page.goto(path)
        axe(page)
        fits(page)
