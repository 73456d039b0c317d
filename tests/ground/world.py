"""A small world to tell stories in: partners, programs, people, made through the portal's own services.

acme = world.partner("Acme")              Ada and Grace work there
ada = world.learner("Ada", acme)          a Person; `world.actor(ada)` acts as her
sam = world.analyst("Sam")                Mallory belongs to another partner
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Role
from app.accounts import passwords
from app.accounts import queries as account_queries
from app.accounts import services as accounts
from app.accounts.models import Person
from app.kernel.clock import now
from app.partners import queries as partner_queries
from app.partners import services as partners
from app.partners.models import AuthorizationStatus, CoveredPerson, Partner, Program, RosterCategory

PASSWORD = "correct horse battery staple"
BUILDER = Actor(person_id=None, name="The test", via="test")

InTransaction = Callable[[], AbstractContextManager[Session]]


class World:
    """Makes what a story needs, once asked for; what was made is committed."""

    def __init__(self, in_transaction: InTransaction, reading: InTransaction) -> None:
        self._in_transaction = in_transaction
        self._reading = reading

    def partner(self, name: str = "Acme", *, time_zone: str = "Europe/Berlin", country: str = "DE") -> Partner:
        with self._in_transaction() as session:
            count = session.scalar(select(func.count()).select_from(Partner)) or 0
            return partners.create_partner(session, f"P-{1001 + count}", name, country, time_zone, by=BUILDER, at=now())

    def program(self, code: str = "CLOUD", *, enrolled: tuple[Partner, ...] = ()) -> Program:
        with self._in_transaction() as session:
            made = session.scalar(select(Program).where(Program.code == code))
            if made is None:
                made = partners.create_program(session, code, f"{code.capitalize()} incentives", by=BUILDER, at=now())
            for partner in enrolled:
                partners.authorize(
                    session, partner, made, AuthorizationStatus.ACTIVE, on=date(2025, 1, 1), by=BUILDER, at=now()
                )
            return made

    def person(self, name: str, *roles: Role, partner: Partner | None = None, password: str | None = None) -> Person:
        """A person with roles; with `password` they can sign in and sign (`PASSWORD` is a good one)."""
        hashed = passwords.hash_password(password, "test") if password else None
        with self._in_transaction() as session:
            made = accounts.create_person(
                session,
                name,
                f"{name.split()[0].lower()}@{(partner.number.lower() if partner else 'vendor')}.example",
                partner_id=partner.id if partner else None,
                roles=frozenset(roles),
                by=BUILDER,
                at=now(),
            )
            if hashed:
                accounts.set_password(session, made, hashed, at=now())
            return made

    def learner(self, name: str, partner: Partner, *, password: str | None = None) -> Person:
        return self.person(name, Role.LEARNER, partner=partner, password=password)

    def contact(self, name: str, partner: Partner, *, password: str | None = None) -> Person:
        return self.person(name, Role.COMPLIANCE_CONTACT, partner=partner, password=password)

    def executive(self, name: str, partner: Partner, *, password: str | None = PASSWORD) -> Person:
        return self.person(name, Role.EXECUTIVE, partner=partner, password=password)

    def finance_viewer(self, name: str, partner: Partner) -> Person:
        return self.person(name, Role.FINANCE_VIEWER, partner=partner)

    def analyst(self, name: str = "Sam") -> Person:
        return self.person(name, Role.COMPLIANCE_ANALYST)

    def approver(self, name: str = "Priya") -> Person:
        return self.person(name, Role.COMPLIANCE_APPROVER)

    def finance_analyst(self, name: str = "Hana") -> Person:
        return self.person(name, Role.FINANCE_ANALYST)

    def finance_approver(self, name: str = "Luis") -> Person:
        return self.person(name, Role.FINANCE_APPROVER)

    def author(self, name: str = "Avery") -> Person:
        return self.person(name, Role.CONTENT_AUTHOR)

    def publisher(self, name: str = "Mei") -> Person:
        return self.person(name, Role.CONTENT_APPROVER)

    def auditor(self, name: str = "Oskar") -> Person:
        return self.person(name, Role.AUDITOR)

    def administrator(self, name: str = "Ruth") -> Person:
        return self.person(name, Role.ADMINISTRATOR)

    def representative(self, name: str, *of: Partner) -> Person:
        """An account representative of the given partners."""
        made = self.person(name, Role.ACCOUNT_REPRESENTATIVE)
        with self._in_transaction() as session:
            for partner in of:
                partners.represent(session, partner, made, on=date(2025, 1, 1), by=BUILDER, at=now())
        return made

    def covered(self, name: str, partner: Partner, *, by: Person) -> CoveredPerson:
        """A line of the roster, added by the partner's compliance contact."""
        actor = self.actor(by)
        with self._in_transaction() as session:
            line = partners.add_covered_person(
                session,
                partner,
                name,
                f"{name.split()[0].lower()}@{partner.number.lower()}.example",
                RosterCategory.SALES,
                joined_on=date(2025, 1, 1),
                by=actor,
                at=now(),
            )
            session.refresh(line, ["person"])
            return line

    def actor(self, person: Person, *, via: str = "web") -> Actor:
        """The person as they would act now, with fresh roles."""
        with self._reading() as session:
            return account_queries.actor_of(session, person.id, via=via)

    def roster(self, partner: Partner) -> list[Person]:
        with self._reading() as session:
            return [line.person for line in partner_queries.roster(session, partner.id)]


@pytest.fixture
def world(app: Flask, in_transaction: InTransaction, reading: InTransaction) -> World:
    """Partners, programs and people, made when asked for."""
    return World(in_transaction, reading)
