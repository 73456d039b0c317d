from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.accounts.rules import Reauthentication
from app.audit.models import AuditEvent
from app.decisions import queries, services
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind, Duty, Meaning
from app.extensions import db
from app.kernel.clock import now
from app.kernel.errors import Conflict, DomainError, NotFound, NotPermitted, Refused

CONTENT = {"share": 10000, "program": "CLOUD"}


@pytest.fixture
def sam(world):
    return world.actor(world.analyst("Sam"))


@pytest.fixture
def priya(world):
    return world.actor(world.approver("Priya"))


@pytest.fixture
def proposed(in_transaction, sam):
    with in_transaction() as session:
        return services.propose(
            session,
            DecisionKind.HOLD,
            1,
            label="H-1",
            content=CONTENT,
            partner_id=None,
            reason="Three infractions.",
            by=sam,
            at=now(),
        ).id


def decide(in_transaction, decision_id, who, *, approve=True, current=CONTENT, reason="Agreed.", **more):
    with in_transaction() as session:
        services.decide(
            session,
            session.get_one(Decision, decision_id),
            approve=approve,
            current=current,
            reason=reason,
            by=who,
            at=now(),
            **more,
        )


def state(reading, decision_id):
    with reading() as session:
        return session.get_one(Decision, decision_id).state


def test_a_second_person_approves_what_was_proposed(in_transaction, reading, proposed, priya):
    decide(in_transaction, proposed, priya)
    with reading() as session:
        decision = session.get_one(Decision, proposed)
        assert (decision.state, decision.decided_by_id) == (DecisionState.APPROVED, priya.person_id)
        assert "decision.approved" in session.scalars(select(AuditEvent.action)).all()


def test_the_maker_cannot_approve_even_with_the_approvers_role_and_the_refusal_is_kept(
    in_transaction, reading, proposed, sam, priya
):
    both = type(sam)(sam.person_id, sam.name, roles=sam.roles | priya.roles)
    with pytest.raises(services.SamePerson, match="proposed it"):
        decide(in_transaction, proposed, both)
    assert state(reading, proposed) is DecisionState.PROPOSED
    with reading() as session:
        refused = session.scalars(select(AuditEvent).where(AuditEvent.outcome == "refused")).one()
    assert (refused.action, refused.person_id) == ("decision.decided", sam.person_id)


def test_the_database_itself_refuses_a_maker_who_decides(app, proposed, sam):
    with (
        app.app_context(),
        pytest.raises(DBAPIError, match="the_proposer_does_not_decide"),
        db.engine.begin() as connection,
    ):
        connection.execute(
            text(
                "UPDATE decision SET state = 'approved', decided_by_id = proposed_by_id, decided_at = proposed_at WHERE id = :id"
            ),
            {"id": proposed},
        )


def test_somebody_without_the_role_cannot_decide(in_transaction, reading, world, proposed):
    for person in (world.administrator(), world.auditor(), world.finance_approver()):
        with pytest.raises(NotPermitted):
            decide(in_transaction, proposed, world.actor(person))
    assert state(reading, proposed) is DecisionState.PROPOSED


def test_an_approval_replayed_by_a_fourth_person_changes_nothing(in_transaction, reading, world, proposed, priya):
    decide(in_transaction, proposed, priya)
    with pytest.raises(services.AlreadyDecided):
        decide(in_transaction, proposed, world.actor(world.approver("Walter")), approve=False, reason="Again")
    assert state(reading, proposed) is DecisionState.APPROVED


def test_what_changed_since_the_proposal_cannot_be_approved_and_the_trail_says_so(
    in_transaction, reading, proposed, priya
):
    with pytest.raises(services.ContentChanged):
        decide(in_transaction, proposed, priya, current={**CONTENT, "share": 5000})
    assert state(reading, proposed) is DecisionState.PROPOSED
    with reading() as session:
        last = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
        assert (last.action, last.outcome, last.person_id) == ("decision.decided", "refused", priya.person_id)
        assert last.reason.startswith("What was proposed has changed since.")


