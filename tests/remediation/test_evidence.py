"""Evidence: immutable revisions, reviewed by somebody else, and files that are kept and given back safely."""

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from app.access.policy import Role
from app.audit.queries import of_subject
from app.decisions.services import SamePerson
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotFound, NotPermitted
from app.outbox.models import OutboxRow
from app.remediation import queries, services
from app.remediation.models import EvidenceRevision, ReviewState, StepDraft, StepKind, StepState
from tests.remediation import samples

KIND = StepKind.EVIDENCE


def step_url(stage, number, kind=KIND):
    return f"/cases/{number}/steps/{stage.step(number, kind).id}"


def send(client, stage, number, *, files=(), **fields):
    page = client.get(step_url(stage, number))
    data = {"statement": "The rule is in force.", "effective_on": "2026-03-01", **fields}
    return client.submit(page, "Send evidence", files=[(BytesIO(content), name) for name, content in files], **data)


@pytest.fixture
def number(stage):
    return stage.running(KIND, StepKind.ENGAGEMENT)


@pytest.fixture
def nora(app, stage):
    client = app.test_client()
    client.sign_in(stage.nora)
    return client


def test_what_the_partner_hands_in_waits_for_a_review(stage, number):
    assert stage.hand_in(number) == 1
    assert stage.step(number, KIND).state is StepState.SUBMITTED
    with stage.reading() as session:
        waiting = queries.waiting_for_staff(session, stage.act(stage.sam), at=now())
        assert [one.kind for one in waiting if one.kind == "evidence"] == ["evidence"]


def test_a_return_names_what_to_mend_and_the_partner_mends_it(stage, number):
    stage.send_back(number, stage.hand_in(number))
    assert stage.step(number, KIND).state is StepState.CHANGES_REQUESTED
    with stage.reading() as session:
        assert session.scalar(select(OutboxRow).where(OutboxRow.kind == "step_returned")) is not None
    second = stage.hand_in(number, statement="Now with the signature.")
    assert second == 2
    stage.accept(number, second)
    assert stage.step(number, KIND).state is StepState.ACCEPTED
    assert stage.faults() == []


def test_a_return_without_a_reason_is_refused(stage, number):
    revision = stage.hand_in(number)
    with pytest.raises(DomainError, match="exactly what has to be mended"):
        stage.send_back(number, revision, reason=" no ")


def test_who_handed_it_in_cannot_review_it_whatever_their_roles(stage, number):
    revision = stage.hand_in(number)
    actor = stage.act(stage.nora)
    both = type(actor)(actor.person_id, actor.name, roles=actor.roles | {Role.COMPLIANCE_ANALYST})
    with pytest.raises(SamePerson, match="you handed it in"), stage.in_transaction() as session:
        services.accept_evidence(
            session,
            stage.case(session, number),
            session.merge(stage.step(number, KIND)),
            revision,
            by=both,
            at=now(),
        )
    with stage.reading() as session:
        refused = [e for e in of_subject(session, "step", stage.step(number, KIND).id) if e.outcome == "refused"]
        assert [event.action for event in refused] == ["evidence.reviewed"]


@pytest.mark.parametrize("who", ["nora", "eva", "robin"])
def test_only_compliance_reviews(stage, number, who):
    revision = stage.hand_in(number)
    with pytest.raises(NotPermitted):
        stage.accept(number, revision, by=getattr(stage, who))


@pytest.mark.parametrize("who", ["eva", "sam", "robin", "ada"])
def test_only_the_contact_hands_in(stage, number, who):
    with pytest.raises((NotPermitted, NotFound)):
        stage.hand_in(number, by=getattr(stage, who))


def test_another_partners_contact_finds_no_such_step(stage, number):
    with pytest.raises(NotFound):
        stage.hand_in(number, by=stage.malik)


def test_an_accepted_revision_that_is_replaced_loses_its_acceptance(stage, number):
    stage.accept(number, stage.hand_in(number))
    stage.hand_in(number, statement="A newer rule.")
    assert stage.step(number, KIND).state is StepState.SUBMITTED
    with stage.reading() as session:
        newest, first = queries.revisions(session, [stage.step(number, KIND).id])
        assert (first.review, first.replaced_at) == (ReviewState.ACCEPTED, now())
        assert newest.review is ReviewState.WAITING
        moves = queries.step_transitions(session, [stage.step(number, KIND).id])
        assert [move.to_state for move in moves[-2:]] == [StepState.REOPENED, StepState.SUBMITTED]
    assert stage.faults() == []


