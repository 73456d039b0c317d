"""No money moves on the word of one person: an effect looks for the decision that allows it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind
from app.kernel.errors import Refused, RefusedAct


def require_decided(
    session: Session, kind: DecisionKind, subject_id: int, *, approved: bool, by: Actor, partner_id: int
) -> Decision:
    """The newest decision about a subject, if it was made as said and by this actor; else the effect is refused."""
    decision = session.scalar(
        select(Decision)
        .where(Decision.kind == kind, Decision.subject_id == subject_id)
        .order_by(Decision.id.desc())
        .limit(1)
    )
    wanted = DecisionState.APPROVED if approved else DecisionState.REJECTED
    if decision is None or decision.state is not wanted or decision.decided_by_id != by.person_id:
        act = RefusedAct(f"{kind.value.replace('_', '-')}.decided", kind.value, str(subject_id), partner_id)
        raise Refused("This takes the decision of a second person, and there is none. Nothing was changed.", act, by=by)
    return decision
