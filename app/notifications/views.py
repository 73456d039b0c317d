"""The mails that the demo would have sent, to be read in the browser. This blueprint exists in demo mode only."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from app.kernel.errors import NotFound
from app.settings import Settings
from app.web.guard import public

bp = Blueprint("demo_mail", __name__)

SHOWN = 200
_NAME = re.compile(r"[0-9a-f]{40}")
_LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Kept:
    """A mail in the folder."""

    name: str
    subject: str
    to: str
    address: str
    at: datetime
    text: str

    def paragraphs(self, base_url: str) -> list[list[tuple[str, str | None]]]:
        """The text, unwrapped: paragraphs of lines; a line that is an address of the portal comes with the path it leads to."""
        return [
            [(line, _own_path(line, base_url)) for line in _unwrapped(block)]
            for block in self.text.split("\n\n")
            if block.strip()
        ]


def _unwrapped(block: str) -> list[str]:
    lines: list[str] = []
    for line in block.strip().splitlines():
        begins = not lines or line.startswith(("– ", "http")) or lines[-1].startswith(("http", "--"))
        if begins:
            lines.append(line.strip())
        else:
            lines[-1] += " " + line.strip()
    return lines


def _own_path(line: str, base_url: str) -> str | None:
    return line.removeprefix(base_url) or "/" if line.startswith(base_url + "/") and _LINK.fullmatch(line) else None


@bp.get("/demo/mail")
@public
def mails() -> ResponseReturnValue:
    folder = _settings().mail_folder
    files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns, reverse=True)[:SHOWN]
    return render_template("notifications/mails.html", mails=[_read(file) for file in files])


@bp.get("/demo/mail/<name>")
@public
def mail(name: str) -> ResponseReturnValue:
    file = _settings().mail_folder / f"{name}.eml"
    if not _NAME.fullmatch(name) or not file.is_file():
        raise NotFound
    found = _read(file)
    paragraphs = found.paragraphs(_settings().base_url.rstrip("/"))
    return render_template("notifications/mail.html", mail=found, paragraphs=paragraphs)


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _read(file: Path) -> Kept:
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    plain = message.get_body(("plain",))
    # Read off the header's text: Python's own parts of an address lose letters beyond ASCII.
    name, address = parseaddr(str(message["To"]))
    return Kept(
        file.stem,
        message["Subject"],
        name,
        address,
        parsedate_to_datetime(message["Date"]).astimezone(UTC),
        plain.get_content() if plain is not None else "",
    )
