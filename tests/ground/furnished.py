"""The demo world under test: six partners at six points of the story, everybody's role, and what a stranger must not find.

Built once for each engine and test process, then put back for every test that asks for it, the clock at the day it was
built. Besides the demo's own people there are Mallory, who is everything that one can be at a partner and finds nothing
of any other, and Vera, who approves for compliance and nothing else.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from app.access.policy import Actor, Role
from app.accounts import services as accounts
from app.accounts.models import Person
from app.certificates import services as certificates
from app.certificates.document.errors import UnprintableText
from app.certificates.models import Certificate
from app.cli.demo import story
from app.cli.demo.acts import Acts
from app.cli.demo.cast import AWAITING, CLEAN, IN_REMEDIATION, RELEASABLE, TRAINING_ONLY, Company, Player
from app.cli.demo.stage import Stage, partner_of
from app.courses import services as courses
from app.courses.models import Course, CourseVersion, ReadinessMaterial
from app.courses.rules.bundle import Bundle
from app.courses.rules.preparation import prepare
from app.courses.rules.retraining import Retrain, Wish
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind
from app.extensions import db
from app.incentives import services as incentives
from app.incentives.queries.cases import case_ref
from app.incentives.rules.holds import Scope
from app.kernel.clock import now, stopped_at
from app.kernel.storage import Storage
from app.learning import services as learning
from app.learning.models import Assignment, AssignmentState, BatchKind, Origin, TrainingRecord
from app.learning.queries import content
from app.learning.rules import assignment_file
from app.learning.rules.batches import Due, Plan
from app.learning.services.assignment_files import keep_file
from app.learning.services.extensions import ask_extension
from app.outbox.models import OutboxRow
from app.outcomes import bundles, course_certificates, decisions, publication
from app.partners.models import Partner, Program
from app.remediation import queries as remediation_queries
from app.remediation import services as remediation
from app.remediation.models import InfractionCategory, InfractionSource, PlanStep, RemediationCase, Severity, StepKind
from app.settings import Settings
from app.transactions import reading, transaction
from tests.courses.catalogue import SLUG as PICTURED
from tests.courses.catalogue import folder
from tests.ground.application import settings_for
from tests.ground.clock import A_MONDAY_MORNING
from tests.ground.databases import Database, PostgresDatabase, SqliteDatabase
from tests.ground.mendings import mend
from tests.ground.pages import PageClient
from tests.ground.papers import one_page

MALLORY = Player(
    "Mallory Oddny",
    "mallory@bluefjord.example",
    (Role.LEARNER, Role.COMPLIANCE_CONTACT, Role.EXECUTIVE, Role.FINANCE_VIEWER),
    "Everything",
)
VERA = Player("Vera Lund", "vera@aldermoor.example", (Role.COMPLIANCE_APPROVER,), "Compliance approver")
INVITED = Player("Idris Newcomer", "idris@kestrel.example", (Role.LEARNER,), "Sales")

CHANGED = "the-clock"

# What the vendor writes for itself. None of it may leave the inside: no partner page, no mail, no file, no representative.
INTERNAL = {
    "case note": "Zeugma: the tip came from a customer of Kestrel",
    "infraction's internal details": "Quincunx: source protected, do not name",
    "hold's reason": "Syzygy: leverage until the audit",
    "finding": "Tmesis: two sources agree",
    "why it was revoked": "Vellum: the tax office wrote to us",
    "summary of a draft": "Ullage: says the draft that nobody served",
}
# What Kestrel handed in, or was told: for its own people and for those who follow it, not for any other partner.
KESTRELS = {
    "evidence statement": "Vellichor: how Kestrel approves its claims now",
    "evidence file's name": "wayzgoose-claims-of-kestrel.txt",
    "evidence file": "Xertz: the claims procedure of Kestrel, line by line",
    "meeting's agenda": "Yarborough: the claims of May, one by one",
    "infraction's summary": "Zugzwang: Kestrel claimed a fair that was cancelled",
}


@dataclass
class Furnished:
    """The portal with the demo world in it; `people` are their ids by address."""

    app: Flask
    settings: Settings
    engine_name: str
    people: dict[str, int]

    def client(self, who: str | int | None = None) -> PageClient:
        """A browser; with `who`, that person is signed in."""
        client = self.app.test_client()
        assert isinstance(client, PageClient)
        if who is not None:
            client.sign_in(self.people[who] if isinstance(who, str) else who)
        return client


class FurnishedGround:
    """An app on a database with the demo world, and the way back to it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.files = folder / f"furnished-files-{database.engine_name}"
        self.sealed_files = folder / f"furnished-sealed-{database.engine_name}"
        self.app = create_app(settings_for(database.url, self.files))
        self.app.test_client_class = PageClient
        self.people: dict[str, int] = {}
        with stopped_at(A_MONDAY_MORNING), self.app.app_context():
            upgrade()
            stage = Stage(self.app.config["SETTINGS"], lambda _who, _what: None)
            story.furnish(stage, now())
            enrich(stage)
            self.people = {person.email: person.id for person in reading().scalars(select(Person))}
        self.disconnect()
        shutil.copytree(self.files, self.sealed_files)
        database.seal()

    def renew(self) -> None:
        self.disconnect()
        self.database.renew()
        shutil.rmtree(self.files, ignore_errors=True)
        shutil.copytree(self.sealed_files, self.files)

    def disconnect(self) -> None:
        with self.app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="session")
