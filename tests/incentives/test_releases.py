"""Letting money go: which key fits, who may, and that pending still blocks."""

from dataclasses import replace

import pytest
from sqlalchemy import select, text

from app.access.policy import Actor, Role
from app.certificates import services as certificates
from app.certificates.document.keys import make_self_signed
from app.certificates.rules.snapshot import Locale
from app.decisions.rules import DecisionKind
from app.decisions.services import ContentChanged
from app.incentives import services
from app.incentives.models import Hold, ReleaseLine
from app.incentives.queries import releasable, statement
from app.incentives.queries.cases import case_ref
from app.incentives.rules.states import Account, HoldState, OrderState
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotPermitted, Refused
from app.kernel.money import Money
from app.learning.models import Registration
from tests.certificates.specimens import COURSE
from tests.courses.catalogue import Catalogue
from tests.incentives.books import Row


@pytest.fixture
def held(books):
    """A case with 100.00 EUR held."""
    books.bring(Row("100.00"))
    case = books.case()
    books.hold(case)
    return case


def test_a_certificate_alone_pays_nothing(books, held):
    books.certify(held)
    assert books.balance(Account.HELD) == 10_000
    with books.reading() as session:
        found = releasable(session, by=books.who("finance_analyst"), at=now())
        assert [(one.case.number, one.frees[0].amount) for one in found] == [(held.number, Money(10_000, "EUR"))]


def test_two_people_of_finance_let_the_money_go(books, held):
    order = books.release(held, books.certify(held))
    assert books.now_of(order).state is OrderState.APPROVED
    assert (books.balance(Account.HELD), books.balance(Account.ORDERED)) == (0, 10_000)
    assert books.faults() == []


def course_certificate(books):
    """A learner's certificate, issued as in life."""
    person = books.person("Leo", Role.LEARNER, partner=books.partner)
    author, publisher = (books.world.actor(who) for who in (books.world.author(), books.world.publisher()))
    version = Catalogue(books.in_transaction, author, publisher).propose()
    with books.reading() as session:
        prepared = certificates.prepare(
            session,
            COURSE,
            holder="Leo",
            partner_name="Acme",
            partner_number="P-1001",
            issued_on=now().date(),
            expires_on=None,
            time_zone="UTC",
            locale=Locale.ENGLISH,
            issuer=books.issuer,
            at=now(),
        )
    with books.in_transaction() as session:
        registration = Registration(
            person_id=person.id,
            partner_id=books.partner.id,
            course_id=version.course_id,
            version_id=version.id,
            language=version.language,
            number=1,
            started_at=now(),
        )
        session.add(registration)
        session.flush()
        return certificates.issue(
            session,
            prepared,
            partner_id=books.partner.id,
            time_zone="UTC",
            person_id=person.id,
            registration_id=registration.id,
            by=publisher,
            at=now(),
        )


def test_a_certificate_whose_stored_bytes_were_altered_unlocks_nothing(books, held, in_transaction):
    """Somebody with the database's password swaps the document for another genuine one."""
    certificate, other = books.certify(held), books.certify(books.case(program=books.world.program("EDGE")))
    with in_transaction() as session:
        dialect = session.get_bind().dialect.name
        if dialect == "sqlite":
            session.execute(text("DROP TRIGGER certificate_no_update"))
        else:
            session.execute(text("ALTER TABLE certificate DISABLE TRIGGER ALL"))
        session.execute(
            text("UPDATE certificate SET pdf = (SELECT pdf FROM certificate WHERE id = :other) WHERE id = :id"),
            {"other": other.id, "id": certificate.id},
        )
    with pytest.raises(DomainError, match="its digest differs"):
        books.propose_release(held, certificate)


def test_a_certificate_signed_by_somebody_else_unlocks_nothing(books, held, tmp_path):
    certificate = books.certify(held)
    stranger = make_self_signed(tmp_path / "other.p12", vendor_name="Somebody else", now=now())
    issuer = replace(books.issuer, trusted=(stranger.certificate,))
    who = books.who("finance_analyst")
    with pytest.raises(DomainError, match="signature does not hold"), books.in_transaction() as session:
        services.propose_release(
            session, case_ref(session, held.id), certificate.number, reason="So.", issuer=issuer, by=who, at=now()
        )


