"""The test's hand on the portal's clock. Threads of the live server see the same time."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from app.kernel.clock import now, stopped_at

A_MONDAY_MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class StoppedClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self._hold = ExitStack()

    @property
    def now(self) -> datetime:
        return now()

    def move_to(self, instant: datetime) -> datetime:
        """Stand at an aware instant, earlier or later than now."""
        if instant.tzinfo is None:
            raise ValueError("The clock can only be moved to an aware instant.")
        self.release()
        self._hold.enter_context(stopped_at(instant))
        return instant

    def advance(self, **duration: float) -> datetime:
        """Go on by a duration, in `timedelta`'s words: `advance(days=3, hours=2)`."""
        return self.move_to(now() + timedelta(**duration))

    def release(self) -> None:
        self._hold.close()


@pytest.fixture
def clock() -> Iterator[StoppedClock]:
    """A clock that stands at a Monday morning in March 2026 until the test moves it."""
    stopped = StoppedClock()
    stopped.move_to(A_MONDAY_MORNING)
    yield stopped
    stopped.release()
