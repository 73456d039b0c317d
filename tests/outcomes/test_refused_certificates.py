"""A certificate that would be broken is not issued: it becomes a task for a person, and is made once that person has mended it."""

import pytest
from sqlalchemy import func, inspect, select

from app import transactions
from app.accounts.models import Person
from app.audit.models import AuditEvent
from app.certificates.models import Certificate, CertificateRefusal
from app.cli.check import check_command
from app.cli.demo.cast import AWAITING, STAFF
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind
from app.kernel.clock import now
from app.learning.models import TrainingRecord
from app.outbox.models import OutboxRow, OutboxState
from app.outcomes import course_certificates
from app.partners.models import Partner
from tests.ground.loops import loop_set_aside
from tests.outcomes.conftest import UNPRINTABLE
from tests.outcomes.test_decisions import approve, waiting_determination

AGAIN = f"Try again to make the certificate of {UNPRINTABLE}"


@pytest.fixture
def refused(school, graduate, worker, in_transaction):
    """Zed's name came with a letter that no font has, from before the portal looked; the worker has tried. The training record's id."""
    school.publish()
    school.zed = school.world.learner("Zed", school.acme)
    with in_transaction() as session:
        session.get_one(Person, school.zed.id).name = UNPRINTABLE
    record_id = graduate(school.zed)
    worker.once()
    return record_id


def refusals(reading) -> list[CertificateRefusal]:
    with reading() as session:
        return list(session.scalars(select(CertificateRefusal).order_by(CertificateRefusal.id)))


def certificates(reading) -> int:
    with reading() as session:
        return session.scalar(select(func.count(Certificate.id)))


def renamed(in_transaction, record_id, name) -> int:
    """What an approved correction leaves: a record with the right name in the place of the old one."""
    with in_transaction() as session:
        old = session.get_one(TrainingRecord, record_id)
        values = {column.key: getattr(old, column.key) for column in inspect(TrainingRecord).column_attrs}
        del values["id"]
        values.update(person_name=name, supersedes_id=old.id, correction_reason="The name was mistyped.")
        new = TrainingRecord(**values)
        session.add(new)
        session.flush()
        course_certificates.announce(session, new, at=now())
        return new.id


def test_the_worker_opens_a_task_and_does_not_try_for_ever(refused, reading, worker):
    (found,) = refusals(reading)
    assert (found.training_record_id, found.tries, found.settled_at) == (refused, 1, None)
    assert "U+E000" in found.sentence
    assert certificates(reading) == 0
    with reading() as session:
        row = session.scalars(select(OutboxRow).where(OutboxRow.kind == course_certificates.KIND)).one()
        assert (row.state, row.tries) == (OutboxState.DONE, 0)
        assert session.scalars(
            select(AuditEvent.action).where(AuditEvent.subject_type == "certificate_refusal")
        ).all() == ["certificate.refused"]


def test_the_check_is_content_where_somebody_was_told_and_says_what_to_mend(refused, app, clock, reading):
    clock.advance(hours=1)
    told = app.test_cli_runner().invoke(check_command)
    assert told.exit_code == 0, told.output
    assert "To mend: the certificate of Zed" in told.output


def test_the_check_still_finds_a_certificate_that_nobody_tried_to_make(school, graduate, clock, app, reading):
    school.publish()
    record_id = graduate(school.ada)
    clock.advance(hours=1)
    with reading() as session:
        assert list(course_certificates.overdue(session, at=now())) == [record_id]
    assert f"training_record {record_id}" in app.test_cli_runner().invoke(check_command).output


def test_compliance_sees_whose_why_and_how_often_and_mends_it(refused, school, client, reading, in_transaction, worker):
    sam = school.world.analyst("Sam")
    client.sign_in(sam)
    home = client.get("/")
    assert "1 certificate could not be made" in home.text
    page = client.get("/certificate-refusals")
    assert "Zed" in page.text
    assert "Gifts" in page.text
    assert "Tried 1 time" in page.text
    assert page.link("Correct the record of " + UNPRINTABLE)
    renamed(in_transaction, refused, "Zed Adams")
    worker.once()
    (found,) = refusals(reading)
    assert found.settled_at is not None
    assert certificates(reading) == 1
    assert "Every certificate that was earned is made" in client.get("/certificate-refusals").text
    assert "could not be made" not in client.get("/").text


def test_trying_again_tells_at_once_whether_it_was_enough(refused, school, client, reading, in_transaction):
    client.sign_in(school.world.approver("Priya"))
    answer = client.submit(client.get("/certificate-refusals"), AGAIN)
    assert "It still can't be made" in answer.text
    assert "Tried 2 times" in answer.text
    renamed(in_transaction, refused, "Zed Adams")
    answer = client.submit(answer, AGAIN)
    assert "The certificate is issued" in answer.text
    assert "Zed Adams" in answer.text
    assert certificates(reading) == 1


def test_a_double_click_is_one_try(refused, school, client, reading):
    client.sign_in(school.world.analyst("Sam"))
    page = client.get("/certificate-refusals")
    first = client.submit(page, AGAIN, follow=False)
    second = client.submit(page, AGAIN, follow=False)
    assert (first.status_code, second.status_code, first.location) == (303, 303, second.location)
    assert refusals(reading)[0].tries == 2


def test_a_click_after_it_was_settled_changes_nothing(refused, school, client, reading, in_transaction, worker):
    client.sign_in(school.world.analyst("Sam"))
    page = client.get("/certificate-refusals")
    renamed(in_transaction, refused, "Zed Adams")
    worker.once()
    answer = client.submit(page, AGAIN)
    assert "Nothing was changed" in answer.text
    assert certificates(reading) == 1
    assert len(refusals(reading)) == 1


