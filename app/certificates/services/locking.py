"""A certificate's row, fresh and held until the transaction ends: whoever changes what becomes of it waits here."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certificates.models import Certificate
from app.kernel.errors import NotFound


def lock(session: Session, certificate_id: int) -> Certificate:
    """Raises NotFound where there is none."""
    locked = session.scalar(
        select(Certificate)
        .where(Certificate.id == certificate_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if locked is None:
        raise NotFound
    return locked
