from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.audit.models import AuditEvent
from app.courses import queries, services
from app.courses.models import MaterialGrant, MaterialReceipt, ReadinessMaterial
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotFound, NotPermitted
from tests.ground.browser import axe, fits

ANNOUNCEMENT = Path(__file__).parents[3] / "shared" / "brief" / "announcement.md"
TEXT = "---\nms.topic: include\nauthor: Somebody\n---\n\n## Gifts\n\nRead *this* first, then [the policy](policy.md).\n"


@pytest.fixture
def acme(world):
    return world.partner("Acme")


@pytest.fixture
def rival(world):
    return world.partner("Rival")


@pytest.fixture
def ada(world, acme):
    return world.learner("Ada", acme)


@pytest.fixture
def rosa(world, acme):
    return world.representative("Rosa", acme)


@pytest.fixture
def publish(in_transaction, world, mei):
    publisher = world.actor(mei)

    def publish(source=TEXT, *, slug="gifts", title="", by=None):
        with in_transaction() as session:
            return services.publish_material(session, slug, title, source, by=by or publisher, at=now())

    return publish


@pytest.fixture
def grant(in_transaction, world):
    def grant(material, partner, by):
        actor = world.actor(by)
        with in_transaction() as session:
            found = queries.load_material(session, material.id, by=actor)
            return services.grant_material(session, found, partner, by=actor, at=now())

    return grant


@pytest.fixture
def acknowledge(in_transaction, world):
    def acknowledge(material, by):
        actor = world.actor(by)
        with in_transaction() as session:
            found = queries.load_material(session, material.id, by=actor)
            return services.acknowledge_material(session, found, by=actor, at=now())

    return acknowledge


def test_a_document_is_published_as_it_is_front_matter_and_all(publish, world, reading, mei):
    material = publish()
    assert (material.slug, material.title, material.summary) == (
        "gifts",
        "Gifts",
        "Read this first, then the policy.",
    )
    with reading() as session:
        kept = queries.load_material(session, material.id, by=world.actor(mei))
        assert kept.source == TEXT
        assert '<a href="policy.md"' in kept.html
        assert "ms.topic" not in kept.html


def test_the_announcement_is_published_as_it_is(publish, world, reading, mei):
    if not ANNOUNCEMENT.is_file():
        pytest.skip("the announcement is not beside this repository (../shared/brief)")
    material = publish(ANNOUNCEMENT.read_text(), slug="announcement")
    assert material.title == "Microsoft's commitment to ensuring partner compliance"
    assert material.minutes >= 2
    with reading() as session:
        kept = queries.load_material(session, material.id, by=world.actor(mei))
        assert "a multistep program of work" in kept.html
        assert "juliacawthra" not in kept.html
        assert 'href="https://partner.microsoft.com/support"' in kept.html


HOSTILE = """# Read me <script>alert(1)</script>

<img src=x onerror=alert(1)>

[a](javascript:alert(1)) [b](data:text/html,x) ![c](https://example.com/x.png) [d](//evil.example)

<!-- check deadline --> <iframe src="https://example.com"></iframe>
"""


def test_hostile_text_is_shown_as_letters(publish, client, mei):
    client.sign_in(mei)
    answer = client.get(f"/materials/{publish(HOSTILE).id}")
    prose = answer.page.select_one(".prose")
    assert prose.find(["script", "img", "iframe"]) is None
    assert [link["href"] for link in prose.find_all("a")] == []
    assert "<iframe src=" in answer.text
    assert answer.heading.startswith("Read me")


def test_only_a_content_approver_publishes_materials(publish, world, avery):
    for person in (avery, world.approver(), world.administrator()):
        with pytest.raises(NotPermitted):
            publish(by=world.actor(person))


@pytest.mark.parametrize(
    ("slug", "source", "sentence"),
    [
        ("", TEXT, "Name the material"),
        ("two words", TEXT, "Name the material"),
        ("a/b", TEXT, "Name the material"),
        ("empty", "", "title"),
        ("untitled", "Only a paragraph.", "title"),
        ("large", "# Large\n\n" + "word " * 120_000, "bytes"),
    ],
)
def test_a_material_without_name_title_or_measure_is_refused(publish, slug, source, sentence):
    with pytest.raises(DomainError, match=sentence):
        publish(source, slug=slug)


def test_the_same_text_twice_is_one_material(publish, reading):
    assert publish().id == publish().id
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(ReadinessMaterial)) == 1
        published = select(func.count()).where(AuditEvent.action == "material.published")
        assert session.scalar(published) == 1


def test_a_revised_text_takes_the_place_and_the_partner_keeps_its_access(
    publish, grant, world, reading, acme, ada, rosa
):
    old = publish()
    grant(old, acme, rosa)
    new = publish(TEXT + "\nMore.\n")
    with reading() as session:
        assert [one.id for one in queries.materials_for(session, by=world.actor(ada))] == [new.id]
        assert queries.load_material(session, old.id, by=world.actor(ada)).retired_at is not None
        assert queries.current_text(session, "gifts").id == new.id


def test_an_earlier_text_can_take_its_place_again(publish, reading):
    old = publish()
    publish(TEXT + "\nMore.\n")
    assert publish().id == old.id
    with reading() as session:
        assert queries.current_text(session, "gifts").id == old.id


def test_the_representative_gives_the_partners_people_access(publish, grant, world, reading, acme, ada, rosa):
    material = publish()
    with reading() as session:
        assert queries.materials_for(session, by=world.actor(ada)) == []
        with pytest.raises(NotFound):
            queries.load_material(session, material.id, by=world.actor(ada))
    grant(material, acme, rosa)
    with reading() as session:
        assert [one.id for one in queries.materials_for(session, by=world.actor(ada))] == [material.id]


