"""The case from the third infraction to its end, through the services."""

from app.decisions.rules import DecisionKind
from app.remediation.models import CaseState, StepKind, StepState


def test_a_case_runs_from_the_third_infraction_to_its_completion(stage):
    number = stage.open()
    assert number == "RC-2026-0001"
    notice_id = stage.notify(number)
    assert stage.state(number) is CaseState.NOTIFIED
    stage.acknowledge(notice_id)
    assert stage.state(number) is CaseState.PLANNING
    plan_id = stage.propose_plan(number, StepKind.TRAINING, StepKind.EVIDENCE, StepKind.ENGAGEMENT)
    assert stage.state(number) is CaseState.PLAN_REVIEW
    stage.decide(DecisionKind.PLAN, plan_id)
    assert stage.state(number) is CaseState.IN_REMEDIATION
    stage.cover("Ada", "Grace")
    stage.train(stage.ada)
    assert stage.step(number, StepKind.TRAINING).state is StepState.IN_PROGRESS
    stage.train(stage.grace)
    assert stage.step(number, StepKind.TRAINING).state is StepState.ACCEPTED
    stage.send_back(number, stage.hand_in(number))
    assert stage.step(number, StepKind.EVIDENCE).state is StepState.CHANGES_REQUESTED
    stage.accept(number, stage.hand_in(number, statement="Now with the signature."))
    stage.confirm(stage.meet(number))
    assert stage.state(number) is CaseState.COMPLETION_REVIEW
    stage.sign(number)
    stage.decide(DecisionKind.DETERMINATION, stage.propose_determination(number))
    assert stage.state(number) is CaseState.CLOSED_COMPLETED
    assert stage.faults() == []
