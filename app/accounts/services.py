"""Verbs about people: create, grant, invite, sign in and out."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.access.policy import Actor, Role, Side
from app.accounts.models import Credential, Invitation, Person, RoleGrant, Theme, UserSession
from app.accounts.queries import invitation, roles_of, token_digest
from app.accounts.rules import clean_email, clean_name, wait_after
from app.audit import services as audit
from app.kernel.errors import Conflict, DomainError, NotFound, constraint_says
from app.outbox.services import enqueue

constraint_says("uq_person_email", "Somebody with this e-mail address already has an account.", field="email")

INVITATION_VALID = timedelta(hours=72)


def create_person(
    session: Session,
    name: str,
    email: str,
    *,
    partner_id: int | None,
    roles: frozenset[Role],
    by: Actor,
    at: datetime,
    job_title: str = "",
    time_zone: str = "UTC",
    is_demo: bool = False,
) -> Person:
    """A person with roles of their own side. Flushes; sends nothing: `invite` does."""
    person = Person(
        name=clean_name(name),
        email=clean_email(email),
        partner_id=partner_id,
        job_title=job_title.strip()[:120],
        time_zone=time_zone,
        created_at=at,
        is_demo=is_demo,
    )
    if session.scalar(select(Person.id).where(Person.email == person.email)) is not None:
        raise Conflict("Somebody with this e-mail address already has an account.", field="email")
    session.add(person)
    session.flush()
    audit.record(session, "person.created", "person", person.id, by=by, at=at, partner_id=partner_id)
    for role in sorted(roles):
        grant_role(session, person, role, by=by, at=at)
    return person


def grant_role(session: Session, person: Person, role: Role, *, by: Actor, at: datetime) -> None:
    """Give a role of the person's own side; a role that they already hold is left as it is."""
    if role.side is not (Side.VENDOR if person.partner_id is None else Side.PARTNER):
        raise DomainError(
            f"{role.label} is a role of the {role.side.value}'s side; this person is on the other.", field="roles"
        )
    if role in roles_of(session, person.id):
        return
    if by.person_id == person.id:
        raise DomainError("Nobody gives a role to themselves. Ask another administrator.", field="roles")
    session.add(RoleGrant(person_id=person.id, role=role, granted_by_id=by.person_id, granted_at=at))
    session.flush()
    audit.record(
        session,
        "role.granted",
        "person",
        person.id,
        by=by,
        at=at,
        partner_id=person.partner_id,
        details={"role": role.value},
    )


def end_role(session: Session, person: Person, role: Role, *, by: Actor, at: datetime) -> None:
    grant = session.scalar(
        select(RoleGrant).where(RoleGrant.person_id == person.id, RoleGrant.role == role, RoleGrant.ended_at.is_(None))
    )
    if grant is None:
        raise NotFound
    grant.ended_at, grant.ended_by_id = at, by.person_id
    end_sessions(session, person.id, at=at)
    session.flush()
    audit.record(
        session,
        "role.ended",
        "person",
        person.id,
        by=by,
        at=at,
        partner_id=person.partner_id,
        details={"role": role.value},
    )


def invite(session: Session, person: Person, *, by: Actor, at: datetime) -> str:
    """A one-time link's token, 72 hours valid; earlier unused ones end. The mail is an outbox row; the token is kept nowhere else in clear."""
    session.execute(
        update(Invitation).where(Invitation.person_id == person.id, Invitation.used_at.is_(None)).values(expires_at=at)
    )
    token = secrets.token_urlsafe(32)
    made = Invitation(
        person_id=person.id, token_digest=token_digest(token), created_at=at, expires_at=at + INVITATION_VALID
    )
    session.add(made)
    session.flush()
    enqueue(session, "invitation", f"invitation:{made.id}", {"person_id": person.id, "token": token}, at=at)
    audit.record(session, "invitation.sent", "person", person.id, by=by, at=at, partner_id=person.partner_id)
    return token


