"""What becomes of a certificate after its issue: two people revoke it, a corrected one takes its place, a review looks back."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEvent
from app.certificates.models import Certificate
from app.certificates.rules.snapshot import CertificateKind, Snapshot
from app.cli.demo.cast import AWAITING, RELEASABLE, STAFF
from app.courses.models import CourseVersion
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind
from app.incentives.models import Posting, ReleaseOrder
from app.incentives.rules.states import OrderState
from app.kernel.clock import now
from app.learning.models import Registration, TrainingRecord
from app.notifications.delivery import delivery_of
from app.notifications.worker import Worker
from app.outbox.models import OutboxRow
from app.outcomes import course_certificates
from app.partners.models import Partner
from app.remediation.models import CaseState, DeterminationReview, PlanStep, RemediationCase, StepState
from app.reports.check import faults
from app.transactions import reading
from app.web.filters import day
from tests.ground.loops import loop_set_aside
from tests.outcomes.test_decisions import approve, waiting_determination

ANALYST, APPROVER = STAFF["analyst"].email, STAFF["approver"].email
ADMINISTRATOR = STAFF["administrator"].email


@contextmanager
def the_books(furnished):
    with loop_set_aside(), furnished.app.app_context():
        yield reading()


@pytest.fixture
def certified(furnished):
    """Sakura's determination is approved: a case that is closed, with its certificate."""
    decision_id, case_id = waiting_determination(furnished)
    approve(furnished, decision_id)
    with the_books(furnished) as session:
        return session.scalars(select(Certificate.number).where(Certificate.case_id == case_id)).one()


def row_of(furnished, number):
    with the_books(furnished) as session:
        return session.scalars(select(Certificate).where(Certificate.number == number)).one()


def decide(furnished, kind, who=APPROVER, outcome="approve", **fields):
    with the_books(furnished) as session:
        decision_id = session.scalars(
            select(Decision.id).where(Decision.kind == kind, Decision.state == DecisionState.PROPOSED)
        ).one()
    client = furnished.client(who)
    return client.submit(client.get(f"/decisions/{decision_id}"), "Record my decision", outcome=outcome, **fields)


def propose_revocation(furnished, number, who=ANALYST, reason="The attestation was signed by somebody else."):
    client = furnished.client(who)
    return client.submit(client.get(f"/certificates/{number}"), "Propose the revocation", reason=reason)


def test_one_person_alone_revokes_nothing(furnished, certified):
    answer = propose_revocation(furnished, certified)
    assert "stays valid until a second person approves it" in answer.text
    assert "Record my decision" not in answer.text
    assert "Valid until" in furnished.client().get(f"/verify/{certified}").text
    assert row_of(furnished, certified).revoked_at is None
    assert "Propose the revocation" not in furnished.client(APPROVER).get(f"/certificates/{certified}").text


def test_two_people_revoke_and_everybody_is_told(furnished, certified):
    propose_revocation(furnished, certified)
    answer = decide(furnished, DecisionKind.CERTIFICATE_REVOCATION)
    assert "Approved." in answer.text
    revoked = row_of(furnished, certified)
    assert revoked.revocation_reason == "The attestation was signed by somebody else."
    shown = furnished.client().get(f"/verify/{certified}")
    assert shown.status_code == 200
    assert "Revoked on" in shown.text
    assert "somebody else" not in shown.text
    with the_books(furnished) as session:
        assert "certificate_revoked" in session.scalars(select(OutboxRow.kind)).all()
        assert "certificate.revoked" in session.scalars(select(AuditEvent.action)).all()


def test_a_rejected_revocation_changes_nothing_and_another_can_be_proposed(furnished, certified):
    propose_revocation(furnished, certified)
    decide(furnished, DecisionKind.CERTIFICATE_REVOCATION, outcome="reject", reason="The signature is hers.")
    assert row_of(furnished, certified).revoked_at is None
    propose_revocation(furnished, certified)
    decide(furnished, DecisionKind.CERTIFICATE_REVOCATION)
    assert row_of(furnished, certified).revoked_at is not None


def test_a_revocation_takes_a_reason(furnished, certified):
    answer = propose_revocation(furnished, certified, reason="")
    assert answer.status_code == 422
    assert "Say why it should be revoked." in answer.text


def test_nothing_can_be_proposed_about_what_was_revoked(furnished, certified):
    client = furnished.client(ANALYST)
    page = client.get(f"/certificates/{certified}")
    propose_revocation(furnished, certified)
    decide(furnished, DecisionKind.CERTIFICATE_REVOCATION)
    answer = client.submit(page, "Propose the revocation", reason="Once more.")
    assert answer.status_code == 409
    assert "revoked already" in answer.text
    assert "Propose the revocation" not in client.get(f"/certificates/{certified}").text


def rename(furnished, legal_name, reason="Misspelt at enrollment."):
    client = furnished.client(ADMINISTRATOR)
    page = client.get(f"/partners/{AWAITING.number}/legal-names/new")
    return client.submit(page, "Correct the legal name", legal_name=legal_name, reason=reason)


