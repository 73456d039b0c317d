"""Giving courses to people, and taking them back."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DatabaseError

from app.access.policy import PORTAL
from app.courses.models import Course
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotFound, NotPermitted
from app.learning import services
from app.learning.models import Assignment, AssignmentState, Origin, Registration, RegistrationState
from app.outbox.models import OutboxRow
from tests.learning.school import SLUG, gifts


def assign(school, people, *, by, due_in=14, partner=None, origin=Origin.REPRESENTATIVE):
    with school.in_transaction() as session:
        course = session.scalar(select(Course).where(Course.slug == SLUG))
        return services.assign(
            session,
            [person.id for person in people],
            course,
            origin=origin,
            due_on=school.today + timedelta(days=due_in),
            partner_id=(partner or school.acme).id,
            by=by,
            at=now(),
        )


def test_a_representative_assigns_a_course_to_own_partners_people(school, reading):
    school.publish()
    made = assign(school, [school.ada, school.grace], by=school.world.actor(school.robin)).made
    assert [one.person_id for one in made] == [school.ada.id, school.grace.id]
    assert made[0].due_on == made[0].original_due_on == school.today + timedelta(days=14)
    with reading() as session:
        assert (
            session.scalar(select(func.count()).select_from(OutboxRow).where(OutboxRow.kind == "course_assigned")) == 2
        )


def test_several_courses_at_once_are_one_message_a_person(school, reading):
    school.publish()
    school.publish(gifts(title="Agents"), slug="agents")
    robin = school.world.actor(school.robin)
    with school.in_transaction() as session:
        services.assign_courses(
            session,
            [school.ada.id],
            session.scalars(select(Course)).all(),
            origin=Origin.REPRESENTATIVE,
            due_on=school.today,
            partner_id=school.acme.id,
            by=robin,
            at=now(),
        )
    with reading() as session:
        row = session.scalars(select(OutboxRow).where(OutboxRow.kind == "course_assigned")).one()
        assert row.payload["person_id"] == school.ada.id
        assert len(row.payload["assignment_ids"]) == 2


def test_who_has_the_course_already_is_skipped_with_the_reason(school):
    school.publish()
    school.assign(school.ada)
    result = assign(school, [school.ada, school.grace], by=school.world.actor(school.robin))
    assert [one.person_id for one in result.made] == [school.grace.id]
    assert result.skipped == ((school.ada.id, "already assigned, due on 16 March 2026"),)


def test_who_holds_a_valid_record_is_skipped_until_it_lapses(school, clock):
    school.publish()
    school.complete(school.ada)
    robin = school.world.actor(school.robin)
    result = assign(school, [school.ada], by=robin)
    assert result.skipped == ((school.ada.id, "completed on 2 March 2026, valid until 2 March 2027"),)
    clock.advance(days=367)
    assert len(assign(school, [school.ada], by=robin).made) == 1


def test_nobody_assigns_to_people_of_another_partner(school):
    school.publish()
    with pytest.raises(NotFound):
        assign(school, [school.mallory], by=school.world.actor(school.robin))


def test_a_representative_does_not_assign_at_a_partner_of_somebody_else(school):
    school.publish()
    with pytest.raises(NotFound):
        assign(school, [school.mallory], by=school.world.actor(school.robin), partner=school.globex)


@pytest.mark.parametrize("role", ["learner", "analyst", "approver", "administrator", "auditor"])
def test_only_a_representative_assigns(school, role):
    school.publish()
    person = school.world.learner("Nils", school.acme) if role == "learner" else getattr(school.world, role)()
    with pytest.raises(NotPermitted):
        assign(school, [school.ada], by=school.world.actor(person))


def test_the_portal_itself_may_assign_what_follows_from_a_rule(school):
    school.publish()
    assert len(assign(school, [school.ada], by=PORTAL, origin=Origin.CAMPAIGN).made) == 1


def test_a_due_date_lies_not_in_the_past(school):
    school.publish()
    with pytest.raises(DomainError) as refused:
        assign(school, [school.ada], by=school.world.actor(school.robin), due_in=-1)
    assert refused.value.field == "due_on"


def test_today_is_the_day_where_the_partner_is(school, clock):
    """At 23:30 UTC it is tomorrow in Berlin already: yesterday's date has passed there."""
    school.publish()
    clock.advance(hours=14, minutes=30)
    with pytest.raises(DomainError):
        assign(school, [school.ada], by=school.world.actor(school.robin), due_in=0)


def test_a_course_without_a_published_version_is_not_assigned(school):
    school.catalogue.propose(gifts(), slug=SLUG)
    with pytest.raises(DomainError) as refused:
        assign(school, [school.ada], by=school.world.actor(school.robin))
    assert "no published version" in refused.value.sentence


def set_due(in_transaction, assignment, **days):
    with in_transaction() as session:
        session.execute(update(Assignment).where(Assignment.id == assignment.id).values(**days))


def test_the_original_due_date_never_changes(school, in_transaction):
    school.publish()
    assignment = school.assign(school.ada)[0]
    with pytest.raises(DatabaseError):
        set_due(in_transaction, assignment, original_due_on=date(2030, 1, 1))


