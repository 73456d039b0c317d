"""Many certificates as one zip file: what belongs to it, the rounds in which the worker makes it, and the file."""

from app.certificates.services.bundles import KEPT_FOR, KIND, MOST
from app.outcomes.bundles.choosing import Found, Wish, count, request
from app.outcomes.bundles.finding import PAGE, Bundle, archives, bundle, bundles
from app.outcomes.bundles.rounds import carry_out, tidy

__all__ = [
    "KIND",
    "KEPT_FOR",
    "MOST",
    "PAGE",
    "Bundle",
    "Found",
    "Wish",
    "archives",
    "bundle",
    "bundles",
    "carry_out",
    "count",
    "request",
    "tidy",
]
