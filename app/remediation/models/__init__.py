"""The tables of remediation, one noun a file."""

from app.remediation.models.cases import (
    IS_OPEN,
    CaseDeadline,
    CaseFlag,
    CaseInfraction,
    CaseNote,
    CaseTransition,
    DeadlineKind,
    Mark,
    RemediationCase,
)
from app.remediation.models.completion import (
    CompletionAttestation,
    Determination,
    DeterminationState,
    EvidenceManifest,
    Referral,
    ReferralState,
)
from app.remediation.models.evidence import EvidenceFile, EvidenceRevision, ReviewState
from app.remediation.models.infractions import (
    Infraction,
    InfractionCategory,
    InfractionSource,
    InfractionState,
    Severity,
)
from app.remediation.models.notices import Notice, NoticeState
from app.remediation.models.plans import PlanState, PlanStep, PlanVersion, StepDraft, StepTransition
from app.remediation.models.reviews import DeterminationReview, ReviewOutcome
from app.remediation.models.sessions import EngagementSession, SessionState
from app.remediation.rules.case_states import CaseState, Outcome
from app.remediation.rules.step_kinds import StepKind
from app.remediation.rules.step_states import StepState

__all__ = [
    "Infraction",
    "InfractionCategory",
    "InfractionSource",
    "InfractionState",
    "Severity",
    "RemediationCase",
    "CaseState",
    "IS_OPEN",
    "CaseInfraction",
    "CaseTransition",
    "CaseNote",
    "CaseFlag",
    "Mark",
    "CaseDeadline",
    "DeadlineKind",
    "Notice",
    "NoticeState",
    "PlanVersion",
    "PlanState",
    "PlanStep",
    "StepKind",
    "StepState",
    "StepTransition",
    "StepDraft",
    "EvidenceRevision",
    "EvidenceFile",
    "ReviewState",
    "EngagementSession",
    "SessionState",
    "EvidenceManifest",
    "CompletionAttestation",
    "Determination",
    "DeterminationState",
    "Outcome",
    "DeterminationReview",
    "ReviewOutcome",
    "Referral",
    "ReferralState",
]
