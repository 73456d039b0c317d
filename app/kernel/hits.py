"""Rate limits' counters, in this process."""

import threading

from limits.storage import Storage

from app.kernel.clock import now


class ProcessHits(Storage):
    """Hits by key until their window ends. The library's own memory starts a thread for nearly every hit; this one cleans as it counts."""

    STORAGE_SCHEME = ["process"]
    MANY = 10_000

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: float | str | bool) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self._lock = threading.Lock()
        self._counted: dict[str, tuple[int, float]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more hits of a key; a window of `expiry` seconds begins with its first one."""
        at = now().timestamp()
        with self._lock:
            count, until = self._counted.get(key, (0, 0.0))
            if until <= at:
                if len(self._counted) >= self.MANY:
                    self._counted = {other: found for other, found in self._counted.items() if found[1] > at}
                count, until = 0, at + expiry
            self._counted[key] = (count + amount, until)
            return count + amount

    def get(self, key: str) -> int:
        count, until = self._counted.get(key, (0, 0.0))
        return count if until > now().timestamp() else 0

    def get_expiry(self, key: str) -> float:
        """When the key's window ends, in seconds since the epoch; now where none runs."""
        return max(self._counted.get(key, (0, 0.0))[1], now().timestamp())

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        with self._lock:
            count = len(self._counted)
            self._counted = {}
        return count

    def clear(self, key: str) -> None:
        with self._lock:
            self._counted.pop(key, None)
