"""All certificates of a partner, a course or a period as one zip file: asked for, made by the worker, fetched by whoever asked."""

import csv
import hashlib
import io
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, inspect, select, update
from sqlalchemy.orm import undefer

from app import transactions
from app.accounts.models import Person
from app.certificates.models import (
    BundleState,
    Certificate,
    CertificateBundle,
    CertificateBundleItem,
    CertificateRefusal,
)
from app.certificates.rules.file_names import file_name
from app.certificates.services import bundles as services
from app.kernel.clock import now
from app.learning.models import TrainingRecord
from app.outbox.models import OutboxRow, OutboxState
from app.outcomes import bundles
from app.outcomes.bundles import packing, rounds
from app.outcomes.bundles.choosing import Wish
from app.partners.models import Representation
from tests.ground.loops import loop_set_aside
from tests.learning.school import gifts
from tests.outcomes.many import FORMER_NAMES, certify, graduates

CHOICES = "/certificate-bundles/new"
_WITH_BYTES = select(Certificate).options(undefer(Certificate.pdf)).order_by(Certificate.id)


@pytest.fixture
def sam(school):
    return school.world.analyst("Sam")


@pytest.fixture
def record(school, graduate, worker):
    """Ada has passed the course at Acme and has her certificate; the training record's id."""
    school.publish()
    record_id = graduate(school.ada)
    worker.once()
    return record_id


def ask(client):
    return client.submit(client.get(CHOICES), "Make the zip file")


def number_of(answer) -> int:
    return int(answer.request.path.rsplit("/", 1)[1])


def fetched(client, bundle_id: int) -> zipfile.ZipFile:
    answer = client.get(f"/certificate-bundles/{bundle_id}/certificates.zip")
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(answer.data))


def table_of(archive: zipfile.ZipFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read("certificates.csv").decode(), newline="")))


def row(reading, bundle_id: int) -> CertificateBundle:
    with reading() as session:
        return session.get_one(CertificateBundle, bundle_id)


def asked_by(in_transaction, world, person, wish=Wish()) -> int:
    actor = world.actor(person)
    with in_transaction() as session:
        return bundles.request(session, wish, by=actor, at=now()).id


def run(app, payload):
    with loop_set_aside(), app.app_context():
        rounds.carry_out(payload, settings=app.config["SETTINGS"], at=now())


def test_somebody_counts_asks_waits_and_downloads(record, school, sam, client, worker, postman, reading, graduate):
    graduate(school.grace)
    client.sign_in(sam)
    page = client.get("/partners/P-1001")
    counted = client.get(page.link("Download all certificates"))
    assert "2 certificates, of which 1 is still to be made" in counted.text
    answer = client.submit(counted, "Make the zip file")
    assert "0 of 2 made" in answer.text
    bundle_id = number_of(answer)
    with reading() as session:
        assert session.scalar(select(func.count(Certificate.id))) == 1
    worker.once()
    ready = client.get(f"/certificate-bundles/{bundle_id}")
    assert "2 certificates and a table of them." in ready.text
    archive = fetched(client, bundle_id)
    with reading() as session:
        stored = {one.number: one.pdf for one in session.scalars(_WITH_BYTES)}
    adas, graces = stored
    assert {name: archive.read(name) for name in archive.namelist() if name.endswith(".pdf")} == {
        f"Ada-Gifts-{adas}.pdf": stored[adas],
        f"Grace-Gifts-{graces}.pdf": stored[graces],
    }
    lines = table_of(archive)
    assert [(line["holder"], line["course or case"], line["standing"]) for line in lines] == [
        ("Ada", "Gifts", "valid"),
        ("Grace", "Gifts", "valid"),
    ]
    assert [line["sha256"] for line in lines] == [hashlib.sha256(pdf).hexdigest() for pdf in stored.values()]
    assert any(subject.startswith("Your certificates are ready: Acme") for subject in postman.subjects)
    found = row(reading, bundle_id)
    data = client.get(f"/certificate-bundles/{bundle_id}/certificates.zip").data
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (found.sha256, found.size)
    assert "Ready" in client.get("/certificate-bundles").text


