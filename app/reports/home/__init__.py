"""What a person should see first: the one next action, then what else waits for them, by what their roles let them do."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.remediation.rules.policy import Policy
from app.reports.home.partner_side import partners_home
from app.reports.home.shapes import SHOWN, Home, Item, Section
from app.reports.home.vendor_side import vendors_home

__all__ = ["SHOWN", "Home", "Item", "Section", "home"]


def home(session: Session, *, wanted: Sequence[str] = (), by: Actor, at: datetime, policy: Policy) -> Home:
    """The home page of an actor, who reads the `wanted` languages. `policy` is the one for new cases."""
    if by.partner_id is not None:
        return partners_home(session, by, at, wanted)
    return vendors_home(session, by, at, policy)
