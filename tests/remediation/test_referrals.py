"""Where a case leads when it does not run its course: asked by one, decided by another, never by a timer."""

import pytest

from app.decisions.rules import DecisionKind
from app.incentives import services as incentives
from app.incentives.queries.cases import case_by_number
from app.incentives.rules.holds import Scope
from app.kernel.clock import now
from app.kernel.errors import DomainError, NotPermitted
from app.remediation import queries, services
from app.remediation.models import CaseState, StepKind

WORDS = "You have not answered since March. Somebody now decides how the partnership goes on."


def propose(stage, number, destination, *, by=None):
    with stage.in_transaction() as session:
        return services.propose_referral(
            session,
            stage.case(session, number),
            destination,
            words_to_partner=WORDS,
            reason="INTERNAL: no answer to five mails.",
            by=stage.act(by or stage.sam),
            at=now(),
        ).id


def decide(stage, number, destination, **more):
    stage.decide(DecisionKind.REFERRAL, propose(stage, number, destination), **more)


def hold(stage, number):
    with stage.in_transaction() as session:
        incentives.propose_hold(
            session,
            case_by_number(session, number, by=stage.act(stage.sam)),
            Scope(),
            per_ten_thousand=10_000,
            reason="Repeated.",
            by=stage.act(stage.sam),
            at=now(),
        )


def test_a_case_is_referred_by_two_people_and_comes_back_to_where_it_was(stage):
    number = stage.running(StepKind.EVIDENCE)
    decide(stage, number, CaseState.REFERRED)
    assert stage.state(number) is CaseState.REFERRED
    decide(stage, number, CaseState.IN_REMEDIATION)
    assert stage.state(number) is CaseState.IN_REMEDIATION
    assert stage.faults() == []


def test_a_case_referred_before_its_notice_was_acknowledged_comes_back_as_notified(stage):
    number = stage.open()
    stage.notify(number)
    decide(stage, number, CaseState.REFERRED)
    decide(stage, number, CaseState.IN_REMEDIATION)
    assert stage.state(number) is CaseState.NOTIFIED
    assert stage.faults() == []


def test_a_referred_case_is_closed_as_offboarded_only_by_decision(stage):
    number = stage.running(StepKind.EVIDENCE)
    decide(stage, number, CaseState.REFERRED)
    decide(stage, number, CaseState.CLOSED_OFFBOARDED, approve=False, reason="Give them another month.")
    assert stage.state(number) is CaseState.REFERRED
    decide(stage, number, CaseState.CLOSED_OFFBOARDED)
    assert stage.state(number) is CaseState.CLOSED_OFFBOARDED


def test_a_case_opened_in_error_is_dismissed_and_its_infractions_are_free(stage):
    number = stage.running(StepKind.EVIDENCE)
    decide(stage, number, CaseState.DISMISSED)
    assert stage.state(number) is CaseState.DISMISSED
    with stage.reading() as session:
        assert len(queries.free_infractions(session, stage.acme.id)) == 3


@pytest.mark.parametrize("destination", [CaseState.DISMISSED])
def test_a_case_is_not_closed_while_money_is_held_under_it(stage, destination):
    number = stage.running(StepKind.EVIDENCE)
    hold(stage, number)
    with pytest.raises(DomainError, match="H-2026-0001"):
        propose(stage, number, destination)
    decide(stage, number, CaseState.REFERRED)
    with pytest.raises(DomainError, match="a case isn't closed while money is held"):
        propose(stage, number, CaseState.CLOSED_OFFBOARDED)


def test_a_hold_that_came_after_the_question_blocks_its_answer(stage):
    number = stage.running(StepKind.EVIDENCE)
    asked = propose(stage, number, CaseState.DISMISSED)
    hold(stage, number)
    with pytest.raises(DomainError, match="a case isn't closed while money is held"):
        stage.decide(DecisionKind.REFERRAL, asked)
    assert stage.state(number) is CaseState.IN_REMEDIATION


def test_nothing_is_dismissed_after_the_notice_by_one_person(stage):
    number = stage.running(StepKind.EVIDENCE)
    with (
        pytest.raises(NotPermitted, match="one person proposes it, another approves"),
        stage.in_transaction() as session,
    ):
        services.dismiss_draft(
            session, stage.case(session, number), reason="In error.", by=stage.act(stage.sam), at=now()
        )


@pytest.mark.parametrize("who", ["priya", "robin", "nora"])
def test_only_an_analyst_asks(stage, who):
    number = stage.running(StepKind.EVIDENCE)
    with pytest.raises(NotPermitted):
        propose(stage, number, CaseState.REFERRED, by=getattr(stage, who))


def test_a_running_case_cannot_be_returned_to_work_or_offboarded_from_where_it_is(stage):
    number = stage.running(StepKind.EVIDENCE)
    for destination in (CaseState.IN_REMEDIATION, CaseState.CLOSED_OFFBOARDED, CaseState.MONITORING):
        with pytest.raises(DomainError):
            propose(stage, number, destination)


def test_the_partner_reads_the_words_meant_for_it_and_not_the_reason(app, stage):
    number = stage.running(StepKind.EVIDENCE)
    decide(stage, number, CaseState.REFERRED)
    client = app.test_client()
    client.sign_in(stage.nora)
    page = client.get(f"/cases/{number}")
    assert WORDS in page.text
    assert "INTERNAL" not in page.text