def test_pending_still_blocks_and_still_catches(books, held):
    order = books.propose_release(held, books.certify(held))
    books.bring(Row("50.00"))
    assert books.balance(Account.HELD) == 15_000
    books.decide(DecisionKind.RELEASE_ORDER, order.id)
    assert (books.balance(Account.HELD), books.balance(Account.ORDERED)) == (5_000, 10_000)
    with books.reading() as session:
        assert session.scalars(select(Hold)).one().state is HoldState.ACTIVE
    assert books.faults() == []


def test_what_arrived_after_the_proposal_takes_a_further_order(books, held):
    certificate = books.certify(held)
    order = books.propose_release(held, certificate)
    books.bring(Row("50.00"))
    books.decide(DecisionKind.RELEASE_ORDER, order.id)
    second = books.release(held, certificate)
    assert second.number == "RO-2026-0002"
    assert (books.balance(Account.HELD), books.balance(Account.ORDERED)) == (0, 15_000)
    assert books.faults() == []


def test_a_rejected_order_leaves_everything_held_and_a_new_one_can_be_proposed(books, held):
    certificate = books.certify(held)
    order = books.propose_release(held, certificate)
    books.decide(DecisionKind.RELEASE_ORDER, order.id, approve=False)
    assert books.now_of(order).state is OrderState.REJECTED
    assert books.balance(Account.HELD) == 10_000
    assert books.faults() == []
    books.release(held, certificate)
    assert books.balance(Account.ORDERED) == 10_000


def test_its_proposer_can_take_an_order_back(books, held):
    certificate = books.certify(held)
    order = books.propose_release(held, certificate)
    who = books.who("finance_analyst")
    with books.in_transaction() as session:
        services.withdraw_release(session, order.id, reason="A wrong case.", by=who, at=now())
    assert books.now_of(order).state is OrderState.WITHDRAWN
    assert books.decisions_open() == 0
    books.propose_release(held, certificate)


def test_two_orders_for_a_case_do_not_wait_side_by_side(books, held):
    certificate = books.certify(held)
    books.propose_release(held, certificate)
    with pytest.raises(Conflict, match="waits for its decision already"):
        books.propose_release(held, certificate)


def test_the_proposer_cannot_approve_even_with_the_approvers_role(books, held):
    order = books.propose_release(held, books.certify(held))
    hana = books.who("finance_analyst")
    both = Actor(hana.person_id, hana.name, roles=hana.roles | {Role.FINANCE_APPROVER})
    with pytest.raises(Refused, match="proposed it"):
        books.decide(DecisionKind.RELEASE_ORDER, order.id, by=both)
    assert books.balance(Account.HELD) == 10_000


def test_whoever_approved_the_determination_cannot_approve_the_release(books, held):
    books.determine(held)
    order = books.propose_release(held, books.certify(held))
    priya = books.who("approver")
    both = Actor(priya.person_id, priya.name, roles=priya.roles | {Role.FINANCE_APPROVER})
    with pytest.raises(Refused, match="approved the determination"):
        books.decide(DecisionKind.RELEASE_ORDER, order.id, by=both)
    books.decide(DecisionKind.RELEASE_ORDER, order.id)
    assert books.balance(Account.ORDERED) == 10_000


def test_nothing_is_released_without_a_decision_whatever_the_door(books, held):
    order = books.propose_release(held, books.certify(held))
    who = books.who("finance_approver")
    with pytest.raises(Refused, match="second person"), books.in_transaction() as session:
        services.approve_release(session, order.id, by=who, at=now())
    assert books.balance(Account.HELD) == 10_000


def test_an_order_is_approved_once(books, held):
    order = books.release(held, books.certify(held))
    with pytest.raises(Conflict):
        books.decide(DecisionKind.RELEASE_ORDER, order.id)
    who = books.who("finance_approver")
    with pytest.raises(Conflict, match="already approved"), books.in_transaction() as session:
        services.approve_release(session, order.id, by=who, at=now())
    assert books.balance(Account.ORDERED) == 10_000


