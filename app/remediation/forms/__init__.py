"""Shapes of input, one noun a file."""

from app.remediation.forms.cases import MarkForm, NoteForm, OpenCaseForm, ReasonForm, ReturnForm
from app.remediation.forms.infractions import InfractionForm, JoinForm, JudgementForm
from app.remediation.forms.proposals import (
    DeterminationForm,
    DeterminationReviewForm,
    NoticeForm,
    PlanForm,
    ReferralForm,
    StepForm,
)
from app.remediation.forms.steps import (
    AttestationForm,
    ConfirmationForm,
    EvidenceForm,
    MinutesForm,
    ReviewForm,
    SessionForm,
)

__all__ = [
    "AttestationForm",
    "ConfirmationForm",
    "DeterminationForm",
    "DeterminationReviewForm",
    "EvidenceForm",
    "InfractionForm",
    "JoinForm",
    "JudgementForm",
    "MarkForm",
    "MinutesForm",
    "NoteForm",
    "NoticeForm",
    "OpenCaseForm",
    "PlanForm",
    "ReasonForm",
    "ReferralForm",
    "ReturnForm",
    "ReviewForm",
    "SessionForm",
    "StepForm",
]
