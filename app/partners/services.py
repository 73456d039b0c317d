"""Verbs about partners: their standing, who looks after them, and the roster that the compliance contact keeps."""

from datetime import date, datetime
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission, Role, holders
from app.accounts import services as accounts
from app.accounts.models import Person
from app.accounts.queries import roles_of
from app.accounts.rules import clean_email, clean_name
from app.audit import services as audit
from app.kernel.errors import Conflict, DomainError, NotFound, NotPermitted, RefusedAct, constraint_says
from app.partners.models import (
    Authorization,
    AuthorizationStatus,
    CoveredPerson,
    Location,
    Partner,
    Program,
    Representation,
    RosterCategory,
)

constraint_says("one_live_roster_line_a_person", "This person is on the roster already.", field="email")
constraint_says("uq_partner_number", "Another partner has this number.", field="number")
LONGEST_NAME = 200

constraint_says("uq_program_code", "Another program has this code.", field="code")


def _require(
    permission: Permission, action: str, subject: int | str, *, by: Actor, partner_id: int | None = None
) -> None:
    if by.person_id is not None and not by.may(permission):
        roles = tuple(role.label for role in holders(permission))
        act = RefusedAct(action, "partner", str(subject), partner_id)
        raise NotPermitted(f"Your role does not allow this. It takes: {', '.join(roles)}.", act, by=by, held_by=roles)


def create_partner(
    session: Session, number: str, legal_name: str, country: str, time_zone: str, *, by: Actor, at: datetime
) -> Partner:
    """A legal entity of the vendor's programs. `country` is ISO 3166 alpha-2, `time_zone` an IANA name."""
    _require(Permission.PARTNER_KEEP, "partner.created", number, by=by)
    if time_zone not in available_timezones():
        raise DomainError(f"“{time_zone}” is not a time zone. Use a name such as Europe/Lisbon.", field="time_zone")
    name = " ".join(legal_name.split())
    if not name:
        raise DomainError("Enter the partner's legal name.", field="legal_name")
    partner = Partner(number=number, legal_name=name, country=country.upper(), time_zone=time_zone, created_at=at)
    session.add(partner)
    session.flush()
    audit.record(session, "partner.created", "partner", partner.id, by=by, at=at, partner_id=partner.id)
    return partner


def correct_legal_name(
    session: Session, partner: Partner, legal_name: str, *, reason: str, by: Actor, at: datetime
) -> None:
    """From now on the partner is called so. What was issued or signed under the former name keeps it."""
    _require(Permission.PARTNER_KEEP, "partner.renamed", partner.id, by=by, partner_id=partner.id)
    session.refresh(partner, with_for_update=True)
    name = " ".join(legal_name.split())
    if not name or len(name) > LONGEST_NAME or not any(character.isalnum() for character in name):
        raise DomainError(
            f"Enter the legal name as the register has it, up to {LONGEST_NAME} characters.", field="legal_name"
        )
    if not reason.strip():
        raise DomainError("Say why, in a sentence that a later auditor will read.", field="reason")
    if name == partner.legal_name:
        raise DomainError("The partner is called so already. Nothing was changed.", field="legal_name")
    former, partner.legal_name = partner.legal_name, name
    session.flush()
    audit.record(
        session,
        "partner.renamed",
        "partner",
        partner.id,
        by=by,
        at=at,
        partner_id=partner.id,
        reason=reason.strip(),
        details={"old": former, "new": name},
    )


def create_location(session: Session, partner: Partner, code: str, name: str, *, by: Actor, at: datetime) -> Location:
    _require(Permission.PARTNER_KEEP, "location.created", partner.id, by=by, partner_id=partner.id)
    location = Location(partner_id=partner.id, code=code, name=name)
    session.add(location)
    session.flush()
    audit.record(session, "location.created", "location", location.id, by=by, at=at, partner_id=partner.id)
    return location


def create_program(session: Session, code: str, name: str, *, by: Actor, at: datetime) -> Program:
    _require(Permission.PARTNER_KEEP, "program.created", code, by=by)
    program = Program(code=code, name=name)
    session.add(program)
    session.flush()
    audit.record(session, "program.created", "program", program.id, by=by, at=at)
    return program


def authorize(
    session: Session,
    partner: Partner,
    program: Program,
    status: AuthorizationStatus,
    *,
    on: date,
    by: Actor,
    at: datetime,
) -> Authorization:
    """Set a partner's standing in a program; the earlier one is in the audit trail."""
    _require(Permission.PARTNER_KEEP, "authorization.changed", partner.id, by=by, partner_id=partner.id)
    found = session.scalar(
        select(Authorization)
        .where(Authorization.partner_id == partner.id, Authorization.program_id == program.id)
        .with_for_update()
    )
    earlier = found.status.value if found else None
    if found is None:
        found = Authorization(partner_id=partner.id, program_id=program.id, status=status, since=on)
        session.add(found)
    elif found.status is status:
        return found
    else:
        found.status, found.since = status, on
    session.flush()
    audit.record(
        session,
        "authorization.changed",
        "partner",
        partner.id,
        by=by,
        at=at,
        partner_id=partner.id,
        details={"program": program.code, "old": earlier, "new": status.value},
    )
    return found


def represent(
    session: Session, partner: Partner, person: Person, *, on: date, by: Actor, at: datetime
) -> Representation:
    """Make a person the partner's account representative from a day on."""
    _require(Permission.PARTNER_KEEP, "representation.started", partner.id, by=by, partner_id=partner.id)
    if Role.ACCOUNT_REPRESENTATIVE not in roles_of(session, person.id):
        raise DomainError("Give this person the role of account representative first.", field="person")
    made = Representation(person_id=person.id, partner_id=partner.id, started_on=on)
    session.add(made)
    session.flush()
    audit.record(
        session,
        "representation.started",
        "partner",
        partner.id,
        by=by,
        at=at,
        partner_id=partner.id,
        details={"person": person.id},
    )
    return made


