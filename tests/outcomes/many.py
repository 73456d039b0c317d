"""Many certificates at once: copies of one training record, with stored documents of any size and no real ink."""

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, insert, inspect, select
from sqlalchemy.orm import Session

from app.certificates.models import Certificate
from app.certificates.rules.numbers import new_number
from app.certificates.rules.snapshot import CertificateKind
from app.learning.models import Registration, TrainingRecord
from app.partners.models import Partner
from tests.certificates import specimens

FORMER_NAMES = ("Ada Byron", "=cmd|' /C calc'!A0", "../../etc/passwd", "يوسف حداد", "山田 花子", "…")


def graduates(session: Session, like: int, count: int, *, partner: Partner | None = None) -> list[int]:
    """So many training records of earned certificates, each of a registration of its own, copied from one; their ids."""
    first = session.get_one(TrainingRecord, like)
    registration = session.get_one(Registration, first.registration_id)
    taken = session.scalar(
        select(func.max(Registration.number)).where(
            Registration.person_id == registration.person_id, Registration.course_id == registration.course_id
        )
    )
    shared = _values(registration, "id", "number")
    numbers = range(taken + 1, taken + 1 + count)
    session.execute(
        insert(Registration),
        [{**shared, "number": number, **({"partner_id": partner.id} if partner else {})} for number in numbers],
    )
    ids = session.scalars(
        select(Registration.id).where(
            Registration.person_id == registration.person_id, Registration.number.in_(numbers)
        )
    ).all()
    record = {**_values(first, "id"), "score": None, "attempt_id": None}
    if partner:
        record.update(partner_id=partner.id, partner_name=partner.legal_name)
    session.execute(insert(TrainingRecord), [{**record, "registration_id": one} for one in sorted(ids)])
    return list(
        session.scalars(
            select(TrainingRecord.id).where(TrainingRecord.registration_id.in_(ids)).order_by(TrainingRecord.id)
        )
    )


def certify(session: Session, record_ids: list[int], *, octets: int, at: datetime, names=("Ada Byron",)) -> list[str]:
    """A certificate for each record whose stored document is so many bytes of noise; their numbers."""
    rows: list[dict[str, object]] = []
    taken = session.scalar(select(func.count(Certificate.id)))
    for place, record in enumerate(
        session.scalars(select(TrainingRecord).where(TrainingRecord.id.in_(record_ids)).order_by(TrainingRecord.id))
    ):
        number = new_number(secrets.token_bytes(10))
        snapshot = replace(specimens.course(), number=number, holder=names[place % len(names)])
        pdf = secrets.token_bytes(octets)
        rows.append(
            {
                "number": number,
                "kind": CertificateKind.COURSE_COMPLETION,
                "partner_id": record.partner_id,
                "person_id": record.person_id,
                "registration_id": record.registration_id,
                "training_record_id": record.id,
                # A list of their own, so that no place is taken that a real one may get.
                "status_list": 1_000,
                "status_index": taken + place,
                "credential": "none was signed",
                "snapshot": snapshot.canonical().decode(),
                "snapshot_digest": snapshot.digest(),
                "pdf": pdf,
                "pdf_digest": hashlib.sha256(pdf).hexdigest(),
                "signing_key": "0" * 64,
                "issued_at": at,
            }
        )
        if len(rows) == 50:
            session.execute(insert(Certificate), rows)
            rows = []
    if rows:
        session.execute(insert(Certificate), rows)
    return list(
        session.scalars(
            select(Certificate.number)
            .join(TrainingRecord, TrainingRecord.registration_id == Certificate.registration_id)
            .where(TrainingRecord.id.in_(record_ids))
            .order_by(Certificate.id)
        )
    )


def _values(row: object, *without: str) -> dict[str, object]:
    return {
        column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs if column.key not in without
    }
