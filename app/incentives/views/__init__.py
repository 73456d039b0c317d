"""Pages of the money: the partner's statement, and finance's files, holds, orders and payments."""

from app.incentives.views import earnings, holds, orders, overview, payments, statement
from app.incentives.views.room import bp

__all__ = ["bp", "earnings", "holds", "orders", "overview", "payments", "statement"]