def end_representation(
    session: Session, partner: Partner, person_id: int, *, on: date, by: Actor, at: datetime
) -> None:
    """From the next request on, the representative no longer sees the partner."""
    _require(Permission.PARTNER_KEEP, "representation.ended", partner.id, by=by, partner_id=partner.id)
    found = session.scalar(
        select(Representation).where(
            Representation.partner_id == partner.id,
            Representation.person_id == person_id,
            Representation.ended_on.is_(None),
        )
    )
    if found is None:
        raise NotFound
    found.ended_on = max(on, found.started_on)
    session.flush()
    audit.record(
        session,
        "representation.ended",
        "partner",
        partner.id,
        by=by,
        at=at,
        partner_id=partner.id,
        details={"person": person_id},
    )


def add_covered_person(
    session: Session,
    partner: Partner,
    name: str,
    email: str,
    category: RosterCategory,
    *,
    joined_on: date,
    by: Actor,
    at: datetime,
) -> CoveredPerson:
    """Put a person on the partner's roster; somebody without an account gets one, as a learner, and an invitation."""
    _require(Permission.ROSTER_KEEP, "covered-person.added", partner.id, by=by, partner_id=partner.id)
    if by.person_id is None:
        raise DomainError("The roster is kept by a person.")
    address = clean_email(email)
    person = session.scalar(select(Person).where(Person.email == address))
    if person is None:
        person = accounts.create_person(
            session,
            name,
            address,
            partner_id=partner.id,
            roles=frozenset({Role.LEARNER}),
            time_zone=partner.time_zone,
            by=by,
            at=at,
        )
        accounts.invite(session, person, by=by, at=at)
    elif person.partner_id != partner.id:
        raise Conflict(
            "This e-mail address can't be used here. Enter the person's address at your company.", field="email"
        )
    elif person.name != clean_name(name):
        raise DomainError(f"{address} belongs to {person.name}. Enter that name, or another address.", field="name")
    already = session.scalar(
        select(CoveredPerson.id).where(
            CoveredPerson.partner_id == partner.id,
            CoveredPerson.person_id == person.id,
            CoveredPerson.left_on.is_(None),
        )
    )
    if already is not None:
        raise Conflict("This person is on the roster already.", field="email")
    line = CoveredPerson(
        partner_id=partner.id,
        person_id=person.id,
        category=category,
        joined_on=joined_on,
        added_by_id=by.person_id,
        added_at=at,
    )
    session.add(line)
    session.flush()
    audit.record(
        session,
        "covered-person.added",
        "covered_person",
        line.id,
        by=by,
        at=at,
        partner_id=partner.id,
        details={"person": person.id, "category": category.value, "joined_on": joined_on.isoformat()},
    )
    return line


def line_of(session: Session, line_id: int, *, by: Actor) -> CoveredPerson:
    """A roster line of the actor's own partner, locked; NotFound otherwise."""
    line = session.scalar(
        select(CoveredPerson)
        .where(CoveredPerson.id == line_id, CoveredPerson.partner_id == by.partner_id, CoveredPerson.left_on.is_(None))
        .with_for_update()
    )
    if line is None:
        raise NotFound
    return line


def put_on_leave(
    session: Session,
    line: CoveredPerson,
    *,
    leave_from: date,
    leave_until: date | None,
    reason: str,
    by: Actor,
    at: datetime,
) -> None:
    """Note an absence: the person stays in scope and is listed by name as an exception while it lasts."""
    _require(Permission.ROSTER_KEEP, "covered-person.put-on-leave", line.id, by=by, partner_id=line.partner_id)
    if not reason.strip():
        raise DomainError(
            "Say what kind of leave it is, for example parental leave. Give no medical details.", field="reason"
        )
    if leave_until is not None and leave_until < leave_from:
        raise DomainError("The leave ends before it begins. Check the two dates.", field="leave_until")
    line.leave_from, line.leave_until, line.leave_reason = leave_from, leave_until, reason.strip()[:200]
    session.flush()
    audit.record(
        session,
        "covered-person.put-on-leave",
        "covered_person",
        line.id,
        by=by,
        at=at,
        partner_id=line.partner_id,
        details={"from": leave_from.isoformat(), "until": leave_until.isoformat() if leave_until else None},
    )


def end_leave(session: Session, line: CoveredPerson, *, by: Actor, at: datetime) -> None:
    _require(Permission.ROSTER_KEEP, "covered-person.returned", line.id, by=by, partner_id=line.partner_id)
    line.leave_from = line.leave_until = line.leave_reason = None
    session.flush()
    audit.record(
        session, "covered-person.returned", "covered_person", line.id, by=by, at=at, partner_id=line.partner_id
    )


def mark_left(session: Session, line: CoveredPerson, *, left_on: date, by: Actor, at: datetime) -> None:
    """The person left the scope; their line and what they did stay."""
    _require(Permission.ROSTER_KEEP, "covered-person.left", line.id, by=by, partner_id=line.partner_id)
    if left_on < line.joined_on:
        raise DomainError("The person can't leave before they joined. Check the date.", field="left_on")
    line.left_on = left_on
    session.flush()
    audit.record(
        session,
        "covered-person.left",
        "covered_person",
        line.id,
        by=by,
        at=at,
        partner_id=line.partner_id,
        details={"left_on": left_on.isoformat()},
    )
