"""Questions about partners. `in_reach` is the one rule of whose partners an actor sees."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.orm import Session, joinedload

from app.access.policy import Actor, Role
from app.accounts.models import Person
from app.kernel.errors import NotFound
from app.partners.models import Authorization, CoveredPerson, Partner, Program, Representation

# Vendor staff whose work spans all partners. A representative who holds none of these sees own partners only.
_SEE_ALL = frozenset(
    {
        Role.COMPLIANCE_ANALYST,
        Role.COMPLIANCE_APPROVER,
        Role.FINANCE_ANALYST,
        Role.FINANCE_APPROVER,
        Role.APPEALS_REVIEWER,
        Role.AUDITOR,
        Role.ADMINISTRATOR,
    }
)


def sees_all(by: Actor) -> bool:
    return by.partner_id is None and bool(by.roles & _SEE_ALL)


def in_reach(by: Actor, partner_id: Any) -> ColumnElement[bool]:
    """The condition on a partner-id column that keeps a statement inside what the actor may see; false for everyone else."""
    if by.partner_id is not None:
        return partner_id == by.partner_id  # type: ignore[no-any-return]
    if sees_all(by):
        return true()
    if Role.ACCOUNT_REPRESENTATIVE in by.roles:
        own = select(Representation.partner_id).where(
            Representation.person_id == by.person_id, Representation.ended_on.is_(None)
        )
        return partner_id.in_(own)  # type: ignore[no-any-return]
    return false()


def load(session: Session, number: str, *, by: Actor) -> Partner:
    """A partner by its number, within the actor's reach; NotFound otherwise."""
    partner = session.scalar(select(Partner).where(Partner.number == number, in_reach(by, Partner.id)))
    if partner is None:
        raise NotFound
    return partner


def load_by_id(session: Session, partner_id: int, *, by: Actor) -> Partner:
    partner = session.scalar(select(Partner).where(Partner.id == partner_id, in_reach(by, Partner.id)))
    if partner is None:
        raise NotFound
    return partner


def partners(
    session: Session, *, by: Actor, search: str = "", after: str | None = None, limit: int = 50
) -> Sequence[Partner]:
    """Partners in reach by legal name, a page at a time; `after` is the number of the last one shown."""
    statement = select(Partner).where(in_reach(by, Partner.id)).order_by(Partner.legal_name, Partner.id).limit(limit)
    if search:
        statement = statement.where(
            Partner.legal_name.icontains(search, autoescape=True) | Partner.number.icontains(search, autoescape=True)
        )
    if after:
        last = session.scalar(select(Partner).where(Partner.number == after, in_reach(by, Partner.id)))
        if last is not None:
            statement = statement.where(
                (Partner.legal_name > last.legal_name)
                | ((Partner.legal_name == last.legal_name) & (Partner.id > last.id))
            )
    return session.scalars(statement).all()


def roster(session: Session, partner_id: int) -> Sequence[CoveredPerson]:
    """The partner's covered persons who have not left, by name, with their accounts."""
    return session.scalars(
        select(CoveredPerson)
        .join(Person, Person.id == CoveredPerson.person_id)
        .where(CoveredPerson.partner_id == partner_id, CoveredPerson.left_on.is_(None))
        .options(joinedload(CoveredPerson.person))
        .order_by(Person.name, CoveredPerson.id)
    ).all()


def authorizations(session: Session, partner_id: int) -> Sequence[Authorization]:
    return session.scalars(
        select(Authorization)
        .join(Program)
        .where(Authorization.partner_id == partner_id)
        .options(joinedload(Authorization.program))
        .order_by(Program.name)
    ).all()


def programs(session: Session) -> Sequence[Program]:
    return session.scalars(select(Program).order_by(Program.name)).all()


def program(session: Session, code: str) -> Program:
    found = session.scalar(select(Program).where(Program.code == code))
    if found is None:
        raise NotFound
    return found


def representatives(session: Session, partner_id: int) -> Sequence[Person]:
    """Whom the partner can ask: its current account representatives."""
    return session.scalars(
        select(Person)
        .join(Representation, Representation.person_id == Person.id)
        .where(Representation.partner_id == partner_id, Representation.ended_on.is_(None))
        .order_by(Person.name)
    ).all()
