"""Transcripts and the covered-persons report: what they say, to whom, and that pages, PDF and CSV say the same."""

import csv
import io
from datetime import timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import update

from app.accounts.models import Person
from app.kernel.clock import now
from app.learning import services
from app.learning.models import EquivalentTraining, ProposalState
from app.partners.models import CoveredPerson, RosterCategory
from app.reports import transcripts
from tests.courses.catalogue import Catalogue
from tests.learning.school import School, gifts


@pytest.fixture
def school(world, in_transaction, reading, clock):
    return School(
        world,
        Catalogue(in_transaction, world.actor(world.author()), world.actor(world.publisher())),
        in_transaction,
        reading,
    )


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8"))))


def text_of(answer):
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages).split())


def elsewhere(school, person, *, state=ProposalState.ACCEPTED, valid_until=None):
    with school.in_transaction() as session:
        session.add(
            EquivalentTraining(
                person_id=person.id,
                partner_id=person.partner_id,
                course_id=1,
                title="Ethics for sales",
                provider="City College",
                completed_on=now().date() - timedelta(days=30),
                valid_until=valid_until,
                evidence_name="proof.pdf",
                evidence_media_type="application/pdf",
                evidence_digest="0" * 64,
                evidence_size=10,
                reason="Same content.",
                state=state,
                proposed_by_id=school.robin.id,
                proposed_at=now(),
            )
        )


def test_somebodys_own_transcript_says_the_same_on_the_page_as_pdf_and_as_csv(school, client):
    school.publish()
    record = school.complete(school.ada)
    client.sign_in(school.ada)
    page = client.get("/transcript")
    assert page.heading == "My transcript"
    assert "100 % (needed: 50 %)" in page.text
    (row,) = rows_of(client.get("/transcript.csv"))
    assert (row["training"], row["score"], row["standing"]) == ("Gifts", "100 %", "Counts")
    assert row["completed_on"] == record.passed_on.isoformat()
    printed = text_of(client.get("/transcript.pdf"))
    for word in ("Transcript of training", "Ada", "Gifts", "100 % (50 %)", "Counts"):
        assert word in printed


def test_scores_are_for_the_person_and_for_compliance_only(school, client):
    school.publish()
    school.complete(school.ada)
    address = f"/partners/{school.acme.number}/people/{school.ada.id}/transcript"
    for person, sees in (
        (school.world.analyst(), True),
        (school.world.auditor(), True),
        (school.robin, False),
        (school.world.contact("Cleo", school.acme), False),
    ):
        client.sign_in(person)
        assert ("100 %" in client.get(address).text) is sees
        assert (rows_of(client.get(f"{address}.csv"))[0]["score"] == "100 %") is sees
        partners = f"/partners/{school.acme.number}/transcript"
        assert ("100 %" in client.get(partners).text) is sees


def test_nobody_reads_the_transcript_of_another_partners_people(school, client):
    school.publish()
    own, other = school.acme.number, school.globex.number
    client.sign_in(school.robin)
    for address in (
        f"/partners/{other}/people/{school.mallory.id}/transcript",
        f"/partners/{own}/people/{school.mallory.id}/transcript",
        f"/partners/{other}/transcript",
        f"/partners/{other}/covered-persons-report",
        f"/partners/{other}/covered-persons-report.csv",
    ):
        assert client.get(address).status_code == 404
    client.sign_in(school.grace)
    assert client.get(f"/partners/{own}/people/{school.ada.id}/transcript").status_code == 403


def test_a_transcript_keeps_the_name_that_the_record_has(school, client):
    school.publish()
    school.complete(school.ada)
    with school.in_transaction() as session:
        session.execute(update(Person).where(Person.id == school.ada.id).values(name="Ada Byron"))
    client.sign_in(school.ada)
    page = client.get("/transcript")
    assert "in the name of Ada" in page.text
    assert rows_of(client.get("/transcript.csv"))[0]["person"] == "Ada"


def test_a_record_lapses_at_the_end_of_its_last_day(school, client, clock):
    school.publish(gifts(settings="valid_for: P10D"))
    school.complete(school.ada)
    clock.advance(days=10)
    client.sign_in(school.ada)
    assert rows_of(client.get("/transcript.csv"))[0]["standing"] == "Counts"
    clock.advance(days=1)
    client.sign_in(school.ada)
    assert rows_of(client.get("/transcript.csv"))[0]["standing"] == "Lapsed"


