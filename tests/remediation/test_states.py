"""The tables of states: what they allow, and that every other way is refused with the same sentence."""

import itertools

import pytest

from app.access.policy import PORTAL, Actor, Permission, Role
from app.kernel.clock import now
from app.kernel.errors import DomainError, NotPermitted
from app.remediation.models import CaseState, StepKind, StepState
from app.remediation.rules.case_states import AFTER_DETERMINATION, CASE_TRANSITIONS, CLOSED, Outcome
from app.remediation.rules.step_states import STEP_TRANSITIONS, TONES, Word, word_for
from app.remediation.rules.transitions import find, following, refusal
from app.remediation.services.moving import IllegalTransition, move_case, move_step

EVERYONE = Actor(999, "Everybody", roles=frozenset(Role))


def test_every_state_of_a_case_can_be_reached_and_left_unless_it_is_closed():
    assert {row.target for row in CASE_TRANSITIONS} == set(CaseState)
    left_without_deciding = {row.source for row in CASE_TRANSITIONS if row.may or row.by_rule}
    assert {row.source for row in CASE_TRANSITIONS} - left_without_deciding <= CLOSED | {CaseState.REFERRED}
    assert left_without_deciding & CLOSED == set()


def test_a_closed_case_reopens_only_when_its_determination_falls():
    ways = [(row.source, row.target) for row in CASE_TRANSITIONS if row.source in CLOSED]
    assert ways == [(CaseState.CLOSED_COMPLETED, CaseState.IN_REMEDIATION)]


def test_no_table_names_a_way_twice():
    for table in (CASE_TRANSITIONS, STEP_TRANSITIONS):
        ways = [(row.source, row.target) for row in table]
        assert len(ways) == len(set(ways))


def test_every_way_is_open_to_somebody_and_none_to_everybody():
    for row in (*CASE_TRANSITIONS, *STEP_TRANSITIONS):
        assert row.may or row.by_rule or row.by_decision
        assert not row.open_to(Actor(1, "Nobody"), decided=False)


def test_serving_closing_and_referring_take_a_decision():
    for target in (CaseState.NOTIFIED, CaseState.REFERRED, CaseState.CLOSED_OFFBOARDED):
        for row in CASE_TRANSITIONS:
            if row.target is target:
                assert row.by_decision
                assert not row.may
                assert not row.by_rule


def test_a_determination_leads_where_the_table_allows():
    for outcome in Outcome:
        target = AFTER_DETERMINATION[outcome]
        row = find(CASE_TRANSITIONS, CaseState.COMPLETION_REVIEW, target)
        assert row is not None
        assert row.by_decision


def test_a_refusal_says_what_is_possible():
    assert refusal("Case RC-2026-0001", "Draft", "Monitoring", ["Notified", "Dismissed"]) == (
        "Case RC-2026-0001 is “Draft” and can't become “Monitoring”. From here it can become “Notified” or “Dismissed”."
    )
    assert "is final" in refusal("This step", "A", "B", [])


def move(stage, number, source, target, *, by):
    """Try a change from a state that the case is only said to be in."""
    with stage.in_transaction() as session:
        case = stage.case(session, number)
        session.expunge(case)
        case.state = source
        move_case(session, case, target, by=by, at=now(), reason="Because.")


def move_the_step(stage, number, source, target):
    step = stage.step(number, StepKind.EVIDENCE)
    with stage.in_transaction() as session:
        step.state = source
        move_step(session, stage.case(session, number), step, target, by=EVERYONE, at=now(), reason="Because.")


def test_every_illegal_way_of_a_case_is_refused_with_the_same_sentence(stage):
    number = stage.open()
    legal = {(row.source, row.target) for row in CASE_TRANSITIONS}
    refused = 0
    for source, target in itertools.product(CaseState, CaseState):
        if (source, target) in legal:
            continue
        said = set()
        for by in (EVERYONE, PORTAL):
            with pytest.raises(IllegalTransition) as caught:
                move(stage, number, source, target, by=by)
            said.add(caught.value.sentence)
        onward = [state.label for state in following(CASE_TRANSITIONS, source)]
        assert said == {refusal(f"Case {number}", source.label, target.label, onward)}
        refused += 1
    assert refused == len(CaseState) ** 2 - len(legal) + 1
    assert stage.state(number) is CaseState.DRAFT


def test_every_illegal_way_of_a_step_is_refused(stage):
    number = stage.running(StepKind.EVIDENCE)
    legal = {(row.source, row.target) for row in STEP_TRANSITIONS}
    for source, target in itertools.product(StepState, StepState):
        if (source, target) in legal:
            continue
        with pytest.raises(IllegalTransition):
            move_the_step(stage, number, source, target)


@pytest.mark.parametrize(
    "row", [row for row in CASE_TRANSITIONS if row.source is not None], ids=lambda row: f"{row.source}-{row.target}"
)
def test_a_legal_way_is_closed_to_whom_the_table_does_not_name(stage, row):
    number = stage.open()
    learner = Actor(stage.ada.id, "Ada", roles=frozenset({Role.LEARNER}), partner_id=stage.acme.id)
    with pytest.raises(NotPermitted):
        move(stage, number, row.source, row.target, by=learner)
    if not row.by_rule:
        with pytest.raises(NotPermitted):
            move(stage, number, row.source, row.target, by=PORTAL)


def test_a_change_without_its_reason_is_refused(stage):
    number = stage.open()
    with pytest.raises(DomainError, match="Say why"), stage.in_transaction() as session:
        move_case(
            session, stage.case(session, number), CaseState.DISMISSED, by=stage.act(stage.sam), at=now(), reason="  "
        )


def test_every_change_is_in_the_audit_trail_with_old_and_new(stage):
    from app.audit.queries import of_subject

    number = stage.open()
    stage.notify(number)
    with stage.reading() as session:
        moved = [event for event in of_subject(session, "case", number) if event.action == "case.moved"]
        assert [(event.details["old"], event.details["new"]) for event in moved] == [("draft", "notified")]
        assert moved[0].person_id == stage.priya.id


def test_a_partner_reads_one_of_six_words():
    words = {
        word_for(kind, state, may_start=start, waits_for_vendor=waits)
        for kind in StepKind
        for state in StepState
        for start in (True, False)
        for waits in (True, False)
    }
    assert words == set(Word)
    assert set(TONES) == set(Word)


def test_the_attestation_cannot_start_before_the_rest_is_done():
    assert word_for(StepKind.ATTESTATION, StepState.NOT_STARTED, may_start=False) is Word.CLOSED
    assert word_for(StepKind.ATTESTATION, StepState.NOT_STARTED, may_start=True) is Word.NOT_STARTED
    assert Permission.ATTESTATION_SIGN in next(
        row.may for row in STEP_TRANSITIONS if (row.source, row.target) == (StepState.NOT_STARTED, StepState.SUBMITTED)
    )