def test_a_revision_that_was_replaced_cannot_be_accepted(stage, number):
    first = stage.hand_in(number)
    stage.hand_in(number, statement="Better.")
    with pytest.raises(Conflict, match="was replaced by revision 2"):
        stage.accept(number, first)


def test_a_revision_is_reviewed_once(stage, number):
    first = stage.hand_in(number)
    stage.accept(number, first)
    with pytest.raises(Conflict, match="already accepted"):
        stage.send_back(number, first, by=stage.jonas)


@pytest.mark.parametrize("column", ["statement", "digest", "effective_on", "received_at", "uploaded_by_id"])
def test_a_revision_cannot_be_changed(stage, number, column):
    stage.hand_in(number)
    new = {"effective_on": stage.today, "received_at": now() + timedelta(1), "uploaded_by_id": stage.ada.id}
    with pytest.raises(Exception, match="append-only"), stage.in_transaction() as session:
        setattr(session.scalars(select(EvidenceRevision)).one(), column, new.get(column, "x" * 64))


def test_the_same_again_is_not_a_new_revision(stage, number):
    stage.hand_in(number)
    with pytest.raises(Conflict, match="exactly what you sent before"):
        stage.hand_in(number)


def test_a_rule_that_is_not_in_force_yet_is_no_evidence(stage, number):
    with pytest.raises(DomainError, match="in force already"):
        stage.hand_in(number, effective_on=stage.today + timedelta(days=1))


def test_nothing_is_not_evidence(stage, number):
    with pytest.raises(DomainError, match="nothing to send yet"):
        stage.hand_in(number, statement="  ")


def test_a_draft_is_kept_for_the_partner_and_hidden_from_the_vendor(app, stage, number, nora):
    page = nora.get(step_url(stage, number))
    saved = nora.submit(page, "Save for later", statement="Half a sentence", effective_on="")
    assert "Your text is saved. Nothing was sent." in saved.text
    assert nora.get(step_url(stage, number)).page.find("textarea").get_text().strip() == "Half a sentence"
    assert stage.step(number, KIND).state is StepState.IN_PROGRESS
    sam = app.test_client()
    sam.sign_in(stage.sam)
    assert "Half a sentence" not in sam.get(step_url(stage, number)).text
    send(nora, stage, number)
    with stage.reading() as session:
        assert session.scalars(select(StepDraft)).all() == []


def test_files_are_kept_by_digest_and_given_back_as_attachments_that_can_do_nothing(app, stage, number, nora):
    sent = send(nora, stage, number, files=[("محضر.pdf", samples.PDF), ("stand.png", samples.PNG)])
    assert "Your evidence is with us" in sent.text
    for reader in (stage.nora, stage.eva, stage.sam, stage.priya, stage.world.auditor()):
        client = app.test_client()
        client.sign_in(reader)
        page = client.get(step_url(stage, number))
        links = [str(link["href"]) for link in page.page.select("a.file-link")]
        assert len(links) == 2
        file = client.get(links[0])
        assert file.data == samples.PDF
        assert file.headers["Content-Disposition"].startswith("attachment")
        assert "filename*=UTF-8''" in file.headers["Content-Disposition"]
        assert "sandbox" in file.headers["Content-Security-Policy"]
        assert file.headers["X-Content-Type-Options"] == "nosniff"
        assert file.mimetype == "application/pdf"


def test_nobody_else_gets_a_file(app, stage, number, nora):
    send(nora, stage, number, files=[("minutes.pdf", samples.PDF)])
    url = str(nora.get(step_url(stage, number)).page.select_one("a.file-link")["href"])
    for stranger in (stage.malik, stage.robin, stage.world.representative("Rita", stage.globex)):
        client = app.test_client()
        client.sign_in(stranger)
        assert client.get(url).status_code == 404
    for inside in (stage.ada, stage.world.finance_analyst()):
        client = app.test_client()
        client.sign_in(inside)
        assert client.get(url).status_code in (403, 404)
    assert app.test_client().get(url).status_code == 303


def test_a_file_is_found_only_through_its_own_step_and_revision(stage, number, nora):
    send(nora, stage, number, files=[("minutes.pdf", samples.PDF)])
    url = str(nora.get(step_url(stage, number)).page.select_one("a.file-link")["href"])
    other = stage.step(number, StepKind.ENGAGEMENT).id
    assert nora.get(url.replace(f"/steps/{stage.step(number, KIND).id}/", f"/steps/{other}/")).status_code == 404
    assert nora.get(url.replace("/evidence/1/", "/evidence/2/")).status_code == 404