def furnished_grounds(
    ground_folder: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], FurnishedGround]]:
    """The furnished portal on an engine, made when a test first needs it."""
    made: dict[str, FurnishedGround] = {}

    def make(engine_name: str) -> FurnishedGround:
        if engine_name not in made:
            database: Database = (
                SqliteDatabase(ground_folder / "furnished-sqlite")
                if engine_name == "sqlite"
                else PostgresDatabase(request.getfixturevalue("postgres"), "furnished")
            )
            made[engine_name] = FurnishedGround(database, ground_folder)
        return made[engine_name]

    yield make
    for one in made.values():
        one.disconnect()
        one.database.close()


@pytest.fixture
def furnished_ground(
    furnished_grounds: Callable[[str], FurnishedGround], engine_name: str
) -> Iterator[FurnishedGround]:
    one = furnished_grounds(engine_name)
    one.renew()
    with stopped_at(A_MONDAY_MORNING):
        yield one
    one.disconnect()


@pytest.fixture
def furnished(furnished_ground: FurnishedGround) -> Furnished:
    """The demo world as it was built, whatever the test before did to it; the clock stands at that day."""
    app = furnished_ground.app
    return Furnished(app, app.config["SETTINGS"], furnished_ground.database.engine_name, dict(furnished_ground.people))


# What the demo world lacks


def enrich(stage: Stage) -> None:
    """What the demo world has none of: a paid order, a draft case, a running quiz, a picture, open invitations, marked words."""
    _newcomers()
    _second_material(stage)
    _paid_order(stage)
    _draft_case(stage)
    _marked_words(stage)
    _running_quiz(stage)
    _pictured_course(stage)
    _saved_view(stage)
    _asked_for_material(stage)
    _changed_course(stage)
    _waiting_completion(stage)
    _asked_for_time(stage)
    _assigned_together(stage)
    _revoked_certificate(stage)
    _unprinted_certificate(stage)
    _packed_certificates(stage)
    mend(stage, PICTURED, "deadline")


def _newcomers() -> None:
    founder = Actor(person_id=None, name="The test", via="test")
    with transaction() as session:
        _person(session, MALLORY, _partner(session, CLEAN), founder)
        _person(session, VERA, None, founder)
        accounts.invite(
            session, _person(session, INVITED, _partner(session, IN_REMEDIATION), founder), by=founder, at=now()
        )


