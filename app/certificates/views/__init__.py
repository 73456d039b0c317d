"""The pages of certificates: anyone verifies, holders download, staff revoke."""

from app.certificates.views import credentials, holders, verify
from app.certificates.views.blueprint import bp

__all__ = ["bp", "credentials", "holders", "verify"]
