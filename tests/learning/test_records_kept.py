"""What a training record keeps, how a mistake in it is corrected, and what stands in for a course."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select

from app.accounts.models import Person
from app.certificates.models import Certificate
from app.courses.models import CourseVersion
from app.decisions.rules import DecisionKind
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotPermitted, Refused
from app.learning.models import (
    Assignment,
    AssignmentState,
    RecordConfirmation,
    Registration,
    RegistrationState,
    TrainingRecord,
)
from app.learning.queries import faults
from app.learning.queries.records import satisfied_by
from app.learning.services.assignments import reasons_to_skip
from app.outbox.models import OutboxRow
from app.remediation.queries.coverage import satisfied_by as counted_by_coverage
from tests.learning.mending import PDF, Mending
from tests.learning.school import gifts


@pytest.fixture
def mending(school, app):
    return Mending(school, app)


def place_of(school, record):
    return f"/partners/{school.acme.number}/training-records/{record.id}"


def signed(school, person):
    registration_id = school.start(person)
    school.read(registration_id, person)
    school.attempt(registration_id, person, right=True)
    return school.attest(registration_id, person)


# What is kept


def test_a_record_keeps_the_words_that_were_signed(school, reading):
    school.publish(gifts(attestation=True))
    record = signed(school, school.ada)
    assert record.attestation_text == ("I have read and understood the rules on gifts.\nI will ask before I give.")


def test_the_record_page_shows_questions_as_shown_and_answers_as_given(school, client):
    school.publish(gifts(attestation=True))
    record = signed(school, school.ada)
    client.sign_in(school.ada)
    page = client.get(f"/training-records/{record.id}")
    for said in (
        "Which gift is fine? A customer decides on your offer next week.",
        "Answer given: A pen",
        "Answer given: 7",
        "Language English (en)",
        f"Text studied (SHA-256) {record.content_hash}",
        "Score 100 %; needed: 50 %",
        "I will ask before I give.",
    ):
        assert said in page.text


def test_nothing_that_happens_later_changes_the_record_page(school, client, in_transaction):
    school.publish(gifts(attestation=True))
    record = signed(school, school.ada)
    client.sign_in(school.ada)
    before = client.get(f"/training-records/{record.id}").page.main.get_text(" ", strip=True)
    school.publish(gifts("2.0.0", title="Gifts, revised", settings="attempts: 1\nvalid_for: P2Y"))
    with in_transaction() as session:
        session.get_one(Person, school.ada.id).name = "Ada King"
    assert client.get(f"/training-records/{record.id}").page.main.get_text(" ", strip=True) == before


@pytest.mark.parametrize(("shows", "seen"), [("always", True), ("passed", True), ("never", False)])
def test_the_key_is_on_the_record_page_as_the_course_shows_it(school, client, shows, seen):
    school.publish(gifts(show_correct=shows))
    registration_id = school.start(school.ada)
    school.read(registration_id, school.ada)
    attempt_id = school.begin_quiz(registration_id, school.ada)
    actor = school.world.actor(school.ada)
    with school.in_transaction() as session:
        from app.learning import services

        answers = school.answers(session, attempt_id) | {"days": "99"}
        for question_id, response in answers.items():
            services.save_answer(session, attempt_id, question_id, response, by=actor, at=now())
    record = school.hand_in(attempt_id, school.ada).record
    client.sign_in(school.ada)
    assert ("Right answer: 7" in client.get(f"/training-records/{record.id}").text) is seen
    client.sign_in(school.world.analyst())
    page = client.get(place_of(school, record)).text
    assert "Answer given: 99" in page
    assert "Right answer" not in page


def test_who_may_open_the_record_of_somebody_else(school, client):
    school.publish()
    record = school.complete(school.ada)
    for person in (school.world.analyst(), school.world.approver(), school.world.auditor()):
        client.sign_in(person)
        assert client.get(place_of(school, record)).status_code == 200
        assert client.get(f"/partners/{school.globex.number}/training-records/{record.id}").status_code == 404
    client.sign_in(school.robin)
    assert client.get(place_of(school, record)).status_code == 403
    for person in (school.ada, school.grace, school.mallory):
        client.sign_in(person)
        assert client.get(place_of(school, record)).status_code == 404


# Corrections


def test_a_corrected_record_takes_the_place_of_the_old_one_which_stays(school, mending, reading, client):
    school.publish()
    old = school.complete(school.ada)
    new = mending.correct(old, person_name="Ada Lovelace", valid_until=date(2026, 12, 31))
    assert (new.person_name, new.valid_until, new.passed_on) == ("Ada Lovelace", date(2026, 12, 31), old.passed_on)
    assert (new.supersedes_id, new.correction_reason) == (old.id, "The name was misspelt.")
    with reading() as session:
        kept = session.get_one(TrainingRecord, old.id)
        assert (kept.person_name, kept.valid_until) == ("Ada", old.valid_until)
        assert session.scalars(select(Assignment)).one().satisfied_by_record_id == new.id
        assert faults.faults(session) == []
    client.sign_in(school.ada)
    assert client.get("/training-records").text.count("Version 1.0.0") == 1
    page = client.get(f"/training-records/{old.id}")
    assert "This record was corrected and counts no more" in page.text
    page = client.get(page.link(f"See the record that took its place, training record {new.id}"))
    assert "Name Ada Lovelace" in page.text
    assert "Valid until 31 December 2026" in client.get("/tasks").text


def test_the_page_says_that_a_corrected_certificate_follows(school, mending, client):
    school.publish()
    new = mending.correct(school.complete(school.ada), person_name="Ada Lovelace")
    client.sign_in(school.ada)
    assert (
        "A corrected certificate takes the place of the earlier one" in client.get(f"/training-records/{new.id}").text
    )
    assert "A corrected certificate" not in client.get(f"/training-records/{new.supersedes_id}").text


def test_a_record_counts_by_what_it_says_after_the_correction(school, mending, reading):
    school.publish()
    old = school.complete(school.ada)
    pair = (school.ada.id, old.course_id)
    mending.correct(old, valid_until=old.passed_on)
    with reading() as session:
        assert satisfied_by(session, [school.ada.id], [old.course_id], at=now()) == {pair}
        tomorrow = now() + timedelta(days=1)
        assert satisfied_by(session, [school.ada.id], [old.course_id], at=tomorrow) == set()
        assert reasons_to_skip(session, [school.ada.id], old.course_id, partner=school.acme, at=tomorrow) == {}


def test_a_confirmed_completion_stays_confirmed_when_its_record_is_corrected(school, mending, in_transaction):
    school.publish()
    old = school.complete(school.ada)
    first = mending.correct(old, person_name="Ada L.")
    assert first.needs_confirmation is False
    with in_transaction() as session:
        session.add(
            RecordConfirmation(record_id=first.id, outcome="confirmed", comment="", by_id=mending.sam.id, at=now())
        )
    assert mending.correct(first, person_name="Ada Lovelace").needs_confirmation is False


def test_a_correction_takes_two_people_and_a_reason(school, mending, reading):
    school.publish()
    record = school.complete(school.ada)
    with pytest.raises(NotPermitted):
        mending.propose_correction(record, person_name="Ada X", by=school.world.actor(school.robin))
    with pytest.raises(DomainError, match="Nothing is different"):
        mending.propose_correction(record, person_name="Ada")
    with pytest.raises(DomainError, match="still to come"):
        mending.propose_correction(record, passed_on=date(2026, 3, 3))
    with pytest.raises(DomainError, match="after the day of completion"):
        mending.propose_correction(record, valid_until=date(2026, 3, 1))
    with pytest.raises(DomainError, match="can't be corrected"):
        mending.propose_correction(record, score=10_000)
    made = mending.propose_correction(record, person_name="Ada X")
    with pytest.raises(Conflict, match="waits for its decision"):
        mending.propose_correction(record, person_name="Ada Y")
    with pytest.raises(Refused):
        mending.decide(DecisionKind.RECORD_CORRECTION, made.id, school.world.actor(mending.sam))
    mending.decide(
        DecisionKind.RECORD_CORRECTION, made.id, school.world.actor(mending.priya), approve=False, reason="It is right."
    )
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(TrainingRecord)) == 1


def test_only_the_record_that_stands_can_be_corrected(school, mending):
    school.publish()
    old = school.complete(school.ada)
    mending.correct(old, person_name="Ada X")
    with pytest.raises(Conflict, match="corrected already"):
        mending.propose_correction(old, person_name="Ada Y")


def test_an_analyst_corrects_a_record_on_its_page(school, mending, client):
    school.publish()
    record = school.complete(school.ada)
    client.sign_in(mending.sam)
    form = client.get(client.get(place_of(school, record)).link("Correct a mistake in it"))
    answer = client.submit(form, "Propose the correction", person_name="Ada", reason="A typo.")
    assert answer.status_code == 422
    assert "Nothing is different" in answer.text
    page = client.submit(form, "Propose the correction", person_name="Ada Lovelace", reason="A typo.")
    assert "Name to Ada Lovelace" in page.text
    assert "Waits for a decision" in page.text
    client.sign_in(mending.priya)
    decision = client.get(client.get(place_of(school, record)).link("Open the decision on correction 1"))
    assert "From: Ada" in decision.text
    assert client.get(decision.link("See it whole before you decide")).status_code == 200
    client.submit(decision, "Record my decision", outcome="approve", reason="")
    assert "counts no more" in client.get(place_of(school, record)).text


# Outside training


def test_accepted_outside_training_satisfies_until_it_lapses(school, mending, reading, clock):
    version = school.publish()
    assignment = school.assign(school.ada)[0]
    found = mending.accept_elsewhere(assignment)
    pair = {(school.ada.id, version.course_id)}
    with reading() as session:
        kept = session.scalars(select(Assignment)).one()
        assert (kept.state, kept.satisfied_by_equivalent_id) == (AssignmentState.SATISFIED, found.id)
        assert counted_by_coverage(session, [school.ada.id], [version.course_id], at=now()) == pair
        assert faults.faults(session) == []
        reasons = reasons_to_skip(session, [school.ada.id], version.course_id, partner=school.acme, at=now())
        assert reasons == {school.ada.id: "completed on 2 February 2026, valid until 1 February 2027"}
    clock.move_to(now().replace(year=2027, month=2, day=2))
    with reading() as session:
        assert satisfied_by(session, [school.ada.id], [version.course_id], at=now()) == set()


def test_a_course_that_was_begun_ends_when_outside_training_is_accepted(school, mending, reading):
    school.publish()
    assignment = school.assign(school.ada)[0]
    school.begin(assignment, school.ada)
    mending.accept_elsewhere(assignment)
    with reading() as session:
        assert session.scalars(select(Registration)).one().state is RegistrationState.ABANDONED


def test_no_certificate_and_no_record_come_of_outside_training(school, mending, reading):
    version = school.publish()
    mending.accept_elsewhere(school.assign(school.ada)[0])
    with reading() as session:
        assert session.get_one(CourseVersion, version.id).gives_certificate
        for table in (Certificate, TrainingRecord):
            assert session.scalar(select(func.count()).select_from(table)) == 0
        assert session.scalars(select(OutboxRow).where(OutboxRow.kind == "course_certificate")).all() == []


def test_outside_training_takes_two_people_and_an_open_assignment(school, mending, reading):
    school.publish()
    assignment = school.assign(school.ada)[0]
    with pytest.raises(NotPermitted):
        mending.propose_elsewhere(assignment, by=school.world.actor(school.robin))
    with pytest.raises(DomainError, match="day that has come"):
        mending.propose_elsewhere(assignment, completed_on=date(2026, 3, 3))
    with pytest.raises(DomainError, match="lapsed by now"):
        mending.propose_elsewhere(assignment, valid_until=date(2026, 3, 1))
    found = mending.propose_elsewhere(assignment)
    with reading() as session:
        assert session.scalars(select(Assignment)).one().state is AssignmentState.ASSIGNED
    with pytest.raises(Conflict, match="waits for its decision"):
        mending.propose_elsewhere(assignment)
    with pytest.raises(Refused):
        mending.decide(DecisionKind.EQUIVALENT_TRAINING, found.id, school.world.actor(mending.sam))
    mending.decide(DecisionKind.EQUIVALENT_TRAINING, found.id, school.world.actor(mending.priya))
    with pytest.raises(Conflict, match="already satisfied"):
        mending.propose_elsewhere(assignment)


def test_the_evidence_goes_from_the_analyst_to_the_approver_and_to_nobody_else(school, mending, client):
    school.publish()
    assignment = school.assign(school.ada)[0]
    client.sign_in(mending.sam)
    page = client.get(f"/partners/{school.acme.number}/assignments/{assignment.id}")
    form = client.get(page.link("Propose outside training as equivalent"))
    entered = {
        "title": "Anti-bribery",
        "provider": "Blue School",
        "completed_on": "2026-02-02",
        "valid_until": "",
        "reason": "Covers it.",
    }
    answer = client.submit(form, "Propose it", **entered)
    assert "Choose the file that shows it" in answer.text
    answer = client.submit(form, "Propose it", **entered, files=(BytesIO(b"Passed, honestly."), "note.txt"))
    assert "Evidence of training is a PDF" in answer.text
    answer = client.submit(form, "Propose it", **entered, files=(BytesIO(b"no pdf"), "passed.pdf"))
    assert answer.status_code == 422
    page = client.submit(form, "Propose it", **entered, files=(BytesIO(PDF), "passed.pdf"))
    assert page.heading == "Outside training: Anti-bribery"
    place = f"/partners/{school.acme.number}/equivalents/1"
    for person, status in (
        (mending.sam, 200),
        (mending.priya, 200),
        (school.world.auditor(), 200),
        (school.robin, 403),
        (school.ada, 404),
        (school.mallory, 404),
    ):
        client.sign_in(person)
        assert client.get(f"{place}/evidence").status_code == status
        assert client.get(place).status_code == status
    client.sign_in(mending.priya)
    assert client.get(f"{place}/evidence").data == PDF
    assert client.get(f"/partners/{school.globex.number}/equivalents/1/evidence").status_code == 404
    decision = client.get(client.get(place).link("Open the decision"))
    assert "Evidence passed.pdf" in decision.text
    client.submit(decision, "Record my decision", outcome="approve", reason="")
    client.sign_in(school.ada)
    assert "By training that you did elsewhere" in client.get("/tasks").text
    assert "You need not take it." in client.get(f"/assignments/{assignment.id}").text
    records = client.get("/training-records").text
    assert "Accepted equivalent, by Blue School" in records