def _person(session: Session, player: Player, partner: Partner | None, by: Actor) -> Person:
    return accounts.create_person(
        session,
        player.name,
        player.email,
        partner_id=partner.id if partner else None,
        roles=frozenset(player.roles),
        job_title=player.job_title,
        by=by,
        at=now(),
    )


def _partner(session: Session, company: Company) -> Partner:
    return partner_of(session, company.number)


def _second_material(stage: Stage) -> None:
    """A material that only Sakura was given."""
    with stage.act(stage.staff("publisher"), "publishes another material") as (session, by, at):
        made = courses.publish_material(
            session, "gifts-in-japan", "", "# Gifts in Japan\n\nWhat is usual, and what is not.\n", by=by, at=at
        )
        material_id = made.id
    with stage.act(stage.staff("other_representative"), "grants it") as (session, by, at):
        material = session.get_one(ReadinessMaterial, material_id)
        courses.grant_material(session, material, _partner(session, AWAITING), by=by, at=at)


def _paid_order(stage: Stage) -> None:
    """Gulf Horizon's order, on its way to the end."""
    acts = _acts_of(stage, RELEASABLE)
    acts.propose_release()
    acts.release()
    acts.export()
    acts.pay()


def _revoked_certificate(stage: Stage) -> None:
    """Gulf Horizon's key, taken back after the money has left: a review is open."""
    acts = _acts_of(stage, RELEASABLE)
    with stage.act(stage.staff("analyst"), "proposes to revoke the certificate") as (session, by, at):
        found = session.scalars(select(Certificate).where(Certificate.case_id == acts.case_of(session).id)).one()
        certificates.propose_revocation(session, found, reason=INTERNAL["why it was revoked"], by=by, at=at)
    acts.decide(DecisionKind.CERTIFICATE_REVOCATION, "approves the revocation")


def _acts_of(stage: Stage, company: Company) -> Acts:
    acts = Acts(stage, company)
    acts.case_number = (
        reading().scalars(select(RemediationCase.number).join(Partner).where(Partner.number == company.number)).one()
    )
    return acts


def _draft_case(stage: Stage) -> None:
    """Casa Verde's third infraction: a case with everything proposed and nothing decided, of which the partner must not know."""
    for position in range(2):
        infraction_id = _infraction(stage, TRAINING_ONLY, f"{INTERNAL['summary of a draft']} {position}")
        with stage.act(stage.staff("second_analyst"), "substantiates it") as (session, by, at):
            remediation.substantiate(
                session,
                remediation_queries.load_infraction(session, infraction_id, by=by),
                reason=INTERNAL["finding"],
                by=by,
                at=at,
            )
    acts = Acts(stage, TRAINING_ONLY)
    acts.open_case()
    acts.propose()


def _infraction(stage: Stage, company: Company, summary: str) -> int:
    with stage.act(stage.staff("analyst"), "records an infraction") as (session, by, at):
        return remediation.record_infraction(
            session,
            _partner(session, company),
            session.scalars(select(Program).where(Program.code == "CLOUD")).one(),
            category=InfractionCategory.MARKETING_FUNDS,
            severity=Severity.SERIOUS,
            source=InfractionSource.CLAIMS_REVIEW,
            rule="Partner code of conduct 4.2",
            summary=summary,
            internal_details=INTERNAL["infraction's internal details"],
            occurred_on=at.date(),
            discovered_on=at.date(),
            by=by,
            at=at,
        ).id


