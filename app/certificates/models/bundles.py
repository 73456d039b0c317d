"""Many certificates asked for at once: what was asked for, how far the worker is, and the one archive that comes of it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Base, append_only, choice


class BundleState(StrEnum):
    WAITING = "waiting"
    AT_WORK = "at_work"
    READY = "ready"
    FAILED = "failed"


class CertificateBundle(Base):
    """The certificates of a partner or a course, as one zip file.

    What belongs to it is listed when it is asked for (`CertificateBundleItem`) and doesn't change. `made` counts the items
    that are dealt with; `sha256` and `size` are those of the finished file.
    """

    __tablename__ = "certificate_bundle"
    __table_args__ = (
        CheckConstraint("made >= 0 AND made <= total", name="a_bundle_has_made_no_more_than_its_total"),
        CheckConstraint("(state = 'ready') = (sha256 IS NOT NULL)", name="a_ready_bundle_has_its_file"),
        CheckConstraint("(sha256 IS NULL) = (size IS NULL)", name="a_bundles_file_has_a_size"),
        Index("ix_certificate_bundle_requested_by_id", "requested_by_id", "id"),
        Index("ix_certificate_bundle_partner_id", "partner_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"))
    issued_from: Mapped[date | None]
    issued_until: Mapped[date | None]
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    requested_at: Mapped[datetime]
    total: Mapped[int]
    made: Mapped[int] = mapped_column(default=0)
    state: Mapped[BundleState] = mapped_column(
        choice(BundleState, name="bundle_state_is_known"), default=BundleState.WAITING
    )
    sentence: Mapped[str | None]
    finished_at: Mapped[datetime | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int | None]


append_only(
    CertificateBundle.__table__,
    columns=(
        "title",
        "partner_id",
        "course_id",
        "issued_from",
        "issued_until",
        "requested_by_id",
        "requested_at",
        "total",
    ),
)


class CertificateBundleItem(Base):
    """One thing that belongs to a bundle: a certificate that was issued, or a training record that has yet to get its own."""

    __tablename__ = "certificate_bundle_item"
    __table_args__ = (
        UniqueConstraint("bundle_id", "position"),
        CheckConstraint("(certificate_id IS NULL) <> (training_record_id IS NULL)", name="an_item_names_one_thing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bundle_id: Mapped[int] = mapped_column(ForeignKey("certificate_bundle.id"))
    position: Mapped[int]
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"))
    training_record_id: Mapped[int | None] = mapped_column(ForeignKey("training_record.id"))


append_only(CertificateBundleItem.__table__)
