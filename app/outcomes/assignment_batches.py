"""A large batch of assignments and its pieces: each outbox row is one, carried out by the worker in a transaction of its own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.learning.services import batches
from app.transactions import transaction

KIND = batches.KIND


def carry_out(payload: Mapping[str, Any], *, at: datetime) -> None:
    """Make, or take back, the next piece of the batch that the row names. Safe to repeat."""
    with transaction() as session:
        if payload.get("back"):
            batches.go_on_taking_back(session, int(payload["batch"]), at=at)
        else:
            batches.carry_on(session, int(payload["batch"]), int(payload["piece"]), at=at)
