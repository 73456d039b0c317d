"""Where a mail goes: to an SMTP server, or into a folder while none is set."""

import os
import secrets
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from app.settings import Settings

PATIENCE_SECONDS = 20
IMPLICIT_TLS_PORT = 465


class Delivery(Protocol):
    def send(self, message: EmailMessage) -> None:
        """Hand the mail over for good, or raise: what it raises is kept with the row and tried again later."""


class SmtpDelivery:
    """One connection a mail: a server that drops one does not take others along."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def send(self, message: EmailMessage) -> None:
        settings = self.settings
        with self._connect() as server:
            if settings.smtp_starttls and settings.smtp_port != IMPLICIT_TLS_PORT:
                server.starttls(context=ssl.create_default_context())
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
            server.send_message(message)

    def _connect(self) -> smtplib.SMTP:
        host, port = self.settings.smtp_host, self.settings.smtp_port
        if port == IMPLICIT_TLS_PORT:
            return smtplib.SMTP_SSL(host, port, timeout=PATIENCE_SECONDS, context=ssl.create_default_context())
        return smtplib.SMTP(host, port, timeout=PATIENCE_SECONDS)


class FolderDelivery:
    """Each mail as an .eml file named by its Message-ID, so that a mail sent twice is one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: EmailMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        partial = self.folder / f".{secrets.token_hex(8)}.part"
        with partial.open("xb") as file:
            file.write(message.as_bytes())
            file.flush()
            os.fsync(file.fileno())
        partial.chmod(0o600)
        partial.replace(self.folder / f"{name}.eml")


def delivery_of(settings: Settings) -> Delivery:
    return SmtpDelivery(settings) if settings.smtp_host else FolderDelivery(settings.mail_folder)
