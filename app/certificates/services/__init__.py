"""Verbs of certificates: prepare and issue, revoke."""

from app.certificates.services.issuing import Prepared, issue, prepare
from app.certificates.services.revoking import revoke

__all__ = ["Prepared", "prepare", "issue", "revoke"]
