"""Reading the trail, and proving that nobody rewrote it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent
from app.audit.services import GENESIS, Noted, chained


@dataclass(frozen=True)
class ChainVerdict:
    """The chain holds up to number `events`; `broken_at` is the first number whose link does not hold, with the reason in words."""

    events: int
    head: str
    broken_at: int | None = None
    reason: str | None = None

    @property
    def ok(self) -> bool:
        return self.broken_at is None


def verify(session: Session, *, anchor: tuple[int, str] | None = None, after: int = 0) -> ChainVerdict:
    """Walk the whole chain, or only what follows event `after`, whose own hash is then taken as given.

    `anchor` is a (number, hash) noted earlier elsewhere: it also finds a tail that was cut off.
    """
    previous_hash = GENESIS
    if after:
        given = session.scalar(select(AuditEvent.hash).where(AuditEvent.seq == after))
        if given is None:
            return ChainVerdict(after - 1, GENESIS, after, f"event {after} is missing")
        previous_hash = given
    statement = select(AuditEvent).where(AuditEvent.seq > after).order_by(AuditEvent.seq)
    found = session.execute(statement.execution_options(yield_per=2000))
    try:
        return _walk(session, found.scalars(), after, previous_hash, anchor)
    finally:
        found.close()


def _walk(
    session: Session, rows: Iterable[AuditEvent], after: int, previous_hash: str, anchor: tuple[int, str] | None
) -> ChainVerdict:
    expected, anchored = after + 1, anchor is None
    for row in rows:
        if row.seq != expected:
            return ChainVerdict(
                expected - 1, previous_hash, expected, f"event {expected} is missing; the next one is {row.seq}"
            )
        if row.previous_hash != previous_hash:
            return ChainVerdict(
                expected - 1,
                previous_hash,
                row.seq,
                f"event {row.seq} does not follow event {row.seq - 1}: it names another hash before it",
            )
        noted = Noted(
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
            row.reason,
            row.details,
        )
        if chained(noted, row.seq, previous_hash) != row.hash:
            return ChainVerdict(
                expected - 1, previous_hash, row.seq, f"event {row.seq} was altered: its content no longer has its hash"
            )
        previous_hash, expected = row.hash, expected + 1
        if anchor and anchor[0] == row.seq:
            if anchor[1] != row.hash:
                return ChainVerdict(
                    row.seq - 1,
                    previous_hash,
                    row.seq,
                    f"event {row.seq} has another hash than the one noted earlier: the chain was rewritten",
                )
            anchored = True
        session.expunge(row)
    if anchor and not anchored:
        return ChainVerdict(
            expected - 1,
            previous_hash,
            expected,
            f"the chain ends at event {expected - 1}, but event {anchor[0]} was noted earlier: its end was cut off",
        )
    return ChainVerdict(expected - 1, previous_hash)


def of_subject(session: Session, subject_type: str, subject_id: int | str, *, limit: int = 200) -> Sequence[AuditEvent]:
    """Events about one thing, newest first."""
    return session.scalars(
        select(AuditEvent)
        .where(AuditEvent.subject_type == subject_type, AuditEvent.subject_id == str(subject_id))
        .order_by(AuditEvent.seq.desc())
        .limit(limit)
    ).all()
