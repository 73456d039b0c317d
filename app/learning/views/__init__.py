"""The pages of learning: what a learner opens, answers and signs, and what staff assign and follow."""

from app.learning.views import attempts, completion, equivalents, lessons, records, regrades, staff, tasks
from app.learning.views.blueprint import bp

__all__ = ["attempts", "bp", "completion", "equivalents", "lessons", "records", "regrades", "staff", "tasks"]