def _marked_words(stage: Stage) -> None:
    """Words that can be told from all others, in every place where a person writes about Kestrel's case."""
    acts = _acts_of(stage, IN_REMEDIATION)
    _infraction(stage, IN_REMEDIATION, KESTRELS["infraction's summary"])
    stored = Storage(stage.settings.data_folder / "files").put(KESTRELS["evidence file"].encode())
    file = remediation.StoredFile(KESTRELS["evidence file's name"], "text/plain", stored.size, stored.sha256)
    with stage.act(IN_REMEDIATION.contact, "hands in a better procedure") as (session, by, at):
        remediation.submit_evidence(
            session,
            acts.case_of(session),
            _step(session, acts, StepKind.CORRECTIVE_ACTION),
            statement=KESTRELS["evidence statement"],
            files=(file,),
            effective_on=at.date(),
            by=by,
            at=at,
        )
    with stage.act(stage.staff("analyst"), "writes a note, plans a meeting, proposes a second hold") as (
        session,
        by,
        at,
    ):
        case = acts.case_of(session)
        remediation.write_note(session, case, INTERNAL["case note"], by=by, at=at)
        remediation.plan_session(
            session,
            case,
            _step(session, acts, StepKind.ENGAGEMENT),
            agenda=KESTRELS["meeting's agenda"],
            place="Video call",
            starts_at=at,
            minutes_to_last=45,
            by=by,
            at=at,
        )
        incentives.propose_hold(
            session,
            case_ref(session, case.id),
            Scope(currency="EUR"),
            per_ten_thousand=5_000,
            reason=INTERNAL["hold's reason"],
            by=by,
            at=at,
        )
    acts.decide(DecisionKind.HOLD, "approves the second hold")


def _step(session: Session, acts: Acts, kind: StepKind) -> PlanStep:
    return next(step for step in remediation_queries.steps(session, acts.case_of(session).id) if step.kind is kind)


def _running_quiz(stage: Stage) -> None:
    """Kestrel's third learner has read every lesson of a course and has begun its quiz."""
    player = IN_REMEDIATION.learners[2]
    with stage.act(player, "reads the lessons") as (session, by, at):
        assignment = session.scalars(
            select(Assignment)
            .where(
                Assignment.person_id == by.person_id,
                Assignment.state.in_((AssignmentState.ASSIGNED, AssignmentState.IN_PROGRESS)),
            )
            .order_by(Assignment.id)
        ).first()
        assert assignment is not None
        registration = learning.start(session, assignment, by=by, at=at)
        version = session.get_one(CourseVersion, registration.version_id)
        for unit in content.outline(session, (version.id, version.content_hash)).lessons:
            learning.view_unit(session, registration.id, unit.position, by=by, at=at)
            learning.complete_unit(session, registration.id, unit.position, by=by, at=at)
        learning.start_attempt(session, registration.id, by=by, at=at)


def _pictured_course(stage: Stage) -> None:
    """A small course with a picture in it, begun by one learner of Kestrel."""
    learner = IN_REMEDIATION.learners[0]
    assignment_id = _published_and_assigned(stage, PICTURED, folder(), learner)
    with stage.act(learner, "begins it") as (session, by, at):
        learning.start(session, session.get_one(Assignment, assignment_id), by=by, at=at)


_CONFIRMED = {
    "index.md": b"---\ntitle: Whom we speak for\nversion: 1.0.0\nconfirm: compliance\n---\nFive minutes.\n",
    "01-agents.md": b"---\ntitle: Agents\n---\nKnow on whose behalf somebody speaks.\n",
}


def _waiting_completion(stage: Stage) -> None:
    """A learner of Kestrel has read a course that compliance confirms; nobody has looked at it yet."""
    learner = IN_REMEDIATION.learners[0]
    assignment_id = _published_and_assigned(stage, "whom-we-speak-for", Bundle.of(_CONFIRMED), learner)
    with stage.act(learner, "reads it") as (session, by, at):
        registration = learning.start(session, session.get_one(Assignment, assignment_id), by=by, at=at)
        learning.complete_unit(session, registration.id, 1, by=by, at=at)


