"""Before the story: the vendor's staff, programs, partners and their people, courses, a readiness material, earlier earnings."""

from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.accounts import passwords
from app.accounts import services as accounts
from app.accounts.models import Person
from app.cli.demo.cast import PASSWORD, PROGRAMS, STAFF, Company, Player
from app.cli.demo.stage import Stage
from app.courses import services as courses
from app.courses.rules.preparation import Prepared, prepare
from app.courses.rules.roots import sources
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind
from app.kernel.clock import now
from app.outcomes import decisions, publication
from app.partners import services as partners
from app.partners.models import AuthorizationStatus, Program
from app.transactions import reading, transaction

FOUNDER = Actor(person_id=None, name="Demo", via="command")
SINCE = date(2024, 1, 1)

MATERIAL_SLUG = "what-to-expect-from-remediation"
MATERIAL = """---
title: What to expect from a remediation program
---

A remediation program is a plan of work with an end. It is meant to bring your company back into good standing, and everybody on our side who works on your case wants that too.

## What it is, and what it isn't

You were asked to take part because several infractions were found within two years. The program doesn't ask who is to blame. It asks what let it happen, what you change so that it doesn't happen again, and how you know that the change works.

Taking part is not an admission of anything beyond the findings in your notice. You can appeal those findings; the notice says how and until when. An appeal doesn't stop the work, and the work doesn't weaken the appeal.

## Who does what

- Your **compliance contact** runs the case: keeps the list of covered people, uploads evidence, asks questions.
- Everybody **covered** takes the courses. Nobody at your company sees anybody else's answers.
- An **executive** signs at the end that what you handed in is complete and true. That signature can't be delegated.
- Your **account representative** assigns courses and gives access to materials like this one. They can't waive steps and have no say over payments.

## What happens to your payments

While the program runs, incentives of the programs named in the notice may be withheld. They are still yours: they stay in the books under your name, and you see each amount with the reason. When the program is determined to be completed they become releasable, and finance pays them out. Other programs aren't touched.

## What makes it go quickly

1. Acknowledge the notice and put everybody who sells, markets, claims or approves on the roster in the first week.
2. Hand in evidence early. If something is missing we send it back with a list of exactly what; that isn't a failure.
3. Name one person who looks at the task list every Monday.
4. Tell us at once when something stands in your way. Time that we lose is not counted against you.
"""


def found_vendor(stage: Stage) -> None:
    """Staff and programs. One password hash serves all invented people; it takes a moment to make."""
    hashed = passwords.hash_password(PASSWORD, stage.settings.hashing_cost)
    # The key must be as old as the first certificate that it signs.
    stage.open_issuer()
    with transaction() as session:
        for player in STAFF.values():
            _person(session, player, None, "UTC", hashed)
        for code, name in PROGRAMS:
            partners.create_program(session, code, name, by=FOUNDER, at=now())
    stage.say(
        "Good Standing",
        f"{stage.settings.vendor_name} opens its portal with {len(STAFF)} people and {len(PROGRAMS)} incentive programs",
    )


def found_company(stage: Stage, company: Company) -> None:
    """A partner, enrolled in both programs, with its people and its account representative."""
    hashed = passwords.hash_password(PASSWORD, stage.settings.hashing_cost)
    with transaction() as session:
        partner = partners.create_partner(
            session, company.number, company.legal_name, company.country, company.time_zone, by=FOUNDER, at=now()
        )
        code, name = company.location
        partners.create_location(session, partner, code, name, by=FOUNDER, at=now())
        for program in session.scalars(select(Program)):
            partners.authorize(session, partner, program, AuthorizationStatus.ACTIVE, on=SINCE, by=FOUNDER, at=now())
        representative = session.scalars(
            select(Person).where(Person.email == STAFF[company.representative].email)
        ).one()
        partners.represent(session, partner, representative, on=SINCE, by=FOUNDER, at=now())
        for player in (company.contact, company.executive, company.finance, *company.learners):
            _person(session, player, partner.id, company.time_zone, hashed)
    stage.say("Good Standing", f"{company.legal_name} is enrolled; {STAFF[company.representative].name} looks after it")


def _person(session: Session, player: Player, partner_id: int | None, time_zone: str, hashed: str) -> None:
    person = accounts.create_person(
        session,
        player.name,
        player.email,
        partner_id=partner_id,
        roles=frozenset(player.roles),
        job_title=player.job_title,
        time_zone=time_zone,
        is_demo=True,
        by=FOUNDER,
        at=now(),
    )
    accounts.set_password(session, person, hashed, at=now())


def read_courses(*roots: Path) -> list[Prepared]:
    """Every course of these folders, checked and rendered: before any lock."""
    return [prepare(source.slug, source.read()) for source in sources(roots)]


def publish_courses(stage: Stage, prepared: list[Prepared]) -> None:
    """The author proposes, the publisher publishes; a version that is there already stays as it is."""
    author, publisher = stage.staff("author"), stage.staff("publisher")
    with stage.act(author, f"proposes {len(prepared)} courses for publication") as (session, by, at):
        for one in prepared:
            publication.propose(session, one, reason="The courses that come with the portal.", by=by, at=at)
    waiting = (
        reading()
        .scalars(
            select(Decision.id).where(
                Decision.kind == DecisionKind.COURSE_PUBLICATION, Decision.state == DecisionState.PROPOSED
            )
        )
        .all()
    )
    with stage.act(publisher, "publishes them, as the second person") as (session, by, at):
        for decision_id in waiting:
            decisions.decide(session, decision_id, approve=True, reason="Read and checked.", by=by, at=at)
    with stage.act(publisher, "publishes a readiness material") as (session, by, at):
        courses.publish_material(session, MATERIAL_SLUG, "", MATERIAL, by=by, at=at)


def quarter(at: datetime) -> str:
    return f"{at.year}Q{(at.month - 1) // 3 + 1}"
