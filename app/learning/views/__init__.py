"""The pages of learning: what a learner opens, answers and signs, and what staff assign and follow."""

from app.learning.views import (
    attempts,
    changes,
    completion,
    confirmations,
    extensions,
    languages,
    lessons,
    matrix,
    staff,
    tasks,
    waivers,
)
from app.learning.views.blueprint import bp

__all__ = [
    "attempts",
    "bp",
    "changes",
    "completion",
    "confirmations",
    "extensions",
    "languages",
    "lessons",
    "matrix",
    "staff",
    "tasks",
    "waivers",
]
