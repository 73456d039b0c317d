"""A desk that issues course certificates as in life, as many as a test wants."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from itertools import count

from flask import Flask
from sqlalchemy.orm import Session

from app.access.policy import PORTAL, Role
from app.accounts.models import Person
from app.certificates import services
from app.certificates.credential.payload import Slot
from app.certificates.issuer import Issuer, issuer
from app.certificates.models import Certificate
from app.certificates.rules.snapshot import Locale, Snapshot
from app.certificates.services import Prepared
from app.kernel.clock import end_of_day, now
from app.learning.models import Registration, RegistrationState
from tests.certificates import two_people
from tests.certificates.specimens import COURSE
from tests.courses.catalogue import Catalogue
from tests.ground.loops import loop_set_aside
from tests.ground.world import World

Opened = Callable[[], AbstractContextManager[Session]]


def made(snapshot: Snapshot, pdf: bytes = b"%PDF") -> Prepared:
    """A certificate that says what it is told to; nobody signed it."""
    ends = end_of_day(snapshot.expires_on, "UTC") if snapshot.expires_on else None
    return Prepared(snapshot, pdf, "0" * 64, "none was signed", Slot(1_000, 0), ends)


class Desk:
    def __init__(self, app: Flask, world: World, in_transaction: Opened, reading: Opened) -> None:
        self._app, self._in_transaction, self._reading = app, in_transaction, reading
        self.partner = world.partner("Acme")
        self.learner = world.learner("Ada", self.partner)
        author, publisher = (world.actor(who) for who in (world.author(), world.publisher()))
        self._version = Catalogue(in_transaction, author, publisher).propose()
        self._analyst = world.actor(world.analyst("Jonas"))
        self._approver = world.actor(world.person("Priya", Role.COMPLIANCE_APPROVER))
        self._cycles = count(1)

    @property
    def issuer(self) -> Issuer:
        return issuer(self._app.config["SETTINGS"])

    def prepare(self, *, expires_on: date | None = None) -> Prepared:
        with loop_set_aside(), self._reading() as session:
            return services.prepare(
                session,
                COURSE,
                holder="Ada Lindqvist",
                partner_name="Acme",
                partner_number="P-1001",
                issued_on=now().date(),
                expires_on=expires_on or (now() + timedelta(days=365)).date(),
                time_zone=self.partner.time_zone,
                locale=Locale.ENGLISH,
                issuer=self.issuer,
                at=now(),
            )

    def keep(self, prepared: Prepared, *, person: Person | None = None) -> Certificate:
        """Issue what was prepared, for another cycle of the course."""
        person = person or self.learner
        with self._in_transaction() as session:
            registration = Registration(
                person_id=person.id,
                partner_id=self.partner.id,
                course_id=self._version.course_id,
                version_id=self._version.id,
                language=self._version.language,
                number=next(self._cycles),
                state=RegistrationState.PASSED,
                started_at=now(),
                finished_at=now(),
            )
            session.add(registration)
            session.flush()
            return services.issue(
                session,
                prepared,
                partner_id=self.partner.id,
                time_zone=self.partner.time_zone,
                person_id=person.id,
                registration_id=registration.id,
                by=PORTAL,
                at=now(),
            )

    def issue(self, **changes: date | None) -> Certificate:
        return self.keep(self.prepare(**changes))

    def revoke(self, certificate: Certificate) -> None:
        two_people.revoke(self._in_transaction, certificate.id, proposer=self._analyst, approver=self._approver)

    def supersede(self, old: Certificate, new: Certificate) -> None:
        """What a correction does with the old one."""
        with self._in_transaction() as session:
            services.give_way(session, old.id, to=new.number, reason="Misspelt.", by=self._approver, at=now())
