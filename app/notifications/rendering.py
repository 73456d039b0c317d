"""A letter to a mail: the words of its template in the shared layout, as plain text and as HTML. Needs no request."""

import hashlib
import hmac
import re
import textwrap
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from app.settings import Settings
from app.web.filters import count, day, money, sentence_case

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
COLUMNS = 72


@dataclass(frozen=True)
class Recipient:
    person_id: int
    name: str
    email: str
    time_zone: str = "UTC"


@dataclass(frozen=True)
class Letter:
    """One mail before it is rendered: `emails/<template>.txt` gives the words, `path` is where its button leads.

    Mails about the same `thread` (a case's number) are shown together by mail programs.
    """

    to: Recipient
    template: str
    path: str
    values: Mapping[str, Any] = field(default_factory=dict)
    thread: str | None = None


def rendered(letter: Letter, *, key: str, settings: Settings, at: datetime) -> EmailMessage:
    """The mail of an outbox row. The same key always gives the same Message-ID, so that a receiver can drop a repeat.

    Raises jinja2.UndefinedError when the template asks for a fact that the letter does not give.
    """
    zone = ZoneInfo(letter.to.time_zone)
    values = {
        **{
            name: value.astimezone(zone) if isinstance(value, datetime) else value
            for name, value in letter.values.items()
        },
        "to": letter.to,
        "at": at.astimezone(zone),
        "today": at.astimezone(zone).date(),
        "brand": settings.brand_name,
        "vendor": settings.vendor_name,
        "support_email": settings.support_email,
        "support_hours": settings.support_hours,
    }
    words = _words(letter.template, values)
    page = {
        **words,
        "name": isolated(letter.to.name),
        "url": settings.base_url.rstrip("/") + letter.path,
        "brand": settings.brand_name,
        "vendor": settings.vendor_name,
        "support_email": settings.support_email,
        "support_hours": settings.support_hours,
        "color": settings.brand_color,
        "color_dark": settings.brand_color_dark,
    }
    message = EmailMessage(policy=SMTP if letter.to.email.isascii() else SMTPUTF8)
    message["Subject"] = words["subject"]
    message["From"] = _mailbox(settings.brand_name, settings.mail_from or settings.support_email)
    message["To"] = _mailbox(letter.to.name, letter.to.email)
    message["Reply-To"] = _mailbox(settings.brand_name, settings.support_email)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id(key, settings)
    if letter.thread:
        message["References"] = message_id(f"thread:{letter.thread}", settings)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    wrapped = {"paragraphs": [_wrapped(text) for text in words["paragraphs"]], "why": _wrapped(words["why"])}
    message.set_content(_text_layout().render(page | wrapped))
    message.add_alternative(_html_layout().render(page), subtype="html")
    return message


def message_id(key: str, settings: Settings) -> str:
    """A name that says nothing of its subject: HMAC-SHA-256 of the outbox key at the portal's host."""
    keyed = hmac.new(settings.secret_key.encode(), f"mail:{key}".encode(), hashlib.sha256).hexdigest()
    return f"<{keyed[:40]}@{urlsplit(settings.base_url).hostname or 'localhost'}>"


def isolated(text: str) -> str:
    """A name fit for a sentence: on one line, and where it is written from right to left, kept from turning what follows."""
    text = " ".join(text.split())
    if any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in text):
        return f"\u2068{text}\u2069"
    return text


def _instant(value: datetime) -> str:
    """`23 November 2026, 14:05 CET`, in the zone that the value carries: the recipient's."""
    return f"{value.day} {value:%B %Y, %H:%M %Z}"


def _mailbox(name: str, email: str) -> Address:
    # Given in two parts, as letters beyond ASCII before the @ are allowed where the server speaks SMTPUTF8.
    user, _, domain = email.rpartition("@")
    return Address(display_name=" ".join(name.split()), username=user, domain=domain)


def _words(template: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The blocks of a letter's template: subject, body as paragraphs, button, why it was sent."""
    found = _texts().get_template(f"emails/{template}.txt")
    context = found.new_context(dict(values))
    blocks = {name: "".join(block(context)) for name, block in found.blocks.items()}
    return {
        "subject": " ".join(blocks["subject"].split()),
        "paragraphs": _paragraphs(blocks["body"]),
        "button": " ".join(blocks["button"].split()),
        "why": " ".join(blocks["why"].split()),
    }


def _paragraphs(text: str) -> list[str]:
    """Split at empty lines; lines that begin with a dash stay lines of their own."""
    found = []
    for block in re.split(r"\n\s*\n", text):
        lines: list[str] = []
        for line in (" ".join(line.split()) for line in block.splitlines()):
            if line and (line.startswith("– ") or not lines):
                lines.append(line)
            elif line:
                lines[-1] += " " + line
        if lines:
            found.append("\n".join(lines))
    return found


def _wrapped(paragraph: str) -> str:
    return "\n".join(
        textwrap.fill(line, COLUMNS, subsequent_indent="  " if line.startswith("– ") else "", break_long_words=False)
        for line in paragraph.splitlines()
    )


@cache
def _texts() -> Environment:
    made = Environment(  # noqa: S701 - plain text; the HTML layout escapes what is put into it
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update(day=day, count=count, money=money, instant=_instant, sentence_case=sentence_case, name=isolated)
    return made


def _text_layout() -> Template:
    return _texts().get_template("emails/layout.txt")


@cache
def _html_layout() -> Template:
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    return pages.get_template("emails/layout.html")
