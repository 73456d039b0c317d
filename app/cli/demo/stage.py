"""The stage: who acts, when, in which transaction, and what is told of it. Every act goes through the portal's own services."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.accounts import passwords, queries
from app.accounts.models import Credential, Person
from app.accounts.rules import Reauthentication
from app.certificates.issuer import Issuer, issuer, signing_key
from app.certificates.queries import key_of_case
from app.cli.demo.cast import PASSWORD, STAFF, Player
from app.kernel.clock import now, stopped_at
from app.outcomes import course_certificates
from app.partners.models import Partner
from app.settings import Settings
from app.transactions import reading, transaction

Say = Callable[[str, str], None]


class Stage:
    """Acts in order. `say(who, what)` is told of each one that was committed."""

    def __init__(self, settings: Settings, say: Say) -> None:
        self.settings = settings
        self.say = say

    def staff(self, key: str) -> Player:
        return STAFF[key]

    def actor(self, player: Player) -> Actor:
        """The player with the roles they have now."""
        return queries.actor_by_email(reading(), player.email, via="command")

    @contextmanager
    def act(self, player: Player, what: str) -> Iterator[tuple[Session, Actor, datetime]]:
        """One act of one person in one transaction: yields the session, the actor and the instant."""
        with transaction() as session:
            yield session, queries.actor_by_email(session, player.email, via="command"), now()
        self.say(player.name, what)

    def prove(self, player: Player) -> Reauthentication:
        """Enter the password again, as a signature asks; checked against the stored hash."""
        row = (
            reading()
            .execute(
                select(Person.id, Credential.password_hash)
                .join(Credential, Credential.person_id == Person.id)
                .where(Person.email == player.email)
            )
            .one()
        )
        right, _ = passwords.verify(PASSWORD, row.password_hash, self.settings.hashing_cost)
        if not right:
            raise RuntimeError(f"{player.name}'s demo password was changed; the demo can't sign for them.")
        return Reauthentication(row.id, now())

    def certify(self, record_id: int) -> None:
        """Issue the course certificate that a training record earned, as the worker does."""
        number = course_certificates.carry_out(record_id, settings=self.settings, at=now())
        if number is not None:
            self.say("Good Standing", f"issues course certificate {number}")

    @property
    def issuer(self) -> Issuer:
        return issuer(self.settings)

    def open_issuer(self) -> None:
        """Make the signing key now, where there is none."""
        signing_key(self.settings)

    def key_of(self, session: Session, case_id: int) -> str:
        """The number of the case's program completion certificate."""
        found = key_of_case(session, case_id)
        if found is None:
            raise RuntimeError("The case has no certificate yet.")
        return found.number

    @contextmanager
    def day(self, start: datetime, days: int, hour: int = 9) -> Iterator[None]:
        """Hold the clock at a working hour, `days` after `start`; never in the future of the real clock's instant given."""
        with stopped_at(start.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=days)):
            yield


def partner_of(session: Session, number: str) -> Partner:
    return session.scalars(select(Partner).where(Partner.number == number)).one()