def test_people_who_took_part_elsewhere_are_kept_apart(in_transaction, proposed, priya):
    with pytest.raises(services.SamePerson, match="approved the determination"):
        decide(in_transaction, proposed, priya, took_part={"approved the determination": priya.person_id})


def test_a_rejection_says_why(in_transaction, proposed, priya):
    with pytest.raises(DomainError, match="Say why"):
        decide(in_transaction, proposed, priya, approve=False, reason=" ")


def test_a_second_open_proposal_for_the_same_thing_is_refused(in_transaction, proposed, sam):
    with pytest.raises(Conflict, match="open already"), in_transaction() as session:
        services.propose(
            session,
            DecisionKind.HOLD,
            1,
            label="H-1",
            content=CONTENT,
            partner_id=None,
            reason="Again.",
            by=sam,
            at=now(),
        )


def test_only_the_proposer_takes_a_proposal_back(in_transaction, reading, proposed, sam, priya):
    with pytest.raises(DomainError), in_transaction() as session:
        services.withdraw(session, session.get_one(Decision, proposed), reason="No", by=priya, at=now())
    with in_transaction() as session:
        services.withdraw(session, session.get_one(Decision, proposed), reason="Mistaken", by=sam, at=now())
    assert state(reading, proposed) is DecisionState.WITHDRAWN


def test_decisions_of_other_departments_are_not_found(reading, world, proposed):
    who = world.actor(world.finance_analyst())
    with reading() as session, pytest.raises(NotFound):
        queries.load(session, proposed, by=who)


def test_the_queue_lists_what_others_proposed(reading, proposed, sam, priya):
    with reading() as session:
        assert [decision.id for decision in queries.waiting_for(session, priya)] == [proposed]
        assert queries.waiting_for(session, sam) == []


def test_an_act_without_proposal_also_needs_a_second_person(sam):
    with pytest.raises(services.SamePerson, match="recorded it"):
        services.keep_apart(
            Duty.SUBSTANTIATE_INFRACTION,
            by=sam,
            took_part={"recorded it": sam.person_id},
            subject_type="infraction",
            subject_id=1,
        )
    services.keep_apart(
        Duty.SUBSTANTIATE_INFRACTION, by=sam, took_part={"recorded it": 999}, subject_type="infraction", subject_id=1
    )


def test_a_signature_needs_a_fresh_proof_of_the_signer(in_transaction, sam, priya):
    at = now()
    for proof in (
        Reauthentication(priya.person_id, at),
        Reauthentication(sam.person_id, at - timedelta(minutes=16)),
        Reauthentication(sam.person_id, at + timedelta(minutes=1)),
    ):
        with pytest.raises(Refused), in_transaction() as session:
            services.sign(
                session,
                Meaning.ATTESTED,
                "I have read it.",
                "thing",
                1,
                content_digest="a" * 64,
                by=sam,
                at=at,
                proof=proof,
            )


def test_a_signature_moved_to_another_record_no_longer_holds(in_transaction, reading, sam):
    at = now()
    with in_transaction() as session:
        made = services.sign(
            session,
            Meaning.ATTESTED,
            "I have read it.",
            "thing",
            1,
            content_digest="a" * 64,
            by=sam,
            at=at,
            proof=Reauthentication(sam.person_id, at),
        ).id
    with reading() as session:
        (signature,) = queries.signatures(session, "thing", 1)
        assert signature.id == made
        assert queries.seal_holds(signature)
        session.expunge(signature)
    for attribute, value in (
        ("subject_id", "2"),
        ("statement", "I have not."),
        ("printed_name", "Grace"),
        ("content_digest", "b" * 64),
    ):
        kept = getattr(signature, attribute)
        setattr(signature, attribute, value)
        assert not queries.seal_holds(signature)
        setattr(signature, attribute, kept)
