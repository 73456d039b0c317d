"""Verbs of the money: import, hold, release, pay. Every one is refused to whom the policy doesn't grant it, whatever the door."""

from app.incentives.services.earnings import import_earnings, keep_file, refuse_file
from app.incentives.services.holds import activate_hold, hold_content, propose_hold, reject_hold
from app.incentives.services.payments import acknowledge_payments, export_release, export_returned
from app.incentives.services.releases import (
    approve_release,
    propose_release,
    reject_release,
    release_content,
    withdraw_release,
)

__all__ = [
    "keep_file",
    "import_earnings",
    "refuse_file",
    "propose_hold",
    "hold_content",
    "activate_hold",
    "reject_hold",
    "propose_release",
    "release_content",
    "approve_release",
    "reject_release",
    "withdraw_release",
    "export_release",
    "export_returned",
    "acknowledge_payments",
]
