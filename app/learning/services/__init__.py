"""Every verb of learning under one name: `learning.services.assign(…)`."""

from app.learning.services.assignments import Assigned, assign, assign_courses, cancel
from app.learning.services.attempts import Submitted, attest, save_answer, start_attempt, submit_attempt
from app.learning.services.extra_time import (
    ask_for_time,
    end_extra_time,
    grant_extra_time,
    hand_in_when_over,
    out_of_time,
)
from app.learning.services.registrations import complete_unit, finish, grant_new_registration, start, view_unit

__all__ = [
    "Assigned",
    "Submitted",
    "ask_for_time",
    "assign",
    "assign_courses",
    "attest",
    "cancel",
    "complete_unit",
    "end_extra_time",
    "finish",
    "grant_extra_time",
    "grant_new_registration",
    "hand_in_when_over",
    "out_of_time",
    "save_answer",
    "start",
    "start_attempt",
    "submit_attempt",
    "view_unit",
]
