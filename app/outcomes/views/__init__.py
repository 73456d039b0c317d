"""The pages on which things follow from things: decisions, certificates that could not be made, many certificates at once.

The last two are pages of certificates and stand in that room's blueprint; they are here because they need what made the right to one.
"""

from app.outcomes.views import bundles, decisions, refusals
from app.outcomes.views.blueprint import bp

__all__ = ["bp", "bundles", "decisions", "refusals"]
