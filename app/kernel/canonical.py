"""One way to turn values into bytes, so that a digest taken today can be taken again in ten years."""

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form.")


def canonical(value: Any) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces; dates as ISO 8601, decimals as text; floats are refused."""
    _refuse_floats(value)
    return json.dumps(
        value, default=_plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def plain(value: Any) -> Any:
    """The value as it comes back from JSON, keys in their order: dates as text, tuples as lists. It has the digest of what was given."""
    _refuse_floats(value)
    return json.loads(json.dumps(value, default=_plain, ensure_ascii=False, allow_nan=False))


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("A float has no canonical form; use an integer, a Decimal or text.")
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError("Only text keys have a canonical form.")
            _refuse_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_floats(inner)
