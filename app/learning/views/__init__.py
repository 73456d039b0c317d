"""The pages of learning: what a learner opens, answers and signs, and what staff assign and follow."""

from app.learning.views import (
    assigning,
    assignment_files,
    attempts,
    batches,
    changes,
    completion,
    confirmations,
    equivalents,
    extensions,
    languages,
    lessons,
    matrix,
    records,
    regrades,
    staff,
    tasks,
    waivers,
)
from app.learning.views.blueprint import bp

__all__ = [
    "assigning",
    "assignment_files",
    "attempts",
    "batches",
    "bp",
    "changes",
    "completion",
    "confirmations",
    "equivalents",
    "extensions",
    "languages",
    "lessons",
    "matrix",
    "records",
    "regrades",
    "staff",
    "tasks",
    "waivers",
]
