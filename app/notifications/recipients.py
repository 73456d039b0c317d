"""Who gets a mail: active people, by id, by partner and role, or as a partner's representatives."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.access.policy import Role
from app.accounts.models import Person, RoleGrant
from app.notifications.rendering import Recipient
from app.partners.models import Representation


def person(session: Session, person_id: int) -> Recipient | None:
    """Somebody by id; None once the account is closed."""
    found = session.get(Person, person_id)
    if found is None or found.deactivated_at is not None:
        return None
    return Recipient(found.id, found.name, found.email, found.time_zone)


def of_partner(session: Session, partner_id: int, *roles: Role) -> Sequence[int]:
    """The ids of a partner's active people who hold one of the roles."""
    return session.scalars(_holding(roles).where(Person.partner_id == partner_id)).all()


def of_vendor(session: Session, *roles: Role) -> Sequence[int]:
    """The ids of the vendor's active people who hold one of the roles."""
    return session.scalars(_holding(roles).where(Person.partner_id.is_(None))).all()


def _holding(roles: Sequence[Role]) -> Select[int]:
    return (
        select(Person.id)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(Person.deactivated_at.is_(None), RoleGrant.role.in_(roles), RoleGrant.ended_at.is_(None))
        .distinct()
        .order_by(Person.id)
    )


def representatives(session: Session, partner_id: int) -> Sequence[int]:
    """The ids of the account representatives who look after a partner now."""
    return session.scalars(
        select(Person.id)
        .join(Representation, Representation.person_id == Person.id)
        .where(
            Representation.partner_id == partner_id,
            Representation.ended_on.is_(None),
            Person.deactivated_at.is_(None),
        )
        .order_by(Person.id)
    ).all()
