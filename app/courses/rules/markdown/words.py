"""The words of a run of tokens: as plain text, counted, and as a name in an address."""

import unicodedata
from collections.abc import Sequence

from markdown_it.token import Token

WORDS_PER_MINUTE = 220


def plain_text(tokens: Sequence[Token]) -> str:
    """The words of a run of tokens, pictures by their description."""
    pieces: list[str] = []
    for token in tokens:
        if token.type == "inline":
            pieces += _inline_pieces(token.children or [])
            pieces.append(" ")
        elif token.type in {"fence", "code_block"}:
            pieces += [token.content, " "]
    return " ".join("".join(pieces).split())


def plain_text_of_alt(image: Token) -> str:
    """A picture's description as plain text."""
    return "".join(_inline_pieces(image.children or []))


def count_words(tokens: Sequence[Token]) -> int:
    """Words as a reader counts them; two Chinese or Japanese characters count as one word."""
    text = plain_text(tokens)
    ideographs = sum(1 for character in text if _is_ideograph(character))
    spaced = "".join(" " if _is_ideograph(character) else character for character in text)
    return sum(1 for word in spaced.split() if any(character.isalnum() for character in word)) + -(-ideographs // 2)


def reading_minutes(words: int) -> int:
    """Minutes that `words` take at an unhurried pace; at least one."""
    return max(1, -(-words // WORDS_PER_MINUTE))


def slug(text: str) -> str:
    """`The clock: 24 hours` -> `the-clock-24-hours`; letters of any script are kept."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "-".join("".join(c if c.isalnum() else " " for c in folded).split())[:80].rstrip("-")


def _inline_pieces(children: Sequence[Token]) -> list[str]:
    pieces: list[str] = []
    for child in children:
        if child.type in {"text", "code_inline", "text_special"}:
            pieces.append(child.content)
        elif child.type in {"softbreak", "hardbreak"}:
            pieces.append(" ")
        elif child.type in {"image", "media"}:
            pieces += [" ", child.content if child.type == "media" else plain_text_of_alt(child), " "]
    return pieces


def _is_ideograph(character: str) -> bool:
    return (
        "\u3040" <= character <= "\u30ff"
        or "\u3400" <= character <= "\u9fff"
        or "\U00020000" <= character <= "\U0003ffff"
    )
