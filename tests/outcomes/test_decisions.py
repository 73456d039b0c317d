"""The one page on which decisions are made, and what follows from them."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEvent
from app.certificates.models import Certificate
from app.cli.demo import story
from app.cli.demo.acts import Acts
from app.cli.demo.cast import AWAITING, IN_REMEDIATION, STAFF
from app.cli.demo.founding import found_company, found_vendor, publish_courses, read_courses
from app.cli.demo.stage import Stage
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind
from app.incentives.models import Hold
from app.incentives.rules.states import HoldState
from app.kernel.clock import now
from app.learning.models import TrainingRecord
from app.outcomes import course_certificates
from app.partners.models import Partner
from app.remediation.models import CaseState, Determination, RemediationCase
from app.transactions import reading, transaction
from tests.ground.loops import loop_set_aside


@pytest.fixture
def proposed(app):
    """A case whose notice, plan and hold wait for the approver."""
    with loop_set_aside(), app.app_context():
        stage = Stage(app.config["SETTINGS"], lambda who, what: None)
        start = now() - timedelta(days=76)
        prepared = read_courses(stage.settings.courses_folder)
        with stage.day(start, 0):
            found_vendor(stage)
            found_company(stage, IN_REMEDIATION)
            publish_courses(stage, prepared)
        acts = Acts(stage, IN_REMEDIATION)
        with stage.day(start, 1):
            acts.earn("Q1", story.EARLIER)
            acts.infractions()
            acts.open_case()
            acts.propose()


@pytest.fixture
def person(reading):
    from app.accounts.models import Person

    def found(email):
        with reading() as session:
            return session.scalars(select(Person).where(Person.email == email)).one()

    return found


def open_decision(opened, kind):
    with opened() as session:
        return session.scalars(
            select(Decision.id).where(Decision.kind == kind, Decision.state == DecisionState.PROPOSED)
        ).one()


def test_the_approver_sees_what_is_proposed_and_what_follows_and_approves_it(client, proposed, person, reading):
    client.sign_in(person(STAFF["approver"].email))
    queue = client.get("/decisions")
    assert "Hold: H-" in queue.text
    page = client.get(f"/decisions/{open_decision(reading, DecisionKind.HOLD)}")
    assert "100 %" in page.text
    assert "Earnings outside its scope stay free." in page.text
    answer = client.submit(page, "Record my decision", outcome="approve")
    assert "Approved. What follows is done." in answer.text
    with reading() as session:
        assert session.scalars(select(Hold.state)).one() is HoldState.ACTIVE


def test_rejecting_takes_a_reason_and_changes_nothing_else(client, proposed, person, reading):
    client.sign_in(person(STAFF["approver"].email))
    page = client.get(f"/decisions/{open_decision(reading, DecisionKind.NOTICE)}")
    answer = client.submit(page, "Record my decision", outcome="reject")
    assert answer.status_code == 422
    assert "Say why you reject this" in answer.text
    answer = client.submit(answer, "Record my decision", outcome="reject", reason="Name the program.")
    assert "Name the program." in answer.text
    with reading() as session:
        assert session.scalars(select(RemediationCase.state)).one() is CaseState.DRAFT


def test_the_proposer_is_shown_no_form_and_a_posted_approval_is_refused_and_kept(client, proposed, person, reading):
    client.sign_in(person(STAFF["analyst"].email))
    decision_id = open_decision(reading, DecisionKind.NOTICE)
    assert "Record my decision" not in client.get(f"/decisions/{decision_id}").text
    answer = client.post(f"/decisions/{decision_id}/outcome", data={"outcome": "approve", "idempotency_key": "a" * 20})
    assert answer.status_code in (403, 422)
    with reading() as session:
        assert session.get_one(Decision, decision_id).state is DecisionState.PROPOSED
        assert session.scalars(select(AuditEvent).where(AuditEvent.outcome == "refused")).all()


def test_a_second_click_on_approve_is_the_first_one_again(client, proposed, person, reading):
    client.sign_in(person(STAFF["approver"].email))
    page = client.get(f"/decisions/{open_decision(reading, DecisionKind.HOLD)}")
    first = client.submit(page, "Record my decision", outcome="approve", follow=False)
    with reading() as session:
        events = session.scalar(select(func.count()).select_from(AuditEvent))
    second = client.submit(page, "Record my decision", outcome="approve", follow=False)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == events


def waiting_determination(furnished):
    with furnished.app.app_context():
        return (
            reading()
            .execute(
                select(Decision.id, Determination.case_id)
                .join(Determination, Determination.id == Decision.subject_id)
                .where(Decision.kind == DecisionKind.DETERMINATION, Decision.state == DecisionState.PROPOSED)
            )
            .one()
        )


def approve(furnished, decision_id):
    client = furnished.client(STAFF["approver"].email)
    return client.submit(client.get(f"/decisions/{decision_id}"), "Record my decision", outcome="approve")


def test_approving_a_determination_issues_the_certificate_in_the_same_commit(furnished):
    decision_id, case_id = waiting_determination(furnished)
    approve(furnished, decision_id)
    with furnished.app.app_context():
        session = reading()
        number = session.scalars(select(Certificate.number).where(Certificate.case_id == case_id)).one()
        assert session.get_one(RemediationCase, case_id).state is CaseState.CLOSED_COMPLETED
    shown = furnished.client().get(f"/verify/{number.lower().replace('-', ' ')}")
    assert "Valid" in shown.text
    assert AWAITING.legal_name in shown.text


def test_a_name_that_no_font_can_print_stops_the_approver_and_nothing_is_half_done(furnished):
    decision_id, case_id = waiting_determination(furnished)
    with loop_set_aside(), furnished.app.app_context(), transaction() as session:
        session.scalars(
            select(Partner).where(Partner.number == AWAITING.number)
        ).one().legal_name = "Sakura \ue000\ue001 KK"
    answer = approve(furnished, decision_id)
    assert answer.status_code == 422
    assert answer.errors
    with furnished.app.app_context():
        assert reading().get_one(Decision, decision_id).state is DecisionState.PROPOSED
        assert reading().scalars(select(Certificate.id).where(Certificate.case_id == case_id)).all() == []


def test_a_course_certificate_is_issued_once_however_often_it_is_asked_for(furnished):
    with loop_set_aside(), furnished.app.app_context():
        record_id = reading().scalars(select(TrainingRecord.id).limit(1)).one()
        before = reading().scalar(select(func.count()).select_from(Certificate))
        assert course_certificates.overdue(reading(), at=now()) == []
        assert course_certificates.carry_out(record_id, settings=furnished.settings, at=now()) is None
        assert reading().scalar(select(func.count()).select_from(Certificate)) == before
