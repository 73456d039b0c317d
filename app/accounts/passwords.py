"""Argon2id, a few at a time: each hash takes 19 MiB and some 30 ms of a core, never inside a write transaction."""

import threading

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

_AT_ONCE = threading.BoundedSemaphore(2)
_HASHERS = {
    "standard": PasswordHash((Argon2Hasher(memory_cost=19 * 1024, time_cost=2, parallelism=1),)),
    "test": PasswordHash((Argon2Hasher(memory_cost=8, time_cost=1, parallelism=1),)),
}
_NOBODY: dict[str, str] = {}


def hash_password(password: str, cost: str) -> str:
    with _AT_ONCE:
        return _HASHERS[cost].hash(password)


def verify(password: str, stored: str | None, cost: str) -> tuple[bool, str | None]:
    """(right, a new hash to keep where the parameters were raised). With no stored hash it takes as long and is False."""
    if stored is None:
        if cost not in _NOBODY:
            _NOBODY[cost] = hash_password("nobody has this password", cost)
        with _AT_ONCE:
            _HASHERS[cost].verify(password, _NOBODY[cost])
        return False, None
    with _AT_ONCE:
        return _HASHERS[cost].verify_and_update(password, stored)