def test_a_file_that_lies_about_its_type_is_refused_with_a_sentence_and_nothing_is_kept(app, stage, number, nora):
    refused = send(nora, stage, number, files=[("good.pdf", samples.PDF), ("minutes.pdf", samples.HTML)])
    assert refused.status_code == 422
    assert "“minutes.pdf” is called a PDF, but it isn't one inside" in refused.text
    assert refused.page.select_one(".field-wrong input[type=file]") is not None
    assert "The rule is in force." in refused.page.find("textarea").get_text()
    kept = app.config["SETTINGS"].data_folder / "files"
    assert not [path for path in kept.rglob("*") if path.is_file()]
    assert stage.step(number, KIND).state is StepState.NOT_STARTED


def test_the_page_says_before_the_upload_which_files_are_taken_and_how_large(stage, number, nora):
    text = nora.get(step_url(stage, number)).text
    assert "PDF, Word (.docx), Excel (.xlsx), PNG, JPEG, CSV or plain text" in text
    assert "at most 15 MB" in text


def test_a_file_of_an_earlier_revision_can_be_kept(stage, number, nora):
    send(nora, stage, number, files=[("minutes.pdf", samples.PDF)])
    stage.send_back(number, 1)
    page = nora.get(step_url(stage, number))
    assert "minutes.pdf" in page.text
    again = nora.submit(page, "Send evidence", statement="Signed now.", effective_on="2026-03-01")
    assert "revision 2" in again.text
    with stage.reading() as session:
        newest, first = queries.revisions(session, [stage.step(number, KIND).id])
        files = {file.revision_id: file.sha256 for file in queries.files_of(session, [newest.id, first.id])}
        assert files[newest.id] == files[first.id]


def test_a_file_of_another_step_cannot_be_kept_into_this_one(stage, number):
    with pytest.raises(DomainError, match="not part of what you sent before"):
        stage.hand_in(number, keep=[4711])


def test_the_same_form_sent_twice_is_one_revision(stage, number, nora):
    page = nora.get(step_url(stage, number))
    fields = {"statement": "The rule is in force.", "effective_on": "2026-03-01"}
    nora.submit(page, "Send evidence", **fields)
    nora.submit(page, "Send evidence", **fields)
    with stage.reading() as session:
        assert len(session.scalars(select(EvidenceRevision)).all()) == 1


def test_a_review_on_the_page_returns_and_accepts(app, stage, number, nora):
    send(nora, stage, number)
    sam = app.test_client()
    sam.sign_in(stage.sam)
    page = sam.get(step_url(stage, number))
    empty = sam.submit(page, "Record my review", verdict="returned", reason="")
    assert empty.status_code == 422
    assert "exactly what has to be mended" in empty.text
    sam.submit(sam.get(step_url(stage, number)), "Record my review", verdict="returned", reason="Sign the minutes.")
    seen = nora.get(step_url(stage, number))
    assert "Please mend this and send it again" in seen.text
    assert "Sign the minutes." in seen.text


def test_the_partner_is_not_told_who_of_the_compliance_team_judged(app, stage, number, nora):
    stage.hand_in(number)
    stage.accept(number, 1, by=stage.jonas)
    told = nora.get(f"/cases/{number}").text
    assert "Evidence accepted" in told
    assert "Compliance team" in told
    assert stage.jonas.name not in told
    sam = app.test_client()
    sam.sign_in(stage.sam)
    assert stage.jonas.name in sam.get(f"/cases/{number}").text


def test_nothing_is_handed_in_before_the_plan_is_in_force(stage):
    number = stage.open()
    stage.notify(number)
    with stage.reading() as session, pytest.raises(NotFound):
        queries.load_step(session, number, 1, by=stage.act(stage.nora))


def test_a_review_of_a_revision_that_is_not_there_is_not_found(app, stage, number):
    stage.hand_in(number)
    step = stage.step(number, StepKind.EVIDENCE).id
    client = app.test_client()
    client.sign_in(stage.jonas)
    for revision in (0, 2, 99):
        address = f"/cases/{number}/steps/{step}/evidence/{revision}/reviews"
        assert client.post(address, data={"verdict": "accepted", "idempotency_key": "k" * 12}).status_code == 404
        assert client.post(address, data={}).status_code == 404
