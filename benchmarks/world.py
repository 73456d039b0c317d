"""The world that is measured: made by the portal's own services, in a database that is thrown away afterwards.

A representative looks after 20 partners, whose people have 10,000 assignments in every state. Apart from those stand
learners who read, answer and look at their tasks again and again, and learners who open each lesson for the first time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import cycle

from flask import Flask, g, session
from flask_migrate import upgrade
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from app.access.policy import Actor, Role
from app.accounts import queries as account_queries
from app.accounts import services as accounts
from app.accounts.models import Person
from app.accounts.rules import Reauthentication
from app.courses import services as courses
from app.courses.models import Course, CourseVersion
from app.courses.rules.grading import Paper
from app.courses.rules.preparation import prepare
from app.courses.rules.roots import sources
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind
from app.kernel.clock import now
from app.learning import services as learning
from app.learning.models import Assignment, Origin, Registration
from app.learning.queries import content
from app.outcomes import course_certificates, decisions
from app.partners import services as partners
from app.partners.models import Partner
from app.settings import Settings
from app.transactions import reading, transaction

BUILDER = Actor(person_id=None, name="The benchmark", via="command")

LISTED = 10_000
PARTNERS = 20
READERS = 24
ANSWERING = 24
CERTIFIED = 6


class DatabaseInUse(RuntimeError):
    """The database holds something: it is not one to fill and throw away."""


@dataclass(frozen=True)
class Browser:
    """Somebody signed in: what their browser sends along."""

    cookie: str
    csrf_token: str


@dataclass(frozen=True)
class Asked:
    """A question on somebody's paper: its id, the form's field for it, the ids of its options."""

    question_id: str
    field: str
    options: Sequence[str]


@dataclass
class World:
    """What there is to ask for."""

    representative: Browser
    readers: list[tuple[Browser, int, Sequence[int]]] = field(default_factory=list)
    """Who has opened every lesson of a registration: browser, registration, positions of its lessons."""
    newcomers: list[tuple[Browser, int, Sequence[int]]] = field(default_factory=list)
    """As readers, but nothing is opened yet."""
    answering: list[tuple[Browser, int, Sequence[Asked]]] = field(default_factory=list)
    """Who is in a quiz: browser, attempt, and the questions of which one option is chosen."""
    learners: list[Browser] = field(default_factory=list)
    """Who has tasks: some begun, some not, some done."""
    certificates: list[str] = field(default_factory=list)
    """Numbers of valid certificates."""
    record_id: int = 0
    """A training record with a certificate."""


def furnish(*, lessons_to_open: int) -> tuple[Flask, World]:
    """The portal of the environment's settings, on a database with its tables and a world in it. Raises where people are in it already."""
    app = create_app()
    with app.app_context():
        upgrade()
        if reading().scalar(select(Person.id).limit(1)) is not None:
            raise DatabaseInUse("This database has people in it. Name an empty one: the benchmark fills it.")
        return app, Builder(app, lessons_to_open=lessons_to_open).build()


def furnish_courses(settings: Settings) -> Flask:
    """The portal on an empty database with its tables, our courses published in it, and nobody to take them."""
    app = create_app(settings)
    with app.app_context():
        upgrade()
        Builder(app, lessons_to_open=0).publish_courses()
    return app


