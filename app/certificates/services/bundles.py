"""Many certificates as one zip file: ask for them, note how far it is, finish."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.access.policy import PORTAL, Actor, Permission
from app.audit import services as audit
from app.certificates.models import BundleState, CertificateBundle, CertificateBundleItem
from app.decisions.services import require
from app.kernel.database import serialize
from app.kernel.errors import Conflict, DomainError, RefusedAct
from app.kernel.storage import Stored
from app.outbox.services import enqueue

KIND = "certificate_bundle"
MOST = 5_000
KEPT_FOR = timedelta(days=14)
UNFINISHED = (BundleState.WAITING, BundleState.AT_WORK)


@dataclass(frozen=True)
class Asked:
    """What somebody wants the certificates of; None is any. Days are those on which they were issued, both included."""

    title: str
    partner_id: int | None = None
    course_id: int | None = None
    issued_from: date | None = None
    issued_until: date | None = None


def request_bundle(
    session: Session,
    asked: Asked,
    *,
    certificate_ids: Sequence[int],
    record_ids: Sequence[int],
    by: Actor,
    at: datetime,
) -> CertificateBundle:
    """Freeze what belongs to the bundle: certificates that were issued, and training records that have yet to get theirs.

    The caller has chosen both within the actor's reach. The worker goes on from here.
    """
    act = RefusedAct("certificate-bundle.requested", "certificate_bundle", "new", asked.partner_id)
    require(Permission.CERTIFICATE_BUNDLE, by=by, act=act)
    if by.person_id is None:
        raise DomainError("A zip file of certificates is asked for by a person.")
    total = len(certificate_ids) + len(record_ids)
    if total == 0:
        raise DomainError("There is no certificate that fits. Choose another partner, course or period.")
    if total > MOST:
        raise DomainError(
            f"These are more than {MOST:,} certificates. Choose one partner or course, or a shorter period."
        )
    serialize(session, f"certificate-bundles:{by.person_id}")
    same = session.scalar(
        select(CertificateBundle.id).where(
            CertificateBundle.requested_by_id == by.person_id,
            CertificateBundle.state.in_(UNFINISHED),
            CertificateBundle.partner_id.is_not_distinct_from(asked.partner_id),
            CertificateBundle.course_id.is_not_distinct_from(asked.course_id),
            CertificateBundle.issued_from.is_not_distinct_from(asked.issued_from),
            CertificateBundle.issued_until.is_not_distinct_from(asked.issued_until),
        )
    )
    if same is not None:
        raise Conflict("You asked for the very same a moment ago, and it is being made. You find it in your list.")
    bundle = CertificateBundle(
        title=asked.title,
        partner_id=asked.partner_id,
        course_id=asked.course_id,
        issued_from=asked.issued_from,
        issued_until=asked.issued_until,
        requested_by_id=by.person_id,
        requested_at=at,
        total=total,
    )
    session.add(bundle)
    session.flush()
    things = [("certificate_id", one) for one in certificate_ids] + [("training_record_id", one) for one in record_ids]
    session.execute(
        insert(CertificateBundleItem),
        [
            {
                "bundle_id": bundle.id,
                "position": position,
                "certificate_id": None,
                "training_record_id": None,
                name: one,
            }
            for position, (name, one) in enumerate(things, start=1)
        ],
    )
    _next_round(session, bundle, at=at)
    audit.record(
        session,
        "certificate-bundle.requested",
        "certificate_bundle",
        bundle.id,
        by=by,
        at=at,
        partner_id=asked.partner_id,
        details={"title": asked.title, "certificates": len(certificate_ids), "to_be_made": len(record_ids)},
    )
    return bundle


def note_progress(session: Session, bundle_id: int, *, start: int, made: int, at: datetime) -> bool:
    """The items after `start` up to `made` are dealt with, and the next round waits for a worker. False where somebody was quicker."""
    bundle = _locked(session, bundle_id)
    if bundle.state not in UNFINISHED or bundle.made != start or made <= start:
        return False
    bundle.made, bundle.state = made, BundleState.AT_WORK
    session.flush()
    _next_round(session, bundle, at=at)
    return True


def finish(session: Session, bundle_id: int, stored: Stored, sentence: str, *, at: datetime) -> bool:
    """The zip file is there; whoever asked is told by mail. False where it was finished before."""
    bundle = _locked(session, bundle_id)
    if bundle.state not in UNFINISHED:
        return False
    bundle.state, bundle.sentence, bundle.finished_at = BundleState.READY, sentence, at
    bundle.sha256, bundle.size = stored.sha256, stored.size
    _told(session, bundle, "certificate-bundle.finished", at=at)
    return True


def give_up(session: Session, bundle_id: int, *, at: datetime) -> None:
    """The worker has tried for the last time: whoever asked is told so, and can ask again."""
    bundle = _locked(session, bundle_id)
    if bundle.state not in UNFINISHED:
        return
    bundle.state, bundle.finished_at = BundleState.FAILED, at
    bundle.sentence = "The file could not be written, several times over a day. The portal’s administrator can see why. Ask again later."
    _told(session, bundle, "certificate-bundle.given-up", at=at)


def _locked(session: Session, bundle_id: int) -> CertificateBundle:
    return session.scalars(
        select(CertificateBundle)
        .where(CertificateBundle.id == bundle_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def round_key(bundle_id: int, start: int) -> str:
    """The outbox key of the round that deals with what comes after `start`; the last one packs."""
    return f"{KIND}:{bundle_id}:{start}"


def _next_round(session: Session, bundle: CertificateBundle, *, at: datetime) -> None:
    payload = {"bundle": bundle.id, "start": bundle.made}
    enqueue(session, KIND, round_key(bundle.id, bundle.made), payload, at=at)


def _told(session: Session, bundle: CertificateBundle, action: str, *, at: datetime) -> None:
    session.flush()
    payload = {"person_id": bundle.requested_by_id, "bundle_id": bundle.id}
    enqueue(session, "certificate_bundle_ready", f"certificate_bundle_ready:{bundle.id}", payload, at=at)
    audit.record(
        session,
        action,
        "certificate_bundle",
        bundle.id,
        by=PORTAL,
        at=at,
        partner_id=bundle.partner_id,
        details={"certificates": bundle.total, "sha256": bundle.sha256},
    )
