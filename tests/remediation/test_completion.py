"""The end: the frozen list, the executive's signature over exactly it, and a determination that goes stale with it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.accounts.rules import Reauthentication
from app.decisions.models import Signature
from app.decisions.rules import DecisionKind
from app.decisions.services import ContentChanged, SamePerson
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotFound, NotPermitted, Refused
from app.outbox.models import OutboxRow
from app.remediation import queries, services
from app.remediation.models import (
    CaseState,
    CompletionAttestation,
    Determination,
    DeterminationState,
    EvidenceManifest,
    Outcome,
    StepKind,
    StepState,
)
from tests.ground.world import PASSWORD

CONDITIONS = "The new rule is checked by sample until the end of the year."


def signed(stage):
    number = stage.ready()
    stage.sign(number)
    return number


def test_when_every_other_step_is_done_the_list_is_frozen_and_the_attestation_opens(stage):
    number = stage.ready()
    assert stage.state(number) is CaseState.COMPLETION_REVIEW
    found = stage.manifest(number)
    assert [step["title"] for step in found.content["steps"]] == ["Do the evidence"]
    assert found.content["steps"][0]["done_on"] == "2026-03-02"
    assert found.frozen_by_id is None


def test_the_list_is_the_same_whenever_it_is_asked_for(stage, clock):
    from app.kernel.canonical import digest

    number = stage.ready()
    clock.advance(days=40)
    with stage.reading() as session:
        again = queries.manifest_content(session, stage.case(session, number), at=now())
    assert digest(again) == stage.manifest(number).digest


def test_the_list_cannot_be_changed(stage):
    number = stage.ready()
    with pytest.raises(Exception, match="append-only"), stage.in_transaction() as session:
        session.get(EvidenceManifest, stage.manifest(number).id).content = {}


def test_the_executive_signs_exact_words_over_exactly_this_list(stage):
    number = signed(stage)
    with stage.reading() as session:
        made = session.scalars(select(CompletionAttestation)).one()
        signature = session.get(Signature, made.signature_id)
        assert signature.content_digest == stage.manifest(number).digest
        assert made.statement == signature.statement
        assert stage.manifest(number).digest in made.statement
        assert "I, Eva, sign for Acme." in made.statement
    assert stage.step(number, StepKind.ATTESTATION).state is StepState.ACCEPTED
    assert stage.faults() == []


@pytest.mark.parametrize("who", ["nora", "sam", "priya", "robin"])
def test_nobody_signs_for_the_executive(stage, who):
    number = stage.ready()
    with pytest.raises(NotPermitted):
        stage.sign(number, by=getattr(stage, who))


def test_a_signature_takes_the_executives_own_fresh_password(stage):
    number = stage.ready()
    for proof in (
        Reauthentication(stage.nora.id, now()),
        Reauthentication(stage.eva.id, now() - timedelta(minutes=16)),
        Reauthentication(stage.eva.id, now() + timedelta(minutes=1)),
    ):
        with pytest.raises(Refused, match="Enter your password again"):
            stage.sign(number, proof=proof)


def test_another_list_than_the_one_that_was_shown_is_not_signed(stage):
    number = stage.ready()
    with pytest.raises(Conflict, match="Nothing was signed"):
        stage.sign(number, digest="0" * 64)


def test_nothing_is_signed_before_the_rest_is_done(stage):
    number = stage.running(StepKind.EVIDENCE)
    with stage.in_transaction() as session:
        services.freeze_manifest(session, stage.case(session, number), by=stage.act(stage.sam), at=now())
    with pytest.raises(Conflict, match="when all other steps are done"):
        stage.sign(number)


def test_a_signature_is_given_once(stage):
    number = signed(stage)
    with pytest.raises(Conflict, match="signed already"):
        stage.sign(number)


def test_the_executive_signs_on_the_page_with_the_password(app, stage):
    number = stage.ready()
    client = app.test_client()
    client.sign_in(stage.eva)
    own = client.get(f"/cases/{number}")
    page = client.get(own.link("Sign for the completion"))
    assert stage.manifest(number).digest in page.text
    wrong = client.submit(page, "Sign for the completion", password="not it at all")
    assert wrong.status_code == 422
    assert "That is not your password" in wrong.text
    done = client.submit(client.get(f"/cases/{number}/attestation"), "Sign for the completion", password=PASSWORD)
    assert done.heading == "Everything is in. We decide now."


def test_new_evidence_after_the_signature_sends_the_case_back_and_makes_the_signature_moot(stage):
    number = signed(stage)
    revision = stage.hand_in(number, statement="Something newer.")
    assert stage.state(number) is CaseState.IN_REMEDIATION
    assert stage.step(number, StepKind.ATTESTATION).state is StepState.REOPENED
    stage.accept(number, revision)
    assert stage.state(number) is CaseState.COMPLETION_REVIEW
    assert stage.manifest(number).number == 2
    stage.sign(number)
    assert stage.faults() == []


def test_somebody_new_on_the_roster_sends_the_case_back(stage):
    number = stage.running(StepKind.TRAINING)
    stage.cover("Ada")
    stage.train(stage.ada)
    stage.sign(number)
    stage.cover("Grace")
    stage.count()
    assert stage.state(number) is CaseState.IN_REMEDIATION
    assert stage.step(number, StepKind.ATTESTATION).state is StepState.REOPENED


def test_completion_cannot_be_proposed_without_the_signature(stage):
    number = stage.ready()
    with pytest.raises(DomainError, match="has not signed"):
        stage.propose_determination(number)


def test_completion_cannot_be_proposed_before_the_completion_review(stage):
    number = stage.running(StepKind.EVIDENCE)
    with pytest.raises(DomainError, match="in the completion review"):
        stage.propose_determination(number)


@pytest.mark.parametrize("who", ["priya", "robin", "nora", "eva"])
def test_only_an_analyst_proposes_a_determination(stage, who):
    number = signed(stage)
    with pytest.raises(NotPermitted):
        stage.propose_determination(number, by=getattr(stage, who))


def test_who_proposed_it_cannot_approve_it(stage):
    from app.access.policy import Role
    from app.accounts import services as accounts
    from app.accounts.models import Person

    number = signed(stage)
    made = stage.propose_determination(number)
    with stage.in_transaction() as session:
        accounts.grant_role(
            session, session.get(Person, stage.sam.id), Role.COMPLIANCE_APPROVER, by=stage.act(stage.priya), at=now()
        )
    with pytest.raises(SamePerson):
        stage.decide(DecisionKind.DETERMINATION, made, by=stage.sam)
    assert stage.state(number) is CaseState.COMPLETION_REVIEW


def test_completed_closes_the_case(stage):
    number = stage.completed()
    assert stage.state(number) is CaseState.CLOSED_COMPLETED
    with stage.reading() as session:
        made = session.scalars(select(Determination)).one()
        assert (made.state, made.manifest_digest) == (DeterminationState.MADE, stage.manifest(number).digest)
        assert session.scalar(select(OutboxRow).where(OutboxRow.kind == "determination_made")) is not None
    assert stage.faults() == []


def test_approval_is_blocked_when_the_evidence_changed(stage):
    number = signed(stage)
    made = stage.propose_determination(number)
    stage.hand_in(number, statement="Something newer.")
    with pytest.raises(ContentChanged, match="Nothing was approved"):
        stage.decide(DecisionKind.DETERMINATION, made)
    with stage.reading() as session:
        assert session.get(Determination, made).state is DeterminationState.PROPOSED


def test_approval_is_blocked_when_the_roster_changed_even_before_anything_is_counted(stage):
    number = stage.running(StepKind.TRAINING)
    stage.cover("Ada")
    stage.train(stage.ada)
    stage.sign(number)
    made = stage.propose_determination(number)
    stage.cover("Grace")
    with pytest.raises(ContentChanged):
        stage.decide(DecisionKind.DETERMINATION, made)
    assert stage.state(number) is CaseState.COMPLETION_REVIEW


def test_approval_is_blocked_when_a_training_record_lapsed(stage, clock):
    number = stage.running(StepKind.TRAINING)
    stage.cover("Ada")
    stage.train(stage.ada)
    stage.sign(number)
    made = stage.propose_determination(number)
    clock.advance(days=400)
    with pytest.raises(ContentChanged):
        stage.decide(DecisionKind.DETERMINATION, made)


def test_a_stale_proposal_is_taken_back_by_its_proposer_and_made_anew(app, stage):
    number = signed(stage)
    made = stage.propose_determination(number)
    revision = stage.hand_in(number, statement="Something newer.")
    sam = app.test_client()
    sam.sign_in(stage.sam)
    page = sam.get(f"/cases/{number}/determinations/{made}")
    assert "The evidence has changed since" in page.text
    sam.submit(page, "Take the proposal back", reason="Newer evidence came.")
    stage.accept(number, revision)
    stage.sign(number)
    stage.decide(DecisionKind.DETERMINATION, stage.propose_determination(number))
    assert stage.state(number) is CaseState.CLOSED_COMPLETED


def test_a_proposal_is_taken_back_only_by_who_made_it(stage):
    number = signed(stage)
    made = stage.propose_determination(number)
    with pytest.raises(DomainError, match="Only the person who proposed it"), stage.in_transaction() as session:
        services.withdraw_determination(session, made, reason="No.", by=stage.act(stage.jonas), at=now())


def test_completed_with_conditions_is_monitored_then_closed(stage, clock):
    number = signed(stage)
    with pytest.raises(DomainError, match="what the conditions are"):
        stage.propose_determination(number, Outcome.COMPLETED_WITH_CONDITIONS)
    made = stage.propose_determination(number, Outcome.COMPLETED_WITH_CONDITIONS, conditions=CONDITIONS)
    stage.decide(DecisionKind.DETERMINATION, made)
    assert stage.state(number) is CaseState.MONITORING

    def close():
        with stage.in_transaction() as session:
            services.close_after_monitoring(
                session, stage.case(session, number), reason="Samples were fine.", by=stage.act(stage.sam), at=now()
            )

    with pytest.raises(DomainError, match="monitoring runs until 31 May 2026"):
        close()
    clock.advance(days=92)
    close()
    assert stage.state(number) is CaseState.CLOSED_COMPLETED
    assert stage.faults() == []


def test_not_completed_opens_only_the_named_steps_again(stage):
    number = stage.running(StepKind.EVIDENCE, StepKind.CORRECTION)
    for kind in (StepKind.EVIDENCE, StepKind.CORRECTION):
        stage.accept(number, stage.hand_in(number, kind), kind)
    stage.sign(number)
    with pytest.raises(DomainError, match="Choose the steps"):
        stage.propose_determination(number, Outcome.NOT_COMPLETED)
    named = stage.step(number, StepKind.CORRECTION).id
    made = stage.propose_determination(number, Outcome.NOT_COMPLETED, steps_to_reopen=[named])
    stage.decide(DecisionKind.DETERMINATION, made)
    assert stage.state(number) is CaseState.IN_REMEDIATION
    assert stage.step(number, StepKind.EVIDENCE).state is StepState.ACCEPTED
    assert stage.step(number, StepKind.CORRECTION).state is StepState.REOPENED
    assert stage.step(number, StepKind.ATTESTATION).state is StepState.REOPENED
    assert stage.faults() == []


def test_refused_refers_the_case_even_when_nothing_was_handed_in(stage):
    number = stage.running(StepKind.EVIDENCE)
    made = stage.propose_determination(number, Outcome.REFUSED)
    stage.decide(DecisionKind.DETERMINATION, made)
    assert stage.state(number) is CaseState.REFERRED
    assert stage.faults() == []


def test_a_rejected_determination_changes_nothing(stage):
    number = signed(stage)
    made = stage.propose_determination(number)
    stage.decide(DecisionKind.DETERMINATION, made, approve=False, reason="Look at the minutes again.")
    assert stage.state(number) is CaseState.COMPLETION_REVIEW
    stage.propose_determination(number)


def test_the_analyst_sends_named_steps_back_without_a_determination(stage):
    number = stage.ready()
    with stage.in_transaction() as session:
        services.return_steps(
            session,
            stage.case(session, number),
            [stage.step(number, StepKind.EVIDENCE).id],
            reason="The rule lacks a date.",
            by=stage.act(stage.sam),
            at=now(),
        )
    assert stage.state(number) is CaseState.IN_REMEDIATION
    assert stage.step(number, StepKind.EVIDENCE).state is StepState.REOPENED


def test_a_step_of_another_case_cannot_be_opened(stage):
    number = stage.ready()
    with pytest.raises(NotFound), stage.in_transaction() as session:
        services.return_steps(
            session, stage.case(session, number), [4711], reason="Because.", by=stage.act(stage.sam), at=now()
        )


def test_the_certificate_gets_its_facts(stage):
    number = stage.running(StepKind.TRAINING, StepKind.EVIDENCE)
    stage.cover("Ada", "Grace")
    stage.train(stage.ada)
    stage.train(stage.grace)
    stage.accept(number, stage.hand_in(number))
    stage.sign(number)
    made = stage.propose_determination(number)
    with stage.reading() as session:
        case_id = stage.case(session, number).id
        before = services.case_facts_for_certificate(session, case_id)
    assert before["approver"] is None
    stage.decide(DecisionKind.DETERMINATION, made)
    with stage.reading() as session:
        facts = services.case_facts_for_certificate(session, case_id, made)
    assert facts["partner_name"] == "Acme"
    assert facts["partner_number"] == "P-1001"
    assert facts["case_number"] == number
    assert facts["program_names"] == ("Cloud incentives",)
    assert facts["outcome"] == "completed"
    assert facts["determination_reference"] == f"{number}-D{made}"
    assert [step["title"] for step in facts["steps"]] == [
        "Do the training",
        "Do the evidence",
        "Do the completion attestation",
    ]
    assert facts["coverage"] == (
        {"trained": 2, "covered": 2, "trained_by": date(2026, 3, 2), "waived": 0, "on_leave": 0},
    )
    assert {step["status"] for step in facts["steps"]} == {"accepted"}
    assert facts["language"] == "en"
    assert facts["manifest_digest"] == stage.manifest(number).digest
    assert (facts["proposer"]["name"], facts["approver"]["name"]) == ("Sam", "Priya")


def test_there_are_no_facts_for_a_case_that_was_not_completed(stage):
    number = stage.ready()
    with stage.reading() as session, pytest.raises(DomainError, match="no determination"):
        services.case_facts_for_certificate(session, stage.case(session, number).id)