def test_a_certificate_revoked_between_proposal_and_approval_stops_the_order(books, held):
    certificate = books.certify(held)
    order = books.propose_release(held, certificate)
    books.revoke(certificate)
    with pytest.raises(DomainError, match="revoked"):
        books.decide(DecisionKind.RELEASE_ORDER, order.id)
    assert books.now_of(order).state is OrderState.PROPOSED
    assert books.balance(Account.HELD) == 10_000


def test_a_hold_placed_between_proposal_and_approval_makes_the_proposal_stale(books, held, world):
    order = books.propose_release(held, books.certify(held))
    books.hold(books.case(program=world.program("EDGE")), per_ten_thousand=3_000)
    with pytest.raises(ContentChanged):
        books.decide(DecisionKind.RELEASE_ORDER, order.id)
    assert books.balance(Account.HELD) == 10_000


def test_an_earning_taken_back_between_proposal_and_approval_makes_the_proposal_stale(books, held):
    books.bring(Row("20.00", reference="INV-9"))
    order = books.propose_release(held, books.certify(held))
    books.bring(Row("-20.00", reference="REV-9", reverses="INV-9"))
    with pytest.raises(ContentChanged):
        books.decide(DecisionKind.RELEASE_ORDER, order.id)


def test_a_case_without_a_hold_has_nothing_to_release(books):
    case = books.case()
    with pytest.raises(DomainError, match="no active hold"):
        books.propose_release(case, books.certify(case))


@pytest.mark.parametrize("key", ["analyst", "approver", "finance_approver"])
def test_only_finance_analysts_propose_releases(books, held, key):
    certificate = books.certify(held)
    with pytest.raises(NotPermitted):
        books.propose_release(held, certificate, by=books.who(key))


def test_the_lines_of_an_order_never_change(books, held):
    order = books.propose_release(held, books.certify(held))
    with pytest.raises(Exception, match="append-only"), books.in_transaction() as session:
        session.scalars(select(ReleaseLine).where(ReleaseLine.order_id == order.id)).one().amount_minor = 1


def test_the_statement_says_where_the_money_is_at_each_step(books, held):
    def stands():
        with books.reading() as session:
            line = statement(session, books.partner.id, by=books.who("finance_analyst"), at=now()).lines[0]
            assert line.earned == line.free + line.held + line.releasable + line.on_the_way + line.paid + line.forfeited
            return [money.minor for money in line.amounts], [stage.state for stage in line.stages]

    assert stands() == ([10_000, 0, 0, 0], ["current", "upcoming", "upcoming", "upcoming"])
    certificate = books.certify(held)
    assert stands() == ([0, 10_000, 0, 0], ["done", "current", "upcoming", "upcoming"])
    order = books.propose_release(held, certificate)
    assert stands() == ([0, 10_000, 0, 0], ["done", "current", "upcoming", "upcoming"])
    books.decide(DecisionKind.RELEASE_ORDER, order.id)
    assert stands() == ([0, 0, 10_000, 0], ["done", "done", "current", "upcoming"])
    file = books.export(order)
    assert stands() == ([0, 0, 10_000, 0], ["done", "done", "current", "upcoming"])
    books.acknowledge(books.answer(file))
    assert stands() == ([0, 0, 0, 10_000], ["done", "done", "done", "done"])
    assert books.now_of(order).state is OrderState.SETTLED


def test_a_revoked_certificate_locks_again_what_was_not_ordered(books, held):
    certificate = books.certify(held)
    books.revoke(certificate)
    with books.reading() as session:
        line = statement(session, books.partner.id, by=books.who("finance_analyst"), at=now()).lines[0]
    assert (line.held.minor, line.releasable.minor) == (10_000, 0)


def test_a_hold_that_released_everything_is_over(books, held):
    books.release(held, books.certify(held))
    with books.reading() as session:
        hold = session.scalars(select(Hold)).one()
        assert (hold.state, hold.ended_at) == (HoldState.RELEASED, now())
    books.bring(Row("50.00"))
    assert books.balance(Account.PAYABLE) == 5_000
