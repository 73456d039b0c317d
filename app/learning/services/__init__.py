"""Every verb of learning under one name: `learning.services.assign(…)`."""

from app.learning.services.assignments import Assigned, assign, assign_courses, cancel
from app.learning.services.attempts import Submitted, attest, save_answer, start_attempt, submit_attempt
from app.learning.services.batches import make_batch, undo_batch
from app.learning.services.corrections import (
    apply_correction,
    correction_content,
    propose_correction,
    reject_correction,
)
from app.learning.services.equivalents import (
    Elsewhere,
    StoredEvidence,
    accept_equivalent,
    equivalent_content,
    propose_equivalent,
    reject_equivalent,
)
from app.learning.services.registrations import complete_unit, finish, grant_new_registration, start, view_unit
from app.learning.services.regrades import (
    apply_regrade,
    mark_batch,
    propose_regrade,
    regrade_content,
    reject_regrade,
)
from app.learning.services.reminding import remind
from app.learning.services.retraining import acknowledge_change, ask_holders, note_everybody_asked
from app.learning.services.saved_views import forget_view, save_view

__all__ = [
    "Elsewhere",
    "StoredEvidence",
    "accept_equivalent",
    "apply_correction",
    "apply_regrade",
    "correction_content",
    "equivalent_content",
    "mark_batch",
    "propose_correction",
    "propose_equivalent",
    "propose_regrade",
    "regrade_content",
    "reject_correction",
    "reject_equivalent",
    "reject_regrade",
    "Assigned",
    "Submitted",
    "acknowledge_change",
    "ask_holders",
    "assign",
    "assign_courses",
    "attest",
    "cancel",
    "complete_unit",
    "finish",
    "forget_view",
    "grant_new_registration",
    "remind",
    "note_everybody_asked",
    "make_batch",
    "save_answer",
    "save_view",
    "start",
    "start_attempt",
    "submit_attempt",
    "undo_batch",
    "view_unit",
]
