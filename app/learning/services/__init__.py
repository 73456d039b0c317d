"""Every verb of learning under one name: `learning.services.assign(…)`."""

from app.learning.services.assignments import Assigned, assign, assign_courses, cancel
from app.learning.services.attempts import Submitted, attest, save_answer, start_attempt, submit_attempt
from app.learning.services.registrations import complete_unit, finish, grant_new_registration, start, view_unit
from app.learning.services.reminding import remind
from app.learning.services.retraining import acknowledge_change, ask_holders, note_everybody_asked
from app.learning.services.saved_views import forget_view, save_view

__all__ = [
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
    "save_answer",
    "save_view",
    "start",
    "start_attempt",
    "submit_attempt",
    "view_unit",
]
