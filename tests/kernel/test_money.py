import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import DomainError
from app.kernel.money import CurrencyMismatch, Money, decimals, parse


def test_currencies_have_their_own_number_of_decimals():
    assert (decimals("JPY"), decimals("EUR"), decimals("KWD")) == (0, 2, 3)


def test_amounts_are_shown_with_the_decimals_of_their_currency():
    assert Money(123450, "EUR").shown() == "€1,234.50"
    assert Money(980, "JPY").shown() == "¥980"
    assert Money(12345, "KWD").shown() == "KWD\u00a012.345"


def test_a_negative_amount_has_a_real_minus_sign():
    assert Money(-8000, "EUR").shown() == "−€80.00"


def test_two_currencies_are_never_added_or_compared():
    with pytest.raises(CurrencyMismatch):
        Money(1, "EUR") + Money(1, "JPY")
    with pytest.raises(CurrencyMismatch):
        assert Money(1, "EUR") < Money(1, "KWD")


@pytest.mark.parametrize(
    ("text", "currency", "words"),
    [
        ("1.5", "JPY", "1 decimals; JPY has 0"),
        ("1.2345", "KWD", "4 decimals; KWD has 3"),
        ("1e3", "EUR", "not an amount"),
        ("١٢", "EUR", "not an amount"),
        ("NaN", "EUR", "not an amount"),
        ("=1+1", "EUR", "not an amount"),
        ("1_000", "EUR", "not an amount"),
        ("", "EUR", "not an amount"),
        ("9" * 30, "EUR", "larger than the portal keeps"),
        ("1", "ZZZ", "not an ISO 4217"),
    ],
)
def test_an_amount_that_cannot_be_kept_exactly_is_refused_in_words(text, currency, words):
    with pytest.raises(DomainError) as refused:
        parse(text, currency)
    assert words in refused.value.sentence


@given(st.integers(-(10**15), 10**15), st.sampled_from(["JPY", "EUR", "KWD"]))
def test_what_is_written_to_a_file_reads_back_as_the_same_amount(minor, currency):
    assert parse(Money(minor, currency).plain(), currency) == Money(minor, currency)


@given(st.integers(0, 10**12), st.integers(0, 10_000))
def test_a_share_and_its_rest_lose_no_minor_unit_and_favour_the_partner(minor, per_ten_thousand):
    whole = Money(minor, "EUR")
    share = whole.share(per_ten_thousand)
    assert share + (whole - share) == whole
    assert share.minor * 10_000 <= minor * per_ten_thousand


def test_a_float_is_no_number_of_minor_units():
    with pytest.raises(TypeError):
        Money(1.0, "EUR")  # type: ignore[arg-type]