def propose_correction(furnished, number):
    client = furnished.client(ANALYST)
    page = client.get(f"/certificates/{number}")
    return client.submit(page, "Propose the corrected certificate", what_was_wrong="The name was misspelt.")


def test_a_corrected_name_makes_a_new_certificate_and_leaves_the_old_one_as_it_was(furnished, certified):
    before = row_of(furnished, certified)
    assert "Correct the name" not in furnished.client(ANALYST).get(f"/certificates/{certified}").text
    rename(furnished, "Sakura Trading Kabushiki Kaisha")
    propose_correction(furnished, certified)
    assert row_of(furnished, certified).superseded_at is None
    decide(furnished, DecisionKind.CERTIFICATE_CORRECTION)
    old = row_of(furnished, certified)
    newer = row_of(furnished, old.superseded_by_number)
    printed = Snapshot.from_canonical(newer.snapshot.encode())
    assert (old.snapshot, old.pdf_digest) == (before.snapshot, before.pdf_digest)
    assert (printed.holder, printed.replaces) == ("Sakura Trading Kabushiki Kaisha", certified)
    assert (newer.expires_on, newer.determination_id) == (old.expires_on, old.determination_id)
    shown = furnished.client().get(f"/verify/{certified}")
    assert "Superseded" in shown.text
    assert newer.number in shown.text
    assert certified in furnished.client().get(f"/verify/{newer.number}").text
    with the_books(furnished) as session:
        assert "certificate_replaced" in session.scalars(select(OutboxRow.kind)).all()
        assert faults(session) == []


def test_a_name_that_changes_again_before_the_approval_is_judged_again(furnished, certified):
    rename(furnished, "Sakura Trading Kabushiki Kaisha")
    propose_correction(furnished, certified)
    rename(furnished, "Sakura Shoji Kabushiki Kaisha", reason="Renamed in the register.")
    answer = decide(furnished, DecisionKind.CERTIFICATE_CORRECTION)
    assert answer.status_code == 409
    assert row_of(furnished, certified).superseded_at is None


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "Enter the legal name."), ("…", "Enter the legal name as the register has it"), ("x" * 201, "200")],
)
def test_a_legal_name_that_is_none_is_refused(name, words, furnished):
    answer = rename(furnished, name)
    assert answer.status_code == 422
    assert words in answer.text


def test_only_an_administrator_corrects_a_legal_name(furnished):
    assert furnished.client(APPROVER).get(f"/partners/{AWAITING.number}/legal-names/new").status_code == 403


def test_a_corrected_training_record_gets_a_corrected_certificate_and_only_one(furnished):
    with the_books(furnished) as session:
        record, number = session.execute(
            select(TrainingRecord, Partner.number)
            .join(Partner, Partner.id == TrainingRecord.partner_id)
            .join(Certificate, Certificate.training_record_id == TrainingRecord.id)
            .where(Certificate.revoked_at.is_(None))
            .limit(1)
        ).one()
        former = session.scalars(select(Certificate.number).where(Certificate.training_record_id == record.id)).one()
    client = furnished.client(ANALYST)
    page = client.get(f"/partners/{number}/training-records/{record.id}/corrections/new")
    client.submit(page, "Propose the correction", person_name="Ada van der Linden", reason="Married name in the file.")
    decide(furnished, DecisionKind.RECORD_CORRECTION)
    with the_books(furnished) as session:
        newer = session.scalars(select(TrainingRecord.id).where(TrainingRecord.supersedes_id == record.id)).one()
    with loop_set_aside():
        for _ in range(2):
            Worker(furnished.settings, delivery_of(furnished.settings), furnished.app.app_context).once()
    with the_books(furnished) as session:
        made = session.scalars(select(Certificate).where(Certificate.training_record_id == newer)).one()
        printed = Snapshot.from_canonical(made.snapshot.encode())
        assert (printed.holder, printed.replaces) == ("Ada van der Linden", former)
        assert course_certificates.overdue(session, at=now()) == []
    assert row_of(furnished, former).superseded_by_number == made.number


def test_a_revoked_course_certificate_does_not_come_back_with_a_correction(furnished):
    with the_books(furnished) as session:
        found = session.scalars(
            select(Certificate).where(Certificate.kind == CertificateKind.COURSE_COMPLETION).limit(1)
        ).one()
    propose_revocation(furnished, found.number)
    answer = furnished.client(APPROVER).get("/decisions")
    assert found.number in answer.text
    decide(furnished, DecisionKind.CERTIFICATE_REVOCATION)
    with the_books(furnished) as session:
        assert course_certificates.carry_out(found.training_record_id, settings=furnished.settings, at=now()) is None
        assert course_certificates.overdue(session, at=now()) == []
        assert (
            session.scalars(select(DeterminationReview).where(DeterminationReview.certificate_id == found.id)).all()
            == []
        )


def review_of(furnished, company=RELEASABLE):
    with the_books(furnished) as session:
        return session.scalars(
            select(DeterminationReview)
            .join(Partner, Partner.id == DeterminationReview.partner_id)
            .where(Partner.number == company.number)
        ).one()


