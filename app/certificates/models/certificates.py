"""Certificates as they were issued: snapshot, stored bytes, digests. Revoked or superseded, never edited or deleted."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.certificates.credential.status import BITS
from app.certificates.rules.snapshot import CertificateKind
from app.kernel.database import Base, append_only, choice

_LIVE = text("revoked_at IS NULL AND superseded_at IS NULL")
_ENDED = text("revoked_at IS NOT NULL OR superseded_at IS NOT NULL")


class Certificate(Base):
    """One issued certificate. `snapshot` is the canonical JSON that was printed, `pdf` the signed bytes that every download serves.

    `credential` is the same certificate as a signed Open Badges 3.0 credential; bit `status_index` of status list
    `status_list` says whether it was revoked or superseded.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'program_completion') = (case_id IS NOT NULL)", name="a_program_certificate_names_its_case"
        ),
        CheckConstraint(
            "(kind = 'course_completion') = (registration_id IS NOT NULL)",
            name="a_course_certificate_names_its_registration",
        ),
        CheckConstraint(
            "determination_id IS NULL OR kind = 'program_completion'",
            name="only_a_program_certificate_names_a_determination",
        ),
        CheckConstraint(
            "training_record_id IS NULL OR kind = 'course_completion'",
            name="only_a_course_certificate_names_a_training_record",
        ),
        CheckConstraint(
            "(superseded_at IS NULL) = (superseded_by_number IS NULL)",
            name="a_superseded_certificate_names_the_newer_one",
        ),
        CheckConstraint(
            "superseded_by_number IS NULL OR superseded_by_number <> number", name="no_certificate_supersedes_itself"
        ),
        CheckConstraint(
            f"status_index >= 0 AND status_index < {BITS}", name="a_certificate_has_a_place_in_its_status_list"
        ),
        CheckConstraint("status_list > 0", name="status_lists_are_counted_from_one"),
        UniqueConstraint("status_list", "status_index", name="one_certificate_a_place_in_a_status_list"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL)", name="a_revocation_says_by_whom"),
        CheckConstraint("(revoked_at IS NULL) = (revocation_reason IS NULL)", name="a_revocation_says_why"),
        Index("one_live_certificate_a_case", "case_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index(
            "one_live_certificate_a_registration",
            "registration_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index(
            "ix_certificate_ended",
            "status_list",
            "status_index",
            sqlite_where=_ENDED,
            postgresql_where=_ENDED,
        ),
        Index("ix_certificate_partner_id", "partner_id"),
        Index("ix_certificate_person_id", "person_id"),
        Index("ix_certificate_pdf_digest", "pdf_digest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(19), unique=True)
    kind: Mapped[CertificateKind] = mapped_column(choice(CertificateKind, name="certificate_kind_is_known"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("remediation_case.id"))
    determination_id: Mapped[int | None] = mapped_column(ForeignKey("determination.id"))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"))
    training_record_id: Mapped[int | None] = mapped_column(ForeignKey("training_record.id"), unique=True)
    snapshot: Mapped[str]
    snapshot_digest: Mapped[str] = mapped_column(String(64))
    pdf: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    pdf_digest: Mapped[str] = mapped_column(String(64))
    signing_key: Mapped[str] = mapped_column(String(64))
    credential: Mapped[str] = mapped_column(deferred=True)
    status_list: Mapped[int]
    status_index: Mapped[int]
    timestamped_at: Mapped[datetime | None]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    issued_at: Mapped[datetime]
    expires_on: Mapped[date | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revocation_reason: Mapped[str | None]
    superseded_at: Mapped[datetime | None]
    # The old one gives up its place before the new one can take it, so the name is checked when both are written.
    superseded_by_number: Mapped[str | None] = mapped_column(
        String(19), ForeignKey("certificate.number", deferrable=True, initially="DEFERRED")
    )


append_only(
    Certificate.__table__,
    columns=(
        "number",
        "kind",
        "partner_id",
        "person_id",
        "case_id",
        "determination_id",
        "registration_id",
        "training_record_id",
        "snapshot",
        "snapshot_digest",
        "pdf",
        "pdf_digest",
        "signing_key",
        "credential",
        "status_list",
        "status_index",
        "timestamped_at",
        "issued_by_id",
        "issued_at",
        "expires_on",
        "expires_at",
    ),
)
