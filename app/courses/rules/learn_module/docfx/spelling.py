"""How words, link targets and indents are spelled in Markdown."""

import re
from collections.abc import Sequence
from urllib.parse import quote

from app.courses.rules.learn_module.source import Line

_SPECIAL = re.compile(
    r"([\\`*_{}\[\]|<>~&@]|(?<=[A-Za-z]):(?=/)|(?<=\bwww)\.|(?<=\bmailto):|(?<=\bxmpp):)", re.IGNORECASE
)
_SPECIAL_AT_START = re.compile(r"(?:(?P<mark>[#+=:-])|(?P<number>\d+)(?P<dot>[.)]))")


def escape(text: str) -> str:
    """Plain words as Markdown that shows exactly them."""
    words = " ".join(text.split())
    escaped = _SPECIAL.sub(r"\\\1", words)
    if found := _SPECIAL_AT_START.match(words):
        at = found.start("dot") if found["dot"] else 0
        escaped = f"{escaped[:at]}\\{escaped[at:]}"
    return escaped


def as_plain(lines: Sequence[Line]) -> list[Line]:
    """The last resort for a block that a course can't hold: its source, shown letter by letter."""
    result: list[Line] = []
    for index, line in enumerate(lines):
        following = lines[index + 1].text.strip() if index + 1 < len(lines) else ""
        result.append(line.saying(escape(line.text) + ("\\" if line.text.strip() and following else "")))
    return result


def hanging_indent(lead: str) -> str:
    """What the lines after a list mark or quote mark start with: quote marks stay, the rest is space."""
    return "".join(character if character in "> \t" else " " for character in lead)


def destination(address: str) -> str:
    """A link target as it may stand between the parentheses of Markdown."""
    return quote(address, safe="/:?#[]@!$&'*+,;=%~._-")
