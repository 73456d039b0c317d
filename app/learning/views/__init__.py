"""The pages of learning: what a learner opens, answers and signs, and what staff assign and follow."""

from app.learning.views import attempts, completion, confirmations, extensions, lessons, staff, tasks, waivers
from app.learning.views.blueprint import bp

__all__ = ["attempts", "bp", "completion", "confirmations", "extensions", "lessons", "staff", "tasks", "waivers"]
