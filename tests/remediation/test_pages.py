"""The story in pages: what each person sees and presses, from the infraction to the determination."""

from io import BytesIO

from app.courses import queries as courses
from app.remediation.models import CaseState, StepKind
from tests.ground.world import PASSWORD
from tests.remediation import samples


def test_the_whole_case_can_be_walked_in_pages(app, stage):
    vendor, partner = app.test_client(), app.test_client()
    stage.publish()
    vendor.sign_in(stage.sam)
    for occurred in ("2025-09-01", "2025-11-01", "2026-01-15"):
        made = vendor.submit(
            vendor.get("/infractions/new?partner=P-1001"),
            "Record infraction",
            rule="Partner code of conduct 4.2",
            severity="serious",
            category="marketing_funds",
            occurred_on=occurred,
            discovered_on="2026-02-01",
            summary="Invoices named an event that never took place.",
            internal_details="SECRET source.",
        )
        assert "A second person judges this" in made.text
    vendor.sign_in(stage.jonas)
    for infraction in (1, 2, 3):
        page = vendor.get(f"/infractions/{infraction}")
        vendor.submit(page, "Record my finding", verdict="substantiated", reason="The letter.")
    listed = vendor.get("/infractions")
    case = vendor.submit(vendor.get(listed.link("Open a case for Acme")), "Open the case", reason="Three in a year.")
    assert case.heading == "Remediation case RC-2026-0001"
    case = vendor.submit(vendor.get(case.link("Write the notice")), "Propose the notice", reason="As agreed.")
    case = vendor.submit(
        vendor.get(case.link("Propose a plan")),
        "Propose the plan",
        reason="The usual one, and training.",
        **{
            "steps-1-kind": "training",
            "steps-1-courses": ["gifts"],
            "steps-1-target": "100",
            "steps-2-leave_out": True,
            "steps-4-title": "Show the signed minutes",
            "steps-4-what_to_do": "Hand in the minutes in which the rule was adopted.",
            "steps-4-due_on": "2026-05-01",
            "steps-4-position": "2",
        },
    )
    assert case.heading == "Remediation case RC-2026-0001", case.errors
    notice, plan = case.link("The notice waits for its approver"), case.link("The plan waits for its approver")

    partner.sign_in(stage.nora)
    assert partner.get("/cases/RC-2026-0001").status_code == 404
    vendor.sign_in(stage.priya)
    vendor.submit(vendor.get(notice), "Record my decision", outcome="approve")
    vendor.submit(vendor.get(plan), "Record my decision", outcome="approve")

    own = partner.get("/cases/RC-2026-0001")
    assert own.heading == "A notice waits for you"
    notice = partner.get(own.link("Read the notice"))
    for words in ("Why you get this notice", "by when", "withheld", "How to appeal", "Whom to ask", "Robin"):
        assert words in notice.text
    assert "SECRET" not in notice.text
    own = partner.submit(notice, "I have read this notice")
    assert own.heading == "Your steps"

    step = partner.get(own.link("Continue: Find out why it happened"))
    sent = partner.submit(
        step,
        "Send evidence",
        statement="Nobody compared the invoice with the event.",
        effective_on="2026-02-20",
        files=[(BytesIO(samples.PDF), "analysis.pdf")],
    )
    assert "is with us" in sent.text
    vendor.sign_in(stage.sam)
    case = vendor.get("/cases/RC-2026-0001")
    vendor.submit(
        vendor.get(case.link("Review: Find out why it happened")), "Record my review", verdict="accepted", reason=""
    )
    step = partner.get(partner.get("/cases/RC-2026-0001").link("Continue: Put a corrected procedure in force"))
    assert step.link("Go to the roster") == "/roster"
    stage.cover("Ada")
    step = partner.get(partner.get("/cases/RC-2026-0001").link("Continue: Show the signed minutes"))
    partner.submit(step, "Send evidence", statement="The rule is in force.", effective_on="2026-03-01")
    case = vendor.get("/cases/RC-2026-0001")
    vendor.submit(
        vendor.get(case.link("Review: Show the signed minutes")), "Record my review", verdict="accepted", reason=""
    )
    stage.train(stage.ada)
    assert stage.state("RC-2026-0001") is CaseState.COMPLETION_REVIEW

    partner.sign_in(stage.eva)
    signing = partner.get(partner.get("/cases/RC-2026-0001").link("Sign for the completion"))
    done = partner.submit(signing, "Sign for the completion", password=PASSWORD)
    assert done.heading == "Everything is in. We decide now."
    case = vendor.get("/cases/RC-2026-0001")
    case = vendor.submit(
        vendor.get(case.link("Propose the determination")),
        "Propose the determination",
        outcome="completed",
        reason="You did and showed all that was asked.",
        internal_reason="A clear case.",
    )
    vendor.sign_in(stage.priya)
    vendor.submit(
        vendor.get(case.link("The determination waits for its approver")), "Record my decision", outcome="approve"
    )
    assert stage.state("RC-2026-0001") is CaseState.CLOSED_COMPLETED
    partner.sign_in(stage.nora)
    assert partner.get("/cases/RC-2026-0001").heading == "Completed"
    assert stage.faults() == []


