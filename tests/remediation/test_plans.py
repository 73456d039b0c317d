"""The plan: steps frozen at the proposal, in force by approval and acknowledgement, with dates that never change."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.decisions.rules import DecisionKind
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotPermitted
from app.remediation import queries, services
from app.remediation.models import CaseState, PlanState, PlanStep, PlanVersion, StepKind
from app.remediation.rules.policy import Policy
from app.remediation.rules.wording import plan_draft


def test_a_plan_approved_before_the_acknowledgement_is_in_force_with_it(stage):
    number = stage.open()
    notice_id = stage.notify(number)
    stage.decide(DecisionKind.PLAN, stage.propose_plan(number, StepKind.EVIDENCE))
    assert stage.state(number) is CaseState.NOTIFIED
    stage.acknowledge(notice_id)
    assert stage.state(number) is CaseState.IN_REMEDIATION
    with stage.reading() as session:
        moves = queries.case_transitions(session, stage.case(session, number).id)
        last = moves[-1]
        assert [move.to_state for move in moves[-3:]] == [
            CaseState.PLANNING,
            CaseState.PLAN_REVIEW,
            CaseState.IN_REMEDIATION,
        ]
        assert last.by_id is None
        assert last.decision_id is not None
        assert "Plan version 1 was approved" in last.reason


def test_a_plan_approved_after_the_acknowledgement_begins_at_once(stage):
    number = stage.open()
    stage.acknowledge(stage.notify(number))
    plan_id = stage.propose_plan(number, StepKind.EVIDENCE)
    assert stage.state(number) is CaseState.PLAN_REVIEW
    stage.decide(DecisionKind.PLAN, plan_id)
    assert stage.state(number) is CaseState.IN_REMEDIATION


def test_a_rejected_plan_sends_the_case_back_to_planning(stage):
    number = stage.open()
    stage.acknowledge(stage.notify(number))
    stage.decide(DecisionKind.PLAN, stage.propose_plan(number, StepKind.EVIDENCE), approve=False, reason="Too little.")
    assert stage.state(number) is CaseState.PLANNING
    stage.decide(DecisionKind.PLAN, stage.propose_plan(number, StepKind.CORRECTION))
    assert stage.state(number) is CaseState.IN_REMEDIATION
    assert stage.faults() == []


def test_a_new_version_replaces_an_accepted_one_until_work_begins(stage):
    number = stage.open()
    notice_id = stage.notify(number)
    first = stage.propose_plan(number, StepKind.EVIDENCE)
    stage.decide(DecisionKind.PLAN, first)
    second = stage.propose_plan(number, StepKind.CORRECTION)
    stage.decide(DecisionKind.PLAN, second)
    stage.acknowledge(notice_id)
    with stage.reading() as session:
        assert session.get(PlanVersion, first).state is PlanState.WITHDRAWN
        kinds = [step.kind for step in queries.steps(session, stage.case(session, number).id)]
        assert kinds == [StepKind.CORRECTION, StepKind.ATTESTATION]
    with pytest.raises(Conflict, match="only replaced before the work on it has begun"):
        stage.propose_plan(number, StepKind.EVIDENCE)


def test_a_new_version_that_waits_keeps_the_case_in_plan_review(stage):
    number = stage.open()
    notice_id = stage.notify(number)
    stage.decide(DecisionKind.PLAN, stage.propose_plan(number, StepKind.EVIDENCE))
    second = stage.propose_plan(number, StepKind.CORRECTION)
    stage.acknowledge(notice_id)
    assert stage.state(number) is CaseState.PLAN_REVIEW
    stage.decide(DecisionKind.PLAN, second, approve=False, reason="The first is better.")
    assert stage.state(number) is CaseState.IN_REMEDIATION
    with stage.reading() as session:
        assert queries.steps(session, stage.case(session, number).id)[0].kind is StepKind.EVIDENCE


@pytest.mark.parametrize("column", ["original_due_on", "title", "what_to_do", "coverage_target", "courses"])
def test_what_a_step_asks_and_its_original_due_date_cannot_be_changed(stage, column):
    number = stage.running(StepKind.TRAINING)
    new = {"original_due_on": date(2030, 1, 1), "coverage_target": 1, "courses": []}.get(column, "Something else")
    with pytest.raises(Exception, match="append-only"), stage.in_transaction() as session:
        setattr(session.get(PlanStep, stage.step(number, StepKind.TRAINING).id), column, new)


def test_a_due_date_never_moves_before_the_original_one(stage):
    number = stage.running(StepKind.EVIDENCE)
    step = stage.step(number, StepKind.EVIDENCE)
    with pytest.raises(Exception, match="step_due_dates_only_move_later"), stage.in_transaction() as session:
        session.get(PlanStep, step.id).current_due_on = step.original_due_on - timedelta(days=1)


@pytest.mark.parametrize("who", ["priya", "robin", "nora", "eva"])
def test_only_an_analyst_proposes_a_plan(stage, who):
    number = stage.open()
    stage.notify(number)
    with pytest.raises(NotPermitted):
        stage.propose_plan(number, StepKind.EVIDENCE, by=getattr(stage, who))


def bad(stage, change):
    number = stage.open()
    stage.publish()
    steps = change(stage.drafts(StepKind.TRAINING, StepKind.EVIDENCE))
    with pytest.raises(DomainError) as caught:
        stage.propose_plan(number, steps=steps)
    return caught.value.sentence


def changed(place, **more):
    return lambda steps: [replace(step, **more) if at == place else step for at, step in enumerate(steps)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda steps: [], "at least one step of work"),
        (lambda steps: steps[:-1], "comes once, as the last step"),
        (lambda steps: [steps[-1], *steps], "comes once, as the last step"),
        (changed(0, courses=()), "choose at least one course"),
        (changed(0, courses=("no-such-course",)), "is not a published course"),
        (changed(0, coverage_target=0), "target from 1 to 100"),
        (changed(0, coverage_target=None), "target from 1 to 100"),
        (changed(1, coverage_target=5000), "target from 1 to 100"),
        (changed(1, courses=("gifts",)), "courses belong to training"),
        (changed(1, title="No"), "title of 4 to 120"),
        (changed(1, what_to_do="Do it."), "say what to do"),
        (changed(1, due_on=date(2026, 3, 1)), "due before today"),
        (changed(1, due_on=date(2026, 12, 31)), "after the end of the whole program, 29 August 2026"),
    ],
)
def test_a_plan_that_cannot_be_worked_is_refused(stage, change, said):
    assert said in bad(stage, change)


def test_the_template_follows_from_what_was_broken():
    steps = plan_draft(
        ["marketing_funds"],
        available_courses=["partner-code-of-conduct", "anti-corruption", "truthful-incentive-claims"],
        available_materials=["announcement"],
        starts_on=date(2026, 3, 2),
        policy=Policy(),
    )
    training = next(step for step in steps if step.kind is StepKind.TRAINING)
    assert training.courses == ("partner-code-of-conduct", "truthful-incentive-claims")
    assert steps[-1].kind is StepKind.ATTESTATION
    assert [step.due_on for step in steps] == sorted(step.due_on for step in steps)


def test_the_template_names_nothing_that_does_not_exist():
    steps = plan_draft(
        ["improper_payment"], available_courses=[], available_materials=[], starts_on=date(2026, 3, 2), policy=Policy()
    )
    assert not any(step.kind.is_computed for step in steps)


def test_no_door_accepts_a_plan_without_its_decision(stage):
    number = stage.open()
    plan_id = stage.propose_plan(number, StepKind.EVIDENCE)
    with pytest.raises(Conflict, match="only follows from a decision"), stage.in_transaction() as session:
        services.accept_plan(session, plan_id, by=stage.act(stage.priya), at=now())
