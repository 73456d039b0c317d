"""How long a paragraph may be.

Some of the library's rules look through the rest of the paragraph at every step, so crafted text costs the square of its
length. A text that people read is never so long without a break; one that is appears as it is written, and is reported.
"""

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

MAX_PARAGRAPH_CHARACTERS = 5000


def read_paragraphs(state: StateCore) -> None:
    """Reads what is inside paragraphs, headings and table cells; the library's own rule, but for the limit."""
    for token in state.tokens:
        if token.type != "inline":
            continue
        if token.children is None:
            token.children = []
        if len(token.content) <= MAX_PARAGRAPH_CHARACTERS:
            state.md.inline.parse(token.content, state.md, state.env, token.children)
            continue
        token.children += _as_written(token.content)
        if "problems" in state.env:
            line = (token.map or [0])[0] + state.env["setting"].first_line
            state.env["problems"].append(
                (
                    line,
                    f"This paragraph has {len(token.content):,} characters; at most {MAX_PARAGRAPH_CHARACTERS:,} are read"
                    " as Markdown. Split it with an empty line.",
                )
            )


def _as_written(text: str) -> list[Token]:
    pieces: list[Token] = []
    for line in text.split("\n"):
        pieces += [Token("softbreak", "br", 0), Token("text", "", 0, content=line)]
    return pieces[1:]
