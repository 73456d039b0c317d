"""Pages of the catalogue for staff, files of courses for those who take them, and readiness materials for everyone."""

from app.courses.views import catalogue, materials
from app.courses.views.blueprint import bp

__all__ = ["bp", "catalogue", "materials"]
