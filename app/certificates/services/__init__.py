"""Verbs of certificates: prepare and issue, revoke; distrust a key."""

from app.certificates.services.distrusting import distrust
from app.certificates.services.issuing import Prepared, issue, prepare
from app.certificates.services.revoking import revoke

__all__ = ["Prepared", "prepare", "issue", "revoke", "distrust"]
