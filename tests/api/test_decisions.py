import pytest
from sqlalchemy import func, select

from app.access.policy import Role
from app.accounts import services as accounts
from app.accounts.models import Person
from app.audit.models import AuditEvent
from app.decisions.models import Decision, DecisionState
from app.kernel.clock import now
from app.remediation.models import CaseState, Notice
from tests.ground.world import BUILDER

KEY = {"Idempotency-Key": "a-key-of-one-act"}
APPROVE = {"outcome": "approve", "reason": "Read and judged."}


@pytest.fixture
def proposed(stage):
    """The number of a case whose notice waits to be approved."""
    number = stage.open()
    stage.propose_notice(number)
    return number


@pytest.fixture
def decision_id(proposed, reading):
    with reading() as session:
        return session.scalars(select(Decision.id)).one()


def outcome_of(reading, decision_id) -> DecisionState:
    with reading() as session:
        return session.get_one(Decision, decision_id).state


def decide(ask, who, decision_id, *, body=APPROVE, headers=KEY, **more):
    return ask(who, "POST", f"/decisions/{decision_id}/outcome", json=body, headers=headers, **more)


def test_the_queue_names_what_waits_and_what_may_be_decided(ask, stage, decision_id):
    waiting = ask(stage.priya, "GET", "/decisions").json["waiting"]
    assert [one["id"] for one in waiting] == [decision_id]
    assert waiting[0]["may_decide"]
    assert waiting[0]["proposed_by"] == "Sam"
    mine = ask(stage.sam, "GET", "/decisions").json
    assert mine["waiting"] == []
    assert [one["may_decide"] for one in mine["recent"]] == [False]


def test_one_decision_shows_what_was_proposed(ask, stage, decision_id, reading):
    found = ask(stage.priya, "GET", f"/decisions/{decision_id}").json
    with reading() as session:
        kept = session.get_one(Decision, decision_id)
    assert (found["content"], found["digest"]) == (kept.content, kept.content_digest)


def test_an_approval_through_the_api_has_the_effect_of_one_on_the_page(ask, stage, proposed, decision_id, reading):
    answer = decide(ask, stage.priya, decision_id)
    assert answer.status_code == 200
    assert (answer.json["state"], answer.json["decided_by"]) == ("approved", "Priya")
    assert stage.state(proposed) is CaseState.NOTIFIED
    with reading() as session:
        events = session.scalars(select(AuditEvent.via).where(AuditEvent.action == "decision.approved")).all()
    assert events == ["api"]


def test_the_maker_is_refused_through_this_door_too_and_it_is_kept(ask, stage, decision_id, reading, in_transaction):
    with in_transaction() as session:
        sam = session.get_one(Person, stage.sam.id)
        accounts.grant_role(session, sam, Role.COMPLIANCE_APPROVER, by=BUILDER, at=now())
    answer = decide(ask, stage.sam, decision_id)
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
    assert "you proposed it" in answer.json["detail"]
    assert outcome_of(reading, decision_id) is DecisionState.PROPOSED
    with reading() as session:
        [refused] = session.scalars(select(AuditEvent).where(AuditEvent.outcome == "refused")).all()
    assert (refused.action, refused.person_id, refused.via) == ("decision.decided", stage.sam.id, "api")


def test_somebody_without_the_role_is_refused_once_and_it_is_kept_once(ask, stage, decision_id, reading):
    assert decide(ask, stage.jonas, decision_id).status_code == 403
    assert outcome_of(reading, decision_id) is DecisionState.PROPOSED
    with reading() as session:
        assert session.scalar(select(func.count()).where(AuditEvent.outcome == "refused")) == 1


def test_strangers_learn_nothing(ask, stage, world, decision_id):
    for who in (stage.nora, stage.ada):
        for method, path in (("GET", "/decisions"), ("GET", f"/decisions/{decision_id}")):
            assert ask(who, method, path).status_code == 404
        assert decide(ask, who, decision_id).status_code == 404
    finance = world.finance_approver()
    assert ask(finance, "GET", f"/decisions/{decision_id}").status_code == 404
    assert decide(ask, finance, decision_id).status_code == 404
    assert decide(ask, stage.robin, decision_id).status_code == 403