def test_access_given_twice_is_given_once(publish, grant, reading, acme, rosa):
    material = publish()
    assert grant(material, acme, rosa).id == grant(material, acme, rosa).id
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(MaterialGrant)) == 1


def test_a_representative_gives_no_access_to_somebody_elses_partner(publish, grant, rival, rosa):
    with pytest.raises(NotFound):
        grant(publish(), rival, rosa)


def test_an_analyst_gives_no_access(publish, grant, world, acme):
    with pytest.raises(NotPermitted):
        grant(publish(), acme, world.analyst())


def test_a_receipt_names_the_text_that_was_read_and_is_kept_once(publish, grant, acknowledge, reading, acme, ada, rosa):
    material = publish()
    grant(material, acme, rosa)
    receipt = acknowledge(material, ada)
    assert acknowledge(material, ada).id == receipt.id
    assert (receipt.content_hash, receipt.partner_id) == (material.content_hash, acme.id)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(MaterialReceipt)) == 1
        assert queries.acknowledged(session, ["gifts"], [ada.id]) == {(ada.id, "gifts")}
        assert queries.acknowledged(session, [], [ada.id]) == set()


def test_an_outdated_text_cannot_be_confirmed(publish, grant, acknowledge, acme, ada, rosa):
    old = publish()
    grant(old, acme, rosa)
    publish(TEXT + "\nMore.\n")
    with pytest.raises(Conflict, match="newer text"):
        acknowledge(old, ada)


def test_staff_confirm_nothing(publish, acknowledge, world):
    with pytest.raises(DomainError, match="partner's own people"):
        acknowledge(publish(), world.analyst())


def test_the_database_refuses_to_change_a_receipt_or_a_text(
    publish, grant, acknowledge, in_transaction, acme, ada, rosa
):
    material = publish()
    grant(material, acme, rosa)
    acknowledge(material, ada)
    for statement in ("DELETE FROM material_receipt", "UPDATE readiness_material SET html = 'x'"):
        with pytest.raises(DBAPIError, match="append-only"), in_transaction() as session:
            session.execute(text(statement))


# On the pages


def test_a_partner_without_materials_is_told_whom_to_ask(client, ada, rosa):
    client.sign_in(ada)
    answer = client.get("/materials")
    assert "Nothing to read yet" in answer.text
    assert "Ask Rosa" in answer.text


def test_the_representative_gives_access_with_one_click(publish, client, acme, ada, rosa):
    publish()
    client.sign_in(rosa)
    page = client.get(f"/partners/{acme.number}/materials")
    answer = client.submit(page, "Give access to Gifts")
    assert "Access given." in answer.text
    assert "given by Rosa" in answer.text
    client.sign_in(ada)
    assert client.get(client.get("/materials").page.select_one("a.task")["href"]).heading == "Gifts"


def test_a_representative_sees_no_other_partners_materials_page(publish, client, rival, rosa):
    client.sign_in(rosa)
    assert client.get(f"/partners/{rival.number}/materials").status_code == 404
    material = publish()
    answer = client.post(f"/partners/{rival.number}/materials/{material.id}/grants", data={"idempotency_key": "k" * 20})
    assert answer.status_code == 404


def test_a_partner_without_access_gets_the_answer_for_what_does_not_exist(
    publish, client, grant, acme, rival, rosa, world
):
    material = publish()
    grant(material, acme, rosa)
    client.sign_in(world.learner("Mallory", rival))
    foreign, missing = client.get(f"/materials/{material.id}"), client.get("/materials/987654")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.text == missing.text
    answer = client.post(f"/materials/{material.id}/receipts", data={"idempotency_key": "k" * 20})
    assert answer.status_code == 404


def test_a_learner_confirms_with_one_click_and_a_second_click_changes_nothing(
    clock, publish, client, grant, reading, acme, ada, rosa
):
    material = publish()
    grant(material, acme, rosa)
    client.sign_in(ada)
    page = client.get(f"/materials/{material.id}")
    answer = client.submit(page, "I have read this")
    assert "You confirmed on 2 March 2026" in answer.text
    again = client.submit(page, "I have read this")
    assert again.heading == "Gifts"
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(MaterialReceipt)) == 1
    client.sign_in(rosa)
    assert "1 person" in client.get(f"/partners/{acme.number}/materials").text


def test_an_earlier_text_leads_to_the_newer_one(publish, client, grant, acme, ada, rosa):
    old = publish()
    grant(old, acme, rosa)
    new = publish(TEXT + "\nMore.\n")
    client.sign_in(ada)
    answer = client.get(f"/materials/{old.id}")
    assert answer.link("Read the newer text") == f"/materials/{new.id}"
    assert answer.page.find("button", string="I have read this") is None


@pytest.mark.browser
@pytest.mark.one_engine
def test_the_pages_are_accessible_and_fit_every_window(page_for, publish, grant, acme, ada, rosa):
    table = "\n| What | Limit |\n|---|---|\n| Dinner | 80 EUR |\n"
    material = publish(
        f"{TEXT}{table}\n## Trips\n{table.replace('What', 'Where')}\n> [!WARNING]\n> Officials: never.\n"
    )
    grant(material, acme, rosa)
    publish("# A\n\nText.\n", slug="another")
    for person, addresses in (
        (ada, ("/materials", f"/materials/{material.id}")),
        (rosa, (f"/partners/{acme.number}/materials",)),
    ):
        page = page_for(person)
        for address in addresses:
            page.goto(address)
            axe(page)
            fits(page)
