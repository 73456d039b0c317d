"""What an earnings file says, and which of its lines can be taken. No database."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.incentives.rules.delimited import FileRefused, as_meant, neutral, read_table, readable_amount
from app.incentives.rules.earnings_file import COLUMNS, Imported, Known, judge, read
from app.kernel.money import Money
from tests.incentives.books import Row, earnings_csv

KNOWN = Known(
    partners={"P-1001": 1, "P-1002": 2},
    programs={"CLOUD": 10, "EDGE": 11},
    locations={(1, "NORTH"): 100},
    references={"OLD-1": "line 2 of december.csv"},
    reversible={
        "OLD-1": Imported(7, 1, 10, Money(10_000, "EUR")),
        "OLD-2": Imported(8, 1, 10, Money(5_000, "EUR"), "“OLD-2” was taken back already."),
    },
    today=date(2026, 3, 3),
)


def judged(*rows, **more):
    return judge(read(earnings_csv(*rows, **more)), KNOWN)


def reasons(*rows, **more):
    return [line.reason for line in judged(*rows, **more).rejected]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("bom", [False, True])
def test_any_of_three_delimiters_is_read_with_or_without_a_bom(delimiter, bom):
    found = judged(
        Row("100.00", reference="A"), Row("980", currency="JPY", reference="B"), delimiter=delimiter, bom=bom
    )
    assert found.rejected == ()
    assert [line.money for line in found.taken] == [Money(10_000, "EUR"), Money(980, "JPY")]


def test_utf_16_from_a_spreadsheet_is_read():
    text = earnings_csv(Row("100.00", reference="A", description="Überweisung"), delimiter="\t").decode()
    assert judge(read(text.encode("utf-16")), KNOWN).taken[0].description == "Überweisung"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_any_line_ending_is_read(ending):
    content = earnings_csv(Row("100.00", reference="A")).replace(b"\r\n", ending.encode())
    assert len(judge(read(content), KNOWN).taken) == 1


def test_empty_lines_and_trailing_delimiters_are_passed_over():
    content = (
        earnings_csv(Row("100.00", reference="A"))
        .decode()
        .replace("TOTAL,EUR,1,100.00", "\n,,,\nTOTAL,EUR,1,100.00,,,,,,")
    )
    assert len(judge(read(content.encode()), KNOWN).taken) == 1


def test_every_line_is_taken_or_rejected():
    found = judged(Row("1.00", reference="A"), Row("2.00", reference="B", partner="X"), Row("3.00", reference="C"))
    assert [line.line for line in found.taken] == [2, 4]
    assert [line.row.line for line in found.rejected] == [3]
    assert found.totals == [("EUR", 2, Money(400, "EUR"))]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "0 bytes"),
        (b"   \r\n\r\n", "nothing but empty lines"),
        (b"\r\nreference\r\n", "first line is empty"),
        (b"reference;partner\r\nA;B\r\n", "lacks the columns “program”"),
        (b"\x80abc", "Line 1 holds characters that are not UTF-8"),
        (earnings_csv(Row("1.00")).replace(b"location", b"locality"), "unknown column “locality”"),
        (earnings_csv(Row("1.00")).replace(b"location", b"partner"), "names “partner” twice"),
        (b"reference,partner,program,earning_type,earned_on,currency,amount\r\n", "no lines"),
        (earnings_csv(Row("1.00", reference='"open')), "can't be read"),
        (earnings_csv(Row("1.00"), totals=[]), "no control totals"),
        (earnings_csv(Row("1.00"), totals=[("EUR", 2, "1.00")]), "TOTAL says 2 lines in EUR; the file has 1."),
        (earnings_csv(Row("1.00"), totals=[("EUR", 1, "1.01")]), "TOTAL says 1.01 EUR; the lines add up to 1.00."),
        (earnings_csv(Row("1.00"), totals=[("EUR", 1, "1.00"), ("EUR", 1, "1.00")]), "more than one TOTAL"),
        (
            earnings_csv(Row("1.00"), Row("5", currency="JPY"), totals=[("EUR", 1, "1.00")]),
            "1 line in JPY but no TOTAL",
        ),
        (
            earnings_csv(Row("1.00"), totals=[("EUR", 1, "1.00"), ("USD", 1, "9.00")]),
            "TOTAL says 9.00 USD; the lines add up to 0.",
        ),
        (earnings_csv(Row("1.00"), totals=[("EUR", "one", "1.00")]), "not a control total"),
        (earnings_csv(Row("1,00"), totals=[("EUR", 1, "1.00")]), "No amount could be read in line 2"),
        (earnings_csv(Row("1.00")) + b"Z,P-1001,CLOUD,rebate,2026-01-01,EUR,1.00,,,\r\n", "follows the TOTAL lines"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_as_a_whole(content, said):
    with pytest.raises(FileRefused, match=".") as refused:
        read(content)
    assert said in refused.value.sentence
    assert refused.value.field == "file"


def test_a_wrong_control_total_names_both_figures_of_every_currency():
    with pytest.raises(FileRefused) as refused:
        read(earnings_csv(Row("1.00"), Row("5", currency="JPY"), totals=[("EUR", 1, "2.00"), ("JPY", 1, "6")]))
    for figure in ("2.00 EUR", "1.00", "6 JPY", "add up to 5"):
        assert figure in refused.value.sentence


def test_a_file_cut_in_the_middle_is_refused():
    content = earnings_csv(*(Row("1.00", reference=f"R{number}") for number in range(50)))
    for length in range(80, len(content) - 4, 37):
        with pytest.raises(FileRefused):
            read(content[:length])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (Row("1.00", partner="P-9"), "partner: No partner has the number “P-9”."),
        (Row("1.00", program="NONE"), "program: No program has the code “NONE”."),
        (Row("1.00", location="SOUTH"), "location: The partner has no location “SOUTH”."),
        (Row("1.00", partner="P-1002", location="NORTH"), "location: The partner has no location “NORTH”."),
        (Row("1.00", reference="OLD-1"), "reference: It was already imported (line 2 of december.csv)."),
        (Row("1.00", reference="=1+1"), "reference: Use letters, digits"),
        (Row("1.00", reference="x" * 65), "reference: Use letters, digits"),
        (Row("1.00", reference=""), "reference: It is empty."),
        (Row("100.5", currency="JPY"), "amount: “100.5” has 1 decimals; JPY has 0."),
        (Row("1.234"), "amount: “1.234” has 3 decimals; EUR has 2."),
        (Row("1.2345", currency="KWD"), "amount: “1.2345” has 4 decimals; KWD has 3."),
        (Row("1.00", currency="EURO"), "currency: “EURO” is not an ISO 4217 currency code"),
        (Row("0.00"), "amount: An amount of nothing moves nothing."),
        (Row("-1.00"), "amount: An amount below zero takes an earlier line back"),
        (Row("9999999999999999"), "amount: That amount is larger than the portal keeps."),
        (Row("1.00", earned_on="31.01.2026"), "earned_on: “31.01.2026” is not a day."),
        (Row("1.00", earned_on="2026-02-30"), "earned_on: “2026-02-30” is not a day."),
        (Row("1.00", earned_on="20260131"), "earned_on: “20260131” is not a day."),
        (Row("1.00", earned_on="2026-03-04"), "earned_on: 2026-03-04 is after today."),
        (Row("1.00", earned_on="1900-01-01"), "earned_on: 1900-01-01 is too long ago"),
        (Row("1.00", earning_type="=cmd"), "earning_type: Use one word"),
        (Row("1.00", description="x" * 501), "description: It is longer than 500 characters."),
        (Row("1.00", description="a\u202eb"), "description: It holds characters that can't be seen."),
        (Row("1.00", description="a\x00b"), "can't be seen"),
        (Row("-1.00", reverses="NONE"), "reverses: No imported line has the reference “NONE”."),
        (Row("-50.00", reverses="OLD-2"), "reverses: “OLD-2” was taken back already."),
        (Row("-99.00", reverses="OLD-1"), "reverses: “OLD-1” is 100.00 EUR: this line has to be -100.00."),
        (Row("100.00", reverses="OLD-1"), "this line has to be -100.00"),
        (Row("-100.00", reverses="OLD-1", program="EDGE"), "another partner or in another program"),
    ],
)
def test_a_bad_line_is_rejected_with_its_column_and_reason(row, said):
    row = row if row.reference or "reference: It is empty" in said else Row(**{**vars(row), "reference": "A"})
    content = earnings_csv(row, totals=[(row.currency, 1, row.amount)])
    rejected = judge(read(content), KNOWN).rejected
    assert [line.row.line for line in rejected] == [2]
    assert said in rejected[0].reason


def test_all_reasons_against_a_line_are_told_at_once():
    assert (
        reasons(Row("1.5", currency="JPY", reference="A", partner="X", program="Y", earned_on="no"))[0].count(":") >= 4
    )


def test_a_reference_repeated_inside_the_file_is_taken_once():
    found = judged(Row("1.00", reference="A"), Row("1.00", reference="A"))
    assert [line.line for line in found.taken] == [2]
    assert found.rejected[0].reason == "reference: It repeats line 2."


def test_a_line_cannot_take_back_another_of_the_same_file_or_one_twice():
    assert "in this same file" in reasons(Row("5.00", reference="A"), Row("-5.00", reference="B", reverses="A"))[0]
    found = judged(Row("-100.00", reference="A", reverses="OLD-1"), Row("-100.00", reference="B", reverses="OLD-1"))
    assert [line.reverses_id for line in found.taken] == [7]
    assert "Line 2 takes “OLD-1” back already." in found.rejected[0].reason


def test_a_formula_in_a_description_stays_text_and_is_neutral_in_every_file_of_ours():
    found = judged(Row("1.00", reference="A", description="=cmd|' /C calc'!A0"))
    assert found.taken[0].description == "=cmd|' /C calc'!A0"
    assert neutral(found.taken[0].description) == "'=cmd|' /C calc'!A0"


@given(st.text(max_size=30))
def test_no_cell_of_ours_begins_a_formula_and_its_text_comes_back(cell):
    written = neutral(cell)
    assert written[:1] not in ("=", "@", "\t", "\r", "\n")
    assert written[:1] not in ("+", "-") or readable_amount(written) is not None
    if not (cell.startswith("'") and len(cell) > 1):
        assert as_meant(written) == cell


@given(st.binary(max_size=300))
def test_whatever_the_bytes_reading_ends_in_a_sentence_or_a_file(content):
    try:
        found = judge(read(content), KNOWN)
    except FileRefused:
        return
    assert found.taken or found.rejected


@given(st.lists(st.lists(st.text(max_size=8), max_size=12), max_size=6))
def test_whatever_the_cells_every_line_is_taken_or_rejected(lines):
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(lines)
    try:
        file = read(out.getvalue().encode("utf-8", "replace"))
    except FileRefused:
        return
    found = judge(file, KNOWN)
    assert len(found.taken) + len(found.rejected) == len(file.readings)


def test_a_quoted_cell_over_several_lines_keeps_the_line_numbers_right():
    content = (
        b"reference,partner,program,earning_type,earned_on,currency,amount,description\n"
        b'A,P-1001,CLOUD,rebate,2026-01-01,EUR,1.00,"two\nlines"\n'
        b"B,X,CLOUD,rebate,2026-01-01,EUR,1.00,\n"
        b"TOTAL,EUR,2,2.00\n"
    )
    found = judge(read(content), KNOWN)
    assert [line.row.line for line in found.rejected] == [4]


def test_a_file_of_ten_thousand_lines_is_read_and_judged_quickly():
    import time

    content = earnings_csv(*(Row("12.34", reference=f"R-{number}") for number in range(10_000)))
    begin = time.perf_counter()
    assert len(judge(read(content), KNOWN).taken) == 10_000
    assert time.perf_counter() - begin < 5


def test_too_many_lines_are_refused_before_they_fill_the_memory():
    rows = b"A,P-1001,CLOUD,rebate,2026-01-01,EUR,1.00\n" * 50_001
    with pytest.raises(FileRefused, match="more than 50,000 lines"):
        read(
            b"reference,partner,program,earning_type,earned_on,currency,amount\n" + rows + b"TOTAL,EUR,50001,50001.00\n"
        )


def test_columns_are_found_by_name_in_any_order_and_spelling():
    table = read_table(
        b"Amount;Reference;Currency\n1.00;A;eur\nTOTAL;EUR;1;1.00\n", required=("reference", "currency", "amount")
    )
    assert table.rows[0]["reference"] == "A"
    assert table.delimiter == ";"
