"""The story in pages: what each person sees and presses, from the infraction to the determination."""


def decide(client, stage, url, person=None):
    client.sign_in(person or stage.priya)
    page = client.get(url)
    return client.submit(page, "Record my decision", outcome="approve")


def test_the_whole_case_can_be_walked_in_pages(app, stage):
    vendor, partner = app.test_client(), app.test_client()
    stage.publish()
    vendor.sign_in(stage.sam)
    for occurred in ("2025-09-01", "2025-11-01", "2026-01-15"):
        form = vendor.get("/infractions/new?partner=P-1001")
        made = vendor.submit(
            form,
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
        answer = vendor.submit(
            vendor.get(f"/infractions/{infraction}"), "Record my finding", verdict="substantiated", reason="The letter."
        )
        assert answer.status_code == 200
    listed = vendor.get("/infractions")
    opening = vendor.get(listed.link("Open a case for Acme"))
    case = vendor.submit(opening, "Open the case", reason="Three in a year.")
    assert case.heading == "Remediation case RC-2026-0001"
    notice = vendor.get(case.link("Write the notice"))
    case = vendor.submit(notice, "Propose the notice", reason="As agreed.")
    plan = vendor.get(case.link("Propose a plan"))
    case = vendor.submit(
        plan,
        "Propose the plan",
        reason="The usual one.",
        **{"steps-1-courses": ["gifts"], "steps-1-kind": "training", "steps-1-target": "100"},
    )
    assert case.heading == "Remediation case RC-2026-0001", case.errors

    partner.sign_in(stage.nora)
    assert partner.get("/cases/RC-2026-0001").status_code == 404
    decide(vendor, stage, case.link("The notice waits for its approver"))
    decide(vendor, stage, case.link("The plan waits for its approver"))

    own = partner.get("/cases/RC-2026-0001")
    assert own.heading == "A notice waits for you"
    notice = partner.get(own.link("Read the notice"))
    assert "SECRET" not in notice.text
    own = partner.submit(notice, "I have read this notice")
    assert own.heading == "Your steps"
