"""A key opens the lock that it was cut for and no other: whoever tries another is told why, and the try is kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.certificates import services as certificates
from app.certificates.models import Certificate
from app.decisions.rules import DecisionKind
from app.incentives import services
from app.incentives.models import ReleaseOrder
from app.incentives.queries.cases import case_ref
from app.incentives.rules.states import Account, OrderState
from app.kernel.clock import now
from app.kernel.errors import Refused
from tests.incentives.books import Row
from tests.incentives.test_releases import course_certificate


@pytest.fixture
def held(books):
    """A case with 100.00 EUR held."""
    books.bring(Row("100.00"))
    case = books.case()
    books.hold(case)
    return case


def show(books, case, number, document=None):
    """Finance shows a certificate, by number and perhaps with a file."""
    with books.in_transaction() as session:
        return services.propose_release(
            session,
            case_ref(session, case.id),
            number,
            document=document,
            reason="The program is complete.",
            issuer=books.issuer,
            by=books.who("finance_analyst"),
            at=now(),
        )


def pdf_of(books, certificate):
    with books.reading() as session:
        return session.get_one(Certificate, certificate.id).pdf


def supersede(books, certificate, case):
    """A corrected certificate takes its place."""
    newer = books.prepare_certificate(case.number)
    by = books.who("approver")
    with books.in_transaction() as session:
        certificates.give_way(session, certificate.id, to=newer.snapshot.number, reason="Misspelt.", by=by, at=now())
        return certificates.issue(
            session,
            newer,
            partner_id=books.partner.id,
            time_zone=books.partner.time_zone,
            case_id=case.id,
            by=by,
            at=now(),
        )


def refused_with(books, case, number, words, document=None):
    """Nothing is proposed, the sentence says why, and the audit trail keeps what was shown."""
    with pytest.raises(Refused, match=words):
        show(books, case, number, document)
    with books.reading() as session:
        assert session.scalars(select(ReleaseOrder)).all() == []
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)).one()
        assert (event.action, event.outcome) == ("release-order.proposed", "refused")
        assert event.details["certificate_presented"] == number
        assert event.details["file_presented"] is (document is not None)
    assert books.balance(Account.HELD) == 10_000


def test_the_cases_own_certificate_unlocks(books, held):
    assert show(books, held, books.certify(held).number).state is OrderState.PROPOSED


def test_a_number_may_be_typed_as_people_type(books, held):
    certificate = books.certify(held)
    assert show(books, held, f" {certificate.number.lower().replace('-', ' ')} ").certificate_id == certificate.id


def test_the_file_that_was_issued_is_accepted(books, held):
    certificate = books.certify(held)
    assert (
        show(books, held, certificate.number, pdf_of(books, certificate)).certificate_digest == certificate.pdf_digest
    )


def test_without_a_certificate_nothing_is_proposed(books, held):
    refused_with(books, held, "", "Enter the number of the program completion certificate")


@pytest.mark.parametrize("number", ["7K3Q-M9TD-0XWZ-5HRB", "not a number", "RC-2026-0001"])
def test_a_number_that_was_never_issued_unlocks_nothing(number, books, held):
    books.certify(held)
    refused_with(books, held, number, "No certificate with this number was issued")


def test_an_edited_file_unlocks_nothing_though_its_number_is_right(books, held):
    certificate = books.certify(held)
    edited = pdf_of(books, certificate).replace(b"%%EOF", b"%%EOF\n%edited")
    refused_with(books, held, certificate.number, "not the one that was issued under this number", edited)


def test_the_file_of_another_certificate_unlocks_nothing(books, held, world):
    certificate, other = books.certify(held), books.certify(books.case(program=world.program("EDGE")))
    refused_with(books, held, certificate.number, "not the one that was issued under this number", pdf_of(books, other))


def test_the_certificate_of_another_case_unlocks_nothing(books, held, world):
    other = books.certify(books.case(program=world.program("EDGE")))
    refused_with(books, held, other.number, "issued for another case")


def test_a_course_certificate_unlocks_nothing(books, held):
    refused_with(books, held, course_certificate(books).number, "A course certificate unlocks no withheld payment")


def test_a_revoked_certificate_unlocks_nothing(books, held):
    certificate = books.certify(held)
    books.revoke(certificate)
    refused_with(books, held, certificate.number, "was revoked and unlocks nothing")


def test_an_expired_certificate_unlocks_nothing(books, held, clock):
    certificate = books.certify(held, expires_on=(now() + timedelta(days=10)).date())
    clock.advance(days=12)
    refused_with(books, held, certificate.number, "has expired and unlocks nothing")


def test_a_superseded_certificate_unlocks_nothing_and_the_sentence_names_the_newer_one(books, held):
    certificate = books.certify(held)
    newer = supersede(books, certificate, held)
    refused_with(books, held, certificate.number, f"superseded by {newer.number} and unlocks nothing")
    assert show(books, held, newer.number).certificate_id == newer.id


def test_an_order_whose_certificate_was_superseded_meanwhile_is_not_approved(books, held):
    certificate = books.certify(held)
    order = show(books, held, certificate.number)
    supersede(books, certificate, held)
    with pytest.raises(Refused, match="superseded"):
        books.decide(DecisionKind.RELEASE_ORDER, order.id)
    with books.reading() as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)).one()
        assert (event.action, event.outcome) == ("release-order.approved", "refused")
    assert books.balance(Account.HELD) == 10_000
