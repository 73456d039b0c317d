"""Mails about readiness materials that a partner asked for."""

from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.courses.models import MaterialRequest
from app.courses.queries import current_text
from app.notifications.letters.kinds import KindOfMail, Payload, the_person
from app.notifications.letters.training import partners_representatives
from app.notifications.rendering import Letter, Recipient
from app.partners.models import Partner


def _request(session: Session, payload: Payload) -> Row[MaterialRequest, str, str, str] | None:
    return session.execute(
        select(MaterialRequest, Person.name, Partner.legal_name, Partner.number)
        .join(Person, Person.id == MaterialRequest.asked_by_id)
        .join(Partner, Partner.id == MaterialRequest.partner_id)
        .where(MaterialRequest.id == int(payload["request_id"]))
    ).one_or_none()


def requested(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """A partner asks for a material; nothing once somebody has answered, or where the material is read no more."""
    row = _request(session, payload)
    if row is None or row.MaterialRequest.answered_at is not None:
        return None
    material = current_text(session, row.MaterialRequest.slug)
    if material is None:
        return None
    words = {
        "person": row.name,
        "partner": row.legal_name,
        "material": material.title,
        "reason": row.MaterialRequest.reason,
    }
    return Letter(to, "material_requested", f"/partners/{row.number}/materials", words)


def answered(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """The answer to a request: where to read it, or why not."""
    row = _request(session, payload)
    if row is None or row.MaterialRequest.answered_at is None:
        return None
    material = current_text(session, row.MaterialRequest.slug)
    if material is None:
        return None
    refusal = row.MaterialRequest.refusal
    path = "/materials" if refusal else f"/materials/{material.id}"
    return Letter(to, "material_answered", path, {"material": material.title, "refusal": refusal})


MAILS = {
    "material_requested": KindOfMail(partners_representatives, requested),
    "material_answered": KindOfMail(the_person, answered),
}