def test_nobody_is_answered_with_401_and_not_with_a_page(ask, decision_id):
    answer = ask(None, "GET", "/decisions")
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.json["title"] == "Not signed in"


def test_a_post_without_the_token_changes_nothing(ask, stage, decision_id, reading):
    answer = decide(ask, stage.priya, decision_id, csrf=False)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert outcome_of(reading, decision_id) is DecisionState.PROPOSED


def test_the_token_can_be_asked_for(client, stage, decision_id, reading):
    client.sign_in(stage.priya)
    session = client.get("/api/v1/session").json
    assert session["person"]["name"] == "Priya"
    answer = client.post(
        f"/api/v1/decisions/{decision_id}/outcome",
        json=APPROVE,
        headers={**KEY, "X-CSRFToken": session["csrf_token"]},
        csrf=False,
    )
    assert answer.status_code == 200


def test_the_same_request_again_is_answered_again_and_done_once(ask, stage, decision_id, reading):
    first, second = decide(ask, stage.priya, decision_id), decide(ask, stage.priya, decision_id)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json == second.json
    with reading() as session:
        assert session.scalar(select(func.count()).where(AuditEvent.action == "decision.approved")) == 1
        assert session.scalar(select(func.count()).select_from(Notice)) == 1


def test_another_act_under_a_used_key_is_a_conflict(ask, stage, decision_id):
    decide(ask, stage.priya, decision_id)
    answer = decide(ask, stage.priya, decision_id, body={"outcome": "reject", "reason": "No."})
    assert answer.status_code == 409


def test_a_second_approver_comes_too_late(ask, stage, world, decision_id):
    decide(ask, stage.priya, decision_id)
    answer = decide(ask, world.approver("Walter"), decision_id, headers={"Idempotency-Key": "another-key"})
    assert answer.status_code == 409
    assert "already approved" in answer.json["detail"]


@pytest.mark.parametrize(
    ("body", "headers", "said"),
    [
        (APPROVE, {}, "Idempotency-Key"),
        (APPROVE, {"Idempotency-Key": "short"}, "Idempotency-Key"),
        (["approve"], KEY, "JSON object"),
        ({"outcome": "maybe"}, KEY, "Say approve or reject."),
        ({"outcome": "approve", "reason": 7}, KEY, "as text"),
        ({"outcome": "approve", "reason": "x" * 2001}, KEY, "2,000 characters"),
        ({"outcome": "approve", "approve": True}, KEY, "“approve” is not known here"),
        ({"outcome": "reject"}, KEY, "Say why you reject this"),
    ],
)
def test_a_request_that_cannot_be_understood_changes_nothing_and_says_why(
    ask, stage, decision_id, reading, body, headers, said
):
    answer = decide(ask, stage.priya, decision_id, body=body, headers=headers)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert said in answer.json["detail"]
    assert outcome_of(reading, decision_id) is DecisionState.PROPOSED


def test_what_is_no_json_is_refused_in_words(ask, stage, decision_id):
    answer = ask(stage.priya, "POST", f"/decisions/{decision_id}/outcome", data="outcome=approve", headers=KEY)
    assert answer.status_code == 422
    assert "JSON object" in answer.json["detail"]


def test_a_rejection_needs_its_reason_and_has_its_effect(ask, stage, proposed, decision_id, reading):
    answer = decide(ask, stage.priya, decision_id, body={"outcome": "reject", "reason": "The grounds lack a date."})
    assert answer.json["state"] == "rejected"
    assert answer.json["decision_reason"] == "The grounds lack a date."
    assert stage.state(proposed) is CaseState.DRAFT


def test_an_address_that_does_not_exist_is_a_problem_in_json(ask, stage):
    answer = ask(stage.priya, "GET", "/decisions/999999")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert ask(stage.priya, "GET", "/nothing").mimetype == "application/problem+json"
