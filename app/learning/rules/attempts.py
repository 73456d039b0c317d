"""When another attempt at the quiz is allowed. Values in, values out."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Allowance:
    """`left` attempts remain; the next may begin at `not_before`, or at once where that is None."""

    used: int
    allowed: int
    not_before: datetime | None

    @property
    def left(self) -> int:
        return max(0, self.allowed - self.used)

    def opens(self, at: datetime) -> bool:
        return self.left > 0 and (self.not_before is None or self.not_before <= at)


def allowance(used: int, allowed: int, last_submitted_at: datetime | None, wait_seconds: int) -> Allowance:
    """What is left after `used` attempts, the last of them handed in at `last_submitted_at` and not passed."""
    waits = wait_seconds > 0 and last_submitted_at is not None
    return Allowance(
        used, allowed, last_submitted_at + timedelta(seconds=wait_seconds) if waits and last_submitted_at else None
    )
