"""Who may see and do what on the pages of this room: strangers find nothing, the inside stays inside."""

import re

import pytest

from app.decisions.rules import DecisionKind
from app.kernel.clock import now
from app.remediation import queries, services
from app.remediation.models import CaseState, Mark, Outcome, StepKind
from app.remediation.services import StoredFile
from tests.remediation import samples

INSIDE = ("INTERNAL", "SECRET", "CONFIDENTIAL")


def signed_in(app, person):
    client = app.test_client()
    client.sign_in(person)
    return client


def note(stage, number, text="CONFIDENTIAL: the former manager is suspected."):
    with stage.in_transaction() as session:
        case = stage.case(session, number)
        services.write_note(session, case, text, by=stage.act(stage.sam), at=now())
        services.set_mark(
            session, case, Mark.ESCALATED, reason="CONFIDENTIAL reason", by=stage.act(stage.sam), at=now()
        )


def everything(app, stage):
    """A case with something of every kind; its number and the addresses of its pages."""
    from app.kernel.storage import Storage

    kinds = (StepKind.EVIDENCE, StepKind.TRAINING, StepKind.ENGAGEMENT)
    number = stage.running(*kinds)
    note(stage, number)
    stage.cover("Ada")
    stored = Storage(app.config["SETTINGS"].data_folder / "files").put(samples.PDF)
    stage.hand_in(number, files=[StoredFile("minutes.pdf", "application/pdf", stored.size, stored.sha256)])
    stage.accept(number, 1)
    stage.train(stage.ada)
    stage.confirm(stage.meet(number))
    stage.sign(number)
    made = stage.propose_determination(number)
    stage.decide(DecisionKind.DETERMINATION, made)
    steps = {kind: stage.step(number, kind).id for kind in (*kinds, StepKind.ATTESTATION)}
    case = f"/cases/{number}"
    outside = [
        "/cases",
        case,
        "/notices/1",
        f"{case}/plans/1",
        *(f"{case}/steps/{step}" for step in steps.values()),
        "/sessions/1",
        "/sessions/1/meeting.ics",
        f"{case}/manifest",
        f"{case}/steps/{steps[StepKind.EVIDENCE]}/evidence/1/files/1",
    ]
    inside = [
        "/infractions",
        "/infractions/1",
        f"{case}/determinations/{made}",
        f"{case}/notices/new",
        f"{case}/plans/new",
        f"{case}/referrals/new",
        f"{case}/returns/new",
        f"{case}/determinations/new",
        f"{case}/dismissal",
        f"{case}/closure",
        f"{case}/steps/{steps[StepKind.ENGAGEMENT]}/sessions/new",
        "/sessions/1/cancellation",
        "/cases/new?partner=P-1001",
        "/infractions/new",
    ]
    return number, outside, inside


def test_a_stranger_finds_nothing_of_a_case(app, stage):
    number, outside, inside = everything(app, stage)
    posts = [
        f"/cases/{number}/{what}"
        for what in (
            "notes",
            "marks",
            "notices",
            "plans",
            "referrals",
            "returns",
            "dismissals",
            "closures",
            "manifests",
            "attestations",
            "determinations",
        )
    ]
    strangers = {
        "contact of another partner": stage.malik,
        "executive of another partner": stage.world.executive("Elsa", stage.globex),
        "representative of another partner": stage.world.representative("Rita", stage.globex),
        "learner": stage.ada,
        "learner elsewhere": stage.school.mallory,
    }
    for who, person in strangers.items():
        client = signed_in(app, person)
        for path in [path for path in outside if path != "/cases"] + inside:
            status = client.get(path).status_code
            assert status in (403, 404), (who, path, status)
            if person is not stage.ada and "representative" not in who and path in outside and "learner" not in who:
                assert status == 404, (who, path, status)
        for path in posts:
            status = client.post(path, data={"idempotency_key": "k" * 12, "reason": "x"}).status_code
            assert status in (403, 404), (who, path, status)
    nobody = app.test_client()
    assert all(nobody.get(path).status_code == 303 for path in [*outside, *inside])


