"""Bringing earnings into the books: once, whole or in part, and what takes a line back."""

import time

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEvent
from app.incentives import services
from app.incentives.models import Earning, EarningBatch, EarningReject, LedgerTransaction, Posting
from app.incentives.queries import imports
from app.incentives.rules import earnings_file
from app.incentives.rules.states import Account, BatchState, ImportMode
from app.kernel.clock import now
from app.kernel.errors import NotPermitted
from app.kernel.money import Money
from tests.incentives.books import Row


def count(books, model):
    with books.reading() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_a_file_brings_each_line_into_the_books_once(books):
    batch = books.bring(Row("100.00"), Row("980", currency="JPY"), Row("12.345", currency="KWD"))
    assert (batch.state, batch.accepted, batch.rejected) == (BatchState.IMPORTED, 3, 0)
    assert batch.totals == [["EUR", 1, 10_000], ["JPY", 1, 980], ["KWD", 1, 12_345]]
    assert [books.balance(Account.PAYABLE, currency) for currency in ("EUR", "JPY", "KWD")] == [10_000, 980, 12_345]
    assert [books.balance(Account.EXPENSE, currency) for currency in ("EUR", "JPY", "KWD")] == [-10_000, -980, -12_345]
    assert books.faults() == []


def test_the_same_file_again_is_the_same_import_and_changes_nothing(books):
    content = books.file(Row("100.00"), Row("50.00"))
    first = books.bring_bytes(content)
    before = [count(books, model) for model in (Earning, LedgerTransaction, Posting, AuditEvent)]
    assert books.bring_bytes(content, name="renamed.csv").id == first.id
    assert [count(books, model) for model in (Earning, LedgerTransaction, Posting, AuditEvent)] == before


def test_a_line_that_came_with_another_file_is_rejected_by_where_it_came_from(books):
    books.bring(Row("100.00", reference="INV-1"), name="january.csv")
    batch = books.bring(Row("100.00", reference="INV-1"), Row("5.00"), mode=ImportMode.VALID_LINES)
    assert (batch.accepted, batch.rejected) == (1, 1)
    with books.reading() as session:
        reject = session.scalars(select(EarningReject)).one()
        assert reject.reason == "reference: It was already imported (line 2 of january.csv)."
    assert books.balance(Account.PAYABLE) == 10_500


def test_all_or_nothing_brings_nothing_when_one_line_is_bad(books):
    batch = books.bring(Row("100.00"), Row("1.00", partner="P-9"))
    assert (batch.state, batch.accepted, batch.rejected) == (BatchState.REFUSED, 0, 2)
    assert count(books, Earning) == 0
    assert books.faults() == []


def test_a_refused_file_can_be_sent_again_when_the_books_have_changed(books, world):
    content = books.file(Row("100.00", partner="P-1002"))
    assert books.bring_bytes(content).state is BatchState.REFUSED
    world.partner("Globex")
    assert books.bring_bytes(content).state is BatchState.IMPORTED
    assert count(books, EarningBatch) == 2


def test_valid_lines_only_takes_the_good_ones_and_keeps_the_others_with_reasons(books):
    batch = books.bring(
        Row("100.00"), Row("1.5", currency="JPY"), Row("7.00", program="NONE"), mode=ImportMode.VALID_LINES
    )
    assert (batch.accepted, batch.rejected) == (1, 2)
    with books.reading() as session:
        rejects = session.scalars(select(EarningReject).order_by(EarningReject.line)).all()
        assert [(row.line, row.reason) for row in rejects] == [
            (3, "amount: “1.5” has 1 decimals; JPY has 0."),
            (4, "program: No program has the code “NONE”."),
        ]


def test_a_file_with_no_good_line_is_refused_in_either_mode(books):
    assert books.bring(Row("1.00", partner="P-9"), mode=ImportMode.VALID_LINES).state is BatchState.REFUSED


def test_the_rejected_lines_mended_are_a_file_that_can_be_imported(books):
    batch = books.bring(Row("100.00"), Row("7.00", program="NONE", description="=1+1"), mode=ImportMode.VALID_LINES)
    with books.reading() as session:
        content = imports.rejects_csv(session, batch.id)
    assert b"'=1+1" in content
    mended = books.bring_bytes(content.replace(b"NONE", b"CLOUD"))
    assert (mended.state, mended.accepted) == (BatchState.IMPORTED, 1)
    with books.reading() as session:
        assert "=1+1" in session.scalars(select(Earning.description)).all()


