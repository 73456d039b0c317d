"""Pages that read across rooms: the home page of each role, reports on training, the audit trail, health."""

from app.reports.views import audit, health, home, questions, training
from app.reports.views.blueprint import bp

__all__ = ["audit", "bp", "health", "home", "questions", "training"]
