"""The notice: proposed by one, served by another's approval, dated in the partner's zone, read and acknowledged."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.audit.queries import of_subject
from app.decisions.models import Decision
from app.decisions.rules import DecisionKind
from app.decisions.services import SamePerson
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotFound, NotPermitted
from app.outbox.models import OutboxRow
from app.remediation import queries, services
from app.remediation.models import CaseState, DeadlineKind, Notice, NoticeState
from app.remediation.services import NotDecided


def deadlines(stage, number):
    with stage.reading() as session:
        found = queries.deadlines(session, stage.case(session, number).id)
        return {kind: (one.original_due_on, one.current_due_on) for kind, one in found.items()}


def test_a_notice_is_served_by_an_approver_and_starts_the_clocks(stage):
    number = stage.open()
    notice_id = stage.notify(number)
    assert stage.state(number) is CaseState.NOTIFIED
    assert deadlines(stage, number) == {
        DeadlineKind.ACKNOWLEDGE: (date(2026, 3, 16), date(2026, 3, 16)),
        DeadlineKind.APPEAL: (date(2026, 4, 1), date(2026, 4, 1)),
        DeadlineKind.PROGRAM: (date(2026, 8, 29), date(2026, 8, 29)),
    }
    with stage.reading() as session:
        row = session.scalar(select(OutboxRow).where(OutboxRow.kind == "notice_served"))
        assert row.payload["notice_id"] == notice_id


def test_the_day_of_service_is_the_partners_not_the_servers(stage, clock):
    clock.move_to(datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    number = stage.open()
    notice_id = stage.notify(number)
    with stage.reading() as session:
        assert session.get(Notice, notice_id).served_on == date(2026, 3, 3)
    assert deadlines(stage, number)[DeadlineKind.ACKNOWLEDGE][0] == date(2026, 3, 17)


def test_who_proposed_a_notice_cannot_approve_it_even_with_every_role(stage):
    from app.access.policy import Role

    number = stage.open()
    notice_id = stage.propose_notice(number)
    with stage.in_transaction() as session:
        from app.accounts import services as accounts
        from app.accounts.models import Person

        accounts.grant_role(
            session,
            session.get(Person, stage.sam.id),
            Role.COMPLIANCE_APPROVER,
            by=stage.act(stage.priya),
            at=now(),
        )
    with pytest.raises(SamePerson, match="you proposed it"):
        stage.decide(DecisionKind.NOTICE, notice_id, by=stage.sam)
    assert stage.state(number) is CaseState.DRAFT


def test_no_door_serves_a_notice_without_an_approved_decision(stage):
    number = stage.open()
    notice_id = stage.propose_notice(number)
    with pytest.raises(NotDecided, match="one person proposes it, another approves"), stage.in_transaction() as session:
        services.serve_notice(session, notice_id, by=stage.act(stage.priya), at=now())
    assert stage.state(number) is CaseState.DRAFT


def test_a_notice_is_served_once(stage):
    number = stage.open()
    notice_id = stage.notify(number)
    with pytest.raises(Conflict, match="already served"), stage.in_transaction() as session:
        services.serve_notice(session, notice_id, by=stage.act(stage.priya), at=now())


def test_an_infraction_that_joined_after_the_proposal_makes_it_stale(stage):
    number = stage.open()
    notice_id = stage.propose_notice(number)
    late = stage.infraction(days_ago=10)
    stage.substantiate(late)
    with stage.in_transaction() as session:
        from app.remediation.models import Infraction

        services.join_infraction(
            session,
            stage.case(session, number),
            session.get(Infraction, late),
            reason="Same.",
            by=stage.act(stage.sam),
            at=now(),
        )
    with pytest.raises(Conflict, match="has changed since"):
        stage.decide(DecisionKind.NOTICE, notice_id)


def test_a_rejected_notice_is_never_seen_and_another_version_can_follow(stage):
    number = stage.open()
    first = stage.propose_notice(number)
    stage.decide(DecisionKind.NOTICE, first, approve=False, reason="Too harsh.")
    with stage.reading() as session:
        assert session.get(Notice, first).state is NoticeState.REJECTED
    second = stage.propose_notice(number)
    stage.decide(DecisionKind.NOTICE, second)
    with stage.reading() as session, pytest.raises(NotFound):
        queries.load_notice(session, first, by=stage.act(stage.nora))
    assert stage.state(number) is CaseState.NOTIFIED


def test_two_notices_cannot_be_open_at_once(stage):
    number = stage.open()
    stage.propose_notice(number)
    with pytest.raises(Conflict, match="proposed already"):
        stage.propose_notice(number, by=stage.jonas)


def test_a_notice_that_was_taken_back_makes_room_for_another(stage):
    from app.decisions import services as decisions

    number = stage.open()
    first = stage.propose_notice(number)
    with stage.in_transaction() as session:
        decision = session.scalar(select(Decision).where(Decision.subject_id == first))
        decisions.withdraw(session, decision, reason="A typo.", by=stage.act(stage.sam), at=now())
    stage.decide(DecisionKind.NOTICE, stage.propose_notice(number))
    assert stage.state(number) is CaseState.NOTIFIED


def test_the_words_of_a_notice_cannot_be_changed(stage):
    notice_id = stage.notify(stage.open())
    for change in ("explanation", "grounds", "proposed_by_id"):
        with pytest.raises(Exception, match="append-only"), stage.in_transaction() as session:
            setattr(
                session.get(Notice, notice_id),
                change,
                {"grounds": []}.get(change, stage.jonas.id if "id" in change else "No."),
            )


def test_the_grounds_name_nothing_internal(stage):
    notice_id = stage.notify(stage.open())
    with stage.reading() as session:
        notice = session.get(Notice, notice_id)
        assert len(notice.grounds) == 3
        assert all(
            set(ground) == {"infraction", "rule", "category", "occurred_on", "summary"} for ground in notice.grounds
        )


def test_the_contact_acknowledges_and_the_planning_begins(stage):
    number = stage.open()
    notice_id = stage.notify(number)
    stage.acknowledge(notice_id)
    assert stage.state(number) is CaseState.PLANNING
    with pytest.raises(Conflict, match="acknowledged already"):
        stage.acknowledge(notice_id)


@pytest.mark.parametrize("who", ["sam", "priya", "robin", "eva"])
def test_nobody_acknowledges_for_the_contact(stage, who):
    notice_id = stage.notify(stage.open())
    with pytest.raises(NotPermitted):
        stage.acknowledge(notice_id, by=getattr(stage, who))


def test_another_partners_contact_does_not_find_the_notice(stage):
    notice_id = stage.notify(stage.open())
    with pytest.raises(NotFound):
        stage.acknowledge(notice_id, by=stage.malik)


def test_a_late_acknowledgement_is_taken_and_noted_as_late(stage, clock):
    notice_id = stage.notify(stage.open())
    clock.advance(days=20)
    stage.acknowledge(notice_id)
    with stage.reading() as session:
        events = of_subject(session, "notice", notice_id)
        assert next(one for one in events if one.action == "notice.acknowledged").details["late"] is True


def test_original_deadlines_cannot_be_changed(stage):
    number = stage.open()
    stage.notify(number)

    def later():
        with stage.in_transaction() as session:
            found = queries.deadlines(session, stage.case(session, number).id)
            found[DeadlineKind.PROGRAM].original_due_on = date(2030, 1, 1)

    with pytest.raises(Exception, match="append-only"):
        later()


def test_a_later_version_changes_words_and_no_deadline(stage, clock):
    number = stage.open()
    stage.acknowledge(stage.notify(number))
    before = deadlines(stage, number)
    clock.advance(days=5)
    second = stage.notify(number)
    assert deadlines(stage, number) == before
    assert stage.state(number) is CaseState.PLANNING
    stage.acknowledge(second)
    assert stage.state(number) is CaseState.PLANNING


def test_a_notice_is_written_in_sentences(stage):
    number = stage.open()
    with pytest.raises(DomainError) as caught, stage.in_transaction() as session:
        services.propose_notice(
            session,
            stage.case(session, number),
            explanation="Because.",
            obligations="x" * 50,
            consequences="x" * 50,
            appeal="x" * 50,
            reason="r",
            by=stage.act(stage.sam),
            at=now(),
        )
    assert caught.value.field == "explanation"
