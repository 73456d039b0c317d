"""Words that can be told from all others stand in everything that people write. Nobody finds one that is not for them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from app.accounts.models import Person
from app.certificates.models import Certificate
from app.incentives.models import Hold, ReleaseOrder
from app.kernel.clock import stopped_at
from app.notifications.delivery import delivery_of
from app.notifications.worker import Worker
from app.partners.models import Partner
from app.remediation.models import RemediationCase
from app.transactions import reading
from tests.architecture.routes.crawl import Visit, Walks
from tests.certificates.reading import text as pdf_text
from tests.ground.clock import A_MONDAY_MORNING
from tests.ground.furnished import INTERNAL, KESTRELS, MALLORY, VERA, FurnishedGround

pytestmark = [pytest.mark.one_engine, pytest.mark.xdist_group("routes")]

# What the demo's own staff wrote for themselves.
INTERNAL_OF_THE_DEMO = (
    "the sales lead changed in spring",
    "Three substantiated infractions within the window.",
    "The template for these infractions, read through.",
    "Judged on what is shown.",
    "The documents show it; the partner was heard.",
    "Every step is accepted; the coverage is complete.",
    "No step begun by day 70; three reminders and a call without an answer.",
    "Payments of the program are withheld until the remediation is completed.",
)
NEVER_OUTSIDE = (*INTERNAL.values(), *INTERNAL_OF_THE_DEMO)

PARTNER_PEOPLE = {
    "P-1001": [MALLORY.email, "sigrid@bluefjord.example", "nils@bluefjord.example"],
    "P-1002": ["lucía@casaverde.example", "andrés@casaverde.example", "pilar@casaverde.example"],
    "P-1003": ["anke@kestrel.example", "ralf@kestrel.example", "uta@kestrel.example", "grace@kestrel.example"],
    "P-1004": ["yuki@sakura.example", "kenji@sakura.example", "aiko@sakura.example", "haruto@sakura.example"],
    "P-1005": ["fatima@gulfhorizon.example", "khalid@gulfhorizon.example", "noura@gulfhorizon.example"],
    "P-1006": ["martin@oldquay.example", "gerald@oldquay.example", "helen@oldquay.example"],
}
REPRESENTATIVES = {
    "ines@aldermoor.example": {"P-1001", "P-1002", "P-1003"},
    "tomas@aldermoor.example": {"P-1004", "P-1005", "P-1006"},
}


@dataclass(frozen=True)
class Facts:
    """What tells a partner from all others: its name, its people, the numbers of what it has."""

    by_partner: dict[str, set[str]]

    def of_others(self, *own: str) -> set[str]:
        return {fact for number, facts in self.by_partner.items() if number not in own for fact in facts}


@pytest.fixture(scope="session")
def facts(walks: Walks) -> Facts:
    found: dict[str, set[str]] = {}
    with walks.app.app_context():
        session = reading()
        for partner in session.scalars(select(Partner)):
            people = session.scalars(select(Person).where(Person.partner_id == partner.id)).all()
            found[partner.number] = {
                partner.number,
                partner.legal_name,
                *(person.name for person in people),
                *(person.email for person in people),
                *session.scalars(select(RemediationCase.number).where(RemediationCase.partner_id == partner.id)),
                *session.scalars(select(Hold.number).where(Hold.partner_id == partner.id)),
                *session.scalars(select(ReleaseOrder.number).where(ReleaseOrder.partner_id == partner.id)),
                *session.scalars(select(Certificate.number).where(Certificate.partner_id == partner.id)),
            }
    found["P-1003"] |= set(KESTRELS.values())
    return Facts(found)


def _said(visit: Visit) -> str:
    """Everything that an answer says, a PDF's text included."""
    return pdf_text(visit.body) if visit.media_type == "application/pdf" else visit.text


def _found(visits: list[Visit], words: set[str] | tuple[str, ...]) -> list[str]:
    """Which of the words stand on which pages, as whole words."""
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in sorted(words)))
    return [f"“{hit.group()}” on {visit.url}" for visit in visits for hit in [pattern.search(_said(visit))] if hit]


@pytest.mark.parametrize("person", [one for people in PARTNER_PEOPLE.values() for one in people])
def test_a_partners_people_find_no_word_of_another_partner(walks: Walks, facts: Facts, person: str) -> None:
    own = next(number for number, people in PARTNER_PEOPLE.items() if person in people)
    assert not _found(walks.of(person).visits, facts.of_others(own))


@pytest.mark.parametrize("person", REPRESENTATIVES)
def test_a_representative_finds_no_word_of_others_partners(walks: Walks, facts: Facts, person: str) -> None:
    assert not _found(walks.of(person).visits, facts.of_others(*REPRESENTATIVES[person]))


