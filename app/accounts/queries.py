"""Questions about people and sessions."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Role
from app.accounts.models import Credential, Invitation, Person, RoleGrant
from app.kernel.errors import NotFound


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


_person, _grant = Person.__table__, RoleGrant.__table__
_roles = (
    # A literal comma: as a bound value it would be written into the statement anew each time.
    select(func.aggregate_strings(_grant.c.role, literal_column("','")))  # type: ignore[arg-type]
    .where(_grant.c.person_id == _person.c.id, _grant.c.ended_at.is_(None))
    .correlate(_person)
    .scalar_subquery()
)


def actor_columns() -> tuple[object, ...]:
    """The columns from which an actor is made: for statements that fetch one along with something else.

    Columns of tables, not of mapped classes: the session is looked up with every request, and the ORM would double its cost.
    """
    return (
        _person.c.id,
        _person.c.name,
        _person.c.email,
        _person.c.partner_id,
        _person.c.theme,
        _person.c.time_zone,
        _roles.label("roles"),
    )


def roles_from(text: str | None) -> frozenset[Role]:
    return _role_sets.setdefault(text or "", frozenset(Role(value) for value in (text or "").split(",") if value))


_role_sets: dict[str, frozenset[Role]] = {}


def actor_of(session: Session, person_id: int, *, via: str) -> Actor:
    """An actor from fresh rows, for commands and the API. NotFound for the unknown and the deactivated."""
    row = session.execute(select(*actor_columns(), Person.deactivated_at).where(Person.id == person_id)).one_or_none()  # type: ignore[call-overload]
    if row is None or row.deactivated_at is not None:
        raise NotFound
    return Actor(
        row.id,
        row.name,
        row.email,
        roles_from(row.roles),
        row.partner_id,
        via=via,
        theme=str(row.theme),
        time_zone=row.time_zone,
    )


def actor_by_email(session: Session, email: str, *, via: str) -> Actor:
    """As `actor_of`, by address."""
    person_id = session.scalar(select(Person.id).where(Person.email == email.strip().lower()))
    if person_id is None:
        raise NotFound
    return actor_of(session, person_id, via=via)


def credential_for(session: Session, email: str) -> tuple[Person | None, Credential | None]:
    """The active person of an address and their credential, where they are."""
    row = session.execute(
        select(Person, Credential)
        .outerjoin(Credential, Credential.person_id == Person.id)
        .where(Person.email == email, Person.deactivated_at.is_(None))
    ).one_or_none()
    return (row[0], row[1]) if row else (None, None)


def invitation(session: Session, token: str, *, at: datetime) -> tuple[Invitation, Person]:
    """A usable invitation and whom it is for; NotFound for unknown, used and expired alike."""
    row = session.execute(
        select(Invitation, Person)
        .join(Person, Person.id == Invitation.person_id)
        .where(Invitation.token_digest == token_digest(token), Invitation.used_at.is_(None), Invitation.expires_at > at)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def names(session: Session, ids: Sequence[int | None]) -> dict[int, str]:
    """Names by person id, in one statement."""
    wanted = sorted({person_id for person_id in ids if person_id is not None})
    if not wanted:
        return {}
    return {row.id: row.name for row in session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))}


def roles_of(session: Session, person_id: int) -> frozenset[Role]:
    return frozenset(
        session.scalars(select(RoleGrant.role).where(RoleGrant.person_id == person_id, RoleGrant.ended_at.is_(None)))
    )


def people(
    session: Session, *, search: str = "", after: tuple[str, int] | None = None, limit: int = 50
) -> Sequence[Person]:
    """People by name, a page at a time; `after` is the (name, id) of the last one shown."""
    statement = select(Person).order_by(Person.name, Person.id).limit(limit)
    if search:
        like = f"%{search.lower()}%"
        statement = statement.where(func.lower(Person.name).like(like) | Person.email.like(like))
    if after:
        statement = statement.where((Person.name > after[0]) | ((Person.name == after[0]) & (Person.id > after[1])))
    return session.scalars(statement).all()
