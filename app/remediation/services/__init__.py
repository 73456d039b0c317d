"""Every verb of remediation under one name: `remediation.services.open_case(…)`."""

from app.remediation.queries.facts import case_facts_for_certificate
from app.remediation.services.cases import (
    close_after_monitoring,
    dismiss_draft,
    join_infraction,
    lift_mark,
    open_case,
    return_steps,
    set_mark,
    write_note,
)
from app.remediation.services.completion import (
    determination_content,
    propose_determination,
    record_determination,
    reject_determination,
    sign_attestation,
    statement_for,
    withdraw_determination,
)
from app.remediation.services.evidence import (
    StoredFile,
    accept_evidence,
    return_evidence,
    save_draft,
    submit_evidence,
)
from app.remediation.services.infractions import dismiss, record_infraction, substantiate
from app.remediation.services.moving import IllegalTransition, NotDecided
from app.remediation.services.notices import (
    acknowledge_notice,
    notice_content,
    propose_notice,
    reject_notice,
    serve_notice,
)
from app.remediation.services.plans import accept_plan, plan_content, propose_plan, reject_plan
from app.remediation.services.progress import (
    advance,
    compute_steps_of,
    compute_training_step,
    freeze_manifest,
)
from app.remediation.services.referrals import propose_referral, refer, referral_content, reject_referral
from app.remediation.services.reviews import (
    conclude_review,
    open_review,
    propose_conclusion,
    reject_review,
    review_content,
)
from app.remediation.services.sessions import (
    cancel_session,
    confirm_session,
    object_to_minutes,
    plan_session,
    write_minutes,
)

__all__ = [
    "review_content",
    "reject_review",
    "propose_conclusion",
    "open_review",
    "conclude_review",
    "IllegalTransition",
    "NotDecided",
    "StoredFile",
    "accept_evidence",
    "accept_plan",
    "acknowledge_notice",
    "advance",
    "cancel_session",
    "case_facts_for_certificate",
    "close_after_monitoring",
    "compute_steps_of",
    "compute_training_step",
    "confirm_session",
    "determination_content",
    "dismiss",
    "dismiss_draft",
    "freeze_manifest",
    "join_infraction",
    "lift_mark",
    "notice_content",
    "object_to_minutes",
    "open_case",
    "plan_content",
    "plan_session",
    "propose_determination",
    "propose_notice",
    "propose_plan",
    "propose_referral",
    "record_determination",
    "record_infraction",
    "refer",
    "referral_content",
    "reject_determination",
    "reject_notice",
    "reject_plan",
    "reject_referral",
    "return_evidence",
    "return_steps",
    "save_draft",
    "serve_notice",
    "set_mark",
    "sign_attestation",
    "statement_for",
    "submit_evidence",
    "substantiate",
    "withdraw_determination",
    "write_minutes",
    "write_note",
]
