"""Task lists, whose marks have a name, and code, which the keyboard can scroll."""

from collections.abc import Sequence
from typing import Any

from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from app.courses.rules.markdown.setting import setting_of
from app.courses.rules.markdown.wording import wording


def render_list_item(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    html: str = self.renderToken(tokens, index, options, env)
    if "checked" in (token.meta or {}):
        done = bool(token.meta["checked"])
        label = wording(setting_of(env).lang)["done" if done else "not_done"]
        html += f'<span class="task-mark" role="img" aria-label="{escapeHtml(label)}">{"☑" if done else "☐"}</span> '
    return html


def render_code(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return f'<pre tabindex="0"><code>{escapeHtml(tokens[index].content)}</code></pre>\n'
