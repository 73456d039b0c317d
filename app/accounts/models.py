"""People, how they prove who they are, and the sessions they have open."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.access.policy import Role
from app.kernel.database import Base, choice


class Theme(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Person(Base):
    """A human being with one account. Partner people belong to one partner; vendor staff to none. Never deleted, never reused.

    `language` is the one that they last chose to learn in; None before they chose one.
    """

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="emails_are_lower_case"),
        CheckConstraint("length(trim(name)) > 0", name="people_have_a_name"),
        Index("ix_person_partner_id_name", "partner_id", "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))
    job_title: Mapped[str] = mapped_column(default="")
    theme: Mapped[Theme] = mapped_column(choice(Theme, name="theme_is_known"), default=Theme.SYSTEM)
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    language: Mapped[str | None] = mapped_column(String(20))
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    deactivated_at: Mapped[datetime | None]


class RoleGrant(Base):
    """One role held by one person, from whom and since when. Ended, not deleted."""

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="an_ended_role_says_who_ended_it"),
        Index(
            "one_live_grant_a_role",
            "person_id",
            "role",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[Role] = mapped_column(choice(Role, name="role_is_known"))
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    granted_at: Mapped[datetime]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]


class Credential(Base):
    """A person's password, as an Argon2id hash with its parameters."""

    __tablename__ = "credential"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    password_hash: Mapped[str]
    changed_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
    failed_at: Mapped[datetime | None]


class UserSession(Base):
    """A signed-in browser. Only the SHA-256 of its token is kept; it ends at sign-out, on the server."""

    __tablename__ = "user_session"
    __table_args__ = (Index("ix_user_session_person_id", "person_id"),)

    token_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reauthenticated_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(String(200), default="")


class Invitation(Base):
    """A one-time link to set a password; only the SHA-256 of its token is kept. Opening it changes nothing; using it does."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("token_digest"), Index("ix_invitation_person_id", "person_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    token_digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