def accept_invitation(session: Session, token: str, password_hash: str, *, at: datetime) -> Person:
    """Set the first password with a one-time link. The second use is NotFound."""
    found, person = invitation(session, token, at=at)
    found.used_at = at
    set_password(session, person, password_hash, at=at)
    audit.record(
        session, "invitation.accepted", "person", person.id, by=_as(person), at=at, partner_id=person.partner_id
    )
    return person


def set_password(session: Session, person: Person, password_hash: str, *, at: datetime) -> None:
    """Keep a hash and end every open session of the person."""
    credential = session.get(Credential, person.id)
    if credential is None:
        session.add(Credential(person_id=person.id, password_hash=password_hash, changed_at=at))
    else:
        credential.password_hash, credential.changed_at, credential.failures, credential.failed_at = (
            password_hash,
            at,
            0,
            None,
        )
    end_sessions(session, person.id, at=at)
    session.flush()


def must_wait(credential: Credential | None, *, at: datetime) -> bool:
    """True while too many wrong passwords were tried on an account just now."""
    return bool(credential and credential.failed_at and at < credential.failed_at + wait_after(credential.failures))


def note_failure(session: Session, person_id: int, *, at: datetime) -> None:
    """Count a wrong password."""
    session.execute(
        update(Credential)
        .where(Credential.person_id == person_id)
        .values(failures=Credential.failures + 1, failed_at=at)
    )
    person = session.get_one(Person, person_id)
    audit.record(
        session,
        "sign-in.failed",
        "person",
        person_id,
        by=_as(person),
        at=at,
        partner_id=person.partner_id,
        outcome="refused",
        reason="Wrong password.",
    )


def open_session(
    session: Session, person: Person, *, at: datetime, hours: int, browser: str = "", rehashed: str | None = None
) -> str:
    """Sign in: a new server-side session; returns the token that only the browser keeps."""
    credential = session.get(Credential, person.id)
    if credential is not None:
        credential.failures, credential.failed_at = 0, None
        if rehashed:
            credential.password_hash = rehashed
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            token_digest=token_digest(token),
            person_id=person.id,
            created_at=at,
            seen_at=at,
            expires_at=at + timedelta(hours=hours),
            reauthenticated_at=None,
            browser=browser[:200],
        )
    )
    session.flush()
    audit.record(session, "session.opened", "person", person.id, by=_as(person), at=at, partner_id=person.partner_id)
    return token


def end_session(session: Session, digest: str, *, by: Actor, at: datetime) -> None:
    """Sign out, on the server: the token is worth nothing from now on."""
    session.execute(
        update(UserSession)
        .where(UserSession.token_digest == digest, UserSession.ended_at.is_(None))
        .values(ended_at=at)
    )
    audit.record(session, "session.ended", "person", by.person_id or 0, by=by, at=at, partner_id=by.partner_id)


def end_sessions(session: Session, person_id: int, *, at: datetime) -> None:
    session.execute(
        update(UserSession)
        .where(UserSession.person_id == person_id, UserSession.ended_at.is_(None))
        .values(ended_at=at)
    )


def deactivate(session: Session, person: Person, *, by: Actor, at: datetime) -> None:
    """Close an account; what the person did stays. Open sessions end with it."""
    if person.id == by.person_id:
        raise DomainError("Nobody closes their own account here. Ask another administrator.")
    person.deactivated_at = at
    end_sessions(session, person.id, at=at)
    session.flush()
    audit.record(session, "person.deactivated", "person", person.id, by=by, at=at, partner_id=person.partner_id)


def choose_theme(session: Session, person_id: int, theme: Theme) -> None:
    session.execute(update(Person).where(Person.id == person_id).values(theme=theme))


def _as(person: Person) -> Actor:
    return Actor(person.id, person.name, person.email, partner_id=person.partner_id)
