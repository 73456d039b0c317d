"""Footnotes: an unused one is kept and reported; ids carry the page's prefix, the way back has a name."""

from collections.abc import Sequence
from typing import Any

from markdown_it.common.utils import escapeHtml
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote.index import footnote_ref

from app.courses.rules.markdown.setting import setting_of
from app.courses.rules.markdown.wording import wording

MAX_LABEL_CHARACTERS = 999  # as for CommonMark's own labels


def footnote_mark_rule(state: StateInline, silent: bool) -> bool:
    """`[^label]`, if it closes soon: the library would read to the end of the paragraph from every `[^`."""
    end = min(state.pos + MAX_LABEL_CHARACTERS + 3, state.posMax)
    if not state.src.startswith("[^", state.pos) or state.src.find("]", state.pos, end) < 0:
        return False
    return footnote_ref(state, silent)


def keep_unused_footnotes(state: StateCore) -> None:
    """A note that nothing refers to stays where it was written; the plugin would drop its text without a word."""
    refs: dict[str, int] = state.env.get("footnotes", {}).get("refs", {})
    unused = {name.removeprefix(":") for name, number in refs.items() if number < 0}
    if not unused:
        return
    result: list[Token] = []
    open_labels: list[str] = []
    for token in state.tokens:
        if token.type == "footnote_reference_open":
            open_labels.append(token.meta["label"])
            if token.meta["label"] in unused:
                first_line = state.env["setting"].first_line
                line = (token.map or [0])[0] + first_line
                state.env["problems"].append(
                    (line, f"The footnote [^{token.meta['label']}] is never referred to. Put that mark into the text.")
                )
                continue
        elif token.type == "footnote_reference_close" and open_labels.pop() in unused:
            continue
        result.append(token)
    state.tokens = result


def footnote_name(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return f"{setting_of(env).id_prefix}fn{tokens[index].meta['id'] + 1}"


def render_footnote_ref(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    name = footnote_name(self, tokens, index, options, env)
    again = tokens[index].meta.get("subId", 0)
    suffix = f"-{again + 1}" if again > 0 else ""
    return f'<sup class="footnote-ref"><a href="#{name}" id="{name}-ref{suffix}">[{tokens[index].meta["id"] + 1}]</a></sup>'


def render_footnote_open(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return f'<li id="{footnote_name(self, tokens, index, options, env)}" class="footnote-item">'


def render_footnote_anchor(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    name = footnote_name(self, tokens, index, options, env)
    again = tokens[index].meta.get("subId", 0)
    suffix = f"-{again + 1}" if again > 0 else ""
    label = escapeHtml(wording(setting_of(env).lang)["back"])
    return f' <a href="#{name}-ref{suffix}" class="footnote-backref" aria-label="{label}">↩︎</a>'