class Builder:
    def __init__(self, app: Flask, *, lessons_to_open: int) -> None:
        self.app: Flask = app
        self.settings: Settings = app.config["SETTINGS"]
        self.lessons_to_open = lessons_to_open
        self.due = now().date()

    def build(self) -> World:
        """Everything, in this app's context. The database has its tables and is empty."""
        author = self._staff("Avery Quinn", Role.CONTENT_AUTHOR)
        publisher = self._staff("Mei Tanaka", Role.CONTENT_APPROVER)
        representative = self._staff("Ines Carvalho", Role.ACCOUNT_REPRESENTATIVE)
        self.representative = self._actor(representative)
        self._publish(self._actor(author), self._actor(publisher))
        world = World(self._browser(representative))
        own = [self._partner(number, representative) for number in range(1, PARTNERS + 1)]
        self._list(own)
        other = self._partner(PARTNERS + 1, self._staff("Tomas Lindqvist", Role.ACCOUNT_REPRESENTATIVE))
        self._busy(other, world)
        self._newcomers(other, world)
        return world

    def publish_courses(self) -> None:
        """Only the courses, by an author and a publisher."""
        author, publisher = (
            self._staff("Avery Quinn", Role.CONTENT_AUTHOR),
            self._staff("Mei Tanaka", Role.CONTENT_APPROVER),
        )
        self._publish(self._actor(author), self._actor(publisher))

    # People

    def _staff(self, name: str, *roles: Role) -> int:
        with transaction() as session:
            email = f"{name.split()[0].lower()}@vendor.example"
            return accounts.create_person(
                session, name, email, partner_id=None, roles=frozenset(roles), by=BUILDER, at=now()
            ).id

    def _learners(self, session: Session, partner: Partner, count: int, word: str) -> list[int]:
        return [
            accounts.create_person(
                session,
                f"{word} {number} van der Berg",
                f"{word.lower()}.{number}@{partner.number.lower()}.example",
                partner_id=partner.id,
                roles=frozenset({Role.LEARNER}),
                time_zone=partner.time_zone,
                by=BUILDER,
                at=now(),
            ).id
            for number in range(1, count + 1)
        ]

    def _actor(self, person_id: int) -> Actor:
        return account_queries.actor_of(reading(), person_id, via="web")

    def _browser(self, person_id: int) -> Browser:
        """A session as sign-in opens it, and the cookie and token that a browser then has."""
        with transaction() as db_session:
            token = accounts.open_session(
                db_session, db_session.get_one(Person, person_id), at=now(), hours=self.settings.session_hours
            )
        with self.app.test_request_context(base_url=self.settings.base_url):
            g.pop("csrf_token", None)  # the builder's own context keeps the one made before
            session["_user_id"], session["_fresh"] = token, True
            csrf_token = generate_csrf()
            response = self.app.response_class()
            self.app.session_interface.save_session(self.app, session, response)
        return Browser(response.headers["Set-Cookie"].split(";")[0], csrf_token)

    # Partners and courses

    def _partner(self, number: int, representative: int) -> Partner:
        zone = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Europe/London")[number % 4]
        with transaction() as session:
            partner = partners.create_partner(
                session, f"P-{1000 + number}", f"Partner {number} Trading GmbH", "DE", zone, by=BUILDER, at=now()
            )
            person = session.get_one(Person, representative)
            partners.represent(session, partner, person, on=date(2025, 1, 1), by=BUILDER, at=now())
        return partner

    def _publish(self, author: Actor, publisher: Actor) -> None:
        prepared = [prepare(one.slug, one.read()) for one in sources([self.settings.courses_folder])]
        with transaction() as session:
            for one in prepared:
                courses.propose_version(session, one, reason="To be measured.", by=author, at=now())
        waiting = reading().scalars(
            select(Decision.id).where(
                Decision.kind == DecisionKind.COURSE_PUBLICATION, Decision.state == DecisionState.PROPOSED
            )
        )
        decision_ids = waiting.all()
        with transaction() as session:
            for decision_id in decision_ids:
                decisions.decide(session, decision_id, approve=True, reason="Read.", by=publisher, at=now())
        self.outlines = {
            version.course_id: content.outline(reading(), (version.id, version.content_hash))
            for version in reading().scalars(select(CourseVersion))
        }

    def _assign(
        self, session: Session, partner: Partner, people: Sequence[int], course_ids: Sequence[int], *, due_in: int
    ) -> list[Assignment]:
        wanted = [session.get_one(Course, course_id) for course_id in course_ids]
        made = learning.assign_courses(
            session,
            people,
            wanted,
            origin=Origin.REPRESENTATIVE,
            due_on=self.due + timedelta(days=due_in),
            partner_id=partner.id,
            by=BUILDER,
            at=now(),
        )
        return [assignment for assigned in made.values() for assignment in assigned.made]

    # What the staff's list shows

    def _list(self, own: Sequence[Partner]) -> None:
        """10,000 assignments, due on different days; every ninth is begun, with one lesson read."""
        course_ids = list(self.outlines)
        whole, rest = divmod(LISTED // len(own), len(course_ids))
        for partner in own:
            with transaction() as session:
                people = self._learners(session, partner, whole + bool(rest), "Robin")
                made = []
                for start in range(0, whole, 14):
                    group = people[start : min(start + 14, whole)]
                    made += self._assign(session, partner, group, course_ids, due_in=2 + start)
                if rest:
                    made += self._assign(session, partner, people[whole:], course_ids[:rest], due_in=1)
                for assignment in made[::9]:
                    by = Actor(assignment.person_id, "Robin", partner_id=partner.id)
                    begun = learning.start(session, assignment, by=by, at=now())
                    learning.complete_unit(session, begun.id, 1, by=by, at=now())

    # Those who are measured

    def _busy(self, partner: Partner, world: World) -> None:
        """Readers, people in a quiz, and people who are done with one course."""
        course_ids = list(self.outlines)
        with transaction() as session:
            people = self._learners(session, partner, READERS + ANSWERING + CERTIFIED, "Ada")
            made = self._assign(session, partner, people, course_ids, due_in=10)
            of: dict[int, list[Assignment]] = {}
            for assignment in made:
                of.setdefault(assignment.person_id, []).append(assignment)
        readers, rest = people[:READERS], people[READERS:]
        answering, certified = rest[:ANSWERING], rest[ANSWERING:]
        for person_id, turn in zip(readers, cycle(range(len(course_ids)))):
            browser = self._browser(person_id)
            registration_id, lessons = self._read(of[person_id][turn], complete=3)
            world.readers.append((browser, registration_id, lessons))
            world.learners.append(browser)
        for person_id, turn in zip(answering, cycle(range(len(course_ids)))):
            registration_id, lessons = self._read(of[person_id][turn], complete=99)
            attempt_id, questions = self._begin_quiz(person_id, partner, registration_id)
            world.answering.append((self._browser(person_id), attempt_id, questions))
        for person_id, turn in zip(certified, cycle(range(len(course_ids)))):
            registration_id, lessons = self._read(of[person_id][turn], complete=99)
            world.record_id = self._finish(person_id, partner, registration_id)
            number = course_certificates.carry_out(world.record_id, settings=self.settings, at=now())
            if number is None:
                raise RuntimeError("The certificate of a new training record was there already.")
            world.certificates.append(number)
            world.learners.append(self._browser(person_id))

    def _read(self, assignment: Assignment, *, complete: int) -> tuple[int, Sequence[int]]:
        """Every lesson opened, the first `complete` of them read to the end."""
        by = Actor(assignment.person_id, "Ada", partner_id=assignment.partner_id)
        with transaction() as session:
            registration = learning.start(session, session.get_one(Assignment, assignment.id), by=by, at=now())
            lessons = [unit.position for unit in self.outlines[registration.course_id].lessons]
            for position in lessons:
                learning.view_unit(session, registration.id, position, by=by, at=now())
            for position in lessons[:complete]:
                learning.complete_unit(session, registration.id, position, by=by, at=now())
            return registration.id, lessons

    def _begin_quiz(self, person_id: int, partner: Partner, registration_id: int) -> tuple[int, Sequence[Asked]]:
        by = Actor(person_id, "Ada", partner_id=partner.id)
        with transaction() as session:
            attempt = learning.start_attempt(session, registration_id, by=by, at=now())
            asked = Paper.from_json(attempt.paper).questions
            questions = [
                Asked(shown.id, shown.field, [option.id for option in shown.options])
                for shown in asked
                if shown.kind == "single"
            ]
            return attempt.id, questions

    def _finish(self, person_id: int, partner: Partner, registration_id: int) -> int:
        """Answer all, hand in, sign; the training record."""
        by = Actor(person_id, "Ada", partner_id=partner.id)
        with transaction() as session:
            attempt = learning.start_attempt(session, registration_id, by=by, at=now())
            registration = session.get_one(Registration, registration_id)
            version = session.get_one(CourseVersion, registration.version_id)
            key = content.assessment(session, (version.id, version.content_hash))
            for question_id in Paper.from_json(attempt.paper).question_ids:
                question = key.question(question_id)
                if question is None:
                    raise RuntimeError(f"{question_id} is on the paper but not in the course.")
                learning.save_answer(session, attempt.id, question_id, question.right_response(), by=by, at=now())
            record = learning.submit_attempt(session, attempt.id, by=by, at=now()).record
            if record is None:
                at = now()
                record = learning.attest(session, registration_id, Reauthentication(person_id, at), by=by, at=at)
            if record is None:
                raise RuntimeError("A finished course gave no training record.")
            return record.id

    def _newcomers(self, partner: Partner, world: World) -> None:
        """As many registrations as it takes for each first view to be one."""
        course_ids = list(self.outlines)
        lessons = sum(len(outline.lessons) for outline in self.outlines.values())
        with transaction() as session:
            people = self._learners(session, partner, -(-self.lessons_to_open // lessons), "Grace")
            made = self._assign(session, partner, people, course_ids, due_in=20)
            begun = []
            for assignment in made:
                by = Actor(assignment.person_id, "Grace", partner_id=partner.id)
                begun.append(learning.start(session, assignment, by=by, at=now()))
        browsers = {person_id: self._browser(person_id) for person_id in people}
        for registration in begun:
            positions = [unit.position for unit in self.outlines[registration.course_id].lessons]
            world.newcomers.append((browsers[registration.person_id], registration.id, positions))