def _asked_for_time(stage: Stage) -> None:
    """The same learner asks for more time for the course with the picture."""
    with stage.act(IN_REMEDIATION.learners[0], "asks for more time") as (session, by, at):
        assignment = session.scalars(
            select(Assignment)
            .join(Course, Course.id == Assignment.course_id)
            .where(Course.slug == PICTURED, Assignment.person_id == by.person_id)
        ).one()
        ask_extension(session, assignment, at.date() + timedelta(days=21), "A fair.", by=by, at=at)


def _published_and_assigned(stage: Stage, slug: str, bundle: Bundle, learner: Player) -> int:
    """A course, published by two people and assigned to a learner of Kestrel; the assignment's id."""
    prepared = prepare(slug, bundle)
    with stage.act(stage.staff("author"), "proposes a course") as (session, by, at):
        courses.propose_version(session, prepared, reason="It is needed.", by=by, at=at)
    with stage.act(stage.staff("publisher"), "publishes it") as (session, by, at):
        decision_id = session.scalars(
            select(Decision.id).where(
                Decision.kind == DecisionKind.COURSE_PUBLICATION, Decision.state == DecisionState.PROPOSED
            )
        ).one()
        decisions.decide(session, decision_id, approve=True, reason="Read.", by=by, at=at)
    with stage.act(stage.staff("representative"), "assigns it") as (session, by, at):
        person_id = session.scalars(select(Person.id).where(Person.email == learner.email)).one()
        course = session.scalars(select(Course).where(Course.slug == slug)).one()
        due_on = at.date() + timedelta(days=14)
        partner_id = _partner(session, IN_REMEDIATION).id
        made = learning.assign(
            session,
            [person_id],
            course,
            origin=Origin.REPRESENTATIVE,
            due_on=due_on,
            partner_id=partner_id,
            by=by,
            at=at,
        ).made
        return made[0].id


def _saved_view(stage: Stage) -> None:
    with stage.act(IN_REMEDIATION.contact, "saves the filters of the team's training") as (session, by, at):
        learning.save_view(session, "team-training", "Late", "show=overdue", by=by, at=at)


def _asked_for_material(stage: Stage) -> None:
    with stage.act(stage.staff("publisher"), "publishes a third material") as (session, by, at):
        courses.publish_material(session, "asked-for", "Asked for", "A text that Kestrel asks for.", by=by, at=at)
        guide = courses.publish_document(session, "guide", "A guide", "One page.", one_page(), by=by, at=at)
        guide_id = guide.id
    with stage.act(stage.staff("representative"), "gives access to a guide") as (session, by, at):
        found = session.get_one(ReadinessMaterial, guide_id)
        courses.grant_material(session, found, _partner(session, IN_REMEDIATION), by=by, at=at)
    with stage.act(IN_REMEDIATION.contact, "asks for it") as (session, by, at):
        found = session.scalars(select(ReadinessMaterial).where(ReadinessMaterial.slug == "asked-for")).one()
        courses.request_material(session, found, "For the new colleagues.", by=by, at=at)


def _changed_course(stage: Stage) -> None:
    """A course of one lesson that one learner of Kestrel has passed; since then it has changed, and she is to read how."""
    learner = IN_REMEDIATION.learners[0]
    today = now()
    with stopped_at(today - timedelta(days=7)):
        _publish(stage, "1.0.0", "A clock starts.", Wish())
        with stage.act(stage.staff("representative"), "assigns it") as (session, by, at):
            person_id = session.scalars(select(Person.id).where(Person.email == learner.email)).one()
            made = learning.assign(
                session,
                [person_id],
                session.scalars(select(Course).where(Course.slug == CHANGED)).one(),
                origin=Origin.REPRESENTATIVE,
                due_on=at.date() + timedelta(days=14),
                partner_id=_partner(session, IN_REMEDIATION).id,
                by=by,
                at=at,
            ).made
            assignment_id = made[0].id
        with stage.act(learner, "takes it") as (session, by, at):
            begun = learning.start(session, session.get_one(Assignment, assignment_id), by=by, at=at)
            learning.complete_unit(session, begun.id, 1, by=by, at=at)
    _publish(stage, "2.0.0", "A clock starts at once.", Wish(retrain=Retrain.ACKNOWLEDGE))
    row_id = reading().scalars(select(OutboxRow.id).where(OutboxRow.kind == publication.KIND)).one()
    publication.carry_out(row_id, at=now())


