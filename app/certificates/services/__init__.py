"""Verbs of certificates: prepare and issue, revoke; keep what could not be made."""

from app.certificates.services.issuing import Prepared, issue, prepare
from app.certificates.services.refusals import note_refusal, settle_refusal
from app.certificates.services.revoking import revoke

__all__ = ["Prepared", "prepare", "issue", "revoke", "note_refusal", "settle_refusal"]