def conclude(furnished, review, outcome, **fields):
    client = furnished.client(ANALYST)
    page = client.get(f"/determination-reviews/{review.id}")
    reason = "We asked the tax office and the partner's bank, and compared both answers."
    return client.submit(page, "Propose the conclusion", outcome=outcome, reason=reason, **fields)


def money(furnished):
    with the_books(furnished) as session:
        return session.scalar(select(func.count(Posting.id))), session.scalars(select(ReleaseOrder.state)).all()


def test_a_revocation_after_the_money_has_left_moves_no_money_and_opens_a_review(furnished):
    review = review_of(furnished)
    assert OrderState.SETTLED in money(furnished)[1]
    page = furnished.client(ANALYST).get(f"/determination-reviews/{review.id}")
    with the_books(furnished) as session:
        order = session.scalars(
            select(ReleaseOrder.number).where(ReleaseOrder.certificate_id == review.certificate_id)
        ).one()
        case = session.get_one(RemediationCase, review.case_id)
        assert case.state is CaseState.CLOSED_COMPLETED
        assert faults(session) == []
    assert order in page.text
    assert "None of these amounts changed" in page.text
    assert f"Review the determination of {case.number}" in furnished.client(ANALYST).get("/").text


def test_the_partner_and_its_representative_know_nothing_of_the_review(furnished):
    review = review_of(furnished)
    for who in (RELEASABLE.contact.email, STAFF[RELEASABLE.representative].email, "mallory@bluefjord.example"):
        assert furnished.client(who).get(f"/determination-reviews/{review.id}").status_code == 404


def test_a_determination_that_stands_is_certified_anew_by_two_people(furnished):
    review = review_of(furnished)
    before = money(furnished)
    conclude(furnished, review, "stands")
    assert review_of(furnished).concluded_at is None
    decide(furnished, DecisionKind.DETERMINATION_REVIEW)
    with the_books(furnished) as session:
        old = session.get_one(Certificate, review.certificate_id)
        anew = session.scalars(
            select(Certificate).where(Certificate.case_id == review.case_id, Certificate.revoked_at.is_(None))
        ).one()
        assert anew.determination_id == old.determination_id
        assert anew.expires_on == old.expires_on
        same, other = (Snapshot.from_canonical(one.snapshot.encode()) for one in (old, anew))
        assert same.completion == other.completion
        assert faults(session) == []
    assert review_of(furnished).concluded_at is not None
    assert money(furnished) == before


def test_a_determination_that_falls_reopens_the_named_steps_and_moves_no_money(furnished):
    review = review_of(furnished)
    before = money(furnished)
    answer = conclude(furnished, review, "falls")
    assert answer.status_code == 422
    assert "Choose the steps that have to be worked on again." in answer.text
    with the_books(furnished) as session:
        step = session.scalars(
            select(PlanStep).where(PlanStep.case_id == review.case_id, PlanStep.state == StepState.ACCEPTED)
        )
        chosen = next(one.id for one in step if not one.kind.is_computed and one.kind.value != "attestation")
    answer = conclude(furnished, review, "falls", steps=[str(chosen)])
    assert "for the partner, why it has to work again" in answer.text
    conclude(
        furnished, review, "falls", steps=[str(chosen)], words="The procedure was not in force on the day you said."
    )
    decide(furnished, DecisionKind.DETERMINATION_REVIEW)
    with the_books(furnished) as session:
        case = session.get_one(RemediationCase, review.case_id)
        assert (case.state, case.closed_at) == (CaseState.IN_REMEDIATION, None)
        assert session.get_one(PlanStep, chosen).state is StepState.REOPENED
        number = case.number
        assert faults(session) == []
    assert money(furnished) == before
    seen = furnished.client(RELEASABLE.contact.email).get(f"/cases/{number}").text
    assert "The procedure was not in force" in seen
    assert "no longer stands" in seen
    assert "tax office" not in seen


def test_a_rejected_conclusion_leaves_the_review_open_for_another(furnished):
    review = review_of(furnished)
    conclude(furnished, review, "stands")
    decide(furnished, DecisionKind.DETERMINATION_REVIEW, outcome="reject", reason="Ask the bank first.")
    assert (review_of(furnished).outcome, review_of(furnished).concluded_at) == (None, None)
    assert "Propose the conclusion" in furnished.client(ANALYST).get(f"/determination-reviews/{review.id}").text


def test_a_learner_is_told_from_which_day_the_certificate_can_be_renewed(furnished):
    with the_books(furnished) as session:
        found, renew_days = session.execute(
            select(Certificate, CourseVersion.renew_days)
            .join(Registration, Registration.id == Certificate.registration_id)
            .join(CourseVersion, CourseVersion.id == Registration.version_id)
            .where(Certificate.expires_on.is_not(None), CourseVersion.renew_days.is_not(None))
            .limit(1)
        ).one()
    page = furnished.client(found.person_id).get(f"/certificates/{found.number}").text
    assert f"You can renew it from {day(found.expires_on - timedelta(days=renew_days))}" in page
    assert "Propose the revocation" not in page
