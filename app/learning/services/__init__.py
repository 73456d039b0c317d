"""Every verb of learning under one name: `learning.services.assign(…)`."""

from app.learning.services.assignments import Assigned, assign, assign_courses, cancel
from app.learning.services.attempts import Submitted, attest, save_answer, start_attempt, submit_attempt
from app.learning.services.batches import make_batch, undo_batch
from app.learning.services.registrations import complete_unit, finish, grant_new_registration, start, view_unit

__all__ = [
    "Assigned",
    "Submitted",
    "assign",
    "assign_courses",
    "attest",
    "cancel",
    "complete_unit",
    "finish",
    "grant_new_registration",
    "make_batch",
    "save_answer",
    "start",
    "start_attempt",
    "submit_attempt",
    "undo_batch",
    "view_unit",
]