@pytest.mark.parametrize("person", [*(one for people in PARTNER_PEOPLE.values() for one in people), *REPRESENTATIVES])
def test_what_the_vendor_writes_for_itself_reaches_neither_partners_nor_representatives(
    walks: Walks, person: str
) -> None:
    assert not _found(walks.of(person).visits, NEVER_OUTSIDE)


@pytest.mark.parametrize("person", ["grace@kestrel.example", "uta@kestrel.example"])
def test_learners_and_finance_see_nothing_of_what_the_case_is_about(walks: Walks, person: str) -> None:
    assert not _found(walks.of(person).visits, tuple(KESTRELS.values()))


def test_a_learner_does_not_see_colleagues_results(walks: Walks) -> None:
    colleagues = ("Ben Schuster", "Leyla Aydın", "Uta Kern")
    assert not _found(walks.of("grace@kestrel.example").visits, colleagues)


@pytest.mark.parametrize("person", ["avery@aldermoor.example", "mei@aldermoor.example"])
def test_who_makes_courses_sees_no_partner(walks: Walks, facts: Facts, person: str) -> None:
    assert not _found(walks.of(person).visits, facts.of_others())


@pytest.mark.parametrize("person", ["hana@aldermoor.example", "luis@aldermoor.example"])
def test_finance_sees_neither_notes_nor_evidence(walks: Walks, person: str) -> None:
    papers = tuple(word for name, word in KESTRELS.items() if name.startswith(("evidence", "meeting")))
    inside = tuple(INTERNAL[name] for name in ("case note", "infraction's internal details", "finding"))
    assert not _found(walks.of(person).visits, (*papers, *inside, *INTERNAL_OF_THE_DEMO[:2]))


def test_those_for_whom_the_words_are_do_find_them(walks: Walks) -> None:
    """Otherwise the tests above would pass on a portal that shows nothing."""
    everything = [INTERNAL["case note"], INTERNAL["infraction's internal details"], INTERNAL["finding"]]
    found = "\n".join(_said(visit) for visit in walks.of(VERA.email).visits)
    assert [word for word in everything if word not in found] == []
    contact = "\n".join(_said(visit) for visit in walks.of("anke@kestrel.example").visits)
    wanted = [
        KESTRELS[name] for name in ("evidence statement", "evidence file's name", "evidence file", "meeting's agenda")
    ]
    assert [word for word in wanted if word not in contact] == []


def test_a_stranger_finds_the_name_of_no_partner(walks: Walks, facts: Facts) -> None:
    assert not _found(walks.of(None).visits, facts.of_others())


@pytest.fixture(scope="session")
def mails(furnished_grounds: Callable[[str], FurnishedGround]) -> list[tuple[str, str]]:
    """Every mail of the demo world's eleven weeks: (address, what it says, headers and both bodies)."""
    ground = furnished_grounds("sqlite")
    ground.renew()
    settings = ground.app.config["SETTINGS"]
    with stopped_at(A_MONDAY_MORNING):
        Worker(settings, delivery_of(settings), ground.app.app_context).once()
    found = []
    for file in sorted(settings.mail_folder.glob("*.eml")):
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        parts = [str(value) for _, value in message.items()]
        parts += [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
        found.append((message["To"].addresses[0].addr_spec, "\n".join(parts)))
    return found


def test_no_mail_carries_what_the_vendor_writes_for_itself(mails: list[tuple[str, str]]) -> None:
    assert len(mails) > 15
    for address, said in mails:
        flat = " ".join(said.split())
        assert [word for word in NEVER_OUTSIDE if word in flat] == [], address


def test_a_mail_to_a_partner_names_no_other_partner(mails: list[tuple[str, str]], facts: Facts) -> None:
    checked = 0
    for address, said in mails:
        own = [number for number, known in facts.by_partner.items() if address in known]
        if not own:
            continue
        checked += 1
        flat = " ".join(said.split())
        strange = [word for word in facts.of_others(*own) if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", flat)]
        assert strange == [], address
    assert checked > 15


def test_no_certificate_carries_what_the_vendor_writes_for_itself(walks: Walks) -> None:
    with walks.app.app_context():
        documents = list(_documents())
    assert len(documents) > 10
    for number, said in documents:
        assert [word for word in NEVER_OUTSIDE if word in said] == [], number


def _documents() -> Iterator[tuple[str, str]]:
    """(number, all text, what is kept beside the pages included) of each certificate."""
    for number, pdf in reading().execute(select(Certificate.number, Certificate.pdf)):
        parts = [pdf_text(pdf)]
        document = PdfReader(BytesIO(pdf))
        parts.append(str(document.metadata))
        parts += [content.decode(errors="replace") for files in document.attachments.values() for content in files]
        yield number, " ".join(parts)
