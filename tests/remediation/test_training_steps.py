"""Training and reading steps: their state comes from the roster and the records, never from a click."""

from datetime import date, timedelta

import pytest

from app.courses import services as courses
from app.courses.models import ReadinessMaterial
from app.kernel.clock import now
from app.learning.models import Assignment, Origin
from app.partners import services as partners
from app.partners.models import CoveredPerson
from app.remediation import queries, services
from app.remediation.models import CaseState, StepKind, StepState


def state(stage, number, kind=StepKind.TRAINING):
    return stage.step(number, kind).state


def coverage(stage, number, kind=StepKind.TRAINING):
    with stage.reading() as session:
        case = stage.case(session, number)
        return queries.coverage_of(session, case, session.merge(stage.step(number, kind)), at=now())


def test_reaching_the_target_submits_and_accepts_the_step(stage):
    number = stage.running(StepKind.TRAINING, StepKind.EVIDENCE)
    stage.cover("Ada", "Grace")
    stage.train(stage.ada)
    assert state(stage, number) is StepState.IN_PROGRESS
    stage.train(stage.grace)
    assert state(stage, number) is StepState.ACCEPTED
    with stage.reading() as session:
        changes = queries.step_transitions(session, [stage.step(number, StepKind.TRAINING).id])
        assert [change.to_state for change in changes] == [
            StepState.IN_PROGRESS,
            StepState.SUBMITTED,
            StepState.ACCEPTED,
        ]
        assert {change.by_id for change in changes} == {None}
        assert changes[-1].reason == "2 of 2 covered persons are done; the target is 100 %."


def test_somebody_new_on_the_roster_opens_the_step_again(stage):
    number = stage.running(StepKind.TRAINING, StepKind.EVIDENCE)
    stage.cover("Ada")
    stage.train(stage.ada)
    assert state(stage, number) is StepState.ACCEPTED
    stage.cover("Grace")
    stage.count()
    assert state(stage, number) is StepState.REOPENED
    assert coverage(stage, number).left == ("Grace",)
    stage.train(stage.grace)
    assert state(stage, number) is StepState.ACCEPTED


def publish_code(stage):
    author = stage.act(stage.world.publisher("Petra"))
    with stage.in_transaction() as session:
        material = courses.publish_material(
            session, "conduct", "Our code", "# Our code\n\nBe fair.\n", by=author, at=now()
        )
        courses.grant_material(session, material, stage.acme, by=stage.act(stage.robin), at=now())
    return material


def test_many_steps_are_counted_with_the_statements_of_one_of_each_kind(stage, statements):
    publish_code(stage)
    number = stage.running(StepKind.TRAINING, StepKind.TRAINING, StepKind.TRAINING, StepKind.READING)
    stage.cover("Ada", "Grace")
    stage.train(stage.ada)
    with stage.reading() as session:
        case = stage.case(session, number)
        computed = [step for step in queries.steps(session, case.id) if step.kind.is_computed]
        apart = {step.id: queries.coverage_of(session, case, step, at=now()) for step in computed}
        with statements() as of_two:
            queries.coverages_of(session, case, [computed[0], computed[-1]], at=now())
        with statements() as of_all:
            together = queries.coverages_of(session, case, computed, at=now())
    assert len(computed) == 4
    assert together == apart
    assert len(of_all) == len(of_two)


def test_somebody_on_leave_is_listed_by_name_and_not_counted(stage):
    number = stage.running(StepKind.TRAINING, StepKind.EVIDENCE)
    stage.cover("Ada", "Grace")
    with stage.in_transaction() as session:
        line = session.query(CoveredPerson).filter_by(person_id=stage.grace.id).one()
        partners.put_on_leave(
            session,
            line,
            leave_from=stage.today,
            leave_until=None,
            reason="parental leave",
            by=stage.act(stage.nora),
            at=now(),
        )
    stage.train(stage.ada)
    assert state(stage, number) is StepState.ACCEPTED
    found = coverage(stage, number)
    assert (found.satisfied, found.total) == (1, 1)
    assert [one.name for one in found.exceptions] == ["Grace"]


def test_somebody_who_left_is_no_longer_counted(stage):
    number = stage.running(StepKind.TRAINING, StepKind.EVIDENCE)
    stage.cover("Ada", "Grace")
    stage.train(stage.ada)
    with stage.in_transaction() as session:
        line = session.query(CoveredPerson).filter_by(person_id=stage.grace.id).one()
        partners.mark_left(session, line, left_on=stage.today, by=stage.act(stage.nora), at=now())
        services.compute_steps_of(session, stage.acme.id, at=now())
    assert state(stage, number) is StepState.ACCEPTED


def test_people_who_are_trained_before_the_plan_are_counted_when_it_begins(stage):
    stage.publish()
    stage.cover("Ada")
    stage.school.complete(stage.ada)
    number = stage.running(StepKind.TRAINING, StepKind.EVIDENCE)
    assert state(stage, number) is StepState.ACCEPTED


