"""The pages of certificates: anyone verifies, holders download, staff propose to revoke or correct."""

from app.certificates.views import credentials, holders, keys, verify
from app.certificates.views.blueprint import bp

__all__ = ["bp", "credentials", "holders", "keys", "verify"]
