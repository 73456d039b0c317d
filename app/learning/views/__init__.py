"""The pages of learning: what a learner opens, answers and signs, and what staff assign and follow."""

from app.learning.views import attempts, completion, lessons, places, staff, tasks, time
from app.learning.views.blueprint import bp

__all__ = ["attempts", "bp", "completion", "lessons", "places", "staff", "tasks", "time"]