def test_a_record_that_lapses_opens_the_step_at_the_next_count(stage, clock):
    number = stage.running(StepKind.TRAINING, StepKind.EVIDENCE)
    stage.cover("Ada")
    stage.train(stage.ada)
    clock.advance(days=400)
    assert any("is accepted, but 0 of 1" in fault for fault in stage.faults())
    stage.count()
    assert state(stage, number) is StepState.REOPENED
    assert not any("is accepted, but 0 of 1" in fault for fault in stage.faults())


def test_an_empty_roster_completes_nothing(stage):
    number = stage.running(StepKind.TRAINING, StepKind.EVIDENCE)
    stage.count()
    assert state(stage, number) is StepState.NOT_STARTED


def test_another_partners_training_counts_for_nothing(stage):
    number = stage.running(StepKind.TRAINING, StepKind.EVIDENCE)
    stage.cover("Ada")
    with stage.in_transaction() as session:
        services.compute_steps_of(session, stage.globex.id, at=now())
    assert state(stage, number) is StepState.NOT_STARTED


def test_a_training_step_takes_no_evidence_and_is_not_sent_back_by_hand(stage):
    number = stage.running(StepKind.TRAINING)
    with pytest.raises(Exception, match="Nothing is handed in for this step"):
        stage.hand_in(number, StepKind.TRAINING)
    stage.cover("Ada")
    stage.train(stage.ada)
    assert stage.state(number) is CaseState.COMPLETION_REVIEW
    with pytest.raises(Exception, match="opens and completes by itself"), stage.in_transaction() as session:
        services.return_steps(
            session,
            stage.case(session, number),
            [stage.step(number, StepKind.TRAINING).id],
            reason="Not convinced of it.",
            by=stage.act(stage.sam),
            at=now(),
        )


def test_a_reading_step_counts_receipts(stage):
    material = publish_code(stage)
    number = stage.running(StepKind.READING, StepKind.EVIDENCE)
    stage.cover("Ada")
    assert state(stage, number, StepKind.READING) is StepState.NOT_STARTED
    with stage.in_transaction() as session:
        courses.acknowledge_material(
            session, session.get(ReadinessMaterial, material.id), by=stage.act(stage.ada), at=now()
        )
        services.compute_steps_of(session, stage.acme.id, at=now())
    assert state(stage, number, StepKind.READING) is StepState.ACCEPTED


def test_the_representative_assigns_the_steps_courses_to_the_whole_roster(app, stage):
    number = stage.running(StepKind.TRAINING, StepKind.EVIDENCE)
    stage.cover("Ada", "Grace")
    step = stage.step(number, StepKind.TRAINING)
    client = app.test_client()
    client.sign_in(stage.robin)
    page = client.get(f"/cases/{number}/steps/{step.id}")
    answer = client.submit(page, "Assign to the whole roster")
    assert "Everybody on the roster" in answer.text
    with stage.reading() as session:
        made = session.query(Assignment).all()
        assert {one.person_id for one in made} == {stage.ada.id, stage.grace.id}
        assert {(one.origin, one.case_step_id, one.original_due_on) for one in made} == {
            (Origin.CASE_STEP, step.id, step.original_due_on)
        }
    client.submit(client.get(f"/cases/{number}/steps/{step.id}"), "Assign to the whole roster")
    with stage.reading() as session:
        assert session.query(Assignment).count() == 2


def test_a_representative_of_somebody_else_finds_no_such_step(app, stage):
    number = stage.running(StepKind.TRAINING)
    stranger = stage.world.representative("Rita", stage.globex)
    client = app.test_client()
    client.sign_in(stranger)
    step = stage.step(number, StepKind.TRAINING)
    assert client.get(f"/cases/{number}/steps/{step.id}").status_code == 404
    assert client.post(f"/cases/{number}/steps/{step.id}/assignments").status_code == 404


def test_the_partner_reads_names_and_no_scores(app, stage):
    number = stage.running(StepKind.TRAINING)
    stage.cover("Ada", "Grace")
    stage.train(stage.ada)
    client = app.test_client()
    client.sign_in(stage.nora)
    page = client.get(f"/cases/{number}/steps/{stage.step(number, StepKind.TRAINING).id}")
    assert "1 of 2 done; left: Grace" in page.text
    assert "score" not in page.text.lower()


def test_the_due_date_of_a_step_stays_when_people_are_late(stage, clock):
    number = stage.running(StepKind.TRAINING)
    before = stage.step(number, StepKind.TRAINING).current_due_on
    clock.move_to(now() + timedelta(days=60))
    stage.count()
    assert stage.step(number, StepKind.TRAINING).current_due_on == before == date(2026, 4, 1)