def test_a_missing_case_and_a_foreign_one_look_the_same(app, stage):
    number = stage.running(StepKind.EVIDENCE)
    client = signed_in(app, stage.malik)
    foreign, missing = client.get(f"/cases/{number}"), client.get("/cases/RC-2026-0999")
    plain = [re.sub(r'value="[^"]+"', "", page.get_data(as_text=True)) for page in (foreign, missing)]
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert plain[0].replace(number, "") == plain[1].replace("RC-2026-0999", "")


def test_nothing_internal_reaches_a_page_of_the_partner_or_of_its_representative(app, stage):
    _, outside, _ = everything(app, stage)
    for person in (stage.nora, stage.eva, stage.robin):
        client = signed_in(app, person)
        seen = 0
        for path in outside:
            page = client.get(path, follow_redirects=True)
            if person is stage.robin and page.status_code == 404:
                assert path.endswith(("/manifest", "/files/1")), path
                continue
            assert page.status_code == 200, (person.name, path)
            body = page.get_data(as_text=True)
            assert not [word for word in INSIDE if word in body], (person.name, path)
            assert "Escalated" not in body
            seen += 1
        assert seen >= 8


def test_the_inside_reads_notes_and_reasons(app, stage):
    number, _, _ = everything(app, stage)
    for person in (stage.sam, stage.priya, stage.world.auditor()):
        page = signed_in(app, person).get(f"/cases/{number}")
        for word in INSIDE[::2]:
            assert word in page.text, (person.name, word)
        assert "Escalated" in page.text


def test_an_auditor_reads_every_page_and_is_offered_nothing_to_change(app, stage):
    number, outside, _ = everything(app, stage)
    client = signed_in(app, stage.world.auditor())
    for path in [*outside, "/infractions", "/infractions/1"]:
        page = client.get(path)
        assert page.status_code == 200, path
        if page.mimetype == "text/html":
            posting = [form["action"] for form in page.page.find_all("form") if form.get("method") == "post"]
            assert set(posting) <= {"/theme", "/sign-out"}, (path, posting)
    assert client.post(f"/cases/{number}/notes", data={"text": "x"}).status_code == 403


@pytest.mark.parametrize(
    "what", ["notices", "plans", "referrals", "determinations", "returns", "notes", "marks", "dismissals", "closures"]
)
def test_a_representative_cannot_propose_note_or_move_anything(app, stage, what):
    number = stage.running(StepKind.EVIDENCE)
    client = signed_in(app, stage.robin)
    assert client.post(f"/cases/{number}/{what}", data={"reason": "x", "idempotency_key": "k" * 12}).status_code == 403


def test_a_draft_is_known_to_nobody_outside_compliance(app, stage):
    number = stage.open()
    for person in (stage.nora, stage.eva, stage.robin):
        client = signed_in(app, person)
        assert client.get(f"/cases/{number}").status_code == 404
        assert number not in client.get("/cases").text
    assert number in signed_in(app, stage.sam).get("/cases").text


def test_an_infraction_is_never_shown_to_a_representative(app, stage):
    one = stage.infraction()
    client = signed_in(app, stage.robin)
    assert client.get("/infractions").status_code == 403
    assert client.get(f"/infractions/{one}").status_code == 403


def test_the_audit_trail_keeps_that_a_note_was_written_and_not_what_it_says(stage):
    from app.audit.queries import of_subject

    number = stage.running(StepKind.EVIDENCE)
    note(stage, number)
    with stage.reading() as session:
        written = next(event for event in of_subject(session, "case", number) if event.action == "note.written")
        assert "CONFIDENTIAL" not in str(written.details) + str(written.reason)


