"""Mails about certificates."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.certificates.models import BundleState, CertificateBundle
from app.certificates.services.bundles import KEPT_FOR
from app.notifications.letters.kinds import KindOfMail, Payload, the_person
from app.notifications.rendering import Letter, Recipient


def bundle_ready(session: Session, payload: Payload, to: Recipient, at: datetime) -> Letter | None:
    """The zip file that somebody asked for is there, or could not be written; nothing once it was thrown away."""
    bundle = session.get_one(CertificateBundle, int(payload["bundle_id"]))
    if bundle.finished_at is None or at >= bundle.finished_at + KEPT_FOR:
        return None
    values = {
        "ready": bundle.state is BundleState.READY,
        "title": bundle.title,
        "sentence": bundle.sentence,
        "until": bundle.finished_at + KEPT_FOR,
    }
    return Letter(to, "certificate_bundle_ready", f"/certificate-bundles/{bundle.id}", values)


MAILS = {"certificate_bundle_ready": KindOfMail(the_person, bundle_ready)}
