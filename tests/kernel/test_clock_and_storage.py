from datetime import UTC, date, datetime, timedelta

import pytest

from app.kernel.clock import add_business_days, day_in, end_of_day, now, stopped_at
from app.kernel.storage import Storage


def test_the_day_depends_on_where_the_partner_is():
    at = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    assert day_in("Asia/Tokyo", at) == date(2026, 3, 3)
    assert day_in("America/Lima", at) == date(2026, 3, 2)


def test_a_deadline_ends_with_its_day_even_when_the_clock_changes_in_it():
    assert end_of_day(date(2026, 10, 25), "Europe/Berlin") == datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC)
    assert end_of_day(date(2026, 3, 29), "Europe/Berlin") == datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC)


def test_ten_business_days_after_a_friday_is_a_friday():
    assert add_business_days(date(2026, 3, 6), 10) == date(2026, 3, 20)


def test_the_clock_can_be_held_and_goes_on_afterwards():
    instant = datetime(2026, 1, 1, tzinfo=UTC)
    with stopped_at(instant):
        assert now() == instant
    assert abs(now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_stored_file_is_found_by_its_digest_and_an_altered_one_is_refused(tmp_path):
    storage = Storage(tmp_path)
    kept = storage.put(b"minutes of the meeting")
    assert storage.put(b"minutes of the meeting") == kept
    assert storage.get(kept.sha256) == b"minutes of the meeting"
    (tmp_path / kept.sha256[:2] / kept.sha256).write_bytes(b"other minutes")
    with pytest.raises(ValueError, match="altered outside"):
        storage.get(kept.sha256)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63, "0" * 62 + ".."])
def test_only_a_digest_names_a_stored_file(tmp_path, name):
    with pytest.raises(ValueError, match="64 hexadecimal"):
        Storage(tmp_path).get(name)