def test_the_learner_is_told_honestly_and_not_in_the_staffs_words(refused, school, client, reading):
    client.sign_in(school.zed)
    page = client.get("/certificates")
    assert "Your certificate could not be made yet" in page.text
    assert "Gifts" in page.text
    assert refusals(reading)[0].sentence not in page.text
    client.sign_in(school.ada)
    assert "could not be made" not in client.get("/certificates").text


@pytest.mark.parametrize("who", ["learner", "contact", "representative", "auditor", "administrator"])
def test_others_have_no_such_list(refused, school, client, who):
    people = {
        "learner": lambda: school.zed,
        "contact": lambda: school.world.contact("Cora", school.acme),
        "representative": lambda: school.robin,
        "auditor": lambda: school.world.auditor(),
        "administrator": lambda: school.world.administrator(),
    }
    client.sign_in(people[who]())
    assert client.get("/certificate-refusals").status_code == (404 if who in ("learner", "contact") else 403)


def test_a_logo_that_went_missing_is_a_task_and_no_crash(school, graduate, app, reading, tmp_path):
    school.publish()
    record_id = graduate(school.ada)
    settings = app.config["SETTINGS"].model_copy(update={"logo_path": tmp_path / "logo.png"})
    with loop_set_aside(), app.app_context():
        assert course_certificates.carry_out(record_id, settings=settings, at=now()) is None
    (found,) = refusals(reading)
    assert "GOOD_STANDING_LOGO_PATH" in found.sentence
    (tmp_path / "logo.png").write_bytes(b"not a picture")
    with loop_set_aside(), app.app_context():
        assert course_certificates.carry_out(record_id, settings=settings, at=now()) is None
    assert "PNG or an SVG" in refusals(reading)[0].sentence
    (tmp_path / "logo.png").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>A</title></svg>'
    )
    with loop_set_aside(), app.app_context():
        assert course_certificates.carry_out(record_id, settings=settings, at=now()) is not None
    assert refusals(reading)[0].settled_at is not None


def test_the_list_asks_as_much_for_fifty_as_for_one(refused, school, client, statements, in_transaction):
    client.sign_in(school.world.analyst("Sam"))
    client.get("/certificate-refusals")
    with statements() as few:
        client.get("/certificate-refusals")
    with in_transaction() as session:
        first = session.get_one(TrainingRecord, refused)
        values = {column.key: getattr(first, column.key) for column in inspect(TrainingRecord).column_attrs}
        for number in range(55):
            last = session.scalars(select(TrainingRecord).order_by(TrainingRecord.id.desc()).limit(1)).one()
            again = {**values, "id": None, "supersedes_id": last.id, "correction_reason": "Again."}
            session.add(TrainingRecord(**again))
            session.flush()
            session.add(
                CertificateRefusal(
                    partner_id=first.partner_id,
                    training_record_id=last.id + 1,
                    sentence=f"Reason {number}",
                    opened_at=now(),
                    tried_at=now(),
                )
            )
    with statements() as many:
        client.get("/certificate-refusals")
    assert len(few) == len(many)
    page = client.get("/certificate-refusals")
    assert "Reason 48" in page.text
    assert "Reason 49" not in page.text
    assert "Reason 54" in client.get(page.link("Next page")).text


def spoil(furnished, name):
    with loop_set_aside(), furnished.app.app_context(), transactions.transaction() as session:
        session.scalars(select(Partner).where(Partner.number == AWAITING.number)).one().legal_name = name


def rows_of(furnished):
    """The refusals of determinations."""
    with furnished.app.app_context():
        return list(
            transactions.reading().scalars(
                select(CertificateRefusal).where(CertificateRefusal.determination_id.is_not(None))
            )
        )


def test_a_refused_program_certificate_is_seen_by_the_approver_and_kept_for_the_others(furnished):
    decision_id, case_id = waiting_determination(furnished)
    spoil(furnished, "Sakura \ue000 KK")
    answer = approve(furnished, decision_id)
    assert answer.status_code == 422
    (found,) = rows_of(furnished)
    assert found.sentence in answer.text
    others = furnished.client(STAFF["analyst"].email)
    page = others.get("/certificate-refusals")
    assert found.sentence in page.text
    assert page.link("Open the decision about Sakura \ue000 KK") == f"/decisions/{decision_id}"
    assert (
        others.post(f"/certificate-refusals/{found.id}/attempts", data={"idempotency_key": "a" * 20}).status_code == 422
    )
    approve(furnished, decision_id)
    assert rows_of(furnished)[0].tries == 2
    spoil(furnished, AWAITING.legal_name)
    approve(furnished, decision_id)
    assert rows_of(furnished)[0].settled_at is not None
    with furnished.app.app_context():
        assert transactions.reading().get_one(Decision, decision_id).state is DecisionState.APPROVED
        assert (
            transactions.reading().scalar(select(func.count(Certificate.id)).where(Certificate.case_id == case_id)) == 1
        )


def test_a_rejected_determination_owes_no_certificate(furnished):
    decision_id, _ = waiting_determination(furnished)
    spoil(furnished, "Sakura \ue000 KK")
    approve(furnished, decision_id)
    client = furnished.client(STAFF["approver"].email)
    page = client.get(f"/decisions/{decision_id}")
    client.submit(page, "Record my decision", outcome="reject", reason="Mend the partner's name first.")
    assert rows_of(furnished)[0].settled_at is not None


def test_a_decision_of_another_kind_keeps_no_refusal(furnished):
    with furnished.app.app_context():
        waiting = transactions.reading().scalars(
            select(Decision.id).where(
                Decision.kind != DecisionKind.DETERMINATION, Decision.state == DecisionState.PROPOSED
            )
        )
        decision_id = waiting.first()
    approve(furnished, decision_id)
    assert rows_of(furnished) == []
