"""The bundles that somebody asked for, and the folder that holds their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import false, or_, select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.certificates.models import BundleState, Certificate, CertificateBundle, CertificateBundleItem
from app.certificates.services.bundles import KEPT_FOR, UNFINISHED
from app.kernel.archives import Archives
from app.kernel.errors import NotFound
from app.learning.models import TrainingRecord
from app.partners.queries import in_reach, sees_all
from app.settings import Settings

PAGE = 50


@dataclass(frozen=True)
class Bundle:
    """A bundle as its pages show it."""

    row: CertificateBundle
    at: datetime

    @property
    def is_kept(self) -> bool:
        """Whether its file can still be fetched."""
        return self.row.state is BundleState.READY and self.kept_until is not None and self.at < self.kept_until

    @property
    def kept_until(self) -> datetime | None:
        return self.row.finished_at + KEPT_FOR if self.row.finished_at else None

    @property
    def is_unfinished(self) -> bool:
        return self.row.state in UNFINISHED


def archives(settings: Settings) -> Archives:
    return Archives(settings.data_folder / "bundles")


def bundles(
    session: Session, *, by: Actor, at: datetime, after: int | None = None, limit: int = PAGE + 1
) -> Sequence[Bundle]:
    """The actor's own, newest first, a page at a time; `after` is the key of the last one shown."""
    statement = (
        select(CertificateBundle)
        .where(CertificateBundle.requested_by_id == by.person_id)
        .order_by(CertificateBundle.id.desc())
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(CertificateBundle.id < after)
    return [Bundle(row, at) for row in session.scalars(statement)]


def bundle(session: Session, bundle_id: int, *, by: Actor, at: datetime) -> Bundle:
    """A bundle of whoever asked for it, as long as all of it is in their reach; NotFound for anybody else, and then."""
    found = session.scalar(
        select(CertificateBundle).where(
            CertificateBundle.id == bundle_id, CertificateBundle.requested_by_id == by.person_id
        )
    )
    if found is None or _has_left_reach(session, bundle_id, by):
        raise NotFound
    return Bundle(found, at)


def _has_left_reach(session: Session, bundle_id: int, by: Actor) -> bool:
    """Somebody no longer looks after a partner, or has another post: what they collected before is closed to them too."""
    if sees_all(by):
        return False
    outside = or_(
        ~in_reach(by, Certificate.partner_id),
        ~in_reach(by, TrainingRecord.partner_id),
        Certificate.person_id.is_not(None) if by.partner_id is not None else false(),
    )
    found = session.scalar(
        select(CertificateBundleItem.id)
        .outerjoin(Certificate, Certificate.id == CertificateBundleItem.certificate_id)
        .outerjoin(TrainingRecord, TrainingRecord.id == CertificateBundleItem.training_record_id)
        .where(CertificateBundleItem.bundle_id == bundle_id, outside)
        .limit(1)
    )
    return found is not None
