"""The library of readiness materials: PDF files, former texts, asking for one, and who has read what."""

from io import BytesIO

import pytest
from pypdf import PdfWriter
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.courses import queries, services
from app.courses.models import MaterialRequest, ReadinessMaterial
from app.courses.rules.materials import MINUTES_A_PAGE
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotFound
from app.outbox.models import OutboxRow
from tests.ground.browser import axe, fits

TEXT = "# Gifts\n\nRead this first.\n"


def pdf(pages=3, *, password=None):
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=595, height=842)
    if password:
        writer.encrypt(password)
    target = BytesIO()
    writer.write(target)
    return target.getvalue()


class Library:
    """Mei publishes; Rosa looks after Acme, Zoe after Rival; Ada and Cleo are at Acme, Mallory is at Rival."""

    def __init__(self, world, in_transaction):
        self.world, self.in_transaction = world, in_transaction
        self.acme, self.rival = world.partner("Acme"), world.partner("Rival")
        self.mei = world.publisher("Mei")
        self.rosa, self.zoe = world.representative("Rosa", self.acme), world.representative("Zoe", self.rival)
        self.ada, self.cleo = world.learner("Ada", self.acme), world.contact("Cleo", self.acme)
        self.mallory = world.contact("Mallory", self.rival)

    def text(self, source=TEXT, slug="gifts"):
        with self.in_transaction() as session:
            return services.publish_material(session, slug, "", source, by=self.world.actor(self.mei), at=now())

    def document(self, content, *, slug="guide", title="Guide", summary="How it works."):
        with self.in_transaction() as session:
            by = self.world.actor(self.mei)
            return services.publish_document(session, slug, title, summary, content, by=by, at=now())

    def grant(self, material, partner=None, by=None):
        with self.in_transaction() as session:
            found = session.get(ReadinessMaterial, material.id)
            by = self.world.actor(by or self.rosa)
            services.grant_material(session, found, partner or self.acme, by=by, at=now())


@pytest.fixture
def library(world, in_transaction):
    return Library(world, in_transaction)


def test_a_pdf_is_kept_and_given_out_to_the_byte(library, client):
    content = pdf(3)
    material = library.document(content)
    assert material.minutes == 3 * MINUTES_A_PAGE
    library.grant(material)
    client.sign_in(library.ada)
    page = client.get(f"/materials/{material.id}")
    assert page.heading == "Guide"
    answer = client.get(page.link("Download the PDF"))
    assert answer.data == content
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Security-Policy"] == "sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_pdf_is_for_those_who_were_given_it(library, client):
    material = library.document(pdf())
    for person in (library.ada, library.mallory):
        client.sign_in(person)
        assert client.get(f"/materials/{material.id}").status_code == 404
        assert client.get(f"/materials/{material.id}/document.pdf").status_code == 404


def test_a_text_has_no_pdf(library, client):
    material = library.text()
    client.sign_in(library.mei)
    assert client.get(f"/materials/{material.id}/document.pdf").status_code == 404


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.7 and nothing else", "no whole PDF"),
        (pdf()[:300], "no whole PDF"),
        (pdf(password="secret"), "password"),
        (pdf(501), "500 pages"),
    ],
    ids=["no pages", "cut off", "protected", "too long"],
)
def test_what_is_no_pdf_that_everybody_can_open_is_refused_with_a_sentence(library, content, sentence):
    with pytest.raises(DomainError, match=sentence) as refused:
        library.document(content)
    assert refused.value.field == "file"


def test_the_same_document_twice_is_one_material_and_another_takes_its_place(library, reading):
    first = library.document(pdf(1))
    assert library.document(pdf(1)).id == first.id
    second = library.document(pdf(2))
    with reading() as session:
        assert queries.current_text(session, "guide").id == second.id
        assert [one.id for one in queries.texts_of(session, "guide")] == [second.id, first.id]


def test_a_content_approver_publishes_a_file_from_the_page(library, client):
    client.sign_in(library.mei)
    form = client.get("/materials/new")
    page = client.submit(form, "Publish the document", slug="guide", title="Guide", file=(BytesIO(pdf()), "guide.pdf"))
    assert page.heading == "Guide"
    form = client.get("/materials/new")
    page = client.submit(form, "Publish the document", slug="gifts", file=(BytesIO(TEXT.encode()), "gifts.md"))
    assert page.heading == "Gifts"


@pytest.mark.parametrize(
    ("content", "name", "slug", "sentence"),
    [
        (b"", "", "guide", "Choose the document"),
        (b"MZ\x90", "guide.exe", "guide", "neither a PDF nor a text in Markdown"),
        (b"\xff\xfe\x00", "guide.md", "guide", "not UTF-8 text"),
        (b"", "empty.md", "guide", "Choose the document"),
        (TEXT.encode(), "gifts.md", "two words", "Name the material"),
        (pdf(), "guide.pdf", "guide", "Give the document a title"),
    ],
)
def test_a_file_that_can_not_be_published_is_refused_beside_its_field(library, client, content, name, slug, sentence):
    client.sign_in(library.mei)
    fields = {"slug": slug, "file": (BytesIO(content), name)}
    page = client.submit(client.get("/materials/new"), "Publish the document", **fields)
    assert page.status_code == 422
    assert sentence in page.text


