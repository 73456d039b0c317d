"""What `flask check` finds in this room, after somebody has worked around the portal in the database."""

import pytest
from sqlalchemy import text

from app.decisions.rules import DecisionKind
from app.remediation.models import CaseState, StepKind


@pytest.fixture
def tamper(stage, engine_name):
    """What a careless hand in the database could do: `tamper(statement)` behind the portal's back, and the triggers'."""

    def run(statement, **values):
        with stage.in_transaction() as session:
            if engine_name == "sqlite":
                for row in session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                    session.execute(text(f"DROP TRIGGER {row.name}"))
                session.execute(text("PRAGMA ignore_check_constraints = ON"))
            else:
                session.execute(text("SET LOCAL session_replication_role = replica"))
                session.execute(text("ALTER TABLE decision DROP CONSTRAINT the_proposer_does_not_decide"))
            session.execute(text(statement), values)

    return run


def test_a_case_that_ran_its_course_has_no_fault(stage):
    stage.completed()
    assert stage.faults() == []


def test_a_case_that_was_pushed_into_a_state_is_found(stage, tamper):
    number = stage.running(StepKind.EVIDENCE)
    tamper("UPDATE remediation_case SET state = 'completion_review'")
    assert f"remediation_case {number}: no transition led to completion_review" in stage.faults()


def test_a_step_that_was_pushed_into_a_state_is_found(stage, tamper):
    number = stage.running(StepKind.EVIDENCE)
    step = stage.step(number, StepKind.EVIDENCE).id
    tamper("UPDATE plan_step SET state = 'accepted' WHERE id = :id", id=step)
    found = stage.faults()
    assert f"plan_step {step}: no transition led to accepted" in found
    assert f"plan_step {step}: it is accepted, but nothing was handed in" in found


def test_a_changed_original_due_date_is_found(stage, tamper):
    number = stage.running(StepKind.EVIDENCE)
    step = stage.step(number, StepKind.EVIDENCE).id
    tamper("UPDATE plan_step SET original_due_on = '2026-03-30' WHERE id = :id", id=step)
    assert f"plan_step {step}: it is due 2026-03-30, which was not approved" in stage.faults()


def test_an_acceptance_that_survived_a_replacement_is_found(stage, tamper):
    number = stage.running(StepKind.EVIDENCE, StepKind.ENGAGEMENT)
    stage.accept(number, stage.hand_in(number))
    tamper("UPDATE evidence_revision SET review = 'waiting', reviewed_at = NULL, reviewed_by_id = NULL")
    step = stage.step(number, StepKind.EVIDENCE).id
    assert f"plan_step {step}: it is accepted, but its newest revision 1 is waiting" in stage.faults()


def test_a_manifest_that_counts_more_than_there_are_is_found(stage, tamper, engine_name):
    number = stage.running(StepKind.TRAINING)
    stage.cover("Ada")
    stage.train(stage.ada)
    manifest = stage.manifest(number).id
    tamper(
        """UPDATE evidence_manifest SET content =
        CAST(replace(CAST(content AS TEXT), '"satisfied": 1', '"satisfied": 2') AS """
        + ("TEXT)" if engine_name == "sqlite" else "JSON)")
    )
    found = stage.faults()
    assert f"evidence_manifest {manifest}: its content was altered" in found
    assert f"evidence_manifest {manifest}: step 1: 2 of 1" in found


def test_an_attestation_whose_words_were_changed_is_found(stage, tamper):
    number = stage.ready()
    stage.sign(number)
    tamper("UPDATE signature SET statement = 'I sign for nothing.'")
    found = stage.faults()
    assert "completion_attestation 1: the signature is about something else" in found
    assert "completion_attestation 1: the signature was altered or moved" in found


def test_a_determination_without_its_second_person_is_found(stage, tamper):
    stage.completed()
    tamper("UPDATE decision SET kind = 'waiver' WHERE kind = 'determination'")
    assert "determination 1: no approval by a second person stands behind it" in stage.faults()


def test_a_plan_without_its_second_person_is_found(stage, tamper):
    stage.running(StepKind.EVIDENCE)
    tamper("UPDATE decision SET decided_by_id = proposed_by_id WHERE kind = 'plan'")
    assert "plan_version 1: no approval stands behind it" in stage.faults()


def test_a_case_closed_while_money_is_held_and_nothing_unlocks_it_is_found(stage):
    from tests.remediation.test_referrals import hold

    number = stage.ready()
    hold(stage, number)
    stage.sign(number)
    stage.decide(DecisionKind.DETERMINATION, stage.propose_determination(number))
    assert stage.state(number) is CaseState.CLOSED_COMPLETED
    assert any("closed while a hold of it still blocks" in fault for fault in stage.faults())
