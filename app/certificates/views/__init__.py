"""The pages of certificates: anyone verifies, holders download, staff revoke."""

from app.certificates.views import holders, keys, verify
from app.certificates.views.blueprint import bp

__all__ = ["bp", "holders", "keys", "verify"]
