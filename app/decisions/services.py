"""Maker and checker: the one choke point through which every two-person act goes, whatever the door."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission, holders
from app.accounts.rules import Reauthentication
from app.audit import services as audit
from app.decisions.models import Decision, DecisionState, Signature
from app.decisions.rules import KINDS, DecisionKind, Duty, Meaning, clash
from app.kernel.canonical import digest, plain
from app.kernel.errors import Conflict, DomainError, NotPermitted, Refused, RefusedAct, constraint_says

constraint_says(
    "one_open_decision_a_subject",
    "A proposal about this is open already. Wait for its decision, or have it taken back.",
)


class SamePerson(Refused):
    """The second person is the first one."""


class AlreadyDecided(Conflict):
    """Somebody decided meanwhile."""


class ContentChanged(Refused, Conflict):
    """What was proposed is no longer what stands. Like every refusal it is kept; whoever asked looks again, as after a conflict."""


def require(permission: Permission, *, by: Actor, act: RefusedAct) -> None:
    """Refuse, and keep the refusal, unless the actor's roles hold the permission. For every door but the web's own guard."""
    if not by.may(permission):
        roles = tuple(role.label for role in holders(permission))
        raise NotPermitted(
            f"Your role does not allow this. It takes: {', '.join(roles) or 'nobody'}.", act, by=by, held_by=roles
        )


def keep_apart(
    duty: Duty,
    *,
    by: Actor,
    took_part: Mapping[str, int | None],
    subject_type: str,
    subject_id: int | str,
    partner_id: int | None = None,
) -> None:
    """Refuse when `by` already took part. `took_part` maps phrases (“recorded it”) to person ids."""
    phrase = clash(by.person_id, took_part)
    if phrase is not None:
        act = RefusedAct(duty.value, subject_type, str(subject_id), partner_id, {"because": phrase})
        raise SamePerson(f"This needs a second person: you {phrase}. Ask a colleague with the right role.", act, by=by)


def propose(
    session: Session,
    kind: DecisionKind,
    subject_id: int,
    *,
    label: str,
    content: Mapping[str, Any],
    partner_id: int | None,
    reason: str,
    by: Actor,
    at: datetime,
    took_part: Mapping[str, int] | None = None,
) -> Decision:
    """Put a question to a second person. `content` is what they will judge, as plain values; its digest is kept with it."""
    require(KINDS[kind].propose, by=by, act=RefusedAct("decision.proposed", kind.value, str(subject_id), partner_id))
    if by.person_id is None:
        raise DomainError("A proposal is made by a person.")
    if not reason.strip():
        raise DomainError("Say why, in a sentence that the approver and a later auditor will read.", field="reason")
    decision = Decision(
        kind=kind,
        subject_id=subject_id,
        subject_label=label,
        partner_id=partner_id,
        content=plain(dict(content)),
        content_digest=digest(dict(content)),
        took_part=dict(took_part or {}),
        reason=reason.strip(),
        proposed_by_id=by.person_id,
        proposed_at=at,
    )
    session.add(decision)
    session.flush()
    audit.record(
        session,
        "decision.proposed",
        "decision",
        decision.id,
        by=by,
        at=at,
        partner_id=partner_id,
        reason=decision.reason,
        details={"kind": kind.value, "subject": subject_id, "digest": decision.content_digest},
    )
    return decision


def decide(
    session: Session,
    decision: Decision,
    *,
    approve: bool,
    current: Mapping[str, Any],
    reason: str,
    by: Actor,
    at: datetime,
    took_part: Mapping[str, int | None] | None = None,
) -> None:
    """Approve or reject, as a second person, what stands now: `current` must have the digest that was proposed.

    The caller holds the write lock and has read the decision inside it. More people to keep apart may be given in `took_part`.
    """
    act = RefusedAct(
        "decision.decided", "decision", str(decision.id), decision.partner_id, {"kind": decision.kind.value}
    )
    require(KINDS[decision.kind].decide, by=by, act=act)
    session.refresh(decision, with_for_update=True)
    keep_apart(
        Duty.DECIDE,
        by=by,
        subject_type="decision",
        subject_id=decision.id,
        partner_id=decision.partner_id,
        took_part={"proposed it": decision.proposed_by_id, **decision.took_part, **(took_part or {})},
    )
    if decision.state is not DecisionState.PROPOSED:
        raise AlreadyDecided(f"This was already {decision.state.value}. Nothing was changed.")
    if not approve and not reason.strip():
        raise DomainError("Say why you reject this, so that it can be mended.", field="reason")
    if approve and digest(dict(current)) != decision.content_digest:
        raise ContentChanged(
            "What was proposed has changed since. Nothing was approved. Ask for a new proposal of what stands now.",
            act,
            by=by,
        )
    decision.state = DecisionState.APPROVED if approve else DecisionState.REJECTED
    decision.decided_by_id, decision.decided_at, decision.decision_reason = by.person_id, at, reason.strip() or None
    session.flush()
    audit.record(
        session,
        "decision.approved" if approve else "decision.rejected",
        "decision",
        decision.id,
        by=by,
        at=at,
        partner_id=decision.partner_id,
        reason=decision.decision_reason,
        details={
            "kind": decision.kind.value,
            "subject": decision.subject_id,
            "digest": decision.content_digest,
            "proposed_by": decision.proposed_by_id,
        },
    )


def withdraw(session: Session, decision: Decision, *, reason: str, by: Actor, at: datetime) -> None:
    """The proposer, or the portal when the ground is gone, takes an open proposal back."""
    session.refresh(decision, with_for_update=True)
    if decision.state is not DecisionState.PROPOSED:
        raise AlreadyDecided(f"This was already {decision.state.value}. Nothing was changed.")
    if by.person_id not in (None, decision.proposed_by_id):
        raise DomainError("Only the person who proposed it can take it back.")
    decision.state, decision.decided_at, decision.decision_reason = DecisionState.WITHDRAWN, at, reason
    session.flush()
    audit.record(
        session,
        "decision.withdrawn",
        "decision",
        decision.id,
        by=by,
        at=at,
        partner_id=decision.partner_id,
        reason=reason,
        details={"kind": decision.kind.value},
    )


def sign(
    session: Session,
    meaning: Meaning,
    statement: str,
    subject_type: str,
    subject_id: int | str,
    *,
    content_digest: str,
    by: Actor,
    at: datetime,
    proof: Reauthentication,
    partner_id: int | None = None,
    valid_for: timedelta = timedelta(minutes=15),
) -> Signature:
    """Sign exact words about exact content. The proof must be the signer's own and fresh."""
    if by.person_id is None or proof.person_id != by.person_id or not timedelta(0) <= at - proof.at <= valid_for:
        act = RefusedAct("signature.made", subject_type, str(subject_id), partner_id)
        raise Refused(
            "Enter your password again to sign; a signature needs it fresh and your own.", act, by=by, field="password"
        )
    roles = ",".join(sorted(by.roles))
    seal = signature_seal(
        by.person_id, by.name, roles, meaning, statement, subject_type, str(subject_id), content_digest, at
    )
    signature = Signature(
        person_id=by.person_id,
        printed_name=by.name,
        roles=roles,
        meaning=meaning,
        statement=statement,
        subject_type=subject_type,
        subject_id=str(subject_id),
        content_digest=content_digest,
        signed_at=at,
        reauthenticated_at=proof.at,
        seal=seal,
    )
    session.add(signature)
    session.flush()
    audit.record(
        session,
        "signature.made",
        subject_type,
        subject_id,
        by=by,
        at=at,
        partner_id=partner_id,
        details={"signature": signature.id, "meaning": meaning.value, "content_digest": content_digest, "seal": seal},
    )
    return signature


def signature_seal(
    person_id: int,
    name: str,
    roles: str,
    meaning: Meaning,
    statement: str,
    subject_type: str,
    subject_id: str,
    content_digest: str,
    at: datetime,
) -> str:
    """The digest that ties signer, words, meaning, time and content to this one record."""
    return digest(
        {
            "person": person_id,
            "name": name,
            "roles": roles,
            "meaning": meaning.value,
            "statement": statement,
            "subject": [subject_type, subject_id],
            "content": content_digest,
            "at": at,
        }
    )
