from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.canonical import canonical, digest

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text(), plain))
def test_the_order_in_which_keys_were_set_does_not_change_the_digest(value):
    assert digest(value) == digest(dict(reversed(list(value.items()))))


def test_dates_instants_and_decimals_have_one_spelling():
    value = {
        "day": date(2026, 3, 2),
        "at": datetime(2026, 3, 2, 9, tzinfo=UTC),
        "score": Decimal("0.8000"),
        "name": "山田",
    }
    assert (
        canonical(value).decode()
        == '{"at":"2026-03-02T09:00:00.000000+00:00","day":"2026-03-02","name":"山田","score":"0.8000"}'
    )


@pytest.mark.parametrize("value", [1.5, {"deep": [{"down": 0.1}]}, {1: "number key"}, {"thing": object()}])
def test_what_has_no_single_spelling_is_refused(value):
    with pytest.raises(TypeError):
        canonical(value)
