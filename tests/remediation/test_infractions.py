"""Infractions: two people, the suggestion, and the case that a person opens."""

from datetime import UTC, datetime, timedelta

import pytest

from app.audit.queries import of_subject
from app.decisions.services import SamePerson
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotPermitted
from app.remediation import queries, services
from app.remediation.models import CaseState, Infraction, InfractionState
from app.remediation.rules.policy import Policy


def suggested(stage, partner=None):
    with stage.reading() as session:
        return queries.suggestions(
            session, stage.policy, by=stage.act(stage.sam), partner_id=(partner or stage.acme).id
        )


def test_who_recorded_an_infraction_cannot_substantiate_it(stage):
    one = stage.infraction(by=stage.sam)
    with pytest.raises(SamePerson, match="you recorded it"):
        stage.substantiate(one, by=stage.sam)
    with stage.reading() as session:
        assert session.get(Infraction, one).state is InfractionState.ALLEGED
        refused = [event for event in of_subject(session, "infraction", one) if event.outcome == "refused"]
        assert [event.person_id for event in refused] == [stage.sam.id]


@pytest.mark.parametrize("who", ["jonas", "priya"])
def test_another_analyst_or_an_approver_substantiates_it(stage, who):
    one = stage.infraction()
    stage.substantiate(one, by=getattr(stage, who))
    with stage.reading() as session:
        found = session.get(Infraction, one)
        assert found.state is InfractionState.SUBSTANTIATED
        assert found.judged_by_id == getattr(stage, who).id


@pytest.mark.parametrize("who", ["nora", "robin", "ada"])
def test_nobody_else_records_or_judges(stage, who):
    one = stage.infraction()
    with pytest.raises(NotPermitted):
        stage.infraction(by=getattr(stage, who))
    with pytest.raises(NotPermitted):
        stage.substantiate(one, by=getattr(stage, who))


def test_a_judgement_takes_a_reason_and_is_made_once(stage):
    one = stage.infraction()
    with pytest.raises(DomainError, match="base this on"):
        stage.substantiate(one, reason=" ")
    stage.substantiate(one)
    with pytest.raises(Conflict, match="already substantiated"):
        stage.substantiate(one)


def test_what_was_recorded_cannot_be_changed_afterwards(stage):
    one = stage.infraction()
    with pytest.raises(Exception, match="append-only"), stage.in_transaction() as session:
        session.get(Infraction, one).summary = "Something harmless."


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"summary": "Short"}, "what happened"),
        ({"rule": " "}, "Name the rule"),
    ],
)
def test_an_infraction_says_rule_and_facts(stage, more, said):
    with pytest.raises(DomainError, match=said):
        stage.infraction(**more)


def test_an_infraction_is_neither_in_the_future_nor_found_before_it_happened(stage):
    with pytest.raises(DomainError, match="in the future"):
        stage.infraction(days_ago=-1)
    with pytest.raises(DomainError, match="found before it happened"):
        stage.infraction(days_ago=5, discovered_on=stage.today - timedelta(days=9))


def test_at_the_third_substantiated_one_the_portal_suggests_a_case_and_opens_none(stage):
    made = [stage.infraction(days_ago=days) for days in (300, 200, 100)]
    for one in made[:2]:
        stage.substantiate(one)
    assert suggested(stage) == []
    stage.substantiate(made[2])
    (found,) = suggested(stage)
    assert found.count.ids == tuple(made)
    assert found.open_case is None
    with stage.reading() as session:
        assert queries.cases(session, by=stage.act(stage.sam)) == []


def test_dismissed_ones_and_those_of_another_partner_do_not_count(stage):
    stage.three(days_ago=(300, 200, 100), partner=stage.globex)
    made = [stage.infraction(days_ago=days) for days in (300, 200, 100)]
    for one in made[:2]:
        stage.substantiate(one)
    with stage.in_transaction() as session:
        services.dismiss(
            session, session.get(Infraction, made[2]), reason="No proof.", by=stage.act(stage.jonas), at=now()
        )
    assert suggested(stage) == []
    assert len(suggested(stage, stage.globex)) == 1


