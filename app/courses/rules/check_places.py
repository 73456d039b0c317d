"""Where the ungraded checks stand in the text of a lesson that is kept as one piece of HTML.

The mark is a comment: the cleaner takes every comment out of what authors write, so none but ours can be there.
"""

import re
from collections.abc import Iterable

from app.courses.rules.course import Part

_MARK = re.compile(r"<!-- check ([A-Za-z0-9][A-Za-z0-9_-]{0,63}) -->")


def joined(parts: Iterable[Part]) -> str:
    """The parts of a lesson as one text, each check by its mark."""
    return "\n".join(f"<!-- check {part.check} -->" if part.check else part.html for part in parts)


def cut(html: str) -> tuple[Part, ...]:
    """The text and the checks of a lesson in their order; what `joined` was given."""
    pieces = _MARK.split(html)
    parts = [Part(check=piece) if index % 2 else Part(html=piece.strip("\n")) for index, piece in enumerate(pieces)]
    return tuple(part for part in parts if part.html or part.check)
