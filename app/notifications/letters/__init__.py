"""Every mail that the portal sends: what its outbox row is called, who gets it, what it says.

A room writes a row with ids in the transaction of its cause; the words are in templates/emails/, one file a kind.
"""

from app.notifications.letters import accounts, training
from app.notifications.letters.kinds import KindOfMail

MAILS: dict[str, KindOfMail] = {**accounts.MAILS, **training.MAILS}