def _publish(stage: Stage, version: str, text: str, wish: Wish) -> None:
    files = {
        "index.md": f"---\ntitle: The clock\nversion: {version}\ncertificate: none\n---\nAbout the clock.\n",
        "01-clock.md": f"---\ntitle: The clock\n---\n{text}\n",
    }
    prepared = prepare(CHANGED, Bundle.of({path: content.encode() for path, content in files.items()}))
    with stage.act(stage.staff("author"), "proposes a version") as (session, by, at):
        proposed = publication.propose(session, prepared, reason="The clock.", wish=wish, by=by, at=at).id
    with stage.act(stage.staff("publisher"), "publishes it") as (session, by, at):
        decision_id = session.scalars(
            select(Decision.id).where(Decision.kind == DecisionKind.COURSE_PUBLICATION, Decision.subject_id == proposed)
        ).one()
        decisions.decide(session, decision_id, approve=True, reason="Read.", by=by, at=at)


def _assigned_together(stage: Stage) -> None:
    """Kestrel's representative has assigned to one of its people in a batch, and looked at a file that asks for the same."""
    with stage.act(stage.staff("representative"), "assigns together, and uploads a file") as (session, by, at):
        learner = session.scalars(select(Person).where(Person.email == IN_REMEDIATION.learners[1].email)).one()
        course = session.scalars(select(Course).where(Course.slug == PICTURED)).one()
        plan = Plan(
            partner_ids=(_partner(session, IN_REMEDIATION).id,),
            person_ids=(learner.id,),
            course_ids=(course.id,),
            due=Due(days=14),
        )
        learning.make_batch(session, plan, kind=BatchKind.PEOPLE, title="A course with a picture", by=by, at=at)
        read = assignment_file.read(f"email,course,due_in_days\n{learner.email},{PICTURED},14\n".encode(), "people.csv")
        keep_file(session, read, by=by, at=at)


_GIVES_CERTIFICATE = {
    "index.md": b"---\ntitle: Names on paper\nversion: 1.0.0\n---\nFive minutes.\n",
    "01-names.md": b"---\ntitle: Names\n---\nA name is printed as it is written.\n",
}


def _unprinted_certificate(stage: Stage) -> None:
    """A learner of Kestrel has passed a course whose certificate could not be made on a day when a font was missing."""
    learner = IN_REMEDIATION.learners[0]
    assignment_id = _published_and_assigned(stage, "names-on-paper", Bundle.of(_GIVES_CERTIFICATE), learner)
    with stage.act(learner, "takes it") as (session, by, at):
        begun = learning.start(session, session.get_one(Assignment, assignment_id), by=by, at=at)
        learning.complete_unit(session, begun.id, 1, by=by, at=at)
        record = session.scalars(select(TrainingRecord).where(TrainingRecord.registration_id == begun.id)).one()
        missing = UnprintableText("“Awarded to” has a letter that no installed font has. Install one and try again.")
        course_certificates.keep(session, record.id, missing, at=at)


def _packed_certificates(stage: Stage) -> None:
    """Kestrel's representative has asked for a course's certificates, and the file is ready."""
    with stage.act(stage.staff("representative"), "asks for certificates") as (session, by, at):
        wish = bundles.Wish(partner=_partner(session, IN_REMEDIATION))
        bundle_id, total = (made := bundles.request(session, wish, by=by, at=at)).id, made.total
    for start in (0, total):
        bundles.carry_out({"bundle": bundle_id, "start": start}, settings=stage.settings, at=now())
