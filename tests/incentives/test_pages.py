"""The pages of finance and of the partner, filled in as a person would."""

from io import BytesIO

import pytest

from app.access.policy import Role
from app.decisions.rules import DecisionKind
from app.incentives.rules.states import Account
from tests.incentives.books import Row, earnings_csv


@pytest.fixture
def as_role(app, books):
    """A browser in which the person of a key of the books is signed in."""

    def signed_in(key):
        client = app.test_client()
        client.sign_in(books.who(key).person_id)
        return client

    return signed_in


@pytest.fixture
def as_partner(app, books, world):
    def signed_in(name="Fatima", *roles, partner=None):
        client = app.test_client()
        client.sign_in(world.person(name, *(roles or (Role.FINANCE_VIEWER,)), partner=partner or books.partner))
        return client

    return signed_in


def upload(client, content, name="january.csv"):
    page = client.get("/earnings/imports")
    return client.submit(page, "Check this file", file=(BytesIO(content), name))


def test_a_file_is_looked_at_before_it_is_imported(as_role, books):
    hana = as_role("finance_analyst")
    checked = upload(hana, books.file(Row("100.00"), Row("980", currency="JPY"), Row("12.345", currency="KWD")))
    assert checked.heading == "Check of january.csv"
    assert "Nothing is imported yet" in checked.text
    assert "€100.00" in checked.text
    assert "¥980" in checked.text
    assert "KWD 12.345" in checked.text
    assert books.balance(Account.PAYABLE) == 0
    done = hana.submit(checked, "Import 3 lines")
    assert "3 lines of 3 are in the books" in done.text
    assert books.balance(Account.PAYABLE) == 10_000


def test_the_same_file_uploaded_again_leads_to_its_import_and_changes_nothing(as_role, books):
    hana = as_role("finance_analyst")
    content = books.file(Row("100.00"))
    hana.submit(upload(hana, content), "Import 1 line")
    again = upload(hana, content, "another name.csv")
    assert again.heading == "Import of january.csv"
    assert books.balance(Account.PAYABLE) == 10_000


def test_of_a_file_with_bad_lines_the_good_ones_can_be_taken_and_the_others_downloaded_with_reasons(as_role, books):
    hana = as_role("finance_analyst")
    checked = upload(hana, books.file(Row("100.00"), Row("50.00", partner="P-9999"), Row("1.5", currency="JPY")))
    assert "2 lines can't be taken" in checked.text
    assert "No partner has the number “P-9999”" in checked.text
    done = hana.submit(checked, "Confirm", mode="valid_lines")
    assert "1 line of 3 is in the books" in done.text
    rejected = hana.get(done.page.find("a", string="Download the rejected lines with their reasons (CSV)")["href"])
    assert rejected.headers["Content-Disposition"].startswith("attachment")
    assert "P-9999" in rejected.text
    assert "TOTAL,JPY,1,1.5" in rejected.text


def test_a_file_with_bad_lines_can_be_refused_as_a_whole_and_the_history_says_so(as_role, books):
    hana = as_role("finance_analyst")
    checked = upload(hana, books.file(Row("100.00"), Row("50.00", partner="P-9999")))
    done = hana.submit(checked, "Confirm", mode="refuse")
    assert "The whole file was refused" in done.text
    assert books.balance(Account.PAYABLE) == 0
    assert "Refused" in hana.get("/earnings/imports").text
    assert books.faults() == []


