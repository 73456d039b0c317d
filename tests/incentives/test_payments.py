"""Released money leaves as a file and comes back as an answer: once, whatever is repeated."""

import pytest
from sqlalchemy import func, select, text

from app.incentives import services
from app.incentives.models import Acknowledgement, LedgerTransaction, Payment, PaymentFile
from app.incentives.queries import release_orders
from app.incentives.rules.delimited import FileRefused
from app.incentives.rules.payment_file import PaymentLine, write
from app.incentives.rules.states import Account, OrderState
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotPermitted
from app.kernel.money import Money
from app.outbox.models import OutboxRow
from tests.incentives.books import Row


@pytest.fixture
def order(books):
    """An approved order of three lines in two currencies."""
    books.bring(Row("100.00"), Row("40.00"), Row("980", currency="JPY"))
    case = books.case()
    books.hold(case)
    return books.release(case, books.certify(case))


def count(books, model):
    with books.reading() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_an_order_leaves_as_a_file_with_control_totals_and_a_digest(books, order):
    file = books.export(order)
    lines = file.content.decode().splitlines()
    assert lines[0].startswith("payment,order,case,partner,partner_name,program,earning,")
    assert lines[1].startswith("RO-2026-0001-1-0001,RO-2026-0001,RC-2026-0001,P-1001,Acme,CLOUD,E-1,2026-01-15,")
    assert lines[-2:] == ["TOTAL,EUR,2,140.00", "TOTAL,JPY,1,980"]
    assert file.totals == [["EUR", 2, 14_000], ["JPY", 1, 980]]
    assert (books.balance(Account.ORDERED), books.balance(Account.EXPORTED)) == (0, 14_000)
    assert books.now_of(order).state is OrderState.EXPORTED
    assert books.faults() == []


def test_exporting_again_gives_the_same_bytes_and_moves_nothing(books, order, clock):
    first = books.export(order)
    before = count(books, LedgerTransaction)
    clock.advance(days=3)
    again = books.export(order)
    assert (again.id, again.content) == (first.id, first.content)
    assert count(books, LedgerTransaction) == before
    assert count(books, PaymentFile) == 1


def test_names_that_would_act_as_formulas_are_text_in_the_file():
    content = write(
        [PaymentLine("RO-1-1-0001", "CLOUD", "E-1", now().date(), "=1+1", Money(100, "EUR"))],
        order="RO-1",
        case="RC-1",
        partner_number="P-1",
        partner_name="@SUM(A1:A9)",
    )
    assert b"'=1+1" in content
    assert b"'@SUM(A1:A9)" in content
    assert content.endswith(b"TOTAL,EUR,1,1.00\r\n")


@pytest.mark.parametrize("key", ["analyst", "approver", "finance_approver"])
def test_only_finance_analysts_export(books, order, key):
    who = books.who(key)
    with pytest.raises(NotPermitted), books.in_transaction() as session:
        services.export_release(session, order.id, by=who, at=now())


def test_an_order_that_is_not_approved_is_not_exported(books):
    books.bring(Row("100.00"))
    case = books.case()
    books.hold(case)
    order = books.propose_release(case, books.certify(case))
    with pytest.raises(Conflict, match="Only an approved order"):
        books.export(order)


def test_a_certificate_revoked_after_approval_stops_the_money_before_it_leaves(books, order):
    from app.certificates.models import Certificate

    with books.reading() as session:
        certificate = session.get_one(Certificate, order.certificate_id)
    books.revoke(certificate)
    with pytest.raises(DomainError, match="was revoked"):
        books.export(order)
    assert books.balance(Account.ORDERED) == 14_000
    assert books.faults() == []


def test_an_answer_marks_each_line_paid_and_settles_the_order(books, order):
    books.acknowledge(books.answer(books.export(order)))
    assert (books.balance(Account.PAID), books.balance(Account.PAID, "JPY")) == (14_000, 980)
    assert books.now_of(order).state is OrderState.SETTLED
    with books.reading() as session:
        told = session.scalars(select(OutboxRow).where(OutboxRow.kind == "release_paid")).one()
        assert told.payload == {"order_id": order.id, "partner_id": books.partner.id}
    assert books.faults() == []


def test_the_same_answers_again_change_nothing(books, order):
    content = books.answer(books.export(order))
    first = books.acknowledge(content)
    before = count(books, LedgerTransaction)
    assert books.acknowledge(content).id == first.id
    other_bytes = books.acknowledge(content.replace(b"BANK-1", b"BANK-9"))
    assert other_bytes.known_before == 3
    assert count(books, LedgerTransaction) == before
    assert count(books, OutboxRow) == 1