def test_a_partner_sees_what_there_is_to_ask_for_but_not_its_text(library, client):
    material = library.text()
    client.sign_in(library.ada)
    page = client.get("/materials")
    assert "Gifts" in page.text
    assert client.get(f"/materials/{material.id}").status_code == 404


def test_asking_tells_the_representative_once_and_granting_answers(library, client, reading):
    material = library.text()
    client.sign_in(library.ada)
    form = client.get(f"/material-library/{material.id}/requests/new")
    page = client.submit(form, "Contact your representative", reason="For our new sales people.")
    assert "Asked for" in page.text
    client.submit(
        client.get(f"/material-library/{material.id}/requests/new"), "Contact your representative", reason="Again."
    )
    with reading() as session:
        asked = session.scalars(select(MaterialRequest)).one()
        assert asked.reason == "For our new sales people."
        assert len(session.scalars(select(OutboxRow).where(OutboxRow.kind == "material_requested")).all()) == 1
    client.sign_in(library.rosa)
    page = client.get(f"/partners/{library.acme.number}/materials")
    assert "Ada asked for it" in page.text
    library.grant(material)
    with reading() as session:
        answered = session.scalars(select(MaterialRequest)).one()
        assert answered.answered_by_id == library.rosa.id
        assert answered.refusal is None
        row = session.scalars(select(OutboxRow).where(OutboxRow.kind == "material_answered")).one()
        assert row.payload["person_id"] == library.ada.id
        actions = set(session.scalars(select(AuditEvent.action)))
        assert {"material.requested", "material-request.granted"} <= actions


def test_a_no_has_a_reason_that_the_person_who_asked_reads(library, client, in_transaction):
    material = library.text()
    with in_transaction() as session:
        by = library.world.actor(library.ada)
        found = queries.load_to_ask_for(session, material.id, by=by)
        request_id = services.request_material(session, found, "", by=by, at=now()).id
    client.sign_in(library.rosa)
    address = f"/partners/{library.acme.number}/material-requests/{request_id}/refusals/new"
    page = client.submit(client.get(address), "Send the answer", reason=" ")
    assert page.status_code == 422
    client.submit(client.get(address), "Send the answer", reason="It is being rewritten. Take the course on gifts.")
    client.sign_in(library.ada)
    page = client.get("/materials")
    assert "It is being rewritten." in page.text
    assert page.link(f"Contact your representative about {material.title}")


def test_another_representative_finds_no_request(library, client, in_transaction):
    material = library.text()
    with in_transaction() as session:
        by = library.world.actor(library.ada)
        found = queries.load_to_ask_for(session, material.id, by=by)
        request_id = services.request_material(session, found, "", by=by, at=now()).id
    client.sign_in(library.zoe)
    for number in (library.acme.number, library.rival.number):
        address = f"/partners/{number}/material-requests/{request_id}/refusals/new"
        assert client.get(address).status_code == 404


def test_what_was_given_meanwhile_is_not_asked_for(library, in_transaction):
    material = library.text()
    library.grant(material)
    by = library.world.actor(library.ada)
    with pytest.raises(Conflict, match="access to this material already"), in_transaction() as session:
        services.request_material(session, session.get(ReadinessMaterial, material.id), "", by=by, at=now())


def test_staff_ask_for_nothing(library, reading):
    material = library.text()
    with reading() as session, pytest.raises(NotFound):
        queries.load_to_ask_for(session, material.id, by=library.world.actor(library.rosa))


def test_who_has_read_it_is_told_by_name_to_those_who_look_after_them(library, client, in_transaction):
    material = library.text()
    library.grant(material)
    with in_transaction() as session:
        by = library.world.actor(library.ada)
        services.acknowledge_material(session, session.get(ReadinessMaterial, material.id), by=by, at=now())
    address = f"/partners/{library.acme.number}/materials/{material.id}/readers"
    for person in (library.rosa, library.cleo, library.world.auditor()):
        client.sign_in(person)
        page = client.get(address)
        assert "1 of 2 people" in page.text
        rows = {row.th.get_text(): row.td.get_text() for row in page.page.select("tbody tr")}
        assert rows["Cleo"] == "Not yet"
        assert "2026" in rows["Ada"]
    for person in (library.zoe, library.mallory):
        client.sign_in(person)
        assert client.get(address).status_code == 404
    client.sign_in(library.ada)
    assert client.get(address).status_code == 403


def test_a_receipt_of_an_earlier_text_says_so(library, client, in_transaction):
    material = library.text()
    library.grant(material)
    with in_transaction() as session:
        by = library.world.actor(library.ada)
        services.acknowledge_material(session, session.get(ReadinessMaterial, material.id), by=by, at=now())
    newer = library.text("# Gifts\n\nRevised.\n")
    client.sign_in(library.cleo)
    page = client.get(f"/partners/{library.acme.number}/materials/{newer.id}/readers")
    assert "0 of 2 people" in page.text
    assert "An earlier text, on" in page.text


@pytest.mark.one_engine
def test_the_library_looks_right_to_everybody(library, page_for):
    library.grant(library.text("# Gifts and hospitality in our own words\n\nRead this first, it is short.\n"))
    library.document(pdf(12), title="Gifts, hospitality and travel: a guide for resellers", summary="Twelve pages.")
    for person in (library.ada, library.mei):
        page = page_for(person)
        page.goto("/materials")
        axe(page)
        fits(page)
