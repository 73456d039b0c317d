"""Taking a certificate out of force, as in life: one proposes, another approves."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.certificates import services
from app.certificates.models import Certificate
from app.decisions import services as decisions
from app.kernel.clock import now


def revoke(
    opened: Callable[[], AbstractContextManager[Session]], certificate_id: int, *, proposer: Actor, approver: Actor
) -> None:
    with opened() as session:
        found = session.get_one(Certificate, certificate_id)
        asked = services.propose_revocation(session, found, reason="Issued in error.", by=proposer, at=now())
        current = services.revocation_content(session, certificate_id)
        decisions.decide(session, asked, approve=True, current=current, reason="", by=approver, at=now())
        services.revoke(session, certificate_id, by=approver, at=now())
