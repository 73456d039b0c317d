"""Signing at the end: the exact statements, every box, and the password again."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.accounts.rules import Reauthentication
from app.decisions.models import Signature
from app.decisions.queries import seal_holds
from app.kernel.clock import now
from app.kernel.errors import DomainError, Refused
from app.learning import services
from app.learning.models import Assignment, AssignmentState, TrainingRecord
from tests.ground.world import PASSWORD
from tests.learning.school import gifts

STATEMENTS = "I have read and understood the rules on gifts.\nI will ask before I give."


@pytest.fixture
def passed(school):
    """Eve of Acme, who has a password, has passed and only has to sign: (Eve, registration id)."""
    school.publish(gifts(attestation=True))
    eve = school.world.learner("Eve", school.acme, password=PASSWORD)
    registration_id = school.start(eve)
    school.read(registration_id, eve)
    assert school.attempt(registration_id, eve, right=True).record is None
    return eve, registration_id


def boxes(page):
    return [box["value"] for box in page.page.select("input[name=statements]")]


def test_a_course_with_statements_is_not_completed_before_they_are_signed(school, passed, client, reading):
    eve, registration_id = passed
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(TrainingRecord)) == 0
    client.sign_in(eve)
    assert client.get("/tasks").link("Continue: Please confirm") == f"/registrations/{registration_id}"
    assert client.get(f"/registrations/{registration_id}").location.endswith("/units/5")
    assert client.get(f"/registrations/{registration_id}/units/5").location.endswith("/attestation")


def test_signing_completes_the_course(school, passed, client, reading):
    eve, registration_id = passed
    client.sign_in(eve)
    page = client.get(f"/registrations/{registration_id}/attestation")
    assert "I will ask before I give." in page.text
    done = client.submit(page, "Sign and complete the course", statements=boxes(page), password=PASSWORD)
    assert done.heading == "Completed: Gifts"
    assert "I will ask before I give." in done.text
    with reading() as session:
        record = session.scalars(select(TrainingRecord)).one()
        signature = session.get(Signature, record.attestation_id)
        assert signature.statement == STATEMENTS
        assert (signature.subject_type, signature.subject_id) == ("registration", str(registration_id))
        assert seal_holds(signature)
        assert session.scalars(select(Assignment)).one().state is AssignmentState.SATISFIED


def test_every_statement_is_needed(school, passed, client, reading):
    eve, registration_id = passed
    client.sign_in(eve)
    page = client.get(f"/registrations/{registration_id}/attestation")
    for ticked in ([], boxes(page)[:1]):
        answer = client.submit(page, "Sign and complete the course", statements=ticked, password=PASSWORD)
        assert answer.status_code == 422
        assert answer.errors == ["Tick every statement that you attest; each one is needed."]
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Signature)) == 0


def test_a_wrong_password_signs_nothing(school, passed, client, reading):
    eve, registration_id = passed
    client.sign_in(eve)
    page = client.get(f"/registrations/{registration_id}/attestation")
    answer = client.submit(page, "Sign and complete the course", statements=boxes(page), password="not my password")
    assert answer.status_code == 422
    assert "That is not your password" in answer.text
    assert len(answer.page.select("input[name=statements][checked]")) == 2
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(TrainingRecord)) == 0


def test_signing_twice_is_signing_once(school, passed, client, reading):
    eve, registration_id = passed
    client.sign_in(eve)
    page = client.get(f"/registrations/{registration_id}/attestation")
    other_tab = client.get(f"/registrations/{registration_id}/attestation")
    for tab in (page, page, other_tab):
        answer = client.submit(tab, "Sign and complete the course", statements=boxes(tab), password=PASSWORD)
        assert answer.heading == "Completed: Gifts"
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Signature)) == 1
        assert session.scalar(select(func.count()).select_from(TrainingRecord)) == 1


def test_nobody_signs_before_the_quiz_is_passed(school, client):
    school.publish(gifts(attestation=True))
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    client.sign_in(school.ada)
    page = client.get(f"/registrations/{registration_id}/attestation")
    assert "Left before that: the quiz." in page.text
    with pytest.raises(DomainError):
        school.attest(registration_id, school.ada)


def test_an_old_proof_of_who_one_is_signs_nothing(school, passed):
    eve, registration_id = passed
    actor = school.world.actor(eve)

    def attest(proof):
        with school.in_transaction() as session:
            services.attest(session, registration_id, proof, by=actor, at=now())

    with pytest.raises(Refused):
        attest(Reauthentication(eve.id, now() - timedelta(minutes=16)))
    with pytest.raises(Refused):
        attest(Reauthentication(school.grace.id, now()))


def test_another_learners_attestation_is_not_found(school, passed, client):
    _, registration_id = passed
    client.sign_in(school.grace)
    assert client.get(f"/registrations/{registration_id}/attestation").status_code == 404
    assert client.post(f"/registrations/{registration_id}/attestation", data={}).status_code == 404


def test_a_course_without_statements_has_no_such_page(school, client):
    school.publish()
    registration_id = school.start(school.ada)
    client.sign_in(school.ada)
    assert client.get(f"/registrations/{registration_id}/attestation").status_code == 404
