"""On which line of the text each piece of a paragraph stands."""

from markdown_it.token import Token


def children_with_lines(token: Token) -> list[tuple[Token, int]]:
    """The children of an inline token with the line (from 1) of the text on which each stands."""
    line = (token.map or [0])[0] + 1
    result: list[tuple[Token, int]] = []
    for child in token.children or []:
        result.append((child, line))
        if child.type in {"softbreak", "hardbreak"}:
            line += 1
    return result
