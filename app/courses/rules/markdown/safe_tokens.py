"""What is done to the tokens before anything is rendered: links and pictures judged, alerts, tables and task lists marked."""

from urllib.parse import urlsplit

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from app.courses.rules.markdown.lines import children_with_lines
from app.courses.rules.markdown.links import checked_link
from app.courses.rules.markdown.pictures import checked_picture, films_as_blocks
from app.courses.rules.markdown.setting import Setting
from app.courses.rules.markdown.tables import ALIGNMENTS
from app.courses.rules.markdown.wording import wording


def make_safe(state: StateCore) -> None:
    setting: Setting = state.env["setting"]
    problems: list[tuple[int, str]] = state.env["problems"]
    words = wording(setting.lang)
    result: list[Token] = []
    for index, token in enumerate(state.tokens):
        if token.type in {"th_open", "td_open"}:
            alignment = ALIGNMENTS.get(str(token.attrs.pop("style", "")))
            if alignment:
                token.attrSet("class", alignment)
            if token.type == "th_open":
                token.attrSet("scope", "col")
        elif token.type in {"bullet_list_open", "ordered_list_open"}:
            if "class" in token.attrs:
                token.attrs["class"] = "task-list"
        elif token.type == "list_item_open" and "checked" in (token.meta or {}):
            token.attrs["class"] = "task-item"
        elif token.type == "alert_open":
            token.attrs["class"] = f"alert alert-{token.meta['kind'].lower()}"
            token.attrSet("role", "note")
        elif token.type == "alert_title_open":
            token.attrs["class"] = "alert-title"
            title = state.tokens[index + 1]
            label = Token("text", "", 0, content=words[title.content.lower()])
            title.children = [label]
        elif token.type == "inline":
            token.children = _safe_children(token, setting, problems)
        result.append(token)
    state.tokens = films_as_blocks(result, setting, problems)


def _safe_children(inline: Token, setting: Setting, problems: list[tuple[int, str]]) -> list[Token]:
    result: list[Token] = []
    kept: list[bool] = []
    for child, relative_line in children_with_lines(inline):
        line = relative_line + setting.first_line - 1
        if child.type == "link_open":
            address = checked_link(str(child.attrs.get("href", "")), setting, problems, line)
            kept.append(address is not None)
            if address is not None:
                child.attrs["href"] = address
                if urlsplit(address).scheme in {"http", "https"} or address.startswith("//"):
                    child.attrSet("rel", "noopener noreferrer")
                result.append(child)
        elif child.type == "link_close":
            if kept.pop():
                result.append(child)
        elif child.type == "image":
            result += checked_picture(child, setting, problems, line)
        else:
            result.append(child)
    return result
