"""Who is in the story, at which partner, and what the vendor has published before it begins."""

from datetime import timedelta
from functools import cached_property

from app.access.policy import Role
from app.accounts.models import Person
from app.courses import services as courses
from app.courses.models import Course
from app.courses.rules.bundle import Bundle
from app.kernel.clock import now
from app.learning import services as learning
from app.learning.models import Origin
from app.partners.models import Partner, Program
from tests.courses.catalogue import Catalogue
from tests.ground.world import PASSWORD, InTransaction, World
from tests.journeys.course import CLAIMS, claims

MATERIAL = """---
title: What to expect from a remediation program
---

A remediation program is a plan of work with an end.

## Who does what

Your **compliance contact** runs the case. Everybody covered takes the courses.
"""


class Cast:
    """Halden Systems AG is the partner; nobody has done anything yet. Each person exists once somebody asks for them."""

    def __init__(self, world: World, in_transaction: InTransaction) -> None:
        self.world, self.in_transaction = world, in_transaction

    @cached_property
    def halden(self) -> Partner:
        return self.world.partner("Halden Systems AG", time_zone="Europe/Zurich", country="CH")

    @cached_property
    def cloud(self) -> Program:
        return self.world.program("CLOUD", enrolled=(self.halden,))

    @cached_property
    def device(self) -> Program:
        return self.world.program("DEVICE", enrolled=(self.halden,))

    # The vendor's people

    @cached_property
    def sam(self) -> Person:
        return self.world.analyst("Sam Okafor")

    @cached_property
    def jonas(self) -> Person:
        return self.world.analyst("Jonas Weber")

    @cached_property
    def priya(self) -> Person:
        """Approves for compliance, and could for finance: her own case keeps her from it."""
        return self.world.person("Priya Raman", Role.COMPLIANCE_APPROVER, Role.FINANCE_APPROVER)

    @cached_property
    def hana(self) -> Person:
        return self.world.finance_analyst("Hana Mori")

    @cached_property
    def luis(self) -> Person:
        return self.world.finance_approver("Luis Herrera")

    @cached_property
    def ines(self) -> Person:
        return self.world.representative("Ines Carvalho", self.halden)

    @cached_property
    def oskar(self) -> Person:
        return self.world.auditor("Oskar Nyberg")

    @cached_property
    def avery(self) -> Person:
        return self.world.author("Avery Quinn")

    @cached_property
    def mei(self) -> Person:
        return self.world.publisher("Mei Tanaka")

    # The partner's people

    @cached_property
    def nora(self) -> Person:
        return self.world.contact("Nora Keller", self.halden, password=PASSWORD)

    @cached_property
    def eva(self) -> Person:
        return self.world.executive("Eva Brunner", self.halden)

    @cached_property
    def felix(self) -> Person:
        return self.world.finance_viewer("Felix Frei", self.halden)

    @cached_property
    def grace(self) -> Person:
        return self.world.learner("Grace Huber", self.halden, password=PASSWORD)

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.in_transaction, self.world.actor(self.avery), self.world.actor(self.mei))

    def takes(self, *people: Person, bundle: Bundle | None = None, slug: str = CLAIMS) -> None:
        """A course is published where it isn't yet, and assigned to people of Halden."""
        version = self.catalogue.publish(bundle or claims(), slug=slug)
        actor = self.world.actor(self.ines)
        with self.in_transaction() as session:
            learning.assign(
                session,
                [person.id for person in people],
                session.get_one(Course, version.course_id),
                origin=Origin.REPRESENTATIVE,
                due_on=now().date() + timedelta(days=14),
                partner_id=self.halden.id,
                by=actor,
                at=now(),
            )

    def open_the_portal(self) -> None:
        """The partner in its two programs with its people and its representative; a course and a material, published."""
        assert all((self.cloud, self.device, self.ines, self.nora, self.eva, self.felix, self.grace))
        self.catalogue.publish(claims(), slug=CLAIMS)
        actor = self.world.actor(self.mei)
        with self.in_transaction() as session:
            courses.publish_material(session, "what-to-expect", "", MATERIAL, by=actor, at=now())
