"""What people have to learn, how far they are, what they answered, and the records that last."""

from app.learning.models.assignments import (
    DECIDED_BY_COMPLIANCE,
    IS_OPEN,
    OPEN_STATES,
    Assignment,
    AssignmentState,
    Origin,
)
from app.learning.models.attempts import (
    Answer,
    Attempt,
    AttemptState,
    ExtraTime,
    MarkedAnswer,
    Regrade,
    RegradedAttempt,
    RegradeRule,
    RegradeState,
    submitted_attempts_stay,
)
from app.learning.models.batches import AssignmentBatch, AssignmentFile, BatchKind, FileState, LeftOut
from app.learning.models.obligations import Extension, ExtensionState, TrainingWaiver
from app.learning.models.records import (
    Confirmed,
    EquivalentTraining,
    ProposalState,
    RecordConfirmation,
    RecordCorrection,
    TrainingRecord,
)
from app.learning.models.registrations import (
    ReadingPosition,
    Registration,
    RegistrationState,
    UnitProgress,
    VersionAcknowledgement,
    VideoPosition,
)
from app.learning.models.saved_views import SavedView

__all__ = [
    "Answer",
    "Assignment",
    "AssignmentBatch",
    "AssignmentFile",
    "AssignmentState",
    "Attempt",
    "AttemptState",
    "BatchKind",
    "Confirmed",
    "DECIDED_BY_COMPLIANCE",
    "EquivalentTraining",
    "Extension",
    "ExtensionState",
    "ExtraTime",
    "FileState",
    "LeftOut",
    "IS_OPEN",
    "OPEN_STATES",
    "MarkedAnswer",
    "Origin",
    "ProposalState",
    "ReadingPosition",
    "RecordConfirmation",
    "RecordCorrection",
    "Registration",
    "RegistrationState",
    "Regrade",
    "RegradeRule",
    "RegradeState",
    "RegradedAttempt",
    "SavedView",
    "TrainingRecord",
    "TrainingWaiver",
    "UnitProgress",
    "VersionAcknowledgement",
    "VideoPosition",
    "submitted_attempts_stay",
]
