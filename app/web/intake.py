"""What every request is held to before a view reads it: numbers that a key can be, text that a database can hold."""

import re

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter

# A key has 64 bits; eighteen digits always fit, and no row of ours needs more.
_DIGITS = "[0-9]{1,18}"
_UNHELD = re.compile("[\x00\ud800-\udfff]")
_UNREADABLE = "What was sent holds characters that no text can hold. Type it again instead of pasting it."


class KeyConverter(IntegerConverter):
    """`<int:…>` in addresses: plain digits that fit a key. Anything else is an address that does not exist."""

    regex = _DIGITS


def install(app: Flask) -> None:
    """Call before the first address is registered."""
    app.url_map.converters["int"] = KeyConverter

    @app.before_request
    def refuse_unreadable_text() -> None:
        sent = [request.path]
        for fields in (request.args, request.form):
            for name, values in fields.lists():
                sent += [name, *values]
        if not all(is_text(text) for text in sent):
            abort(400, _UNREADABLE)


def is_text(text: str) -> bool:
    """Whether a database can hold it: no NUL, and no half of a character, which JSON can spell."""
    return _UNHELD.search(text) is None


def place_asked(name: str = "after") -> int | None:
    """The key of the row after which a list goes on, from the query; None where it is missing or no key."""
    text = request.args.get(name, "")
    return int(text) if re.fullmatch(_DIGITS, text) else None


def wanted_languages() -> list[str]:
    """The languages that the reader's browser asks for, the most wanted first."""
    return [tag for tag, quality in request.accept_languages if quality > 0 and tag != "*"]