def test_part_of_the_answers_leaves_the_order_open(books, order):
    file = books.export(order)
    lines = books.answer(file).decode().splitlines()
    books.acknowledge("\n".join([lines[0], lines[1], "TOTAL,EUR,1,100.00"]).encode())
    assert books.now_of(order).state is OrderState.EXPORTED
    assert (books.balance(Account.PAID), books.balance(Account.EXPORTED)) == (10_000, 4_000)
    with books.reading() as session:
        progress = release_orders.progress(session, order.id)
    assert (progress.lines, progress.paid, progress.open) == (3, 1, 2)


def test_a_returned_payment_is_free_again_and_can_be_sent_again(books, order):
    books.acknowledge(books.answer(books.export(order), returned=[2]))
    assert (books.balance(Account.PAID), books.balance(Account.PAYABLE)) == (10_000, 4_000)
    with books.reading() as session:
        assert release_orders.to_send_again(session, order.id) == [Money(4_000, "EUR")]
    again = books.export_returned(order)
    assert again.sequence == 2
    assert b"RO-2026-0001-2-0001" in again.content
    assert again.content.endswith(b"TOTAL,EUR,1,40.00\r\n")
    books.acknowledge(books.answer(again))
    assert books.balance(Account.PAID) == 14_000
    with pytest.raises(Conflict, match="Nothing that the bank returned"):
        books.export_returned(order)
    assert books.export(order).sequence == 1
    assert books.faults() == []


def test_a_returned_payment_is_held_again_where_a_hold_covers_it_by_now(books, order, world):
    file = books.export(order)
    hold = books.hold(books.case(program=world.program("EDGE")))
    books.acknowledge(books.answer(file, returned=[1]))
    assert books.held(hold) == [Money(10_000, "EUR")]
    with pytest.raises(Conflict, match="Nothing that the bank returned"):
        books.export_returned(order)
    assert books.faults() == []


def test_a_payment_can_come_back_after_it_was_paid(books, order):
    file = books.export(order)
    books.acknowledge(books.answer(file))
    lines = books.answer(file, returned=[1]).decode().splitlines()
    books.acknowledge("\n".join([lines[0], lines[1], "TOTAL,EUR,1,100.00"]).encode())
    assert (books.balance(Account.PAID), books.balance(Account.PAYABLE)) == (4_000, 10_000)
    assert books.faults() == []


def test_a_returned_payment_is_not_paid_afterwards(books, order):
    file = books.export(order)
    books.acknowledge(books.answer(file, returned=[1]))
    with pytest.raises(FileRefused, match="was returned; it can't be paid after that"):
        books.acknowledge(books.answer(file).replace(b"BANK-1", b"BANK-8"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((b"RO-2026-0001-1-0001", b"RO-2026-0009-1-0001"), "Line 2: no payment has the reference"),
        ((b",paid,", b",bounced,"), "the outcome is “bounced”"),
        ((b"100.00,BANK", b"101.00,BANK"), "TOTAL says 140.00 EUR; the lines add up to 141.00"),
        ((b"TOTAL,JPY,1,980", b""), "no TOTAL line"),
        ((b"2026-03-02", b"2026-13-02"), "Line 2: "),
        ((b"2026-03-02", b"2027-03-02"), "2027-03-02 is after today"),
        ((b"payment,outcome", b"payment,result"), "lacks the column “outcome”"),
    ],
)
def test_an_answer_file_with_anything_wrong_is_refused_as_a_whole(books, order, change, said):
    content = books.answer(books.export(order)).replace(*change)
    with pytest.raises(FileRefused) as refused:
        books.acknowledge(content)
    assert said in refused.value.sentence
    assert count(books, Acknowledgement) == 0
    assert books.balance(Account.EXPORTED) == 14_000


def test_a_returned_payment_says_why(books, order):
    content = books.answer(books.export(order), returned=[1]).replace(b"Account closed", b"")
    with pytest.raises(FileRefused, match="needs the bank's reason"):
        books.acknowledge(content)


def test_an_amount_that_differs_from_the_payment_is_refused_with_both_figures(books, order):
    content = books.answer(books.export(order)).replace(b",100.00,", b",99.00,").replace(b"140.00", b"139.00")
    with pytest.raises(FileRefused, match="it says 99.00 EUR; the payment is 100.00 EUR"):
        books.acknowledge(content)


def test_the_stored_file_cannot_be_changed(books, order):
    file = books.export(order)
    with pytest.raises(Exception, match="append-only"), books.in_transaction() as session:
        session.execute(text("UPDATE payment_file SET content = :c WHERE id = :id"), {"c": b"x", "id": file.id})


def test_every_payment_belongs_to_one_line_and_one_file(books, order):
    books.export(order)
    with books.reading() as session:
        payments = session.scalars(select(Payment)).all()
        assert len({payment.release_line_id for payment in payments}) == len(payments) == 3
