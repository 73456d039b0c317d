"""Rate limits are counted in windows, and what has run out is let go."""

import time_machine

from app.kernel.hits import ProcessHits


def test_hits_add_up_until_their_window_ends():
    hits = ProcessHits()
    with time_machine.travel(1_000_000, tick=False) as clock:
        assert [hits.incr("a", 60) for _ in range(3)] == [1, 2, 3]
        assert hits.get("a") == 3
        assert hits.get_expiry("a") == 1_000_060
        clock.shift(59)
        assert hits.incr("a", 60) == 4
        clock.shift(1)
        assert hits.get("a") == 0
        assert hits.incr("a", 60) == 1


def test_keys_count_apart_and_can_be_cleared():
    hits = ProcessHits()
    hits.incr("a", 60)
    assert hits.incr("b", 60, amount=2) == 2
    hits.clear("a")
    assert (hits.get("a"), hits.get("b")) == (0, 2)
    assert hits.reset() == 1
    assert hits.get("b") == 0


def test_windows_that_ended_do_not_pile_up(monkeypatch):
    monkeypatch.setattr(ProcessHits, "MANY", 10)
    hits = ProcessHits()
    with time_machine.travel(1_000_000, tick=False) as clock:
        for number in range(10):
            hits.incr(f"old {number}", 60)
        clock.shift(61)
        hits.incr("new", 60)
        assert hits.reset() == 1
