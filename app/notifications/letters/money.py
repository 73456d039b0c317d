"""Mails about released money, to the partner's people who may see it. Amounts stay behind the sign-in."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Role
from app.incentives.models import ReleaseOrder
from app.notifications import recipients
from app.notifications.letters.kinds import KindOfMail, Payload
from app.notifications.rendering import Letter, Recipient
from app.remediation.models import RemediationCase


def may_see_the_money(session: Session, payload: Payload) -> Sequence[int]:
    return recipients.of_partner(
        session, payload["partner_id"], Role.COMPLIANCE_CONTACT, Role.EXECUTIVE, Role.FINANCE_VIEWER
    )


def release_paid(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    row = session.execute(
        select(ReleaseOrder.number, ReleaseOrder.settled_at, RemediationCase.number.label("case"))
        .join(RemediationCase, RemediationCase.id == ReleaseOrder.case_id)
        .where(ReleaseOrder.id == int(payload["order_id"]), ReleaseOrder.settled_at.is_not(None))
    ).one_or_none()
    if row is None:
        return None
    values = {"order": row.number, "case": row.case, "settled_at": row.settled_at}
    return Letter(to, "release_paid", "/incentives/own", values, thread=row.case)


MAILS = {"release_paid": KindOfMail(may_see_the_money, release_paid)}
