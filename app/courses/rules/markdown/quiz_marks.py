"""The marks of questions that Markdown does not know: `<quiz>` around a check, `[[ … ]]` for a gap."""

from collections.abc import Sequence
from typing import Any

from markdown_it.common.utils import escapeHtml
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

MAX_GAP_CHARACTERS = 1000


def quiz_rule(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """`<quiz>` alone on its line opens a check that `</quiz>` alone on its line closes; what is between is kept as text."""
    if state.level > 0 or state.is_code_block(start_line):
        return False
    if state.getLines(start_line, start_line + 1, 0, False).strip() != "<quiz>":
        return False
    if silent:
        return True
    closing = next(
        (n for n in range(start_line + 1, end_line) if state.getLines(n, n + 1, 0, False).strip() == "</quiz>"), None
    )
    token = state.push("quiz", "", 0)
    last = end_line if closing is None else closing
    token.content = state.getLines(start_line + 1, last, 0, True)
    token.map = [start_line, min(last + 1, end_line)]
    token.meta = {"closed": closing is not None}
    state.line = min(last + 1, end_line)
    return True


def gap_rule(state: StateInline, silent: bool) -> bool:
    """`[[ … ]]` on one line becomes a gap; its content is kept as written."""
    if not state.src.startswith("[[", state.pos):
        return False
    end = state.src.find("]]", state.pos + 2, min(state.pos + 2 + MAX_GAP_CHARACTERS, state.posMax))
    if end < 0:
        return False
    while state.src.startswith("]", end + 2) and end + 2 < state.posMax:
        end += 1
    content = state.src[state.pos + 2 : end]
    if "\n" in content:
        return False
    if not silent:
        token = state.push("gap", "", 0)
        token.content = content.strip()
    state.pos = end + 2
    return True


def render_gap(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    number = (tokens[index].meta or {}).get("number", "")
    return f"\ue000{number}\ue001" if number else escapeHtml(f"[[{tokens[index].content}]]")