def test_a_form_with_mistakes_comes_back_with_what_was_typed(app, stage):
    client = app.test_client()
    client.sign_in(stage.sam)
    page = client.submit(
        client.get("/infractions/new"),
        "Record infraction",
        partner="P-9999",
        rule="Code 4.2",
        severity="minor",
        occurred_on="2026-01-15",
        discovered_on="2026-01-10",
        summary="Something happened that the partner may read.",
    )
    assert page.status_code == 422
    assert "No partner has this number. Check it, for example P-1003." in page.errors
    assert page.page.find("input", attrs={"name": "rule"})["value"] == "Code 4.2"
    assert str(page.page.title.string).startswith("Error: ")


def test_a_plan_with_a_mistake_comes_back_whole_and_says_which_step(app, stage):
    number = stage.open()
    client = app.test_client()
    client.sign_in(stage.sam)
    page = client.submit(
        client.get(f"/cases/{number}/plans/new"),
        "Propose the plan",
        reason="Usual.",
        **{"steps-1-due_on": "2029-01-01"},
    )
    assert page.status_code == 422
    assert any("Step 2 (“Put a corrected procedure in force”)" in error for error in page.errors)
    assert page.page.find("input", attrs={"name": "steps-1-due_on"})["value"] == "2029-01-01"


def test_the_same_notice_form_sent_twice_is_one_notice(app, stage):
    number = stage.open()
    client = app.test_client()
    client.sign_in(stage.sam)
    form = client.get(f"/cases/{number}/notices/new")
    first = client.submit(form, "Propose the notice", reason="As agreed.")
    second = client.submit(form, "Propose the notice", reason="As agreed.")
    assert first.heading == second.heading
    with stage.reading() as session:
        from app.remediation import queries

        assert len(queries.notices_of(session, stage.case(session, number).id)) == 1


def test_every_page_says_what_to_do_where_there_is_nothing(app, stage):
    cast = {
        stage.nora: ["/cases"],
        stage.sam: ["/cases", "/infractions", "/cases?state=monitoring", "/infractions?partner=P-9999"],
        stage.robin: ["/cases"],
    }
    for person, paths in cast.items():
        client = app.test_client()
        client.sign_in(person)
        for path in paths:
            assert client.get(path).page.select_one(".empty") is not None, path


def test_a_partner_with_one_case_is_led_to_it_and_one_with_two_chooses(app, stage):
    number = stage.running(StepKind.EVIDENCE)
    client = app.test_client()
    client.sign_in(stage.nora)
    only = client.get("/cases", follow_redirects=True)
    assert only.request.path == f"/cases/{number}"
    assert only.page.select_one("nav a[aria-current]").get_text(strip=True) == "Our case"
    devices = stage.school.world.program("DEVICES")
    again = [stage.infraction(days_ago=days, program=devices) for days in (90, 60, 30)]
    for one in again:
        stage.substantiate(one)
    second = stage.open(infractions=again, program=devices)
    stage.notify(second)
    both = client.get("/cases")
    assert both.heading == "Our cases"
    assert all(one in both.text for one in (number, second))


def test_a_plan_calls_its_courses_by_their_titles(app, stage):
    number = stage.running(StepKind.TRAINING)
    client = app.test_client()
    client.sign_in(stage.sam)
    told = client.get(f"/cases/{number}/plans/1").text
    with stage.reading() as session:
        [course] = courses.catalogue(session)
        assert course.title in told
        assert course.course.slug not in told


def test_the_header_marks_the_part_of_the_portal_that_a_page_belongs_to(app, stage):
    number = stage.open()
    client = app.test_client()
    client.sign_in(stage.sam)
    for path, label in {"/infractions/1": "Infractions", f"/cases/{number}": "Cases", "/cases/new": "Cases"}.items():
        assert client.get(path).page.select_one("nav a[aria-current]").get_text(strip=True) == label


def test_the_history_can_be_narrowed_to_one_kind_of_event(app, stage):
    number = stage.running(StepKind.EVIDENCE)
    stage.hand_in(number)
    client = app.test_client()
    client.sign_in(stage.sam)
    everything = client.get(f"/cases/{number}")
    evidence = client.submit(everything, "Show", topic="evidence")
    assert len(evidence.page.select(".timeline li")) == 1
    assert "Evidence received" in evidence.text
    assert len(everything.page.select(".timeline li")) > 5


def test_a_mark_is_set_and_lifted_with_reasons(app, stage):
    number = stage.running(StepKind.EVIDENCE)
    client = app.test_client()
    client.sign_in(stage.sam)
    page = client.submit(client.get(f"/cases/{number}"), "Set mark", mark="legal_hold", reason="Counsel asked.")
    assert "Legal hold" in page.text
    again = client.submit(page, "Set mark", mark="legal_hold", reason="Again.")
    assert again.status_code == 409
    lifted = client.submit(
        client.get(page.link("Lift this mark : Legal hold")), "Lift the mark", reason="Counsel agreed."
    )
    assert "Mark lifted: legal hold" in lifted.text
