"""Mails about accounts."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.models import Person
from app.kernel.errors import NotFound
from app.notifications.letters.kinds import KindOfMail, Payload, the_person
from app.notifications.rendering import Letter, Recipient
from app.partners.models import Partner


def invitation(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """The one-time link; nothing once it was used, has run out, or was replaced by a newer one."""
    try:
        invited, _ = accounts.invitation(session, payload["token"], at=at)
    except NotFound:
        return None
    organization = session.scalar(
        select(Partner.legal_name).join(Person, Person.partner_id == Partner.id).where(Person.id == to.person_id)
    )
    return Letter(
        to,
        "invitation",
        f"/invitations/{payload['token']}",
        {"organization": organization, "expires_at": invited.expires_at},
    )


MAILS = {"invitation": KindOfMail(the_person, invitation, secret=("token",))}