def test_names_in_the_archive_are_no_paths_no_formulas_and_differ(record, school, sam, client, worker, in_transaction):
    with in_transaction() as session:
        certify(session, graduates(session, record, 12), octets=2_000, at=now(), names=FORMER_NAMES)
    client.sign_in(sam)
    bundle_id = number_of(ask(client))
    worker.once()
    archive = fetched(client, bundle_id)
    names = archive.namelist()
    assert len(names) == len(set(names)) == 14
    assert all("/" not in name and "\\" not in name and not name.startswith(".") for name in names)
    assert any(name.startswith("يوسف_حداد-") for name in names)
    assert any(name.startswith("山田_花子-") for name in names)
    assert any(name.startswith("etc_passwd-") for name in names)
    assert "'=cmd|' /C calc'!A0" in [line["holder"] for line in table_of(archive)]
    assert archive.testzip() is None


def test_a_file_name_is_short_enough_for_every_disk():
    name = file_name("山" * 400, "x" * 400, "0000-0000-0000-0000")
    assert len(name.encode()) <= 200
    assert file_name("...", "//", "0000-0000-0000-0000") == "0000-0000-0000-0000.pdf"
    assert file_name("a\u202eb", "C:\\x", "1") == "a_b-C_x-1.pdf"


def test_what_no_longer_counts_stands_apart_and_the_table_says_why(
    record, school, sam, client, worker, in_transaction, reading
):
    with in_transaction() as session:
        first, second = graduates(session, record, 2)
        certify(session, [first, second], octets=2_000, at=now())
        session.execute(
            update(Certificate)
            .where(Certificate.registration_id == session.get_one(TrainingRecord, first).registration_id)
            .values(revoked_at=now(), revoked_by_id=sam.id, revocation_reason="Issued in error.")
        )
    client.sign_in(sam)
    bundle_id = number_of(ask(client))
    worker.once()
    archive = fetched(client, bundle_id)
    (apart,) = [name for name in archive.namelist() if name.startswith("no-longer-valid/")]
    assert [line["standing"] for line in table_of(archive) if line["file"] == apart] == ["revoked"]


def test_a_bundle_packed_twice_has_the_same_documents_in_the_same_order(
    record, school, sam, app, in_transaction, reading
):
    with in_transaction() as session:
        certify(session, graduates(session, record, 45), octets=1_500, at=now())
    bundle_id = asked_by(in_transaction, school.world, sam)
    written = []
    for _ in range(2):
        file = io.BytesIO()
        with app.app_context():
            packing.pack(transactions.reading(), bundle_id, file, at=now())
        written.append(file.getvalue())
    assert written[0] == written[1]
    assert len(zipfile.ZipFile(io.BytesIO(written[0])).namelist()) == 47


def test_a_certificate_that_cannot_be_made_is_passed_by_named_and_told_to_compliance(
    record, school, sam, client, worker, graduate, in_transaction, reading
):
    zed = school.world.learner("Zed", school.acme)
    with in_transaction() as session:
        session.get_one(Person, zed.id).name = "Zed \ue000"
    graduate(zed)
    client.sign_in(sam)
    bundle_id = number_of(ask(client))
    worker.once()
    assert "1 could not be made yet" in client.get(f"/certificate-bundles/{bundle_id}").text
    archive = fetched(client, bundle_id)
    (line,) = [line for line in table_of(archive) if line["note"]]
    assert (line["holder"], line["number"]) == ("Zed \ue000", "")
    with reading() as session:
        refusal = session.scalars(select(CertificateRefusal)).one()
        assert refusal.sentence not in archive.read("certificates.csv").decode()


