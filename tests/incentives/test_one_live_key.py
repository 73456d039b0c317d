"""However many hands issue, a case has one certificate that stands, and so has a registration: the database itself says so."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.certificates import services as certificates
from app.certificates.models import Certificate
from app.kernel.clock import now
from app.kernel.errors import Conflict
from tests.incentives.test_releases import course_certificate


def live(books):
    with books.reading() as session:
        return session.scalars(
            select(Certificate.number).where(Certificate.revoked_at.is_(None), Certificate.superseded_at.is_(None))
        ).all()


def test_a_second_live_certificate_of_a_case_is_refused_by_the_database(books):
    case = books.case()
    first = books.certify(case)
    with pytest.raises(Conflict, match="already has a certificate that is valid"):
        books.certify(case)
    assert live(books) == [first.number]


def test_after_a_revocation_another_can_be_issued(books):
    case = books.case()
    books.revoke(books.certify(case))
    second = books.certify(case)
    assert live(books) == [second.number]


def test_a_second_live_certificate_of_a_registration_is_refused_by_the_database(books):
    first = course_certificate(books)
    copied = {
        column.name: getattr(first, column.name)
        for column in Certificate.__table__.columns
        if column.name not in ("id", "pdf", "credential")
    }
    values = {**copied, "number": "0000-0000-0000-0001", "pdf": b"%PDF"}
    if "credential" in Certificate.__table__.columns:
        values |= {"credential": "x", "status_index": (first.status_index + 1) % 1000}
    said = "This course already has a certificate|registration_id|one_live_certificate_a_registration"
    with pytest.raises((IntegrityError, Conflict), match=said), books.in_transaction() as session:
        session.add(Certificate(**values))
    assert live(books) == [first.number]


def test_a_certificate_that_gives_way_names_one_that_exists(books):
    certificate = books.certify(books.case())
    with pytest.raises(IntegrityError), books.in_transaction() as session:
        certificates.give_way(
            session, certificate.id, to="7K3Q-M9TD-0XWZ-5HRB", reason="Misspelt.", by=books.who("approver"), at=now()
        )
    assert live(books) == [certificate.number]


def test_a_certificate_that_no_longer_stands_gives_way_to_nothing(books):
    certificate = books.certify(books.case())
    books.revoke(certificate)
    with pytest.raises(Conflict, match="no longer stands"), books.in_transaction() as session:
        certificates.give_way(session, certificate.id, to="x", reason="So.", by=books.who("approver"), at=now())


def test_issued_facts_cannot_be_rewritten_or_deleted(books):
    certificate = books.certify(books.case())
    for statement in (
        "UPDATE certificate SET snapshot = '{}' WHERE id = :id",
        "UPDATE certificate SET pdf_digest = 'x' WHERE id = :id",
        "UPDATE certificate SET number = 'x' WHERE id = :id",
        "DELETE FROM certificate WHERE id = :id",
    ):
        with pytest.raises(Exception, match="append-only"), books.in_transaction() as session:
            session.execute(text(statement), {"id": certificate.id})
