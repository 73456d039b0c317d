"""Tables: which way their columns are set, and the box in which a wide one scrolls."""

from collections.abc import Sequence
from typing import Any

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from app.courses.rules.markdown.setting import setting_of
from app.courses.rules.markdown.wording import wording
from app.courses.rules.markdown.words import plain_text

ALIGNMENTS = {"text-align:left": "align-start", "text-align:center": "align-center", "text-align:right": "align-end"}


def render_table_open(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    # A wide table scrolls inside its own box, which the keyboard must be able to reach; its headings tell it from others.
    end = next((i for i in range(index + 1, len(tokens)) if tokens[i].type == "thead_close"), index)
    headings = [plain_text([token]) for token in tokens[index:end] if token.type == "inline"]
    label = escapeHtml(f"{wording(setting_of(env).lang)['table']}: {', '.join(filter(None, headings))}".rstrip(": "))
    return f'<div class="table-scroll" role="region" tabindex="0" aria-label="{label}"><table>\n'


def render_table_close(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return "</table></div>\n"