def test_a_third_one_that_is_too_old_does_not_count(stage):
    stage.three(days_ago=(900, 200, 100))
    assert suggested(stage) == []
    with pytest.raises(DomainError, match="2 of 3 substantiated infractions"):
        stage.open(infractions=[1, 2, 3])


def test_infractions_in_two_programs_count_together_and_the_person_names_the_program(stage):
    other = stage.world.program("DEVICE", enrolled=(stage.acme,))
    made = [stage.infraction(days_ago=90), stage.infraction(days_ago=60, program=other), stage.infraction(days_ago=30)]
    for one in made:
        stage.substantiate(one)
    number = stage.open(infractions=made, program=other)
    with stage.reading() as session:
        assert stage.case(session, number).program_id == other.id


def test_cases_are_numbered_by_year_without_gaps(stage, clock):
    assert stage.open() == "RC-2026-0001"
    with pytest.raises(DomainError):
        stage.open(infractions=[])
    assert stage.open(partner=stage.globex) == "RC-2026-0002"
    clock.move_to(datetime(2027, 1, 4, 9, 0, tzinfo=UTC))
    other = stage.world.partner("Initech")
    stage.three(partner=other)
    assert stage.open(partner=other, infractions=[7, 8, 9]) == "RC-2027-0001"


def test_a_case_keeps_the_policy_under_which_it_was_opened(stage):
    number = stage.open(policy=Policy(program_days=99))
    with stage.reading() as session:
        assert Policy.kept(stage.case(session, number).policy).program_days == 99
    with pytest.raises(Exception, match="append-only"), stage.in_transaction() as session:
        stage.case(session, number).policy = {}


@pytest.mark.parametrize("who", ["priya", "robin", "nora"])
def test_only_an_analyst_opens_a_case(stage, who):
    made = stage.three()
    with pytest.raises(NotPermitted):
        stage.open(infractions=made, by=getattr(stage, who))


def test_a_second_open_case_in_the_same_program_is_refused(stage):
    stage.open()
    more = stage.three(days_ago=(50, 40, 30))
    with pytest.raises(Conflict, match="RC-2026-0001 is open for this partner and program"):
        stage.open(infractions=more)


def test_an_infraction_found_during_a_case_joins_it_and_is_told_by_a_new_notice(stage):
    number = stage.open()
    stage.notify(number)
    late = stage.infraction(days_ago=10)
    stage.substantiate(late)
    (found,) = suggested(stage)
    assert found.open_case.number == number
    with stage.in_transaction() as session:
        services.join_infraction(
            session,
            stage.case(session, number),
            session.get(Infraction, late),
            reason="The same fund.",
            by=stage.act(stage.sam),
            at=now(),
        )
    assert suggested(stage) == []
    second = stage.propose_notice(number)
    with stage.reading() as session:
        notice = queries.notices_of(session, stage.case(session, number).id)[0]
        assert (notice.id, notice.version, len(notice.grounds)) == (second, 2, 4)


def test_an_infraction_is_in_one_case_only(stage):
    first = stage.open()
    stage.three(days_ago=(50, 40, 30))
    other = stage.world.program("DEVICE", enrolled=(stage.acme,))
    with stage.reading() as session:
        taken = [one.id for one in queries.infractions_of(session, stage.case(session, first).id)]
    with pytest.raises(Conflict, match="a case is about it already"):
        stage.open(infractions=taken, program=other)


def test_a_dismissed_draft_frees_its_infractions_for_a_new_case(stage):
    number = stage.open()
    with stage.in_transaction() as session:
        services.dismiss_draft(
            session, stage.case(session, number), reason="Wrong partner.", by=stage.act(stage.sam), at=now()
        )
    assert stage.state(number) is CaseState.DISMISSED
    assert stage.open(infractions=[1, 2, 3]) == "RC-2026-0002"
    assert stage.faults() == []


def test_new_infractions_after_closure_open_a_case_that_follows_the_old_one(stage):
    first = stage.completed()
    late = stage.infraction(days_ago=0, discovered_on=stage.today)
    stage.substantiate(late)
    second = stage.open(infractions=[late])
    with stage.reading() as session:
        assert stage.case(session, second).follows_id == stage.case(session, first).id
