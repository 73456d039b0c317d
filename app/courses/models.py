"""The catalogue: courses, their immutable versions and units, and readiness materials."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.courses.rules.durations import Duration
from app.courses.rules.retraining import Change as Change
from app.courses.rules.retraining import Retrain as Retrain
from app.kernel.database import Base, append_only, choice


class VersionState(StrEnum):
    PROPOSED = "proposed"
    PUBLISHED = "published"
    REJECTED = "rejected"


class UnitKind(StrEnum):
    LESSON = "lesson"
    QUIZ = "quiz"
    ATTESTATION = "attestation"


class Course(Base):
    """A course by its folder name, which never changes. `current_version_id` is what new registrations take."""

    __tablename__ = "course"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    current_version_id: Mapped[int | None] = mapped_column(ForeignKey("course_version.id", use_alter=True))
    created_at: Mapped[datetime]


class CourseVersion(Base):
    """One version, named by the hash of its content; `package` is that content, so that it can be read in ten years.

    Scores are parts of ten thousand. `assessment` is `Assessment.to_json()`: the questions with their key, which never
    leave the server. `attestation_statements` are mappings of id, html (safe, inline) and text (the exact words that are
    signed). `prerequisites` and `equivalents` are names of courses. What is valid for a time is so for `valid_months` and then
    `valid_days`; it can be renewed from `renew_days` before its end. `reminders` are days from the due date. What a new version
    asks of people who passed an older one (`change`, `retrain`, within `retrain_days`) is part of what a second person approves.
    Only its state and who published it when can change, and only from proposed.
    """

    __tablename__ = "course_version"
    __table_args__ = (
        UniqueConstraint("course_id", "content_hash"),
        CheckConstraint("mastery_score BETWEEN 0 AND 10000", name="mastery_score_is_a_share"),
        CheckConstraint("attempts_allowed >= 1", name="at_least_one_attempt_is_allowed"),
        CheckConstraint("(state = 'published') = (published_at IS NOT NULL)", name="published_versions_say_when"),
        CheckConstraint(
            "published_by_id IS NULL OR published_by_id <> proposed_by_id", name="nobody_publishes_their_own_draft"
        ),
        CheckConstraint("(retrain = 'nobody') = (retrain_days IS NULL)", name="retraining_has_a_term"),
        CheckConstraint("change = 'material' OR retrain = 'nobody'", name="only_a_material_change_retrains"),
        Index("ix_course_version_content_hash", "content_hash"),
        Index("ix_course_version_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    version: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(20))
    content_hash: Mapped[str] = mapped_column(String(64))
    package: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    title: Mapped[str]
    description: Mapped[str]
    overview_html: Mapped[str]
    minutes: Mapped[int]
    objectives: Mapped[dict[str, Any]]
    assessment: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    attestation_statements: Mapped[list[Any]]
    mastery_score: Mapped[int]
    attempts_allowed: Mapped[int]
    wait_seconds: Mapped[int]
    time_limit_seconds: Mapped[int | None]
    valid_months: Mapped[int | None]
    valid_days: Mapped[int | None]
    renew_days: Mapped[int | None]
    due_days: Mapped[int | None]
    reminders: Mapped[list[Any]] = mapped_column(default=list)
    prerequisites: Mapped[list[Any]] = mapped_column(default=list)
    equivalents: Mapped[list[Any]] = mapped_column(default=list)
    needs_confirmation: Mapped[bool] = mapped_column(default=False)
    move_on: Mapped[str] = mapped_column(String(40))
    gives_certificate: Mapped[bool]
    show_correct: Mapped[str] = mapped_column(String(10))
    change: Mapped[Change] = mapped_column(choice(Change, name="version_change_is_known"), default=Change.FIRST)
    retrain: Mapped[Retrain] = mapped_column(
        choice(Retrain, name="version_retraining_is_known"), default=Retrain.NOBODY
    )
    retrain_days: Mapped[int | None]
    state: Mapped[VersionState] = mapped_column(
        choice(VersionState, name="version_state_is_known"), default=VersionState.PROPOSED
    )
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]

    course: Mapped[Course] = relationship(foreign_keys=[course_id], lazy="raise_on_sql")
    units: Mapped[list["CourseUnit"]] = relationship(
        order_by="CourseUnit.position", lazy="raise_on_sql", back_populates="version"
    )

    @property
    def valid_for(self) -> Duration | None:
        """How long a pass counts; None where it does not lapse."""
        if self.valid_months is None and self.valid_days is None:
            return None
        return Duration(months=self.valid_months or 0, days=self.valid_days or 0)


append_only(
    CourseVersion.__table__,
    columns=(
        "course_id",
        "version",
        "language",
        "content_hash",
        "package",
        "title",
        "description",
        "overview_html",
        "minutes",
        "objectives",
        "assessment",
        "attestation_statements",
        "mastery_score",
        "attempts_allowed",
        "wait_seconds",
        "time_limit_seconds",
        "valid_months",
        "valid_days",
        "renew_days",
        "due_days",
        "reminders",
        "prerequisites",
        "equivalents",
        "needs_confirmation",
        "move_on",
        "gives_certificate",
        "show_correct",
        "proposed_by_id",
        "proposed_at",
    ),
)


class CourseUnit(Base):
    """One page of a version, rendered and cleaned when it was proposed; positions count from 1.

    A lesson's ungraded checks stand in `checks` with their key, in JSON of `question_to_json`; where each belongs in the
    text, `html` has a mark on which `rules.check_places.cut` cuts it. A quiz and an attestation have no text of their own.
    """

    __tablename__ = "course_unit"
    __table_args__ = (UniqueConstraint("version_id", "position"), UniqueConstraint("version_id", "slug"))

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    position: Mapped[int]
    slug: Mapped[str] = mapped_column(String(100))
    kind: Mapped[UnitKind] = mapped_column(choice(UnitKind, name="unit_kind_is_known"))
    title: Mapped[str]
    minutes: Mapped[int]
    words: Mapped[int]
    html: Mapped[str]
    checks: Mapped[list[Any]]

    version: Mapped[CourseVersion] = relationship(lazy="raise_on_sql", back_populates="units")


append_only(CourseUnit.__table__)


class CourseTranslation(Base):
    """A version in another language than its own: the same units, questions and statements by their ids, in other words."""

    __tablename__ = "course_translation"

    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(20), primary_key=True)
    title: Mapped[str]
    description: Mapped[str]
    overview_html: Mapped[str]
    objectives: Mapped[dict[str, Any]]
    assessment: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    attestation_statements: Mapped[list[Any]]


append_only(CourseTranslation.__table__)


class CourseUnitText(Base):
    """A unit in another language. A unit that is not translated has no row: it is shown in the course's own language, saying so."""

    __tablename__ = "course_unit_text"

    unit_id: Mapped[int] = mapped_column(ForeignKey("course_unit.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(20), primary_key=True)
    title: Mapped[str]
    minutes: Mapped[int]
    words: Mapped[int]
    html: Mapped[str]
    checks: Mapped[list[Any]]


append_only(CourseUnitText.__table__)


class CourseMedia(Base):
    """A picture or other file of a version, found by the hash in its address."""

    __tablename__ = "course_media"
    __table_args__ = (UniqueConstraint("version_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    path: Mapped[str]
    media_type: Mapped[str] = mapped_column(String(100))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


append_only(CourseMedia.__table__)


class ReadinessMaterial(Base):
    """A document to read: Markdown with its `html`, or a PDF as `document`. A changed text is a new row of the same slug.

    Receipts name the one that was read by its hash.
    """

    __tablename__ = "readiness_material"
    __table_args__ = (
        UniqueConstraint("slug", "content_hash"),
        CheckConstraint(
            "(media_type = 'application/pdf') = (document IS NOT NULL)", name="a_document_is_kept_where_there_is_one"
        ),
        Index("ix_readiness_material_slug", "slug"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(100))
    title: Mapped[str]
    summary: Mapped[str]
    language: Mapped[str] = mapped_column(String(20), default="en")
    media_type: Mapped[str] = mapped_column(String(100), default="text/markdown")
    document: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    source: Mapped[str] = mapped_column(deferred=True)
    html: Mapped[str] = mapped_column(deferred=True)
    minutes: Mapped[int]
    content_hash: Mapped[str] = mapped_column(String(64))
    published_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


append_only(
    ReadinessMaterial.__table__,
    columns=(
        "slug",
        "title",
        "media_type",
        "document",
        "source",
        "html",
        "content_hash",
        "published_by_id",
        "published_at",
    ),
)


class MaterialGrant(Base):
    """A representative gave a partner access to a material."""

    __tablename__ = "material_grant"
    __table_args__ = (
        UniqueConstraint("material_id", "partner_id"),
        Index("ix_material_grant_partner_id", "partner_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    material_id: Mapped[int] = mapped_column(ForeignKey("readiness_material.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    granted_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    granted_at: Mapped[datetime]


class MaterialReceipt(Base):
    """A person confirmed having read a material, this very text of it."""

    __tablename__ = "material_receipt"
    __table_args__ = (UniqueConstraint("material_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    material_id: Mapped[int] = mapped_column(ForeignKey("readiness_material.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))
    content_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


append_only(MaterialReceipt.__table__)


class MaterialRequest(Base):
    """A partner's person asked their representative for a material; granting it answers, and so does a refusal with its reason."""

    __tablename__ = "material_request"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="an_answered_request_says_by_whom"),
        CheckConstraint("refusal IS NULL OR answered_at IS NOT NULL", name="a_refused_request_was_answered"),
        Index(
            "one_open_request_a_material",
            "partner_id",
            "slug",
            unique=True,
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    slug: Mapped[str] = mapped_column(String(100))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    reason: Mapped[str]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    refusal: Mapped[str | None]


append_only(MaterialRequest.__table__, columns=("partner_id", "slug", "asked_by_id", "asked_at", "reason"))
