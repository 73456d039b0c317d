"""What follows from a decision: one table, one function. Every door (page, API, command) decides through here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.access.policy import Actor
from app.certificates import services as certificates
from app.certificates.services import Prepared
from app.courses import services as courses
from app.decisions import queries
from app.decisions import services as decisions
from app.decisions.models import Decision
from app.decisions.rules import DecisionKind
from app.incentives import services as incentives
from app.learning import services as learning
from app.learning.services import waivers
from app.outcomes import certificate_lives, completion, publication, records, refusals, training, where
from app.remediation import services as remediation
from app.settings import Settings


@dataclass(frozen=True)
class Effect:
    """`content` is what stands now, to be compared with what was proposed; then what approval and rejection bring about.

    `sentences` tell the approver beforehand; `now(session, subject_id, at=…)` adds those that depend on what stands now.
    `look` gives the address of a page that shows more than the content does. `prepare` makes what takes time and needs no
    lock, a certificate, before the decision; `approve` is then given it as `prepared`.
    """

    content: Callable[[Session, int], Mapping[str, Any]]
    approve: Callable[..., object]
    reject: Callable[..., object]
    sentences: tuple[str, ...]
    now: Callable[..., tuple[str, ...]] | None = None
    look: Callable[[Session, int], str] | None = None
    prepare: Callable[..., Prepared | None] | None = None


EFFECTS: dict[DecisionKind, Effect] = {
    DecisionKind.NOTICE: Effect(
        remediation.notice_content,
        remediation.serve_notice,
        remediation.reject_notice,
        (
            "The notice is served: the partner's compliance contact can read it at once and is told by e-mail.",
            "The deadline to acknowledge it and the program's time begin to run.",
        ),
    ),
    DecisionKind.PLAN: Effect(
        remediation.plan_content,
        remediation.accept_plan,
        remediation.reject_plan,
        (
            "The plan is in force as soon as the partner has acknowledged the notice; its steps become the partner's task list.",
        ),
    ),
    DecisionKind.HOLD: Effect(
        incentives.hold_content,
        incentives.activate_hold,
        incentives.reject_hold,
        (
            "Earnings in its scope are withheld: those already imported now, later ones as they arrive.",
            "Earnings outside its scope stay free.",
        ),
    ),
    DecisionKind.DETERMINATION: Effect(
        remediation.determination_content,
        completion.record_determination,
        remediation.reject_determination,
        (
            "If it says completed: the program completion certificate is issued, and what the case's holds withhold becomes releasable.",
            "Nothing is paid yet: finance proposes a release order, and somebody other than you approves it.",
        ),
        prepare=refusals.prepared_determination,
    ),
    DecisionKind.REFERRAL: Effect(
        remediation.referral_content,
        remediation.refer,
        remediation.reject_referral,
        ("The case is referred for a decision on offboarding. Its holds stay. Nothing ends by itself.",),
    ),
    DecisionKind.WAIVER: Effect(
        waivers.waiver_content,
        training.waive,
        waivers.reject_waiver,
        (
            "The person need not take the course until the day above; whoever counts the training sees them by name as waived.",
            "When the waiver ends, the course is assigned again by itself.",
        ),
    ),
    DecisionKind.RELEASE_ORDER: Effect(
        incentives.release_content,
        incentives.approve_release,
        incentives.reject_release,
        (
            "The order's lines are released from their holds and can be exported for payment.",
            "The amounts stay in the ledger as ordered until payment is acknowledged.",
        ),
    ),
    DecisionKind.COURSE_PUBLICATION: Effect(
        courses.publication_content,
        publication.publish,
        courses.reject,
        ("New registrations take this version. People who have begun stay on the version they began.",),
        publication.sentences,
    ),
    DecisionKind.REGRADE: Effect(
        learning.regrade_content,
        learning.apply_regrade,
        learning.reject_regrade,
        (
            "Every attempt that was asked this question is marked again, the earlier ones in the background within minutes.",
            "No attempt, no record and no answer is changed: the new marks stand beside the old ones, and nobody's score falls.",
            "Who failed and now passes goes on from there and is told by e-mail.",
        ),
        look=where.regrade,
    ),
    DecisionKind.RECORD_CORRECTION: Effect(
        learning.correction_content,
        records.apply_correction,
        learning.reject_correction,
        (
            "A corrected record takes the place of this one, with the reason. The old one stays readable and counts no more.",
            "A certificate that was issued from the old record gives way to a corrected one; its public page says so and leads there.",
        ),
        look=where.correction,
    ),
    DecisionKind.EQUIVALENT_TRAINING: Effect(
        learning.equivalent_content,
        records.accept_equivalent,
        learning.reject_equivalent,
        (
            "It counts as the course does until its last valid day, and the person's open assignment is satisfied.",
            "No certificate is issued for it.",
        ),
        look=where.equivalent,
    ),
    DecisionKind.CERTIFICATE_REVOCATION: Effect(
        certificates.revocation_content,
        certificate_lives.revoke,
        certificate_lives.keep,
        (
            "From now on its public page says that it was revoked and on which day, and it unlocks nothing. This can't be undone.",
            "Whom it was issued to is told by e-mail.",
        ),
        certificate_lives.what_it_touches,
        where.certificate,
    ),
    DecisionKind.CERTIFICATE_CORRECTION: Effect(
        certificates.correction_content,
        certificate_lives.correct,
        certificate_lives.keep,
        (
            "A new certificate with the corrected name is issued; it ends on the same day as the old one.",
            "The old one stays as it is, is marked as superseded, and its public page leads to the new one.",
            "A release order that waits for approval on the old one has to be proposed again.",
        ),
        look=where.certificate,
        prepare=certificate_lives.prepare_correction,
    ),
    DecisionKind.DETERMINATION_REVIEW: Effect(
        remediation.review_content,
        certificate_lives.conclude,
        remediation.reject_review,
        (
            "If the determination stands: a new certificate is issued for it, valid no longer than the revoked one.",
            "If it falls: the case goes back to work with the steps that are named. What was paid stays paid; whether it is claimed back is decided separately.",
        ),
        look=where.review,
        prepare=certificate_lives.prepare_anew,
    ),
}


def prepare(session: Session, decision_id: int, *, by: Actor, at: datetime, settings: Settings) -> Prepared | None:
    """What takes time and needs no lock: the certificate that an approval would issue, rendered and signed.

    Raises CertificateRefused with what to mend; a determination's is also kept, in a transaction of its own, for others to
    see and mend.
    """
    decision = queries.load(session, decision_id, by=by)
    made_before = EFFECTS[decision.kind].prepare
    if made_before is None:
        return None
    return made_before(session, decision.subject_id, approver=by, at=at, settings=settings)


def decide(
    session: Session,
    decision_id: int,
    *,
    approve: bool,
    reason: str,
    by: Actor,
    at: datetime,
    prepared: Prepared | None = None,
) -> Decision:
    """Approve or reject as a second person, and let follow what follows. `prepared` comes from `prepare`, made without the lock."""
    decision = queries.load(session, decision_id, by=by)
    effect = EFFECTS[decision.kind]
    decisions.decide(
        session,
        decision,
        approve=approve,
        current=effect.content(session, decision.subject_id),
        reason=reason,
        by=by,
        at=at,
    )
    if not approve:
        effect.reject(session, decision.subject_id, by=by, at=at)
    elif effect.prepare is not None:
        effect.approve(session, decision.subject_id, prepared=prepared, by=by, at=at)
    else:
        effect.approve(session, decision.subject_id, by=by, at=at)
    return decision
