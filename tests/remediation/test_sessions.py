"""Engagement sessions: planned and minuted by the vendor, confirmed by the partner, never by one person alone."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.access.policy import Role
from app.decisions.services import SamePerson
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotFound, NotPermitted
from app.outbox.models import OutboxRow
from app.remediation import queries, services
from app.remediation.models import CaseState, EngagementSession, SessionState, StepKind, StepState
from app.remediation.rules.calendar_file import calendar_file


@pytest.fixture
def number(stage):
    return stage.running(StepKind.ENGAGEMENT, StepKind.EVIDENCE)


def plan(stage, number, *, by=None, **more):
    with stage.in_transaction() as session:
        return services.plan_session(
            session,
            stage.case(session, number),
            session.merge(stage.step(number, StepKind.ENGAGEMENT)),
            **{
                "agenda": "Analysis and new rule.",
                "place": "By video",
                "starts_at": now() + timedelta(hours=2),
                "minutes_to_last": 60,
                **more,
            },
            by=stage.act(by or stage.sam),
            at=now(),
        ).id


def minutes(stage, session_id, *, by=None, **more):
    actor = stage.act(by or stage.sam)
    with stage.in_transaction() as session:
        case, step, meeting = queries.load_session(session, session_id, by=actor)
        services.write_minutes(
            session,
            case,
            step,
            meeting,
            **{
                "held_at": now(),
                "attendees": ["Nora, Acme", "Sam"],
                "minutes": "We spoke about the new approval rule.",
                "follow_ups": [],
                **more,
            },
            by=actor,
            at=now(),
        )


def test_a_meeting_that_the_partner_confirms_completes_its_step(stage, number):
    meeting = stage.meet(number)
    assert stage.step(number, StepKind.ENGAGEMENT).state is StepState.SUBMITTED
    stage.confirm(meeting)
    assert stage.step(number, StepKind.ENGAGEMENT).state is StepState.ACCEPTED
    with stage.reading() as session:
        mails = session.scalars(select(OutboxRow).where(OutboxRow.kind == "reminder")).all()
        assert [row.payload["about"] for row in mails] == ["session_planned", "session_minutes"]


@pytest.mark.parametrize("who", ["sam", "priya", "robin", "eva"])
def test_nobody_confirms_for_the_contact(stage, number, who):
    meeting = stage.meet(number)
    with pytest.raises(NotPermitted):
        stage.confirm(meeting, by=getattr(stage, who))


def test_who_wrote_the_minutes_cannot_confirm_them_whatever_their_roles(stage, number):
    meeting = stage.meet(number)
    actor = stage.act(stage.sam)
    both = type(actor)(actor.person_id, actor.name, roles=actor.roles | {Role.COMPLIANCE_CONTACT})

    def confirm():
        with stage.in_transaction() as session:
            case, step, found = queries.load_session(session, meeting, by=both)
            services.confirm_session(session, case, step, found, by=both, at=now())

    with pytest.raises(SamePerson, match="you wrote the minutes"):
        confirm()


def test_another_partners_contact_finds_no_such_meeting(stage, number):
    meeting = stage.meet(number)
    with pytest.raises(NotFound):
        stage.confirm(meeting, by=stage.malik)


def test_the_representative_may_hold_the_meeting(stage, number):
    meeting = plan(stage, number, by=stage.robin)
    minutes(stage, meeting, by=stage.robin)
    stage.confirm(meeting)
    assert stage.step(number, StepKind.ENGAGEMENT).state is StepState.ACCEPTED


def test_an_objection_sends_the_minutes_back_and_they_are_written_anew(stage, number):
    meeting = stage.meet(number)
    nora = stage.act(stage.nora)
    with stage.in_transaction() as session:
        case, step, found = queries.load_session(session, meeting, by=nora)
        services.object_to_minutes(session, case, step, found, objection="The rule starts in May.", by=nora, at=now())
    assert stage.step(number, StepKind.ENGAGEMENT).state is StepState.CHANGES_REQUESTED
    with pytest.raises(Conflict, match="no minutes waiting"):
        stage.confirm(meeting)
    with stage.reading() as session:
        waiting = queries.waiting_for_staff(session, stage.act(stage.sam), at=now())
        assert f"Write the minutes of {number} anew" in [one.title for one in waiting]
    minutes(stage, meeting, minutes="The new approval rule starts in May.")
    stage.confirm(meeting)
    assert stage.step(number, StepKind.ENGAGEMENT).state is StepState.ACCEPTED
    assert stage.faults() == []


def test_minutes_with_the_partner_cannot_be_changed_behind_its_back(stage, number):
    meeting = stage.meet(number)
    with pytest.raises(Conflict, match="when the partner objects"):
        minutes(stage, meeting)
    stage.confirm(meeting)
    with pytest.raises(Conflict, match="stay as they are"):
        minutes(stage, meeting)


def test_a_meeting_can_be_cancelled_before_it_is_held_and_planned_again(stage, number):
    meeting = plan(stage, number)
    with pytest.raises(Conflict, match="planned for this step already"):
        plan(stage, number)
    sam = stage.act(stage.sam)
    with stage.in_transaction() as session:
        case, _, found = queries.load_session(session, meeting, by=sam)
        services.cancel_session(session, case, found, reason="Nora is ill.", by=sam, at=now())
    with stage.reading() as session:
        assert session.get(EngagementSession, meeting).state is SessionState.CANCELLED
    plan(stage, number)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"agenda": "Talk"}, "what the meeting is about"),
        ({"place": " "}, "Say where"),
        ({"minutes_to_last": 1}, "5 to 600"),
        ({"starts_at": None}, "has passed"),
    ],
)
def test_a_meeting_is_planned_whole(stage, number, more, said):
    if "starts_at" in more:
        more = {"starts_at": now() - timedelta(minutes=1)}
    with pytest.raises(DomainError, match=said):
        plan(stage, number, **more)


def test_minutes_name_both_sides_and_a_time_that_has_come(stage, number):
    meeting = plan(stage, number)
    with pytest.raises(DomainError, match="each side"):
        minutes(stage, meeting, attendees=["Sam"])
    with pytest.raises(DomainError, match="in the future"):
        minutes(stage, meeting, held_at=now() + timedelta(hours=1))


def test_the_partner_confirms_on_the_page_and_gets_a_calendar_file(app, stage, number):
    meeting = plan(stage, number)
    client = app.test_client()
    client.sign_in(stage.nora)
    page = client.get(f"/sessions/{meeting}")
    file = client.get(page.link("Add it to your calendar"))
    assert file.mimetype == "text/calendar"
    assert "BEGIN:VEVENT" in file.get_data(as_text=True)
    minutes(stage, meeting)
    own = client.get(f"/cases/{number}")
    assert own.page.select_one(".page-head .button-primary").get_text().startswith("Continue:")
    page = client.get(f"/sessions/{meeting}")
    answer = client.submit(page, "Send my answer", verdict="confirmed")
    assert "The minutes are confirmed" in answer.text
    assert stage.state(number) is CaseState.IN_REMEDIATION


def test_a_calendar_file_escapes_and_folds(stage):
    text = calendar_file(
        identity="x@y",
        title="A, B; C",
        agenda="Zeile eins\nZeile zwei " + "ü" * 80,
        place="Berlin, 3\\4",
        starts_at=now(),
        minutes_to_last=60,
        made_at=now(),
    )
    assert "SUMMARY:A\\, B\\; C" in text
    assert "LOCATION:Berlin\\, 3\\\\4" in text
    assert "DTSTART:20260302T090000Z" in text
    assert "DTEND:20260302T100000Z" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "ü" * 80 in text.replace("\r\n ", "")
