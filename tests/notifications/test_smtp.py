import socketserver
import threading
from dataclasses import dataclass, field

import pytest

from app.notifications.delivery import SmtpDelivery
from app.settings import Mode, Settings
from tests.notifications.test_mail import SETTINGS, mail


@dataclass
class Mailbox:
    port: int = 0
    received: list[str] = field(default_factory=list)
    offers_tls: bool = False
    answers: str = "250 kept"


class Session(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as one mail needs."""

    def handle(self) -> None:
        box: Mailbox = self.server.box
        self.say("220 mail.example")
        while line := self.rfile.readline().decode().strip():
            verb = line.upper().split()[0]
            if verb == "EHLO":
                self.say("250-mail.example")
                self.say("250 8BITMIME")
            elif verb == "DATA":
                self.say("354 go on")
                text = b""
                while not text.endswith(b"\r\n.\r\n"):
                    text += self.rfile.readline()
                box.received.append(text.decode())
                self.say(box.answers)
            elif verb == "QUIT":
                self.say("221 bye")
                return
            elif verb == "STARTTLS":
                self.say("454 not here")
            else:
                self.say("250 fine")

    def say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


@pytest.fixture
def box():
    made = Mailbox()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        server.box = made
        made.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def delivery(box: Mailbox, **more) -> SmtpDelivery:
    return SmtpDelivery(SETTINGS.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": box.port, **more}))


def test_a_mail_reaches_the_server_whole(box):
    delivery(box, smtp_starttls=False).send(mail())
    [text] = box.received
    assert "To: Ada Byron <ada@acme.example>" in text
    assert "multipart/alternative" in text


def test_what_the_server_does_not_take_is_an_error(box):
    box.answers = "452 the disk is full"
    with pytest.raises(OSError, match="the disk is full"):
        delivery(box, smtp_starttls=False).send(mail())


def test_mail_is_not_sent_in_the_clear_to_a_server_that_cannot_encrypt(box):
    with pytest.raises(OSError, match="STARTTLS"):
        delivery(box).send(mail())
    assert box.received == []


def test_a_password_is_never_set_up_to_travel_in_the_clear():
    with pytest.raises(ValueError, match="in the clear"):
        Settings(
            mode=Mode.TESTING,
            smtp_host="mail.example",
            smtp_user="portal",
            smtp_password="a password",
            smtp_starttls=False,
        )
