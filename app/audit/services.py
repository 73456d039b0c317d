"""Writing the trail. Events are noted while the work is done and sealed into the chain just before the commit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.audit.models import AuditEvent
from app.kernel.canonical import digest, plain
from app.kernel.database import Base, serialize
from app.kernel.errors import Refused, RefusedAct
from app.kernel.prepared import Prepared

GENESIS = "0" * 64
_PENDING = "audit_events_to_seal"

_event = Base.metadata.tables[AuditEvent.__tablename__]
_HEAD = Prepared(select(_event.c.seq, _event.c.hash).order_by(_event.c.seq.desc()).limit(1))
_KEEP = Prepared(insert(_event).values({column.name: bindparam(column.name) for column in _event.c}))


@dataclass(frozen=True)
class Noted:
    """An event as it will be hashed, but for its place in the chain."""

    at: datetime
    person_id: int | None
    roles: str
    via: str
    request_id: str
    action: str
    outcome: str
    subject_type: str
    subject_id: str
    partner_id: int | None
    reason: str | None
    details: Mapping[str, Any]


def record(
    session: Session,
    action: str,
    subject_type: str,
    subject_id: int | str,
    *,
    by: Actor,
    at: datetime,
    partner_id: int | None = None,
    reason: str | None = None,
    details: Mapping[str, Any] | None = None,
    outcome: str = "done",
) -> None:
    """Note that `by` did `action` (`noun.past-participle`) to a subject. It is kept if and only if the transaction is.

    `details` holds plain values (ids, states, amounts as integers, old and new), never names, addresses, passwords or answers.
    """
    session.info.setdefault(_PENDING, []).append(
        Noted(
            at,
            by.person_id,
            ",".join(sorted(by.roles)),
            by.via,
            by.request_id,
            action,
            outcome,
            subject_type,
            str(subject_id),
            partner_id,
            reason,
            plain(dict(details or {})),
        )
    )


def record_refusal(session: Session, refusal: Refused, *, at: datetime) -> None:
    """Note an act that the rules forbade. `refusal.by` is the Actor who tried."""
    act: RefusedAct = refusal.act
    if not isinstance(refusal.by, Actor):
        raise TypeError("A refusal names the actor who was refused.")
    record(
        session,
        act.action,
        act.subject_type,
        act.subject_id,
        by=refusal.by,
        at=at,
        partner_id=act.partner_id,
        reason=refusal.sentence,
        details=act.details,
        outcome="refused",
    )


def forget(session: Session) -> None:
    """Drop what was noted: the transaction was undone, or a new one begins."""
    session.info.pop(_PENDING, None)


def chained(noted: Noted, seq: int, previous_hash: str) -> str:
    """The hash of an event at its place: SHA-256 over its canonical form, its number and the hash before."""
    return digest({**vars(noted), "seq": seq, "previous_hash": previous_hash})


def seal(session: Session) -> None:
    """Number, hash and insert the noted events. Called once, last thing before the commit, so that the chain's lock is held shortly."""
    noted: list[Noted] = session.info.pop(_PENDING, [])
    if not noted:
        return
    serialize(session, "audit-chain")
    head = _HEAD.one(session)
    seq, previous_hash = (head.seq, head.hash) if head else (0, GENESIS)
    rows = []
    for event in noted:
        seq += 1
        sealed = chained(event, seq, previous_hash)
        rows.append({**vars(event), "seq": seq, "previous_hash": previous_hash, "hash": sealed})
        previous_hash = sealed
    _KEEP.run_all(session, rows)
