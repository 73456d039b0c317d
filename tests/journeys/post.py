"""The mail: what the worker has to send is sent, and people open the links in it."""

import re
from email.message import EmailMessage

from flask import Flask

from app.notifications.worker import Drained, Worker
from tests.ground.loops import loop_set_aside
from tests.notifications.conftest import Postman, body_of


class Post:
    """The background worker at work, its mails in people's boxes."""

    def __init__(self, app: Flask) -> None:
        self.boxes = Postman()
        self._worker = Worker(app.config["SETTINGS"], self.boxes, app.app_context)

    def goes_round(self) -> Drained:
        """Everything that is due now is done: mails sent, course certificates made."""
        with loop_set_aside():
            done = self._worker.once()
        assert not done.failed, "The worker could not do all of its work."
        return done

    def newest(self, to: str, about: str = "") -> EmailMessage:
        """The newest mail to an address whose subject or text has these words."""
        for message in reversed(self.boxes.delivered):
            subject_and_text = f"{message['Subject']}\n{body_of(message)}"
            if message["To"].addresses[0].addr_spec == to and about in subject_and_text:
                return message
        raise AssertionError(
            f"No mail to {to} about “{about}”. Sent: {list(zip(self.boxes.recipients, self.boxes.subjects, strict=True))}"
        )


def link_in(message: EmailMessage) -> str:
    """The path of the first link of a mail into the portal."""
    found = re.search(r"http://localhost(/\S*)", body_of(message))
    assert found, body_of(message)
    return found[1]
