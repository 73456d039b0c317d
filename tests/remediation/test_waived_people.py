"""Training that a case asked for: who is waived is listed by name, and who has left the roster is asked for nothing more."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.decisions.models import Decision
from app.decisions.rules import DecisionKind
from app.kernel.clock import now
from app.learning.models import Assignment, Origin
from app.learning.services.waivers import ask_waiver
from app.outcomes import cycles, decisions
from app.partners import services as partners
from app.partners.models import CoveredPerson
from app.remediation import queries
from app.remediation.models import StepKind, StepState
from tests.learning.school import gifts


def tick(app) -> int:
    with app.app_context():
        return cycles.carry_out(at=now())


def assignment_of(session, person) -> Assignment:
    return session.scalars(
        select(Assignment).where(Assignment.person_id == person.id).order_by(Assignment.id.desc())
    ).first()


@pytest.fixture
def waived(stage):
    """Ada and Grace have a course of a case’s step; Grace completes it, and Ada is waived for a month."""
    number = stage.running(StepKind.TRAINING, StepKind.EVIDENCE)
    stage.cover("Ada", "Grace")
    stage.assign(number)
    with stage.in_transaction() as session:
        until = stage.today + timedelta(days=30)
        ask_waiver(session, assignment_of(session, stage.ada), until, "Away.", by=stage.act(stage.sam), at=now())
    with stage.reading() as session:
        grace = assignment_of(session, stage.grace)
    registration_id = stage.school.begin(grace, stage.grace)
    stage.school.read(registration_id, stage.grace)
    stage.school.attempt(registration_id, stage.grace, right=True)
    stage.count()
    assert stage.step(number, StepKind.TRAINING).state is StepState.IN_PROGRESS
    with stage.in_transaction() as session:
        asked = session.scalars(select(Decision.id).where(Decision.kind == DecisionKind.WAIVER)).one()
        decisions.decide(session, asked, approve=True, reason="Agreed.", by=stage.act(stage.priya), at=now())
    return number


def test_the_waived_are_listed_by_name_and_the_step_is_counted_at_once(stage, waived):
    assert stage.step(waived, StepKind.TRAINING).state is StepState.ACCEPTED
    with stage.reading() as session:
        case = stage.case(session, waived)
        found = queries.coverage_of(session, case, session.merge(stage.step(waived, StepKind.TRAINING)), at=now())
    assert (found.satisfied, found.total) == (1, 1)
    assert [(one.name, one.reason[:12]) for one in found.exceptions] == [("Ada", "Waived until")]


def test_after_the_waiver_the_course_comes_back_for_the_same_step(app, stage, waived, clock):
    clock.advance(days=31)
    assert tick(app) == 1
    assert tick(app) == 0
    with stage.reading() as session:
        again = assignment_of(session, stage.ada)
        assert (again.origin, again.case_step_id) == (
            Origin.CASE_STEP,
            stage.step(waived, StepKind.TRAINING).id,
        )


def test_who_has_left_the_roster_is_not_asked_to_renew_what_a_case_asked_for(app, stage, clock):
    stage.school.publish(gifts(settings="attempts: 3\nvalid_for: P1Y\nrenew_from: P60D"))
    number = stage.running(StepKind.TRAINING, StepKind.EVIDENCE)
    stage.cover("Ada", "Grace")
    stage.assign(number)
    for person in (stage.ada, stage.grace):
        with stage.reading() as session:
            found = assignment_of(session, person)
        registration_id = stage.school.begin(found, person)
        stage.school.read(registration_id, person)
        stage.school.attempt(registration_id, person, right=True)
    with stage.in_transaction() as session:
        line = session.scalars(select(CoveredPerson).where(CoveredPerson.person_id == stage.ada.id)).one()
        partners.mark_left(session, line, left_on=stage.today, by=stage.act(stage.nora), at=now())
    clock.advance(days=330)
    assert tick(app) == 1
    with stage.reading() as session:
        assert assignment_of(session, stage.ada).origin is Origin.CASE_STEP
        assert assignment_of(session, stage.grace).origin is Origin.RECERTIFICATION
