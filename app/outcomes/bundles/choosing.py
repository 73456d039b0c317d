"""Which certificates somebody means, within what they may see."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.certificates.models import Certificate, CertificateBundle
from app.certificates.services.bundles import MOST, Asked, request_bundle
from app.courses.models import CourseVersion
from app.kernel.clock import day_in, end_of_day
from app.kernel.errors import DomainError
from app.learning.models import Registration, TrainingRecord
from app.outcomes.course_certificates import without_certificate
from app.partners.models import Partner
from app.partners.queries import in_reach, sees_all
from app.web.filters import day


@dataclass(frozen=True)
class Wish:
    """Whose certificates, of which course, issued when; None is any. Days are the partner's, both included."""

    partner: Partner | None = None
    course: CourseVersion | None = None
    issued_from: date | None = None
    issued_until: date | None = None


@dataclass(frozen=True)
class Found:
    """How many fit: issued, and earned but still to be made. Counting stops above the most that one file may hold."""

    issued: int
    to_be_made: int

    @property
    def total(self) -> int:
        return self.issued + self.to_be_made

    @property
    def too_many(self) -> bool:
        return self.total > MOST


def count(session: Session, wish: Wish, *, by: Actor, at: datetime) -> Found:
    """What a bundle would hold if it were asked for now."""
    found = [
        session.scalar(select(func.count()).select_from(statement.limit(MOST + 1).subquery())) or 0
        for statement in (_issued(session, wish, by), _to_be_made(session, wish, by, at))
    ]
    return Found(*found)


def request(session: Session, wish: Wish, *, by: Actor, at: datetime) -> CertificateBundle:
    """Ask for the bundle: what belongs to it is read here, in the transaction that freezes it."""
    if wish.issued_from and wish.issued_until and wish.issued_from > wish.issued_until:
        raise DomainError("The first day comes after the last one. Exchange them.", field="issued_until")
    certificate_ids = session.scalars(_issued(session, wish, by).limit(MOST + 1)).all()
    record_ids = session.scalars(_to_be_made(session, wish, by, at).limit(MOST + 1)).all()
    asked = Asked(
        _title(wish, by),
        wish.partner.id if wish.partner else None,
        wish.course.course_id if wish.course else None,
        wish.issued_from,
        wish.issued_until,
    )
    return request_bundle(session, asked, certificate_ids=certificate_ids, record_ids=record_ids, by=by, at=at)


def _title(wish: Wish, by: Actor) -> str:
    everybody = by.organization if by.partner_id else "All partners" if sees_all(by) else "All your partners"
    whose = wish.partner.legal_name if wish.partner else everybody
    parts = [whose, *([wish.course.title] if wish.course else [])]
    if wish.issued_from or wish.issued_until:
        first = f"from {day(wish.issued_from)}" if wish.issued_from else ""
        last = f"until {day(wish.issued_until)}" if wish.issued_until else ""
        parts.append(f"issued {first} {last}".replace("  ", " ").strip())
    return ", ".join(parts)


def _issued(session: Session, wish: Wish, by: Actor) -> Select[int]:
    """Ids of issued certificates, revoked and expired ones included. A partner's contact gets the company's own, not people's."""
    statement = (
        select(Certificate.id)
        .join(Partner, Partner.id == Certificate.partner_id)
        .where(in_reach(by, Certificate.partner_id), _issued_within(session, wish))
        .order_by(Certificate.id)
    )
    if by.partner_id is not None:
        statement = statement.where(Certificate.person_id.is_(None))
    if wish.partner is not None:
        statement = statement.where(Certificate.partner_id == wish.partner.id)
    if wish.course is not None:
        statement = statement.join(Registration, Registration.id == Certificate.registration_id).where(
            Registration.course_id == wish.course.course_id
        )
    return statement


def _issued_within(session: Session, wish: Wish) -> ColumnElement[bool]:
    """Days begin and end where the partner is: one condition a time zone, of which few are in use."""
    if wish.issued_from is None and wish.issued_until is None:
        return true()
    conditions = []
    for zone in _zones(session):
        there = [Partner.time_zone == zone]
        if wish.issued_from is not None:
            there.append(Certificate.issued_at > end_of_day(wish.issued_from - timedelta(days=1), zone))
        if wish.issued_until is not None:
            there.append(Certificate.issued_at < end_of_day(wish.issued_until, zone) + timedelta(seconds=1))
        conditions.append(and_(*there))
    return or_(false(), *conditions)


def _to_be_made(session: Session, wish: Wish, by: Actor, at: datetime) -> Select[int]:
    """Ids of training records that have earned a certificate and have none; it would be issued today."""
    statement = without_certificate().where(in_reach(by, TrainingRecord.partner_id))
    if by.partner_id is not None:
        return statement.where(false())
    if wish.partner is not None:
        statement = statement.where(TrainingRecord.partner_id == wish.partner.id)
    if wish.course is not None:
        statement = statement.where(TrainingRecord.course_id == wish.course.course_id)
    if wish.issued_from is not None or wish.issued_until is not None:
        today_fits = [
            zone
            for zone in _zones(session)
            if (wish.issued_from or date.min) <= day_in(zone, at) <= (wish.issued_until or date.max)
        ]
        statement = statement.join(Partner, Partner.id == TrainingRecord.partner_id).where(
            Partner.time_zone.in_(today_fits)
        )
    return statement


def _zones(session: Session) -> list[str]:
    return list(session.scalars(select(Partner.time_zone).distinct().order_by(Partner.time_zone)))
