"""Tables of the money: what was earned, where it stands, what blocks it, how it leaves."""

from app.incentives.models.earnings import Earning, EarningBatch, EarningReject
from app.incentives.models.holds import Hold
from app.incentives.models.ledger import LedgerTransaction, Posting
from app.incentives.models.payments import Acknowledgement, AcknowledgementBatch, Payment, PaymentFile
from app.incentives.models.releases import ReleaseHold, ReleaseLine, ReleaseOrder

__all__ = [
    "EarningBatch",
    "EarningReject",
    "Earning",
    "LedgerTransaction",
    "Posting",
    "Hold",
    "ReleaseOrder",
    "ReleaseHold",
    "ReleaseLine",
    "PaymentFile",
    "Payment",
    "AcknowledgementBatch",
    "Acknowledgement",
]