def test_the_partner_sees_one_list_and_one_button(app, stage):
    number = stage.running(StepKind.ROOT_CAUSE_ANALYSIS, StepKind.TRAINING, StepKind.EVIDENCE, StepKind.ENGAGEMENT)
    stage.cover("Ada", "Grace")
    stage.send_back(number, stage.hand_in(number))
    page = signed_in(app, stage.nora).get(f"/cases/{number}")
    primary = page.page.select(".button-primary")
    assert [" ".join(button.get_text().split()) for button in primary] == ["Continue: Do the evidence"]
    items = [" ".join(item.get_text(" ").split()) for item in page.page.select(".tasks li")]
    assert len(items) == 5
    states = ["Not started", "Not started", "Needs changes", "Waiting for us", "Cannot start yet"]
    for item, word in zip(items, states, strict=True):
        assert word in item


def test_continue_follows_what_the_partner_does(stage):
    def title():
        with stage.reading() as session:
            found = queries.continue_for(session, stage.act(stage.nora), at=now())
            return found.title if found else None

    assert title() is None
    number = stage.open()
    assert title() is None
    notice_id = stage.notify(number)
    assert title() == "Read the notice"
    stage.acknowledge(notice_id)
    assert title() is None
    stage.decide(
        DecisionKind.PLAN, stage.propose_plan(number, StepKind.CORRECTION, StepKind.EVIDENCE, StepKind.ENGAGEMENT)
    )
    assert title() == "Continue: Do the correction"
    stage.hand_in(number, StepKind.CORRECTION)
    assert title() == "Continue: Do the evidence"
    stage.send_back(number, 1, StepKind.CORRECTION)
    assert title() == "Continue: Do the correction"
    stage.accept(number, stage.hand_in(number, StepKind.CORRECTION, statement="Again."), StepKind.CORRECTION)
    stage.accept(number, stage.hand_in(number))
    assert title() is None
    meeting = stage.meet(number)
    assert title() == "Continue: Do the engagement session"
    stage.confirm(meeting)
    assert title() is None
    with stage.reading() as session:
        executive = queries.continue_for(session, stage.act(stage.eva), at=now())
        assert executive.title == "Sign for the completion"
        assert (executive.endpoint, executive.values) == ("remediation.attestation", {"number": number})


def test_staff_find_what_waits_for_them_and_not_what_they_did_themselves(stage):
    def kinds(who):
        with stage.reading() as session:
            return sorted({one.kind for one in queries.waiting_for_staff(session, stage.act(who), at=now())})

    one = stage.infraction()
    assert kinds(stage.sam) == []
    assert kinds(stage.jonas) == ["infraction"]
    assert kinds(stage.robin) == []
    stage.substantiate(one)
    for days in (30, 20):
        stage.substantiate(stage.infraction(days_ago=days))
    assert kinds(stage.sam) == ["suggestion"]
    assert kinds(stage.priya) == []
    number = stage.open(infractions=[1, 2, 3])
    assert kinds(stage.sam) == ["notice"]
    notice_id = stage.notify(number)
    assert kinds(stage.sam) == ["plan"]
    stage.decide(DecisionKind.PLAN, stage.propose_plan(number, StepKind.EVIDENCE, StepKind.ENGAGEMENT))
    stage.acknowledge(notice_id)
    assert kinds(stage.sam) == ["meeting"]
    assert kinds(stage.robin) == ["meeting"]
    stage.confirm(stage.meet(number))
    stage.accept(number, stage.hand_in(number))
    assert kinds(stage.sam) == []
    stage.sign(number)
    assert kinds(stage.sam) == ["determination"]
    made = stage.propose_determination(
        number, Outcome.COMPLETED_WITH_CONDITIONS, conditions="The rule is sampled until May."
    )
    assert kinds(stage.sam) == []
    stage.decide(DecisionKind.DETERMINATION, made)
    assert stage.state(number) is CaseState.MONITORING
    assert kinds(stage.sam) == []


def test_the_queue_of_cases_does_not_ask_more_for_more_cases(app, stage, statements):
    client = signed_in(app, stage.sam)
    stage.running(StepKind.EVIDENCE)
    with statements() as few:
        client.get("/cases")
    stage.open(partner=stage.globex)
    third = stage.world.partner("Initech")
    stage.three(partner=third)
    stage.open(partner=third, infractions=[7, 8, 9])
    with statements() as more:
        client.get("/cases")
    assert len(more) <= len(few)
