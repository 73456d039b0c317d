"""The zip file of a bundle, written piece by piece: never more than a few documents are in memory."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from app.certificates.models import Certificate, CertificateBundleItem
from app.certificates.queries import alteration, standing
from app.certificates.queries.standing import Standing
from app.certificates.rules.file_names import file_name
from app.certificates.rules.snapshot import ProgramCompletion, Snapshot
from app.kernel.delimited import csv_of, neutral
from app.learning.models import TrainingRecord
from app.partners.models import Partner

TABLE = "certificates.csv"
NO_LONGER_VALID = "no-longer-valid"
COLUMNS = (
    "number",
    "holder",
    "type",
    "course or case",
    "partner",
    "partner name",
    "issued on",
    "valid until",
    "standing",
    "file",
    "sha256",
    "note",
)
_AT_ONCE = 20
_MADE_ON_UNIX, _READABLE = 3, 0o100644 << 16
_NOT_MADE = "Not made yet: something in it can't be printed. The vendor's compliance team has been told."
_ALTERED = "Left out: what is stored is no longer what was issued. Tell the vendor's compliance team."


@dataclass
class Packed:
    """What is in the file, and what had to stay out of it."""

    files: int = 0
    not_made: int = 0
    altered: int = 0
    table: list[list[str]] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        said = [f"{self.files:,} certificate{'' if self.files == 1 else 's'} and a table of them."]
        if self.not_made:
            said.append(
                f"{self.not_made:,} could not be made yet; the table names {'it' if self.not_made == 1 else 'them'}."
            )
        if self.altered:
            said.append(
                f"{self.altered:,} left out, because what is stored is no longer what was issued: tell the compliance team."
            )
        return " ".join(said)


def pack(session: Session, bundle_id: int, file: BinaryIO, *, at: datetime) -> Packed:
    """Write every certificate of the bundle and the table to an open, empty file. PDFs are compressed already: they are stored.

    Those that don't count any more stand in a folder of their own. Order, names and dates are the same whenever it is packed.
    """
    packed = Packed()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for item, certificate in _things(session, bundle_id):
            if certificate is None:
                packed.not_made += 1
                packed.table.append(_line_of_record(session, item))
                continue
            packed.table.append(_put(archive, packed, certificate, at=at))
        archive.writestr(
            _entry(TABLE, at), csv_of(COLUMNS, [[neutral(cell) for cell in line] for line in packed.table])
        )
    return packed


def _things(session: Session, bundle_id: int) -> Iterator[tuple[CertificateBundleItem, Certificate | None]]:
    """Each item with its certificate, bytes and all, in order; a few at a time, and none is kept."""
    after = 0
    while True:
        items = session.scalars(
            select(CertificateBundleItem)
            .where(CertificateBundleItem.bundle_id == bundle_id, CertificateBundleItem.position > after)
            .order_by(CertificateBundleItem.position)
            .limit(_AT_ONCE)
        ).all()
        if not items:
            return
        made = _made_since(session, [one.training_record_id for one in items if one.training_record_id is not None])
        ids = {one.id: one.certificate_id or made.get(one.training_record_id or 0) for one in items}
        certificates = {
            one.id: one
            for one in session.scalars(
                select(Certificate)
                .options(undefer(Certificate.pdf))
                .where(Certificate.id.in_([found for found in ids.values() if found]))
            )
        }
        for item in items:
            yield item, certificates.get(ids[item.id] or 0)
        after = items[-1].position
        session.expunge_all()


def _made_since(session: Session, record_ids: list[int]) -> dict[int, int]:
    """The newest certificate of each training record that has got one since the bundle was asked for."""
    if not record_ids:
        return {}
    rows = session.execute(
        select(TrainingRecord.id, func.max(Certificate.id).label("certificate_id"))
        .join(Certificate, Certificate.registration_id == TrainingRecord.registration_id)
        .where(TrainingRecord.id.in_(record_ids))
        .group_by(TrainingRecord.id)
    )
    return {row.id: row.certificate_id for row in rows}


def _put(archive: zipfile.ZipFile, packed: Packed, certificate: Certificate, *, at: datetime) -> list[str]:
    """Store one document unless it was altered; its line of the table."""
    if alteration(certificate) is not None:
        packed.altered += 1
        issued = certificate.issued_at.astimezone(UTC).date().isoformat()
        return [certificate.number, "", certificate.kind.value, "", "", "", issued, "", "", "", "", _ALTERED]
    snapshot = Snapshot.from_canonical(certificate.snapshot.encode())
    completion = snapshot.completion
    about = completion.case_number if isinstance(completion, ProgramCompletion) else completion.course_title
    state = standing(certificate, at=at)
    name = file_name(snapshot.holder, about, snapshot.number)
    if state is not Standing.VALID:
        name = f"{NO_LONGER_VALID}/{name}"
    archive.writestr(_entry(name, certificate.issued_at), certificate.pdf)
    packed.files += 1
    return [
        snapshot.number,
        snapshot.holder,
        "program" if isinstance(completion, ProgramCompletion) else "course",
        about,
        snapshot.partner_number,
        snapshot.partner_name,
        snapshot.issued_on.isoformat(),
        snapshot.expires_on.isoformat() if snapshot.expires_on else "",
        state.value,
        name,
        certificate.pdf_digest,
        "",
    ]


def _line_of_record(session: Session, item: CertificateBundleItem) -> list[str]:
    record = session.get_one(TrainingRecord, item.training_record_id)
    partner = session.get_one(Partner, record.partner_id)
    facts = [record.person_name, "course", record.course_title, partner.number, record.partner_name]
    return ["", *facts, "", "", "", "", "", _NOT_MADE]


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    local = at.astimezone(UTC)
    entry = zipfile.ZipInfo(
        name, (max(local.year, 1980), local.month, local.day, local.hour, local.minute, local.second)
    )
    entry.create_system, entry.external_attr = _MADE_ON_UNIX, _READABLE
    return entry