def test_an_altered_certificate_is_left_out_and_said_to_be(record, school, sam, client, worker, in_transaction):
    with in_transaction() as session:
        numbers = certify(session, graduates(session, record, 3), octets=2_000, at=now())
        spoilt = session.scalars(select(Certificate).where(Certificate.number == numbers[1])).one()
        values = {c.key: getattr(spoilt, c.key) for c in inspect(Certificate).column_attrs if c.key != "id"}
        (other,) = graduates(session, record, 1)
        values.update(
            number="1111-1111-1111-1111",
            pdf=b"not what was issued",
            registration_id=session.get_one(TrainingRecord, other).registration_id,
            training_record_id=other,
            status_index=spoilt.status_index + 1_000,
        )
        session.execute(insert(Certificate), [values])
    client.sign_in(sam)
    bundle_id = number_of(ask(client))
    worker.once()
    assert "1 left out" in client.get(f"/certificate-bundles/{bundle_id}").text
    archive = fetched(client, bundle_id)
    assert not [name for name in archive.namelist() if "1111-1111" in name]
    assert [line["number"] for line in table_of(archive) if line["note"]] == ["1111-1111-1111-1111"]


def test_nothing_and_too_many_are_refused_with_a_sentence(record, school, sam, client, monkeypatch):
    client.sign_in(sam)
    assert "No certificate fits" in client.get(f"{CHOICES}?partner=P-1002").text
    page = client.get(CHOICES)
    token = {"idempotency_key": "k" * 20, "partner": "P-1002"}
    answer = client.post("/certificate-bundles", data=token)
    assert answer.status_code == 422
    assert "There is no certificate that fits" in answer.text
    assert page.form("Make the zip file")


def test_more_than_the_most_is_refused_by_page_and_service(record, school, sam, client, in_transaction):
    with in_transaction() as session:
        graduates(session, record, services.MOST)
    client.sign_in(sam)
    page = client.get(CHOICES)
    assert "More than 5,000 certificates fit" in page.text
    answer = client.post("/certificate-bundles", data={"idempotency_key": "k" * 20})
    assert answer.status_code == 422
    assert "more than 5,000" in answer.text


def test_a_wrong_choice_is_named_beside_its_field(record, school, sam, client):
    client.sign_in(sam)
    for query, sentence in (
        ("partner=P-9999", "You look after no partner of that number"),
        ("course=nothing", "There is no course of that name"),
        ("issued_from=2026-03-09&issued_until=2026-03-01", "The first day comes after the last one"),
        ("issued_from=yesterday", "Not a valid date value"),
        ("issued_from=0001-01-01", "between 2000 and 2999"),
    ):
        assert sentence in client.get(f"{CHOICES}?{query}").text, query


def test_days_are_those_of_the_partner(record, school, sam, reading, in_transaction, clock):
    """At 23:30 UTC on the 2nd it is the 3rd in Berlin, and still the 2nd in New York."""
    with in_transaction() as session:
        at = now() + timedelta(hours=14, minutes=30)
        certify(session, graduates(session, record, 1), octets=100, at=at)
        certify(session, graduates(session, record, 1, partner=session.merge(school.globex)), octets=100, at=at)
    actor = school.world.actor(sam)
    second, third = school.today, school.today + timedelta(days=1)

    def fitting(first, last) -> int:
        with reading() as session:
            return bundles.count(session, Wish(issued_from=first, issued_until=last), by=actor, at=now()).issued

    assert fitting(second, second) == 2  # Ada's own, and the one in New York
    assert fitting(third, third) == 1
    assert fitting(second, None) == 3
    assert fitting(None, second - timedelta(days=1)) == 0


def test_a_course_alone_can_be_asked_for(record, school, sam, client, graduate):
    school.publish(gifts(title="Other things"), slug="others")
    client.sign_in(sam)
    assert "1 certificate" in client.get(f"{CHOICES}?course=gifts").text
    assert "No certificate fits" in client.get(f"{CHOICES}?course=others").text


