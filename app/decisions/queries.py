"""Questions about decisions and signatures."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.decisions.models import Decision, DecisionState, Signature
from app.decisions.rules import KINDS, DecisionKind
from app.decisions.services import signature_seal
from app.kernel.errors import NotFound


def load(session: Session, decision_id: int, *, by: Actor) -> Decision:
    """A decision whose kind the actor may propose or decide, or that they may audit; NotFound otherwise."""
    decision = session.get(Decision, decision_id)
    if decision is None or decision.kind not in visible_kinds(by):
        raise NotFound
    return decision


def visible_kinds(by: Actor) -> frozenset[DecisionKind]:
    """The kinds this actor has to do with: proposes, decides, or may read all as an auditor."""
    if by.may(Permission.AUDIT_READ):
        return frozenset(DecisionKind)
    return frozenset(kind for kind, about in KINDS.items() if by.may(about.propose) or by.may(about.decide))


def waiting_for(session: Session, by: Actor) -> Sequence[Decision]:
    """Open proposals that this actor may decide and did not make, oldest first."""
    kinds = [kind for kind, about in KINDS.items() if by.may(about.decide)]
    if not kinds:
        return []
    found = session.scalars(
        select(Decision)
        .where(
            Decision.state == DecisionState.PROPOSED, Decision.kind.in_(kinds), Decision.proposed_by_id != by.person_id
        )
        .order_by(Decision.proposed_at, Decision.id)
        .limit(200)
    )
    return [decision for decision in found if by.person_id not in decision.took_part.values()]


def recent(session: Session, by: Actor, *, limit: int = 50) -> Sequence[Decision]:
    """What was decided lately, and what this actor has proposed and waits for, newest first."""
    return session.scalars(
        select(Decision)
        .where(
            Decision.kind.in_(visible_kinds(by)),
            (Decision.state != DecisionState.PROPOSED) | (Decision.proposed_by_id == by.person_id),
        )
        .order_by(Decision.id.desc())
        .limit(limit)
    ).all()


def of_subject(session: Session, kind: DecisionKind, subject_id: int) -> Sequence[Decision]:
    """All decisions of a kind about one thing, newest first."""
    return session.scalars(
        select(Decision).where(Decision.kind == kind, Decision.subject_id == subject_id).order_by(Decision.id.desc())
    ).all()


def approved_by(session: Session, kind: DecisionKind, subject_id: int, *, by: Actor) -> Decision | None:
    """The newest decision about one thing if this actor has approved it: what an effect asks for before it happens."""
    newest = next(iter(of_subject(session, kind, subject_id)), None)
    if newest is None or newest.state is not DecisionState.APPROVED or newest.decided_by_id != by.person_id:
        return None
    return newest


def signatures(session: Session, subject_type: str, subject_id: int | str) -> Sequence[Signature]:
    return session.scalars(
        select(Signature)
        .where(Signature.subject_type == subject_type, Signature.subject_id == str(subject_id))
        .order_by(Signature.id)
    ).all()


def seal_holds(signature: Signature) -> bool:
    """True while nothing of a stored signature was altered or moved to another record."""
    return signature.seal == signature_seal(
        signature.person_id,
        signature.printed_name,
        signature.roles,
        signature.meaning,
        signature.statement,
        signature.subject_type,
        signature.subject_id,
        signature.content_digest,
        signature.signed_at,
    )
