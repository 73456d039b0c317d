"""Which decisions exist, who may make them, and which duties one person may not hold together. Values in, values out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.access.policy import Permission


class DecisionKind(StrEnum):
    NOTICE = "notice"
    PLAN = "plan"
    HOLD = "hold"
    DETERMINATION = "determination"
    REFERRAL = "referral"
    WAIVER = "waiver"
    RELEASE_ORDER = "release_order"
    COURSE_PUBLICATION = "course_publication"
    REGRADE = "regrade"
    RECORD_CORRECTION = "record_correction"
    EQUIVALENT_TRAINING = "equivalent_training"
    CERTIFICATE_REVOCATION = "certificate_revocation"
    CERTIFICATE_CORRECTION = "certificate_correction"
    DETERMINATION_REVIEW = "determination_review"


@dataclass(frozen=True)
class KindOfDecision:
    title: str
    propose: Permission
    decide: Permission


KINDS: dict[DecisionKind, KindOfDecision] = {
    DecisionKind.NOTICE: KindOfDecision("Notice", Permission.NOTICE_PROPOSE, Permission.COMPLIANCE_DECIDE),
    DecisionKind.PLAN: KindOfDecision("Plan", Permission.PLAN_PROPOSE, Permission.COMPLIANCE_DECIDE),
    DecisionKind.HOLD: KindOfDecision("Hold", Permission.HOLD_PROPOSE, Permission.COMPLIANCE_DECIDE),
    DecisionKind.DETERMINATION: KindOfDecision(
        "Determination", Permission.DETERMINATION_PROPOSE, Permission.COMPLIANCE_DECIDE
    ),
    DecisionKind.REFERRAL: KindOfDecision("Referral", Permission.REFERRAL_PROPOSE, Permission.COMPLIANCE_DECIDE),
    DecisionKind.WAIVER: KindOfDecision("Waiver", Permission.WAIVER_ASK, Permission.COMPLIANCE_DECIDE),
    DecisionKind.RELEASE_ORDER: KindOfDecision("Release order", Permission.RELEASE_PROPOSE, Permission.FINANCE_DECIDE),
    DecisionKind.COURSE_PUBLICATION: KindOfDecision(
        "Course publication", Permission.COURSE_PROPOSE, Permission.COURSE_PUBLISH
    ),
    DecisionKind.REGRADE: KindOfDecision("Regrade", Permission.COURSE_PROPOSE, Permission.COURSE_PUBLISH),
    DecisionKind.RECORD_CORRECTION: KindOfDecision(
        "Record correction", Permission.RECORD_CORRECT, Permission.COMPLIANCE_DECIDE
    ),
    DecisionKind.EQUIVALENT_TRAINING: KindOfDecision(
        "Equivalent training", Permission.EQUIVALENT_PROPOSE, Permission.COMPLIANCE_DECIDE
    ),
    DecisionKind.CERTIFICATE_REVOCATION: KindOfDecision(
        "Certificate revocation", Permission.CERTIFICATE_REVOKE, Permission.COMPLIANCE_DECIDE
    ),
    DecisionKind.CERTIFICATE_CORRECTION: KindOfDecision(
        "Certificate correction", Permission.CERTIFICATE_CORRECT, Permission.COMPLIANCE_DECIDE
    ),
    DecisionKind.DETERMINATION_REVIEW: KindOfDecision(
        "Review of a determination", Permission.DETERMINATION_PROPOSE, Permission.COMPLIANCE_DECIDE
    ),
}


class Duty(StrEnum):
    """Acts that need a second person. The value is how a refusal names the act in the audit trail."""

    DECIDE = "decision.decided"
    SUBSTANTIATE_INFRACTION = "infraction.substantiated"
    REVIEW_EVIDENCE = "evidence.reviewed"
    CONFIRM_SESSION = "engagement-session.confirmed"
    DECIDE_APPEAL = "appeal.decided"
    CONFIRM_COMPLETION = "training-record.confirmed"
    DECIDE_EXTENSION = "extension.decided"


def clash(person_id: int | None, took_part: Mapping[str, int | None]) -> str | None:
    """What this person already did here that keeps them from acting now: a phrase such as “proposed it”, or None.

    `took_part` maps phrases to the id of who did it. The portal itself (None) can never stand in for a second person.
    """
    if person_id is None:
        return "is the portal itself, not a person"
    for phrase, who in took_part.items():
        if who == person_id:
            return phrase
    return None


class Meaning(StrEnum):
    """What a signature says."""

    AUTHORED = "authored"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    ATTESTED = "attested"
    ACKNOWLEDGED = "acknowledged"
