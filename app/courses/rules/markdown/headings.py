"""Headings: their attributes, their levels without a gap, their ids."""

from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it.token import Token
from mdit_py_plugins.attrs.parse import ParseError
from mdit_py_plugins.attrs.parse import parse as parse_attributes

from app.courses.rules.markdown.setting import Setting
from app.courses.rules.markdown.words import plain_text, slug


@dataclass(frozen=True)
class Heading:
    level: int
    id: str
    text: str


def take_attributes(inline: Token) -> dict[str, str] | None:
    """Removes a trailing `{#id key=value}` from a heading's content and returns it; {} if there is none, None if malformed."""
    children = inline.children or []
    if not children or children[-1].type != "text" or not children[-1].content.rstrip().endswith("}"):
        return {}
    content = children[-1].content.rstrip()
    start = content.rfind("{")
    if start < 0:
        return {}
    try:
        end, attributes = parse_attributes(content[start:])
    except ParseError:
        return None
    if end != len(content) - start - 1 or not attributes:
        return None
    children[-1].content = content[:start].rstrip()
    return attributes


def level_headings(tokens: Sequence[Token], setting: Setting) -> tuple[Heading, ...]:
    """Renumbers the headings below `top_heading` without skipping a level and gives each a unique, prefixed id."""
    headings: list[Heading] = []
    above: list[int] = []
    taken: set[str] = set()
    twins: dict[str, int] = {}
    for index, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        inline = tokens[index + 1]
        attributes = take_attributes(inline) or {}
        source = int(token.tag[1])
        while above and above[-1] >= source:
            above.pop()
        above.append(source)
        level = min(setting.top_heading + len(above) - 1, 6)
        text = plain_text([inline])
        base = setting.id_prefix + (slug(attributes.get("id", "")) or slug(text) or "section")
        name, twin = base, twins.get(base, 1)
        while name in taken:
            twin += 1
            name = f"{base}-{twin}"
        twins[base] = twin
        taken.add(name)
        token.tag = tokens[index + 2].tag = f"h{level}"
        token.attrSet("id", name)
        headings.append(Heading(level, name, text))
    return tuple(headings)