def test_a_representative_gets_own_partners_only(record, school, client, in_transaction, worker, reading):
    with in_transaction() as session:
        certify(session, graduates(session, record, 3, partner=session.merge(school.globex)), octets=100, at=now())
    client.sign_in(school.robin)
    page = client.get(CHOICES)
    assert "1 certificate" in page.text
    assert "Globex" not in page.text
    assert "You look after no partner of that number" in client.get(f"{CHOICES}?partner=P-1002").text
    ask(client)
    with reading() as session:
        assert session.scalar(select(func.count(CertificateBundleItem.id))) == 1


def test_who_no_longer_looks_after_a_partner_has_its_certificates_no_more(
    record, school, client, worker, in_transaction
):
    client.sign_in(school.robin)
    bundle_id = number_of(ask(client))
    worker.once()
    assert fetched(client, bundle_id)
    with in_transaction() as session:
        session.execute(
            update(Representation).where(Representation.person_id == school.robin.id).values(ended_on=school.today)
        )
    assert client.get(f"/certificate-bundles/{bundle_id}/certificates.zip").status_code == 404
    assert client.get(f"/certificate-bundles/{bundle_id}").status_code == 404


def test_a_contact_gets_the_companys_program_certificates_and_no_colleagues(record, school, client):
    client.sign_in(school.world.contact("Cora", school.acme))
    page = client.get(CHOICES)
    assert "No certificate fits" in page.text
    assert "All courses" not in page.text
    assert client.get(f"{CHOICES}?partner=P-1002").status_code == 200
    assert "Globex" not in client.get(f"{CHOICES}?partner=P-1002").text


def test_nobody_but_whoever_asked_finds_it(record, school, sam, client, worker):
    client.sign_in(sam)
    bundle_id = number_of(ask(client))
    worker.once()
    others = [school.world.approver("Priya"), school.robin, school.world.contact("Cora", school.acme)]
    for person in others:
        client.sign_in(person)
        for address in (f"/certificate-bundles/{bundle_id}", f"/certificate-bundles/{bundle_id}/certificates.zip"):
            assert client.get(address).status_code == 404
        assert "Nothing asked for yet" in client.get("/certificate-bundles").text
    client.sign_in(school.ada)
    assert client.get("/certificate-bundles").status_code == 403


def test_a_second_click_and_the_same_wish_again_make_no_second_file(record, school, sam, client, reading):
    client.sign_in(sam)
    page = client.get(CHOICES)
    first = client.submit(page, "Make the zip file", follow=False)
    second = client.submit(page, "Make the zip file", follow=False)
    assert first.location == second.location
    again = ask(client)
    assert again.status_code == 409
    assert "it is being made" in again.text
    with reading() as session:
        assert session.scalar(select(func.count(CertificateBundle.id))) == 1


def test_a_round_that_is_played_again_changes_nothing(record, school, sam, app, in_transaction, reading, worker):
    bundle_id = asked_by(in_transaction, school.world, sam)
    run(app, {"bundle": bundle_id, "start": 0})
    assert row(reading, bundle_id).made == 1
    run(app, {"bundle": bundle_id, "start": 0})
    with reading() as session:
        keys = session.scalars(select(OutboxRow.key).where(OutboxRow.kind == services.KIND)).all()
    assert sorted(keys) == [f"certificate_bundle:{bundle_id}:0", f"certificate_bundle:{bundle_id}:1"]
    run(app, {"bundle": bundle_id, "start": 1})
    finished = row(reading, bundle_id)
    assert finished.state is BundleState.READY
    run(app, {"bundle": bundle_id, "start": 1})
    again = row(reading, bundle_id)
    assert (again.sha256, again.finished_at) == (finished.sha256, finished.finished_at)
    with reading() as session:
        mails = select(func.count(OutboxRow.id)).where(OutboxRow.kind == "certificate_bundle_ready")
        assert session.scalar(mails) == 1


