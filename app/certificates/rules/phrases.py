"""Words with names, numbers and dates between them, each of which keeps its own direction."""

from string import Formatter
from typing import NamedTuple


class Piece(NamedTuple):
    """A piece of a phrase: either words of the certificate's own, or something that stands alone among them.

    What stands alone (a name, a title, a date, a number) is set in its own direction: an English step title among Arabic
    words would otherwise drag the brackets and digits beside it to its own side.
    """

    text: str
    stands_alone: bool


Phrase = tuple[Piece, ...]


def alone(text: str) -> Phrase:
    """A phrase that is nothing but one text of its own direction; empty for an empty text."""
    return (Piece(text, True),) if text else ()


def phrase(pattern: str, **pieces: str) -> Phrase:
    """`pattern` with its `{names}` filled in. The texts filled in are taken as they are: braces in them mean nothing."""
    found: list[Piece] = []
    for words, name, _, _ in Formatter().parse(pattern):
        if words:
            found.append(Piece(words, False))
        if name is not None:
            found.append(Piece(pieces[name], True))
    return tuple(found)


def joined(texts: tuple[str, ...], separator: str, last: str) -> Phrase:
    """`A, B and C`."""
    found: list[Piece] = []
    for place, text in enumerate(texts):
        if place:
            found.append(Piece(last if place == len(texts) - 1 else separator, False))
        found.append(Piece(text, True))
    return tuple(found)
