"""A course that says when to remind is reminded of then, and at no other time; nobody is reminded of what they have passed."""

from datetime import date

import pytest
from sqlalchemy import select

from app.kernel.clock import now
from app.learning.models import Assignment, Extension, Registration
from app.learning.services.extensions import ask_extension, grant_extension
from app.notifications.rules import slot_on
from tests.courses.catalogue import Catalogue
from tests.learning.cycles import CONFIRMED, Cycles
from tests.learning.school import gifts
from tests.notifications.conftest import body_of

DUE = date(2026, 3, 16)
LADDER = (-7, -1, 1)


@pytest.mark.parametrize(
    ("today", "slot"),
    [
        (date(2026, 3, 2), None),
        (date(2026, 3, 8), None),
        (date(2026, 3, 9), -7),
        (date(2026, 3, 14), -7),
        (date(2026, 3, 15), -1),
        (date(2026, 3, 16), -1),
        (date(2026, 3, 17), 1),
        (date(2026, 6, 1), 1),
    ],
)
def test_a_ladder_of_a_course_takes_the_place_of_the_portals_own(today, slot):
    found = slot_on(DUE, today, told_on=date(2026, 3, 1), ladder=LADDER)
    assert (found.days if found else None) == slot


@pytest.fixture
def cycles(app, world, in_transaction, reading, clock):
    catalogue = Catalogue(in_transaction, world.actor(world.author("Avery")), world.actor(world.publisher("Mei")))
    return Cycles(app, world, catalogue, in_transaction, reading)


def test_the_course_says_when_to_remind_and_others_are_reminded_of_as_ever(cycles, worker, postman, clock):
    cycles.publish(gifts(settings="reminders: [-P10D, P2D]"))
    cycles.publish(gifts(title="Agents"), slug="agents")
    cycles.assign(cycles.ada, due_in=20)
    cycles.assign(cycles.ada, slug="agents", due_in=20)
    worker.once()
    postman.delivered.clear()
    told = {}
    for day in range(1, 26):
        clock.advance(days=1)
        worker.once()
        if postman.delivered:
            told[day - 20] = [course for mail in postman.delivered for course in _courses(mail)]
        postman.delivered.clear()
    assert told == {-14: ["Agents"], -10: ["Gifts"], -7: ["Agents"], -1: ["Agents"], 1: ["Agents"], 2: ["Gifts"]}


def _courses(mail) -> list[str]:
    return [title for title in ("Agents", "Gifts") if f"– {title}" in body_of(mail)]


def test_who_has_passed_and_waits_for_compliance_is_not_reminded(cycles, worker, postman, clock):
    cycles.publish(gifts(settings=CONFIRMED))
    cycles.pass_quiz(cycles.assign(cycles.ada)[0], cycles.ada)
    worker.once()
    postman.delivered.clear()
    for _ in range(20):
        clock.advance(days=1)
        worker.once()
    assert postman.delivered == []


def test_each_turn_of_a_cycle_is_told_once_to_whom_it_concerns(cycles, worker, postman, clock):
    cycles.publish(gifts(settings=f"{CONFIRMED}\nrenew_from: P60D"))
    assignment = cycles.assign(cycles.ada)[0]
    anke = cycles.world.contact("Anke", cycles.acme)
    told = []

    def post() -> list[tuple[str, str]]:
        worker.once()
        told[:] = sorted(
            (mail["To"].addresses[0].addr_spec.split("@")[0], mail["Subject"]) for mail in postman.delivered
        )
        postman.delivered.clear()
        return told

    post()
    with cycles.in_transaction() as session:
        asked = ask_extension(
            session,
            session.get_one(Assignment, assignment.id),
            date(2026, 3, 23),
            "A fair.",
            by=cycles.world.actor(anke),
            at=now(),
        )
    assert post() == [("robin", "Acme: more time asked for “Gifts”")]
    with cycles.in_transaction() as session:
        robin = cycles.world.actor(cycles.robin)
        grant_extension(session, session.get_one(Extension, asked.id), date(2026, 3, 20), "", by=robin, at=now())
    assert post() == [
        ("ada", "“Gifts” is now due on 20 March 2026"),
        ("anke", "“Gifts” is now due on 20 March 2026"),
    ]
    record = cycles.pass_quiz(assignment, cycles.ada)
    assert post() == []
    cycles.send_back(record, "Say more about the car.")
    assert post() == [("ada", "“Gifts” has to be taken again")]
    with cycles.reading() as session:
        again = session.scalars(select(Registration.id).order_by(Registration.id.desc())).first()
    cycles.read(again, cycles.ada)
    cycles.confirm(cycles.attempt(again, cycles.ada, right=True).record)
    assert ("ada", "Confirmed: “Gifts”") in post()
    clock.move_to(now().replace(year=2027, month=1, day=10))
    assert ("ada", "1 course to renew by 2 March 2027") in post()
    assert post() == []
