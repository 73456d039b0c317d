from itertools import pairwise

import pytest

from app.courses.rules.versions import is_later

IN_ORDER = [
    "0.9.0",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-rc.2",
    "1.0.0-rc.10",
    "1.0.0",
    "1.2.0",
    "1.10.0",
    "2.0.0",
]


@pytest.mark.parametrize(("earlier", "later"), list(pairwise(IN_ORDER)))
def test_versions_come_in_the_order_of_their_numbers(earlier: str, later: str) -> None:
    assert is_later(later, earlier)
    assert not is_later(earlier, later)


def test_a_version_is_not_later_than_itself_whatever_was_built_of_it() -> None:
    assert not is_later("1.0.0", "1.0.0")
    assert not is_later("1.0.0+build.5", "1.0.0")
