"""The pages of refusals and bundles in a browser: nothing for axe to find in either theme, nothing wider than a phone."""

import pytest

from app.accounts.models import Person
from app.certificates.models import BundleState, CertificateBundle
from app.kernel.clock import now
from app.outcomes import bundles
from tests.ground.browser import axe, fits
from tests.outcomes.conftest import UNPRINTABLE
from tests.outcomes.many import certify, graduates

pytestmark = [pytest.mark.one_engine, pytest.mark.browser]

LONG = "Internationale Gesellschaft für Informationsverarbeitung und Beratungsdienstleistungen GmbH und Compagnie KG"


@pytest.fixture
def stages(school, graduate, worker, in_transaction):
    """One name can't be printed; Sam has asked for files: one is ready, one being made, one given up, one no longer kept."""
    school.publish()
    sam, cora = school.world.analyst("Sam"), school.world.contact("Cora", school.acme)
    record_id = graduate(school.ada)
    zed = school.world.learner("Zed", school.acme)
    with in_transaction() as session:
        session.get_one(Person, zed.id).name = UNPRINTABLE
    graduate(zed)
    worker.once()
    actor = school.world.actor(sam)
    with in_transaction() as session:
        certify(session, graduates(session, record_id, 30), octets=30_000, at=now())
        graduates(session, record_id, 4)
        ready = bundles.request(session, bundles.Wish(), by=actor, at=now()).id
    worker.once()
    with in_transaction() as session:
        facts = {"requested_by_id": sam.id, "requested_at": now(), "total": 312}
        running = CertificateBundle(**facts, title=LONG, made=214, state=BundleState.AT_WORK)
        failed = CertificateBundle(
            **facts,
            title="Globex",
            state=BundleState.FAILED,
            sentence="The file could not be written.",
            finished_at=now(),
        )
        session.add_all([running, failed])
        session.flush()
        made = {"ready": ready, "running": running.id, "failed": failed.id}
    return [
        (sam, "/"),
        (sam, "/certificates"),
        (sam, "/certificate-refusals"),
        (sam, "/certificate-bundles"),
        (sam, "/certificate-bundles/new"),
        (sam, "/certificate-bundles/new?partner=P-1001"),
        (sam, "/certificate-bundles/new?partner=P-1002&issued_from=2026-01-01"),
        (sam, "/certificate-bundles/new?course=nothing"),
        *[(sam, f"/certificate-bundles/{number}") for number in made.values()],
        (school.robin, "/certificate-bundles/new?partner=P-1001"),
        (school.robin, "/partners/P-1001"),
        (cora, "/certificate-bundles"),
        (cora, "/certificate-bundles/new"),
        (zed, "/certificates"),
        (school.world.approver("Priya"), "/certificate-refusals"),
    ]


def test_every_page_can_be_read_by_everybody_and_on_a_phone(stages, page_for):
    for person, address in stages:
        page = page_for(person)
        page.goto(address)
        axe(page)
        fits(page)
