import random

import pytest
from sqlalchemy import delete, select, text, update

from app.audit import queries
from app.audit import services as audit
from app.audit.models import AuditEvent
from app.extensions import db
from app.kernel.clock import now
from app.kernel.errors import Refused, RefusedAct
from tests.ground.world import BUILDER


@pytest.fixture
def events(in_transaction):
    for number in range(12):
        with in_transaction() as session:
            audit.record(
                session,
                "thing.done",
                "thing",
                number,
                by=BUILDER,
                at=now(),
                details={"old": number, "new": [number + 1, "山田"]},
            )
            audit.record(session, "other.done", "thing", number, by=BUILDER, at=now(), reason="because")
    return 24


@pytest.fixture
def tampering(app, database):
    """A connection of somebody who owns the database and has taken the triggers away."""

    def without_triggers():
        context = app.app_context()
        context.push()
        db.session.remove()
        connection = db.engine.connect()
        if db.engine.dialect.name == "sqlite":
            for verb in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER audit_event_no_{verb}"))
        else:
            connection.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
        made.append((connection, context))
        return connection

    made = []
    yield without_triggers
    for connection, context in made:
        connection.close()
        context.pop()


def test_the_chain_verifies_and_counts_its_events(events, reading):
    with reading() as session:
        verdict = queries.verify(session)
    assert verdict.ok
    assert verdict.events == events


@pytest.mark.parametrize(
    "column_and_value",
    [
        ("reason", "nothing"),
        ("person_id", 9),
        ("action", "thing.undone"),
        ("outcome", "refused"),
        ("subject_id", "77"),
        ("details", {"old": 0}),
        ("roles", "auditor"),
        ("via", "api"),
        ("partner_id", 3),
    ],
)
def test_an_altered_event_is_the_first_broken_link(events, reading, tampering, column_and_value):
    column, value = column_and_value
    connection = tampering()
    connection.execute(update(AuditEvent).where(AuditEvent.seq == 7).values({column: value}))
    connection.commit()
    with reading() as session:
        assert queries.verify(session).broken_at == 7


def test_a_missing_event_is_named(events, reading, tampering):
    connection = tampering()
    connection.execute(delete(AuditEvent).where(AuditEvent.seq == 9))
    connection.commit()
    with reading() as session:
        verdict = queries.verify(session)
    assert verdict.broken_at == 9
    assert "missing" in verdict.reason


def test_two_events_that_changed_places_are_found(events, reading, tampering):
    connection = tampering()
    for seq, to in ((5, 500), (6, 5), (500, 6)):
        connection.execute(update(AuditEvent).where(AuditEvent.seq == seq).values(seq=to))
    connection.commit()
    with reading() as session:
        assert queries.verify(session).broken_at == 5


def test_a_tail_cut_off_is_found_by_what_was_noted_elsewhere(events, reading, tampering):
    with reading() as session:
        noted = queries.verify(session)
    connection = tampering()
    connection.execute(delete(AuditEvent).where(AuditEvent.seq > 20))
    connection.commit()
    with reading() as session:
        assert queries.verify(session).ok
        assert not queries.verify(session, anchor=(noted.events, noted.head)).ok


def test_a_chain_rewritten_from_the_middle_is_found_by_what_was_noted_elsewhere(events, reading, tampering):
    with reading() as session:
        noted = queries.verify(session)
        rows = session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()
        session.expunge_all()
    connection = tampering()
    previous = rows[8].hash
    for row in rows[9:]:
        reason = "rewritten" if row.seq == 10 else row.reason
        event = audit.Noted(
            row.at,
            row.person_id,
            row.roles,
            row.via,
            row.request_id,
            row.action,
            row.outcome,
            row.subject_type,
            row.subject_id,
            row.partner_id,
            reason,
            row.details,
        )
        sealed = audit.chained(event, row.seq, previous)
        connection.execute(
            update(AuditEvent)
            .where(AuditEvent.seq == row.seq)
            .values(reason=reason, previous_hash=previous, hash=sealed)
        )
        previous = sealed
    connection.commit()
    with reading() as session:
        assert queries.verify(session).ok
        assert queries.verify(session, anchor=(noted.events, noted.head)).broken_at == noted.events


def test_random_tampering_is_always_found(events, reading, tampering):
    connection = tampering()
    chance = random.Random(20260302)
    for _ in range(12):
        seq = chance.randint(1, events)
        kept = connection.execute(select(AuditEvent.hash, AuditEvent.previous_hash).where(AuditEvent.seq == seq)).one()
        column = chance.choice(["hash", "previous_hash"])
        value = "".join(chance.choices("0123456789abcdef", k=64))
        connection.execute(update(AuditEvent).where(AuditEvent.seq == seq).values({column: value}))
        connection.commit()
        with reading() as session:
            assert not queries.verify(session).ok
        connection.execute(
            update(AuditEvent).where(AuditEvent.seq == seq).values(hash=kept.hash, previous_hash=kept.previous_hash)
        )
        connection.commit()
    with reading() as session:
        assert queries.verify(session).ok


def test_work_that_was_undone_leaves_no_event_and_a_refusal_leaves_one(in_transaction, reading):
    with pytest.raises(ZeroDivisionError), in_transaction() as session:  # noqa: PT012 - what comes before must be undone
        audit.record(session, "thing.done", "thing", 1, by=BUILDER, at=now())
        raise ZeroDivisionError
    with pytest.raises(Refused), in_transaction() as session:  # noqa: PT012
        audit.record(session, "thing.done", "thing", 1, by=BUILDER, at=now())
        raise Refused("Not you.", RefusedAct("thing.done", "thing", "1"), by=BUILDER)
    with reading() as session:
        (event,) = session.scalars(select(AuditEvent)).all()
    assert (event.action, event.outcome, event.reason) == ("thing.done", "refused", "Not you.")