def test_training_done_elsewhere_is_listed_as_such_once_it_is_accepted(school, client):
    school.publish()
    elsewhere(school, school.ada)
    elsewhere(school, school.grace, state=ProposalState.PROPOSED)
    client.sign_in(school.robin)
    rows = rows_of(client.get(f"/partners/{school.acme.number}/transcript.csv"))
    assert [(row["person"], row["training"], row["standing"]) for row in rows] == [
        ("Ada", "Ethics for sales (City College)", "Done elsewhere. Counts")
    ]


def test_a_name_that_is_a_formula_stays_text(school, client):
    school.publish()
    with school.in_transaction() as session:
        session.execute(update(Person).where(Person.id == school.ada.id).values(name='=HYPERLINK("http://evil")'))
    school.complete(school.ada)
    client.sign_in(school.robin)
    assert rows_of(client.get(f"/partners/{school.acme.number}/transcript.csv"))[0]["person"].startswith("'=")


def test_the_pages_of_a_partners_transcript_have_no_gap_and_no_line_twice(school, reading):
    school.publish()
    school.publish(gifts(title="Agents"), slug="agents")
    for person in (school.ada, school.grace):
        school.complete(person)
        school.complete(person, slug="agents")
        elsewhere(school, person)
    with reading() as session:
        seen, after = [], ""
        while True:
            page = transcripts.of_partner(session, school.acme, scores=False, after=after, limit=1, at=now())
            seen += [(line.person_name, line.reference) for line in page.lines]
            if page.following is None:
                break
            after = page.following
        whole = transcripts.of_partner(session, school.acme, scores=False, limit=50, at=now())
    assert seen == [(line.person_name, line.reference) for line in whole.lines]
    assert len(seen) == len(set(seen)) == 6


def cover(school, *people):
    with school.in_transaction() as session:
        for person in people:
            session.add(
                CoveredPerson(
                    partner_id=school.acme.id,
                    person_id=person.id,
                    category=RosterCategory.SALES,
                    joined_on=now().date(),
                    added_by_id=school.robin.id,
                    added_at=now(),
                )
            )


def test_the_covered_persons_report_counts_whom_it_requires_and_names_the_others(school, client):
    school.publish()
    cover(school, school.ada, school.grace)
    school.complete(school.ada)
    school.assign(school.grace, due_in=5)
    client.sign_in(school.robin)
    page = client.get(f"/partners/{school.acme.number}/covered-persons-report")
    assert "1 person, 50 %" in page.text
    (row,) = rows_of(client.get(f"/partners/{school.acme.number}/covered-persons-report.csv"))
    assert (row["required"], row["completed"], row["percent"]) == ("2", "1", "50 %")
    assert (row["exception"], row["renewal"]) == ("Grace", row["renewal"])
    assert row["why"].startswith("not started, due on")
    assert "Grace: not started" in text_of(client.get(f"/partners/{school.acme.number}/covered-persons-report.pdf"))


def test_who_is_not_covered_is_not_counted(school, client):
    school.publish()
    cover(school, school.ada)
    school.assign(school.ada, school.grace, due_in=5)
    client.sign_in(school.robin)
    (row,) = rows_of(client.get(f"/partners/{school.acme.number}/covered-persons-report.csv"))
    assert (row["required"], row["exception"]) == ("1", "Ada")


def test_overdue_people_are_named_with_their_day(school, client, clock):
    school.publish()
    cover(school, school.ada)
    school.assign(school.ada, due_in=1)
    clock.advance(days=3)
    client.sign_in(school.robin)
    (row,) = rows_of(client.get(f"/partners/{school.acme.number}/covered-persons-report.csv"))
    assert row["why"] == "overdue since 3 March 2026"


def test_a_taken_back_assignment_requires_nothing(school, client):
    school.publish()
    cover(school, school.ada)
    assignment = school.assign(school.ada)[0]
    with school.in_transaction() as session:
        services.cancel(session, session.merge(assignment), "A mistake.", by=school.world.actor(school.robin), at=now())
    client.sign_in(school.robin)
    page = client.get(f"/partners/{school.acme.number}/covered-persons-report")
    assert "Nobody on the roster has a course assigned" in page.text


def test_a_report_costs_the_same_for_one_person_and_for_many(school, client, statements):
    school.publish()
    cover(school, school.ada)
    school.assign(school.ada)
    client.sign_in(school.robin)
    address = f"/partners/{school.acme.number}/covered-persons-report"
    client.get(address)
    with statements() as few:
        client.get(address)
    people = [school.world.learner(f"Person{number}", school.acme) for number in range(30)]
    cover(school, *people)
    school.assign(*people)
    with statements() as many:
        client.get(address)
    assert len(many) == len(few)
