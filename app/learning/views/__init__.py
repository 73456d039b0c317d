"""The pages of learning: what a learner opens, answers and signs, and what staff assign and follow."""

from app.learning.views import assigning, assignment_files, attempts, batches, completion, lessons, staff, tasks
from app.learning.views.blueprint import bp

__all__ = ["assigning", "assignment_files", "attempts", "batches", "bp", "completion", "lessons", "staff", "tasks"]
