"""Certificate numbers: what is made, and what is understood."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.certificates.rules.numbers import ALPHABET, NUMBER_BYTES, new_number, normalise

TEN_BYTES = st.binary(min_size=NUMBER_BYTES, max_size=NUMBER_BYTES)
MISTAKEN = {"0": "0oO", "1": "1iIlL"}


def test_a_number_is_four_groups_of_four() -> None:
    assert new_number(bytes(10)) == "0000-0000-0000-0000"
    assert new_number(b"\xff" * 10) == "ZZZZ-ZZZZ-ZZZZ-ZZZZ"
    assert new_number(bytes(9) + b"\x21") == "0000-0000-0000-0011"


@given(TEN_BYTES, TEN_BYTES)
def test_different_bytes_make_different_numbers(one: bytes, other: bytes) -> None:
    assert (new_number(one) == new_number(other)) == (one == other)


@given(TEN_BYTES)
def test_a_number_means_itself(random_bytes: bytes) -> None:
    number = new_number(random_bytes)
    assert normalise(number) == number
    assert set(number.replace("-", "")) <= set(ALPHABET)


@given(TEN_BYTES, st.randoms(use_true_random=False))
def test_case_spaces_dashes_and_look_alikes_are_forgiven(random_bytes: bytes, chance: object) -> None:
    number = new_number(random_bytes)
    typed = ""
    for character in number.replace("-", ""):
        seen = chance.choice(MISTAKEN.get(character, character))  # type: ignore[attr-defined]
        seen = chance.choice([seen.lower(), seen.upper()]) if seen not in "oOiIlL" else seen  # type: ignore[attr-defined]
        typed += seen + chance.choice(["", "", "-", " ", "\u2013", "\u00a0", " - "][:4])  # type: ignore[attr-defined]
    assert normalise(typed) == number


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_number_or_none(typed: str) -> None:
    meant = normalise(typed)
    assert meant is None or (len(meant) == 19 and normalise(meant) == meant)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "0000",
        "0000-0000-0000-000",
        "0000-0000-0000-00000",
        "UUUU-UUUU-UUUU-UUUU",
        "0000-0000-0000-000é",
        "٠٠٠٠-٠٠٠٠-٠٠٠٠-٠٠٠٠",
        "0000-0000-0000-000ı",
        "0" * 16 + " " * 10_000_000,
    ],
)
def test_what_is_no_number_is_none(typed: str) -> None:
    assert normalise(typed) is None


@pytest.mark.parametrize("length", [0, 9, 11])
def test_only_ten_bytes_make_a_number(length: int) -> None:
    with pytest.raises(ValueError, match="10 bytes"):
        new_number(secrets.token_bytes(length))