def test_a_dry_run_changes_nothing_and_says_what_holds_would_catch(books):
    books.hold(books.case(), per_ten_thousand=5_000)
    before = count(books, AuditEvent)
    file = earnings_file.read(books.file(Row("100.00"), Row("3.00", partner="P-9")))
    with books.reading() as session:
        dry_run = imports.dry_run(session, file, at=now())
    assert [(line.amount, line.earnings) for line in dry_run.caught] == [(Money(5_000, "EUR"), 1)]
    assert len(dry_run.judged.rejected) == 1
    assert count(books, Posting) == 0
    assert count(books, AuditEvent) == before


def test_a_line_takes_an_earlier_one_back_from_wherever_its_money_is(books):
    books.bring(Row("100.00", reference="INV-1"), Row("40.00", reference="INV-2"))
    hold = books.hold(books.case(), per_ten_thousand=6_000)
    books.bring(Row("-100.00", reference="REV-1", reverses="INV-1"))
    assert books.held(hold) == [Money(2_400, "EUR")]
    assert books.balance(Account.PAYABLE) == 1_600
    assert books.balance(Account.EXPENSE) == -4_000
    assert books.faults() == []


def test_an_earning_is_taken_back_once(books):
    books.bring(Row("100.00", reference="INV-1"))
    books.bring(Row("-100.00", reference="REV-1", reverses="INV-1"))
    again = books.bring(Row("-100.00", reference="REV-2", reverses="INV-1"))
    assert again.state is BatchState.REFUSED
    assert books.balance(Account.EXPENSE) == 0


def test_an_earning_that_is_in_a_release_order_is_not_taken_back(books):
    books.bring(Row("100.00", reference="INV-1"))
    case = books.case()
    books.hold(case)
    books.release(case, books.certify(case))
    batch = books.bring(Row("-100.00", reference="REV-1", reverses="INV-1"))
    assert batch.state is BatchState.REFUSED
    assert books.balance(Account.ORDERED) == 10_000


@pytest.mark.parametrize("key", ["analyst", "approver", "finance_approver"])
def test_only_finance_analysts_import(books, key):
    file = earnings_file.read(books.file(Row("100.00")))
    who = books.who(key)
    with pytest.raises(NotPermitted), books.in_transaction() as session:
        services.import_earnings(session, file, mode=ImportMode.VALID_LINES, by=who, at=now())
    assert count(books, EarningBatch) == 0
    with books.reading() as session:
        refused = session.scalars(select(AuditEvent).where(AuditEvent.outcome == "refused")).one()
        assert refused.action == "earnings.imported"


@pytest.mark.one_engine
def test_ten_thousand_earnings_go_all_the_way_within_a_minute(books):
    begin = time.monotonic()
    case = books.case()
    hold = books.hold(case)
    assert books.bring(*(Row("12.34") for _ in range(10_000))).accepted == 10_000
    assert books.held(hold) == [Money(12_340_000, "EUR")]
    order = books.release(case, books.certify(case))
    books.acknowledge(books.answer(books.export(order)))
    assert books.balance(Account.PAID) == 12_340_000
    assert time.monotonic() - begin < 60
    assert books.faults() == []


def test_the_command_line_imports_through_the_same_door(app, books, tmp_path):
    hana = books.who("finance_analyst")
    file = tmp_path / "january.csv"
    file.write_bytes(books.file(Row("100.00"), Row("3.00", partner="P-9")))
    runner = app.test_cli_runner()

    checked = runner.invoke(args=["earnings", "check", str(file)])
    assert checked.exit_code == 1
    assert "line 3: partner: No partner has the number “P-9”." in checked.output
    assert "1 line would be taken: 100.00 EUR." in checked.output

    refused = runner.invoke(args=["earnings", "import", str(file), "--by", hana.email])
    assert refused.exit_code == 1
    assert "Nothing was imported" in refused.output

    done = runner.invoke(args=["earnings", "import", str(file), "--by", hana.email, "--valid-lines"])
    assert done.exit_code == 0, done.output
    assert "1 of 2 lines in the books" in done.output
    again = runner.invoke(args=["earnings", "import", str(file), "--by", hana.email])
    assert again.exit_code == 0
    assert "Nothing was changed" in again.output

    stranger = runner.invoke(args=["earnings", "import", str(file), "--by", "nobody@vendor.example"])
    assert "Nobody with the address" in stranger.output
    forbidden = runner.invoke(args=["earnings", "import", str(file), "--by", books.who("analyst").email])
    assert forbidden.exit_code == 1
    assert "Finance analyst" in forbidden.output
