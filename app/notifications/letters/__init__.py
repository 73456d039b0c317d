"""Every mail that the portal sends: what its outbox row is called, who gets it, what it says.

A room writes a row with ids in the transaction of its cause; the words are in templates/emails/, one file a letter.
"""

from app.notifications.letters import accounts, cases, certificates, course_changes, cycles, materials, money, training
from app.notifications.letters.kinds import KindOfMail, Payload

MAILS: dict[str, KindOfMail] = {
    **accounts.MAILS,
    **training.MAILS,
    **course_changes.MAILS,
    **cycles.MAILS,
    **cases.MAILS,
    **certificates.MAILS,
    **money.MAILS,
    **certificates.MAILS,
    **materials.MAILS,
}


def name_of(kind: str, payload: Payload) -> str:
    """Under which name MAILS knows a row: its kind, or for a row of the kind `reminder` what it is about."""
    return str(payload.get("about", kind)) if kind == "reminder" else kind