def test_a_due_date_only_moves_later(school, in_transaction):
    school.publish()
    assignment = school.assign(school.ada)[0]
    set_due(in_transaction, assignment, due_on=assignment.due_on + timedelta(days=7))
    with pytest.raises(DatabaseError):
        set_due(in_transaction, assignment, due_on=assignment.original_due_on - timedelta(days=1))


def test_an_assignment_is_not_deleted(school, in_transaction):
    school.publish()
    school.assign(school.ada)

    def delete_all():
        with in_transaction() as session:
            session.execute(delete(Assignment))

    with pytest.raises(DatabaseError):
        delete_all()


def test_an_assignment_made_by_a_representative_can_be_cancelled(school, in_transaction, reading):
    school.publish()
    registration_id = school.start(school.ada)
    robin = school.world.actor(school.robin)
    with in_transaction() as session:
        assignment = session.scalars(select(Assignment)).one()
        services.cancel(session, assignment, "Ada moved to another team.", by=robin, at=now())
    with reading() as session:
        assert session.scalars(select(Assignment)).one().state is AssignmentState.CANCELLED
        assert session.get(Registration, registration_id).state is RegistrationState.ABANDONED


def test_what_compliance_decided_is_not_cancelled_by_a_representative(school, in_transaction):
    school.publish()
    assign(school, [school.ada], by=PORTAL, origin=Origin.SINGLE_INFRACTION)
    robin = school.world.actor(school.robin)
    with pytest.raises(DomainError), in_transaction() as session:
        services.cancel(session, session.scalars(select(Assignment)).one(), "Too hard.", by=robin, at=now())


def test_cancelling_twice_changes_nothing(school, in_transaction):
    school.publish()
    school.assign(school.ada)
    robin = school.world.actor(school.robin)
    with in_transaction() as session:
        services.cancel(session, session.scalars(select(Assignment)).one(), "A mistake.", by=robin, at=now())
    with pytest.raises(Conflict), in_transaction() as session:
        services.cancel(session, session.scalars(select(Assignment)).one(), "Again.", by=robin, at=now())


def test_the_pages_assign_after_a_preview(school, client, reading):
    contact = school.world.contact("Cora", school.acme)
    school.world.covered("Ada", school.acme, by=contact)
    school.world.covered("Grace", school.acme, by=contact)
    school.publish()
    school.assign(school.grace)
    client.sign_in(school.robin)
    form = client.get(f"/partners/{school.acme.number}/assignments/new")
    preview = client.submit(
        form, "Look it over", courses=SLUG, people=[school.ada.id, school.grace.id], due_on="2026-03-20"
    )
    assert preview.heading == "Look it over: 1 assignment"
    assert "Grace : already assigned, due on 16 March 2026" in preview.text
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Assignment)) == 1
    changed = client.submit(preview, "Change")
    assert changed.heading == "Assign courses"
    assert len(changed.page.select("input[name=people][checked]")) == 2
    done = client.submit(preview, "Assign now")
    assert done.heading == "Gifts for 2 people of Acme"
    assert "then each person gets one message" in done.text
    with reading() as session:
        made = session.scalars(select(Assignment).where(Assignment.person_id == school.ada.id)).one()
        assert made.due_on == date(2026, 3, 20)
        assert made.assigned_by_id == school.robin.id


def test_assigning_twice_with_the_same_form_assigns_once(school, client, reading):
    contact = school.world.contact("Cora", school.acme)
    school.world.covered("Ada", school.acme, by=contact)
    school.publish()
    client.sign_in(school.robin)
    form = client.get(f"/partners/{school.acme.number}/assignments/new")
    preview = client.submit(form, "Look it over", courses=SLUG, people=[school.ada.id], due_on="2026-03-20")
    first = client.submit(preview, "Assign now", follow=False)
    second = client.submit(preview, "Assign now", follow=False)
    assert first.status_code == second.status_code == 303
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Assignment)) == 1


def test_the_form_says_what_is_missing(school, client):
    contact = school.world.contact("Cora", school.acme)
    school.world.covered("Ada", school.acme, by=contact)
    school.publish()
    client.sign_in(school.robin)
    form = client.get(f"/partners/{school.acme.number}/assignments/new")
    answer = client.submit(form, "Look it over", due_on="2026-02-01")
    assert answer.status_code == 422
    assert "Choose at least one course." in answer.errors
    answer = client.submit(form, "Look it over", courses=SLUG, people=[school.ada.id], due_on="2026-02-01")
    assert answer.errors == ["The due date has passed already. Choose today or a later day."]


def test_an_address_can_fill_the_form_in(school, client):
    contact = school.world.contact("Cora", school.acme)
    school.world.covered("Ada", school.acme, by=contact)
    school.publish()
    client.sign_in(school.robin)
    form = client.get(f"/partners/{school.acme.number}/assignments/new?course={SLUG}&due=2026-04-01")
    assert form.page.select_one("input[name=courses][checked]")["value"] == SLUG
    assert form.page.select_one("input[name=due_on]")["value"] == "2026-04-01"


def test_a_partner_without_a_roster_is_told_what_comes_first(school, client):
    school.publish()
    client.sign_in(school.robin)
    assert "The roster is empty" in client.get(f"/partners/{school.acme.number}/assignments/new").text