def test_choosing_nothing_changes_nothing_and_says_what_to_choose(as_role, books):
    hana = as_role("finance_analyst")
    checked = upload(hana, books.file(Row("100.00"), Row("50.00", partner="P-9999")))
    answer = hana.submit(checked, "Confirm", follow=False)
    assert answer.status_code == 422
    assert answer.errors == ["Choose what should become of this file."]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty (0 bytes)"),
        (b"\xff\xfe\x00", "UTF-8"),
        (
            earnings_csv(Row("100.00", reference="A"), totals=[("EUR", 1, "99.00")]),
            "TOTAL says 99.00 EUR; the lines add up to 100.00",
        ),
        (b"%PDF-1.7\n", "does not name the columns"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_beside_its_field(as_role, content, said):
    answer = upload(as_role("finance_analyst"), content)
    assert answer.status_code == 422
    assert answer.heading == "Earnings files"
    assert any(said in error for error in answer.errors)


def test_no_file_at_all_is_said_so(as_role):
    hana = as_role("finance_analyst")
    answer = hana.submit(hana.get("/earnings/imports"), "Check this file")
    assert answer.errors == ["Choose a file."]


def test_money_goes_from_held_to_paid_through_the_pages(as_role, as_partner, books):
    books.bring(Row("100.00"), Row("980", currency="JPY"), Row("12.345", currency="KWD"), Row("70.00", program="CLOUD"))
    case = books.case()

    sam = as_role("analyst")
    form = sam.get(f"/holds/new?case={case.number}")
    proposed = sam.submit(form, "Propose the hold", percentage="100", program="CLOUD", reason="Three infractions.")
    assert proposed.heading == "Hold H-2026-0001"
    assert "€170.00" in proposed.text
    assert "withholds nothing yet" in proposed.text
    books.decide(DecisionKind.HOLD, 1)

    fatima = as_partner()
    page = fatima.get("/incentives/own")
    assert page.heading == "Our incentives"
    assert "It is still yours and not a debt" in page.text
    assert case.number in page.text
    assert "Three infractions" not in page.text
    assert "€170.00" in page.text
    assert "¥980" in page.text
    assert "KWD 12.345" in page.text
    own = fatima.get(page.link("H-2026-0001"))
    assert "E-1" in own.text
    assert "Three infractions" not in own.text

    certificate = books.certify(case)
    books.determine(case)
    assert "Unlocked by the certificate" in fatima.get("/incentives/own").text

    hana = as_role("finance_analyst")
    overview = hana.get("/incentives")
    assert f"Release for {case.number}" in overview.text
    form = hana.get(f"/release-orders/new?case={case.number}")
    assert certificate.number in form.text
    order = hana.submit(form, "Propose the release", reason="The program is complete.")
    assert order.heading == "Release order RO-2026-0001"
    assert "all of it stays held" in order.text
    assert "waits for its approval" in fatima.get("/incentives/own").text
    assert "Hold H-2026-0001" in as_role("analyst").get("/holds/H-2026-0001").text

    books.decide(DecisionKind.RELEASE_ORDER, 1)
    assert "is approved" in fatima.get("/incentives/own").text
    order = hana.get("/release-orders/RO-2026-0001")
    order = hana.submit(order, "Write the payment file")
    assert "Sent for payment" in order.text
    file = hana.get("/release-orders/RO-2026-0001/files/1.csv")
    assert file.headers["Content-Disposition"] == 'attachment; filename="RO-2026-0001-1.csv"'
    assert "TOTAL,EUR,2,170.00" in file.text
    assert "TOTAL,KWD,1,12.345" in file.text
    assert hana.get("/release-orders/RO-2026-0001/files/1.csv").data == file.data

    page = hana.get("/payment-acknowledgements")
    stored = type("File", (), {"content": file.data})
    answered = hana.submit(
        page, "Record the answers", file=(BytesIO(books.answer(stored, returned=[1])), "answers.csv")
    )
    assert "1 payment came back" in answered.text
    assert "Account closed" in answered.text

    order = hana.get("/release-orders/RO-2026-0001")
    assert "3 of 4 paid" in order.text
    again = hana.submit(order, "Send the returned payments again")
    assert "RO-2026-0001-2.csv" in again.text
    second = hana.get("/release-orders/RO-2026-0001/files/2.csv")
    stored = type("File", (), {"content": second.data})
    hana.submit(
        hana.get("/payment-acknowledgements"),
        "Record the answers",
        file=(BytesIO(books.answer(stored)), "answers.csv"),
    )
    assert "4 of 4 paid" in hana.get("/release-orders/RO-2026-0001").text
    paid = fatima.get("/incentives/own")
    assert "The payment was confirmed" in paid.text
    assert books.balance(Account.PAID) == 17_000
    assert books.faults() == []


def test_the_statement_as_a_file_has_the_figures_of_the_page(as_partner, books):
    books.bring(Row("100.00"), Row("980", currency="JPY"))
    books.hold(books.case(), per_ten_thousand=6_000)
    fatima = as_partner()
    answer = fatima.get("/incentives/own.csv")
    assert answer.mimetype == "text/csv"
    assert "P-1001,CLOUD,EUR,100.00,40.00,60.00,0.00" in answer.text
    assert "P-1001,CLOUD,JPY,980,392,588,0" in answer.text


def test_the_month_ties_beginning_and_end(as_partner, books, clock):
    books.bring(Row("100.00"))
    books.hold(books.case())
    clock.advance(days=40)
    books.bring(Row("50.00"))
    fatima = as_partner()
    page = fatima.get("/incentives/own?month=2026-04")
    row = page.page.select("#month ~ .table-scroll tbody tr")[0].get_text(" ", strip=True)
    assert "€100.00 €50.00 €0.00 €0.00 €150.00" in row
    march = fatima.get("/incentives/own?month=2026-03").page.select("#month ~ .table-scroll tbody tr")[0]
    assert "€0.00 €100.00 €0.00 €0.00 €100.00" in march.get_text(" ", strip=True)


@pytest.mark.parametrize("month", ["", "nonsense", "2026-13", "9999-01", "0001-01", "2026-02"])
def test_any_month_that_an_address_names_is_answered(as_partner, books, month):
    books.bring(Row("100.00"))
    assert as_partner().get(f"/incentives/own?month={month}").status_code == 200


def test_a_partner_without_earnings_is_told_what_will_come(as_partner):
    assert "No earnings yet" in as_partner().get("/incentives/own").text


@pytest.mark.parametrize("role", [Role.COMPLIANCE_CONTACT, Role.EXECUTIVE, Role.FINANCE_VIEWER])
def test_these_people_of_the_partner_see_its_money(as_partner, role):
    assert as_partner("Ines", role).get("/incentives/own").status_code == 200


def test_a_learner_sees_no_money(as_partner):
    assert as_partner("Leo", Role.LEARNER).get("/incentives/own").status_code == 403


@pytest.mark.parametrize(
    "role",
    [Role.COMPLIANCE_ANALYST, Role.COMPLIANCE_APPROVER, Role.FINANCE_ANALYST, Role.FINANCE_APPROVER, Role.AUDITOR],
)
def test_these_people_of_the_vendor_see_all_partners_money(app, books, world, role):
    books.bring(Row("100.00"))
    client = app.test_client()
    client.sign_in(world.person("Vera", role))
    for address in (
        "/incentives",
        "/partners/P-1001/incentives",
        "/earnings/imports",
        "/holds",
        "/release-orders",
        "/payment-acknowledgements",
    ):
        assert client.get(address).status_code == 200


STAFF_ADDRESSES = (
    "/incentives",
    "/partners/P-1001/incentives",
    "/partners/P-1001/incentives.csv",
    "/earnings/imports",
    "/earnings/imports/1",
    "/earnings/imports/1/rejected-lines.csv",
    "/earnings/imports/1/file.csv",
    "/holds",
    "/holds/H-2026-0001",
    "/holds/new?case=RC-2026-0001",
    "/release-orders",
    "/release-orders/RO-2026-0001",
    "/release-orders/new?case=RC-2026-0001",
    "/release-orders/RO-2026-0001/files/1.csv",
    "/payment-acknowledgements",
    "/payment-acknowledgements/1",
)


def test_the_account_representative_sees_none_of_it_even_of_own_partners(app, books, world):
    settled(books)
    client = app.test_client()
    client.sign_in(world.representative("Rita", books.partner))
    for address in STAFF_ADDRESSES:
        assert client.get(address).status_code == 403, address
    assert client.get("/incentives/own").status_code == 404


def test_people_of_a_partner_get_404_at_every_address_of_the_staff(as_partner, books):
    settled(books)
    fatima = as_partner()
    for address in STAFF_ADDRESSES:
        assert fatima.get(address).status_code == 404, address


def test_another_partners_hold_does_not_exist(as_partner, books, world):
    settled(books)
    mallory = as_partner("Mallory", Role.FINANCE_VIEWER, partner=world.partner("Globex"))
    assert mallory.get("/incentives/own/holds/H-2026-0001").status_code == 404
    assert "No earnings yet" in mallory.get("/incentives/own").text


def test_a_hold_that_is_only_proposed_is_not_shown_to_the_partner(as_partner, books):
    books.bring(Row("100.00"))
    books.propose_hold(books.case())
    fatima = as_partner()
    assert "H-2026-0001" not in fatima.get("/incentives/own").text
    assert fatima.get("/incentives/own/holds/H-2026-0001").status_code == 404


def test_what_a_name_in_a_file_says_is_shown_as_text(as_role, books):
    hana = as_role("finance_analyst")
    checked = upload(
        hana, books.file(Row("1.00", partner="<script>x</script>", description="<img src=x onerror=alert(1)>"))
    )
    assert not checked.page.find_all("img")
    assert "<script>x</script>" in checked.text


def test_missing_things_are_not_found(as_role):
    hana = as_role("finance_analyst")
    for address in (
        "/earnings/imports/99",
        "/holds/H-2026-0099",
        "/release-orders/RO-2026-0099",
        "/release-orders/new?case=RC-2026-0099",
        "/release-orders/new",
        "/payment-acknowledgements/99",
        "/partners/P-9999/incentives",
    ):
        assert hana.get(address).status_code == 404, address


def test_a_locked_case_says_what_is_missing_and_offers_no_button(as_role, books):
    books.bring(Row("100.00"))
    case = books.case()
    books.hold(case)
    page = as_role("finance_analyst").get(f"/release-orders/new?case={case.number}")
    assert "No program completion certificate has been issued for this case." in page.text
    assert not page.page.find("button", string="Propose the release")


def test_a_hold_of_a_closed_case_that_nothing_unlocks_is_shown_to_finance(as_role, books):
    books.bring(Row("100.00"))
    case = books.case()
    books.hold(case)
    books.close(case)
    assert "has a closed case" in as_role("finance_analyst").get("/incentives").text
    assert "Its case is closed and nothing unlocks it" in as_role("approver").get("/holds/H-2026-0001").text


@pytest.mark.parametrize("share", ["0", "100.01", "-5", "abc", "12.345", "1e2", "٥٠", ""])
def test_a_share_that_is_no_percentage_is_refused_beside_its_field(as_role, books, share):
    case = books.case()
    sam = as_role("analyst")
    answer = sam.submit(sam.get(f"/holds/new?case={case.number}"), "Propose the hold", percentage=share, reason="So.")
    assert answer.status_code == 422
    assert answer.page.select_one("#percentage")["aria-invalid"] == "true"


def settled(books):
    """Everything once: a file, a hold, an order, its export and the bank's answer."""
    books.bring(Row("100.00"))
    case = books.case()
    books.hold(case)
    order = books.release(case, books.certify(case))
    books.acknowledge(books.answer(books.export(order)))
