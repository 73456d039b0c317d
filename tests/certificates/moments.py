"""When the certificates of these tests are issued."""

from datetime import UTC, datetime

ISSUED_AT = datetime(2026, 4, 15, 9, 30, tzinfo=UTC)
