"""Assigning as one act: to people, categories, a partner, many partners; made piece by piece; taken back for a quarter of an hour."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, insert, select

from app.accounts.models import Person
from app.audit.models import AuditEvent
from app.courses.models import Course
from app.kernel.clock import day_in, now
from app.kernel.errors import DomainError, NotFound, NotPermitted
from app.learning import services
from app.learning.models import Assignment, AssignmentBatch, AssignmentState, BatchKind, LeftOut, Origin
from app.learning.queries import batches, candidates
from app.learning.rules.batches import AT_ONCE, Due, FileLine, Plan, Who
from app.learning.services import batches as verbs
from app.learning.services.assignments import reasons_to_skip
from app.outbox.models import OutboxRow
from app.partners.models import CoveredPerson, Partner, RosterCategory
from tests.learning.school import SLUG, gifts


def plan_for(school, *, who=Who.EVERYBODY, partners=None, due=None, courses=(SLUG,), **more):
    with school.reading() as session:
        ids = [session.scalar(select(Course.id).where(Course.slug == slug)) for slug in courses]
    return Plan(
        who=who,
        partner_ids=tuple(partner.id for partner in partners or [school.acme]),
        course_ids=tuple(ids),
        due=due or Due(days=14),
        **more,
    )


def make(school, plan, *, kind=BatchKind.PARTNER, by=None, title="Gifts for Acme", wording=""):
    actor = school.world.actor(by or school.robin)
    with school.in_transaction() as session:
        return services.make_batch(session, plan, kind=kind, title=title, wording=wording, by=actor, at=now()).id


def undo(school, batch_id, *, by=None):
    actor = school.world.actor(by or school.robin)
    with school.in_transaction() as session:
        services.undo_batch(session, batch_id, by=actor, at=now())


def shown(school, batch_id, *, by=None):
    actor = school.world.actor(by or school.robin)
    with school.reading() as session:
        return batches.batch(session, batch_id, by=actor)


def assigned(school, **conditions):
    with school.reading() as session:
        return session.scalars(select(Assignment).filter_by(**conditions).order_by(Assignment.id)).all()


def crowd(school, partner, number, *, name="Person"):
    """So many people with an account at a partner, put in at once."""
    with school.in_transaction() as session:
        session.execute(
            insert(Person),
            [
                {
                    "name": f"{name} {place:04}",
                    "email": f"{name.lower()}{place}@{partner.number.lower()}.example",
                    "partner_id": partner.id,
                    "created_at": now(),
                    "theme": "system",
                    "time_zone": "UTC",
                    "job_title": "",
                    "is_demo": False,
                }
                for place in range(number)
            ],
        )


def put_on_roster(school, person, category):
    with school.in_transaction() as session:
        session.add(
            CoveredPerson(
                partner_id=person.partner_id,
                person_id=person.id,
                category=category,
                joined_on=date(2025, 1, 1),
                added_by_id=person.id,
                added_at=now(),
            )
        )


def carry_out(school, payload):
    """What the worker does with one row, in a transaction of its own."""
    with school.in_transaction() as session:
        if payload.get("back"):
            verbs.go_on_taking_back(session, payload["batch"], at=now())
        else:
            verbs.carry_on(session, payload["batch"], payload["piece"], at=now())


def work_off(school):
    """Every row that asks for a piece, old ones too, until there are no new ones."""
    seen = set()
    while True:
        with school.reading() as session:
            rows = session.scalars(select(OutboxRow).where(OutboxRow.kind == verbs.KIND).order_by(OutboxRow.id)).all()
        todo = [row for row in rows if row.id not in seen]
        if not todo:
            return
        for row in todo:
            carry_out(school, row.payload)
            seen.add(row.id)


def test_everybody_at_a_partner_gets_the_course_in_one_batch(school):
    school.publish()
    batch_id = make(school, plan_for(school))
    found = shown(school, batch_id)
    assert (found.outcome.made, found.outcome.left_out) == (2, 0)
    assert found.finished_at is not None
    assert {one.batch_id for one in assigned(school)} == {batch_id}
    assert {one.origin for one in assigned(school)} == {Origin.REPRESENTATIVE}


def test_a_category_means_those_on_the_roster_with_it(school):
    school.publish()
    put_on_roster(school, school.ada, RosterCategory.SALES)
    put_on_roster(school, school.grace, RosterCategory.FINANCE)
    make(school, plan_for(school, who=Who.CATEGORIES, categories=("sales", "marketing")), kind=BatchKind.CATEGORY)
    assert [one.person_id for one in assigned(school)] == [school.ada.id]


def test_a_relative_due_day_is_counted_at_each_partner(school, clock):
    """At 23:30 UTC it is 3 March in Berlin and still 2 March in New York."""
    school.publish()
    zoe = school.world.representative("Zoe", school.acme, school.globex)
    clock.advance(hours=14, minutes=30)
    make(
        school,
        plan_for(school, partners=[school.acme, school.globex], due=Due(days=10)),
        kind=BatchKind.CAMPAIGN,
        by=zoe,
    )
    days = {one.person_id: one.due_on for one in assigned(school)}
    assert days[school.ada.id] == date(2026, 3, 13)
    assert days[school.mallory.id] == date(2026, 3, 12)


def test_each_course_may_bring_its_own_time(school):
    school.publish(gifts(settings="attempts: 3\ndue: P30D"))
    school.publish(gifts(title="Agents", settings="attempts: 3\ndue: P7D"), slug="agents")
    make(school, plan_for(school, who=Who.PEOPLE, person_ids=(school.ada.id,), courses=(SLUG, "agents"), due=Due()))
    today = day_in("Europe/Berlin", now())
    assert sorted(one.due_on for one in assigned(school)) == [today + timedelta(days=7), today + timedelta(days=30)]


def test_a_course_without_a_time_of_its_own_asks_for_one(school):
    school.publish()
    with pytest.raises(DomainError) as refused:
        make(school, plan_for(school, due=Due()))
    assert refused.value.field == "due"
    assert "does not say how long it may take" in refused.value.sentence


def test_who_is_left_out_is_kept_with_the_reason(school):
    school.publish()
    school.assign(school.ada)
    found = shown(school, make(school, plan_for(school)))
    assert (found.outcome.made, found.outcome.left_out) == (1, 1)
    with school.reading() as session:
        [line] = batches.left_out(session, found.id, by=school.world.actor(school.robin))
    assert (line.person_name, line.reason) == ("Ada", "already assigned, due on 16 March 2026")


def test_a_batch_that_would_make_nothing_is_refused_and_leaves_nothing(school):
    school.publish()
    school.assign(school.ada, school.grace)
    with pytest.raises(DomainError, match="has these courses already"):
        make(school, plan_for(school))
    with school.reading() as session:
        assert session.scalar(select(func.count()).select_from(AssignmentBatch)) == 0


def test_nobody_assigns_to_a_partner_out_of_reach(school):
    school.publish()
    with pytest.raises(NotFound):
        make(school, plan_for(school, partners=[school.acme, school.globex]), kind=BatchKind.CAMPAIGN)
    with pytest.raises(NotFound):
        make(school, plan_for(school, who=Who.PEOPLE, person_ids=(school.ada.id, school.mallory.id)))


@pytest.mark.parametrize("role", ["analyst", "approver", "administrator", "auditor"])
def test_only_a_representative_makes_and_undoes_batches(school, role):
    school.publish()
    other = getattr(school.world, role)()
    with pytest.raises(NotPermitted):
        make(school, plan_for(school), by=other)
    batch_id = make(school, plan_for(school))
    with pytest.raises(NotPermitted):
        undo(school, batch_id, by=other)


def test_the_mails_wait_until_it_cannot_be_taken_back_any_more(school, clock):
    school.publish()
    school.publish(gifts(title="Agents"), slug="agents")
    make(school, plan_for(school, courses=(SLUG, "agents")))
    with school.reading() as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.kind == "course_assigned")).all()
    assert len(rows) == 2
    assert {len(row.payload["assignment_ids"]) for row in rows} == {2}
    assert {row.due_at for row in rows} == {now() + timedelta(minutes=15)}


# Taking back


def test_within_a_quarter_of_an_hour_a_batch_is_taken_back(school, clock):
    school.publish()
    batch_id = make(school, plan_for(school))
    clock.advance(minutes=14)
    undo(school, batch_id)
    assert {one.state for one in assigned(school)} == {AssignmentState.CANCELLED}
    found = shown(school, batch_id)
    assert found.outcome.taken_back == 2
    with school.reading() as session:
        actions = session.scalars(select(AuditEvent.action).where(AuditEvent.subject_type == "assignment_batch")).all()
        assert actions == ["assignment-batch.made", "assignment-batch.undone"]


def test_after_a_quarter_of_an_hour_it_is_refused_with_a_sentence(school, clock):
    school.publish()
    batch_id = make(school, plan_for(school))
    clock.advance(minutes=15)
    with pytest.raises(DomainError, match="15 minutes"):
        undo(school, batch_id)
    assert {one.state for one in assigned(school)} == {AssignmentState.ASSIGNED}


def test_what_somebody_has_begun_stays(school):
    school.publish()
    batch_id = make(school, plan_for(school))
    school.begin(assigned(school, person_id=school.ada.id)[0], school.ada)
    undo(school, batch_id)
    with school.reading() as session:
        [line] = batches.lines(session, batch_id, by=school.world.actor(school.robin), staying=True)
    assert (line.person_name, line.state) == ("Ada", AssignmentState.IN_PROGRESS)


def test_taking_back_twice_changes_nothing(school, clock):
    school.publish()
    batch_id = make(school, plan_for(school))
    undo(school, batch_id)
    first = shown(school, batch_id)
    clock.advance(minutes=1)
    undo(school, batch_id)
    assert shown(school, batch_id) == first


def test_what_was_taken_back_can_be_assigned_again(school):
    school.publish()
    undo(school, make(school, plan_for(school)))
    assert shown(school, make(school, plan_for(school))).outcome.made == 2


def test_another_representative_of_the_same_partner_finds_no_such_batch(school):
    school.publish()
    zoe = school.world.representative("Zoe", school.acme)
    batch_id = make(school, plan_for(school))
    with pytest.raises(NotFound):
        undo(school, batch_id, by=zoe)
    with pytest.raises(NotFound):
        shown(school, batch_id, by=zoe)
    assert shown(school, batch_id, by=school.world.auditor()).id == batch_id


# Many


def test_a_large_batch_is_made_piece_by_piece_and_no_piece_twice(school):
    school.publish()
    crowd(school, school.acme, 2 * AT_ONCE)
    batch_id = make(school, plan_for(school))
    assert assigned(school) == []
    assert shown(school, batch_id).finished_at is None
    for _ in range(2):
        carry_out(school, {"batch": batch_id, "piece": 0})
    assert len(assigned(school)) == AT_ONCE
    assert shown(school, batch_id).outcome.seen == AT_ONCE
    work_off(school)
    found = shown(school, batch_id)
    assert found.finished_at is not None
    assert found.outcome.made == found.outcome.seen == found.outcome.expected == 2 * AT_ONCE + 2
    assert len({one.person_id for one in assigned(school)}) == 2 * AT_ONCE + 2
    work_off(school)
    assert shown(school, batch_id) == found


def test_a_large_batch_that_is_taken_back_half_way_ends_and_is_emptied(school):
    school.publish()
    crowd(school, school.acme, 2 * AT_ONCE)
    batch_id = make(school, plan_for(school))
    for piece in (0, 1):
        carry_out(school, {"batch": batch_id, "piece": piece})
    undo(school, batch_id)
    assert shown(school, batch_id).outcome.taking_back
    work_off(school)
    found = shown(school, batch_id)
    assert found.finished_at is not None
    assert not found.outcome.taking_back
    assert found.outcome.made == found.outcome.taken_back == 2 * AT_ONCE
    assert {one.state for one in assigned(school)} == {AssignmentState.CANCELLED}


def test_who_may_not_assign_any_more_assigns_no_further_piece(school):
    school.publish()
    crowd(school, school.acme, AT_ONCE)
    batch_id = make(school, plan_for(school))
    with school.in_transaction() as session:
        session.get(Person, school.robin.id).deactivated_at = now()
    work_off(school)
    assert assigned(school) == []
    found = shown(school, batch_id, by=school.world.auditor())
    assert found.outcome.stopped == "Its maker may not assign courses any more."


def test_counting_sends_as_many_statements_for_many_partners_as_for_one(school, statements):
    school.publish()
    others = [school.world.partner(f"Partner {place}", time_zone="Asia/Tokyo") for place in range(12)]
    for partner in others:
        crowd(school, partner, 3)
    zoe = school.world.actor(school.world.representative("Zoe", school.acme, school.globex, *others))

    def sent(partners):
        plan = plan_for(school, partners=partners)
        with school.reading() as session:
            courses = candidates.offered(session, plan.course_ids)
            with statements() as made:
                [found] = candidates.counted(session, plan, courses, by=zoe, at=now())
        return len(made), found.given

    assert sent([school.acme]) == (4, 2)
    assert sent([school.acme, school.globex, *others]) == (4, 39)


def test_counting_and_the_reasons_in_words_agree_about_everybody(school, clock):
    school.publish()
    people = [school.ada, school.grace, *(school.world.learner(name, school.acme) for name in ("Nils", "Olga", "Pia"))]
    school.complete(school.ada)
    clock.advance(days=365)
    school.complete(school.grace)
    school.assign(people[2], due_in=3)
    with school.in_transaction() as session:
        session.get(Person, people[3].id).deactivated_at = now()
    robin = school.world.actor(school.robin)
    for days in (0, 1, 400):
        clock.advance(days=days)
        plan = plan_for(school, who=Who.PEOPLE, person_ids=tuple(person.id for person in people))
        with school.reading() as session:
            course = candidates.offered(session, plan.course_ids)
            [found] = candidates.counted(session, plan, course, by=robin, at=now())
            partner = session.get(Partner, school.acme.id)
            reasons = reasons_to_skip(session, plan.person_ids, course[0].id, partner=partner, at=now())
        assert found.left_out == len(reasons)
        assert found.given == len(people) - len(reasons)
        for kind, begins in (("closed", "the account"), ("assigned_already", "already"), ("completed", "completed")):
            assert getattr(found, kind) == sum(reason.startswith(begins) for reason in reasons.values()), kind


def test_a_file_is_made_by_person_and_each_gets_one_message(school):
    school.publish()
    school.publish(gifts(title="Agents"), slug="agents")
    with school.reading() as session:
        first, second = session.scalars(select(Course.id).order_by(Course.id))
    lines = tuple(
        FileLine(person.id, school.acme.id, course, day)
        for person in (school.ada, school.grace)
        for course, day in ((first, date(2026, 4, 1)), (second, date(2026, 5, 1)))
    )
    actor = school.world.actor(school.robin)
    with school.in_transaction() as session:
        services.make_batch(
            session,
            Plan(lines=lines),
            kind=BatchKind.FILE,
            title="people.csv",
            source=verbs.Source("people.csv", "0" * 64),
            by=actor,
            at=now(),
        )
    assert len(assigned(school)) == 4
    with school.reading() as session:
        assert (
            session.scalar(select(func.count()).select_from(OutboxRow).where(OutboxRow.kind == "course_assigned")) == 2
        )
        assert session.scalar(select(func.count()).select_from(LeftOut)) == 0