def test_rounds_are_short_and_each_is_kept(record, school, sam, app, in_transaction, reading, monkeypatch, client):
    monkeypatch.setattr(rounds, "AT_ONCE", 2)
    with in_transaction() as session:
        certify(session, graduates(session, record, 4), octets=100, at=now())
    bundle_id = asked_by(in_transaction, school.world, sam)
    client.sign_in(sam)
    for start, made in ((0, 2), (2, 4), (4, 5)):
        run(app, {"bundle": bundle_id, "start": start})
        assert row(reading, bundle_id).made == made
    assert "the zip file is being written" in client.get(f"/certificate-bundles/{bundle_id}").text


def test_what_belongs_to_a_bundle_is_frozen_when_it_is_asked_for(record, school, sam, client, worker, in_transaction):
    client.sign_in(sam)
    bundle_id = number_of(ask(client))
    with in_transaction() as session:
        certify(session, graduates(session, record, 3), octets=100, at=now())
    worker.once()
    assert len(table_of(fetched(client, bundle_id))) == 1


def test_after_fourteen_days_the_file_is_gone_and_the_page_says_so(record, school, sam, client, worker, clock, app):
    client.sign_in(sam)
    bundle_id = number_of(ask(client))
    worker.once()
    folder = app.config["SETTINGS"].data_folder / "bundles"
    clock.advance(days=13, hours=23)
    worker.once()
    assert [path.name for path in folder.iterdir()] == [f"{bundle_id}.zip"]
    clock.advance(hours=2)
    worker.once()
    assert list(folder.iterdir()) == []
    client.sign_in(sam)
    assert "No longer kept" in client.get(f"/certificate-bundles/{bundle_id}").text
    assert client.get(f"/certificate-bundles/{bundle_id}/certificates.zip").status_code == 404
    assert "Ask again" in client.get(f"/certificate-bundles/{bundle_id}").text


def test_a_file_that_was_altered_on_the_disk_is_not_handed_out(record, school, sam, client, worker, app):
    client.sign_in(sam)
    bundle_id = number_of(ask(client))
    worker.once()
    path = app.config["SETTINGS"].data_folder / "bundles" / f"{bundle_id}.zip"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    answer = client.get(f"/certificate-bundles/{bundle_id}/certificates.zip")
    assert answer.status_code == 409
    assert "not handed out" in answer.text
    path.unlink()
    assert client.get(f"/certificate-bundles/{bundle_id}/certificates.zip").status_code == 409


def test_a_bundle_that_the_worker_gave_up_says_so_and_can_be_asked_for_again(
    record, school, sam, client, worker, in_transaction, postman
):
    client.sign_in(sam)
    bundle_id = number_of(ask(client))
    with in_transaction() as session:
        session.execute(
            update(OutboxRow)
            .where(OutboxRow.key == f"certificate_bundle:{bundle_id}:0")
            .values(state=OutboxState.DEAD, tries=6, last_error="the disk is full")
        )
    worker.once()
    assert "It could not be made" in client.get(f"/certificate-bundles/{bundle_id}").text
    assert any(subject.startswith("Your certificates could not be packed") for subject in postman.subjects)
    again = ask(client)
    worker.once()
    assert "and a table of them" in client.get(f"/certificate-bundles/{number_of(again)}").text


def test_the_list_is_a_page_long_and_asks_the_same_for_any_length(
    record, school, sam, client, in_transaction, statements
):
    def some(count: int) -> None:
        with in_transaction() as session:
            for number in range(count):
                session.add(
                    CertificateBundle(
                        title=f"Bundle {number} of many",
                        requested_by_id=sam.id,
                        requested_at=now(),
                        total=1,
                        state=BundleState.FAILED,
                        sentence="Not written.",
                        finished_at=now(),
                    )
                )

    client.sign_in(sam)
    some(1)
    client.get("/certificate-bundles")
    with statements() as few:
        client.get("/certificate-bundles")
    some(55)
    with statements() as many:
        page = client.get("/certificate-bundles")
    assert len(few) == len(many)
    assert "Bundle 5 of many" in page.text
    assert "Bundle 4 of many" not in page.text
    assert "Bundle 4 of many" in client.get(page.link("Next page")).text
