"""Reviews of a determination whose certificate was revoked: it stands and is certified anew, or falls and the case goes back to work."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.policy import Actor, Permission
from app.audit import services as audit
from app.certificates.models import Certificate
from app.decisions.models import Decision, DecisionState
from app.decisions.rules import DecisionKind
from app.decisions.services import propose, require
from app.incentives.queries.release_orders import let_go_on, totals_of_orders
from app.kernel.errors import Conflict, DomainError, RefusedAct
from app.outbox.services import enqueue
from app.remediation import queries
from app.remediation.models import (
    CaseState,
    Determination,
    DeterminationReview,
    RemediationCase,
    ReviewOutcome,
    StepKind,
    StepState,
)
from app.remediation.rules.case_states import AFTER_COMPLETION
from app.remediation.services.cases import reopen_named
from app.remediation.services.moving import decided, is_open_question, lock, move_case


def open_review(
    session: Session, *, case_id: int, determination_id: int, certificate_id: int, by: Actor, at: datetime
) -> DeterminationReview:
    """Begin to look back, because the certificate of a determination was revoked. Nothing else changes."""
    case = session.get_one(RemediationCase, case_id)
    review = DeterminationReview(
        case_id=case_id,
        partner_id=case.partner_id,
        determination_id=determination_id,
        certificate_id=certificate_id,
        steps_to_reopen=[],
        opened_at=at,
    )
    session.add(review)
    session.flush()
    audit.record(
        session,
        "determination-review.opened",
        "determination_review",
        review.id,
        by=by,
        at=at,
        partner_id=case.partner_id,
        details={"case": case.number, "determination": determination_id, "certificate": certificate_id},
    )
    return review


def propose_conclusion(
    session: Session,
    review: DeterminationReview,
    outcome: ReviewOutcome,
    *,
    reason: str,
    words_to_partner: str = "",
    steps_to_reopen: Sequence[int] = (),
    by: Actor,
    at: datetime,
) -> Decision:
    """Put before a second person what the review found. `reason` is for the inside.

    A determination that falls names the steps to be worked on again, and says why in `words_to_partner`.
    """
    case = lock(session, review.case_id)
    act = RefusedAct("determination-review.concluded", "determination_review", str(review.id), case.partner_id)
    require(Permission.DETERMINATION_PROPOSE, by=by, act=act)
    session.refresh(review, with_for_update=True)
    if review.concluded_at is not None:
        raise Conflict("This review is concluded already. Nothing was changed.")
    if is_open_question(session, DecisionKind.DETERMINATION_REVIEW, review.id):
        raise Conflict("A conclusion is proposed already and waits for its approver. Nothing was changed.")
    if len(reason.strip()) < 20:
        raise DomainError("Say in whole sentences what you found. An auditor reads these words.", field="reason")
    if outcome is ReviewOutcome.FALLS:
        _refuse_steps(session, case, steps_to_reopen)
        if len(words_to_partner.strip()) < 20:
            raise DomainError("Say in whole sentences, for the partner, why it has to work again.", field="words")
    elif steps_to_reopen:
        raise DomainError("Steps are opened again only where the determination falls.", field="steps")
    review.outcome, review.reason = outcome, reason.strip()
    review.words_to_partner = words_to_partner.strip() if outcome is ReviewOutcome.FALLS else ""
    review.steps_to_reopen = sorted(set(steps_to_reopen))
    session.flush()
    return propose(
        session,
        DecisionKind.DETERMINATION_REVIEW,
        review.id,
        label=f"{case.number}: {outcome.label.lower()}",
        content=review_content(session, review.id),
        partner_id=case.partner_id,
        reason=reason,
        by=by,
        at=at,
    )


def _refuse_steps(session: Session, case: RemediationCase, steps_to_reopen: Sequence[int]) -> None:
    if case.state not in AFTER_COMPLETION:
        raise Conflict(f"{case.number} is “{case.state.label}”, so it can't go back to work by this review.")
    if not steps_to_reopen:
        raise DomainError("Choose the steps that have to be worked on again.", field="steps")
    own = {step.id: step for step in queries.steps(session, case.id)}
    for step_id in steps_to_reopen:
        step = own.get(step_id)
        if step is None or step.state is not StepState.ACCEPTED:
            raise DomainError("Only accepted steps of this case can be opened again.", field="steps")
        if step.kind.is_computed or step.kind is StepKind.ATTESTATION:
            raise DomainError("Training, reading and the attestation open by themselves.", field="steps")


def review_content(session: Session, review_id: int) -> dict[str, Any]:
    """What an approver judges: the determination, the revoked certificate and why, the money that was let go on it, and the finding."""
    review = session.get_one(DeterminationReview, review_id)
    case = session.get_one(RemediationCase, review.case_id)
    made = session.get_one(Determination, review.determination_id)
    certificate = session.get_one(Certificate, review.certificate_id)
    orders = let_go_on(session, review.certificate_id)
    totals = totals_of_orders(session, [order.id for order in orders])
    steps = {step.id: step.title for step in queries.steps(session, case.id)}
    return {
        "case": case.number,
        "case_state": case.state.label,
        "determination": f"{made.outcome.label}, {case.number}-D{made.id}",
        "revoked_certificate": certificate.number,
        "why_it_was_revoked": certificate.revocation_reason or "",
        "released_on_it": [
            f"{order.number}: {', '.join(str(money) for _, money in totals.get(order.id, [])) or 'nothing'}"
            for order in orders
        ],
        "finding": review.outcome.label if review.outcome else "",
        "in_words": review.reason or "",
        "words_to_the_partner": review.words_to_partner,
        "steps_to_reopen": [steps[one] for one in review.steps_to_reopen if one in steps],
    }


def conclude_review(session: Session, review_id: int, *, by: Actor, at: datetime) -> DeterminationReview:
    """The effect of approval: the review is over, and a case whose determination falls goes back to work with the named steps."""
    decision = decided(session, DecisionKind.DETERMINATION_REVIEW, review_id, DecisionState.APPROVED)
    review = session.get_one(DeterminationReview, review_id)
    case = lock(session, review.case_id)
    session.refresh(review, with_for_update=True)
    if review.concluded_at is not None or review.outcome is None:
        raise Conflict("This review is concluded already. Nothing was changed.")
    review.concluded_at = at
    session.flush()
    if review.outcome is ReviewOutcome.FALLS:
        said = review.words_to_partner
        move_case(session, case, CaseState.IN_REMEDIATION, by=by, at=at, reason=said, decision=decision)
        reopen_named(session, case, review.steps_to_reopen, reason=said, by=by, at=at, decision=decision)
    enqueue(
        session,
        "review_concluded",
        f"review_concluded:{review.id}",
        {"review_id": review.id, "case_id": case.id, "partner_id": case.partner_id},
        at=at,
    )
    audit.record(
        session,
        "determination-review.concluded",
        "determination_review",
        review.id,
        by=by,
        at=at,
        partner_id=review.partner_id,
        reason=review.reason,
        details={"case": case.number, "outcome": review.outcome.value, "decision": decision.id},
    )
    return review


def reject_review(session: Session, review_id: int, *, by: Actor, at: datetime) -> None:
    """The effect of rejection: the review goes on, and another conclusion can be proposed."""
    decided(session, DecisionKind.DETERMINATION_REVIEW, review_id, DecisionState.REJECTED)
    review = session.scalars(
        select(DeterminationReview).where(DeterminationReview.id == review_id).with_for_update()
    ).one()
    review.outcome, review.reason, review.words_to_partner, review.steps_to_reopen = None, None, "", []
    session.flush()
