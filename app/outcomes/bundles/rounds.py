"""The worker's rounds: first the certificates that are still to be made, then the file. Each round is short and ends with a commit.

A worker that is killed loses the round in hand; the next one does it again. What was done before is not.
"""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.certificates.models import BundleState, CertificateBundle, CertificateBundleItem
from app.certificates.services import bundles as services
from app.kernel.clock import now
from app.outbox.models import OutboxRow, OutboxState
from app.outcomes import course_certificates
from app.outcomes.bundles.finding import Bundle, archives
from app.outcomes.bundles.packing import pack
from app.settings import Settings
from app.transactions import reading, transaction

AT_ONCE = 500
# A third of the lease under which the worker holds the row, so that a slow machine has time as well.
ROUND_SECONDS = 15.0


def carry_out(payload: Mapping[str, Any], *, settings: Settings, at: datetime) -> None:
    """The round that an outbox row names. Safe to repeat: a round that was done before, or is overtaken, changes nothing.

    Raises BeingWritten where another worker packs the very file, and KeyRefused where nothing can be signed.
    """
    bundle_id, start = int(payload["bundle"]), int(payload["start"])
    bundle = reading().get_one(CertificateBundle, bundle_id)
    if bundle.state not in services.UNFINISHED or bundle.made != start:
        return
    if start < bundle.total:
        _make_some(bundle_id, start, settings=settings, at=at)
    else:
        _write_file(bundle_id, settings=settings, at=at)


def _make_some(bundle_id: int, start: int, *, settings: Settings, at: datetime) -> None:
    """Make what the next items lack, each in a transaction of its own; one that can't be made becomes a task, and is passed by."""
    until = time.monotonic() + ROUND_SECONDS
    rows = (
        reading()
        .execute(
            select(CertificateBundleItem.position, CertificateBundleItem.training_record_id)
            .where(CertificateBundleItem.bundle_id == bundle_id, CertificateBundleItem.position > start)
            .order_by(CertificateBundleItem.position)
            .limit(AT_ONCE)
        )
        .all()
    )
    made = start
    for position, record_id in rows:
        if record_id is not None:
            course_certificates.carry_out(record_id, settings=settings, at=now())
        made = position
        if time.monotonic() > until:
            break
    with transaction() as session:
        services.note_progress(session, bundle_id, start=start, made=made, at=at)


def _write_file(bundle_id: int, *, settings: Settings, at: datetime) -> None:
    """Write the zip file beside its place, and put it there in the commit that says that it is ready."""
    with archives(settings).begin(bundle_id) as unfinished:
        packed = pack(reading(), bundle_id, unfinished.file, at=at)
        stored = unfinished.seal()
        with transaction() as session:
            if services.finish(session, bundle_id, stored, packed.sentence, at=at):
                unfinished.keep()


def tidy(*, settings: Settings, at: datetime) -> None:
    """Throw away files that were kept long enough and what killed workers left; give up what the outbox has given up."""
    kept = archives(settings)
    kept.sweep()
    session = reading()
    numbers = kept.numbers()
    rows = session.scalars(select(CertificateBundle).where(CertificateBundle.id.in_(numbers))).all() if numbers else []
    for row in rows:
        if row.state is BundleState.FAILED or (row.state is BundleState.READY and not Bundle(row, at).is_kept):
            kept.throw_away(row.id)
    unfinished = session.execute(
        select(CertificateBundle.id, CertificateBundle.made).where(CertificateBundle.state.in_(services.UNFINISHED))
    ).all()
    keys = {services.round_key(row.id, row.made): row.id for row in unfinished}
    if keys:
        dead = session.scalars(
            select(OutboxRow.key).where(OutboxRow.key.in_(keys), OutboxRow.state == OutboxState.DEAD)
        ).all()
        for key in dead:
            with transaction() as writing:
                services.give_up(writing, keys[key], at=at)
