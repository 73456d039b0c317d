"""Verbs of certificates: prepare and issue, correct, revoke; keep what could not be made; distrust a key."""

from app.certificates.services.correcting import correction_content, give_way, propose_correction
from app.certificates.services.distrusting import distrust
from app.certificates.services.issuing import Prepared, issue, prepare
from app.certificates.services.refusals import note_refusal, settle_refusal
from app.certificates.services.revoking import propose_revocation, revocation_content, revoke

__all__ = [
    "Prepared",
    "prepare",
    "issue",
    "note_refusal",
    "settle_refusal",
    "propose_correction",
    "correction_content",
    "give_way",
    "propose_revocation",
    "revocation_content",
    "revoke",
    "distrust",
]
