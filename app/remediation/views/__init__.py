"""The pages of remediation, one noun a file. Importing them puts them on the blueprint."""

from app.remediation.views import cases, completion, infractions, proposals, reviews, sessions, steps
from app.remediation.views.room import bp

__all__ = ["bp", "cases", "completion", "infractions", "proposals", "reviews", "sessions", "steps"]
