"""The vendor's partners: who they are, where, what they may sell, who looks after them, who is covered by a program."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.kernel.database import Base, choice


class AuthorizationStatus(StrEnum):
    ACTIVE = "active"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class RosterCategory(StrEnum):
    SALES = "sales"
    MARKETING = "marketing"
    FINANCE = "finance"
    MANAGEMENT = "management"
    AGENT = "agent"
    OTHER = "other"


class Partner(Base):
    """A legal entity in the vendor's programs. `number` is how people and files name it."""

    __tablename__ = "partner"
    __table_args__ = (CheckConstraint("length(country) = 2", name="countries_are_two_letters"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    legal_name: Mapped[str]
    country: Mapped[str] = mapped_column(String(2))
    time_zone: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class Location(Base):
    """A place of business of a partner; holds and earnings may be scoped to one."""

    __tablename__ = "location"
    __table_args__ = (UniqueConstraint("partner_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str]


class Program(Base):
    """An incentive program of the vendor, named by a short code in files."""

    __tablename__ = "program"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str]


class Authorization(Base):
    """What a partner may sell in: its standing in one program. A restriction never locks it out of remediation."""

    __tablename__ = "authorization"
    __table_args__ = (UniqueConstraint("partner_id", "program_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    status: Mapped[AuthorizationStatus] = mapped_column(
        choice(AuthorizationStatus, name="authorization_status_is_known"), default=AuthorizationStatus.ACTIVE
    )
    since: Mapped[date]

    program: Mapped[Program] = relationship(lazy="raise_on_sql")


class Representation(Base):
    """An account representative looks after a partner, from a day on, until a day."""

    __tablename__ = "representation"
    __table_args__ = (
        Index(
            "one_live_representation_a_pair",
            "person_id",
            "partner_id",
            unique=True,
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
        Index("ix_representation_partner_id", "partner_id"),
        CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="representations_end_after_they_start"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    started_on: Mapped[date]
    ended_on: Mapped[date | None]


class CoveredPerson(Base):
    """One line of the roster: a person in scope of the partner's remediation, with category and dates."""

    __tablename__ = "covered_person"
    __table_args__ = (
        Index(
            "one_live_roster_line_a_person",
            "partner_id",
            "person_id",
            unique=True,
            sqlite_where=text("left_on IS NULL"),
            postgresql_where=text("left_on IS NULL"),
        ),
        CheckConstraint("left_on IS NULL OR left_on >= joined_on", name="covered_people_leave_after_they_join"),
        CheckConstraint("(leave_from IS NULL) = (leave_reason IS NULL)", name="leave_has_a_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    category: Mapped[RosterCategory] = mapped_column(choice(RosterCategory, name="roster_category_is_known"))
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    leave_from: Mapped[date | None]
    leave_until: Mapped[date | None]
    leave_reason: Mapped[str | None]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]

    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="raise_on_sql")
