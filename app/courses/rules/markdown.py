"""Markdown to safe HTML: CommonMark with GitHub's tables, task lists, footnotes, alerts and bare links.

Two walls against hostile text: raw HTML is off, so that `<script>` is shown as letters; and the result is cleaned by nh3
against the lists below. The output needs no `unsafe-inline` in a Content-Security-Policy. Everything is decided on
tokens, never by searching the text.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any
from urllib.parse import unquote, urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.attrs.parse import ParseError
from mdit_py_plugins.attrs.parse import parse as parse_attributes
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"})
VIDEO_SUFFIXES = frozenset({".mp4", ".webm"})
AUDIO_SUFFIXES = frozenset({".mp3", ".m4a", ".ogg"})
LINK_SCHEMES = frozenset({"http", "https", "mailto"})
WORDS_PER_MINUTE = 220
MAX_NESTING = 40

_WORDS_OF_THE_FORMAT = {
    "en": (
        "Note",
        "Tip",
        "Important",
        "Warning",
        "Caution",
        "Transcript",
        "Table",
        "done",
        "not done",
        "Back to the text",
    ),
    "fr": (
        "Remarque",
        "Conseil",
        "Important",
        "Attention",
        "Prudence",
        "Transcription",
        "Tableau",
        "fait",
        "à faire",
        "Retour au texte",
    ),
    "de": (
        "Hinweis",
        "Tipp",
        "Wichtig",
        "Warnung",
        "Vorsicht",
        "Abschrift",
        "Tabelle",
        "erledigt",
        "offen",
        "Zurück zum Text",
    ),
    "es": (
        "Nota",
        "Consejo",
        "Importante",
        "Advertencia",
        "Precaución",
        "Transcripción",
        "Tabla",
        "hecho",
        "pendiente",
        "Volver al texto",
    ),
}
_WORD_KEYS = ("note", "tip", "important", "warning", "caution", "transcript", "table", "done", "not_done", "back")

_TAGS = {
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "br",
        "hr",
        "em",
        "strong",
        "s",
        "code",
        "pre",
        "blockquote",
        "a",
        "img",
    ),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "div", "span", "sup", "section"),
    *("video", "audio", "track", "details", "summary", "figure"),
}
_ATTRIBUTES: dict[str, set[str]] = {
    **{tag: {"id"} for tag in ("h1", "h2", "h3", "h4", "h5", "h6", "li")},
    "a": {"href", "title", "rel", "id", "aria-label"},
    "img": {"src", "alt", "title", "loading"},
    "ol": {"start"},
    "th": {"scope"},
    "pre": {"tabindex"},
    "div": {"role", "tabindex", "aria-label"},
    "span": {"role", "aria-label"},
    "video": {"src", "controls", "preload", "aria-label"},
    "audio": {"src", "controls", "preload", "aria-label"},
    "track": {"kind", "src", "srclang", "label", "default"},
}
_ALIGNMENTS = {"text-align:left": "align-start", "text-align:center": "align-center", "text-align:right": "align-end"}
_CLASSES: dict[str, set[str]] = {
    "th": set(_ALIGNMENTS.values()),
    "td": set(_ALIGNMENTS.values()),
    "div": {"alert", "table-scroll", *(f"alert-{kind}" for kind in _WORD_KEYS[:5])},
    "p": {"alert-title"},
    "ul": {"task-list"},
    "ol": {"task-list", "footnotes-list"},
    "li": {"task-item", "footnote-item"},
    "span": {"task-mark"},
    "sup": {"footnote-ref"},
    "a": {"footnote-backref"},
    "section": {"footnotes"},
    "hr": {"footnotes-sep"},
    "figure": {"media"},
    "details": {"transcript"},
}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    allowed_classes=_CLASSES,
    url_schemes=set(LINK_SCHEMES),
    link_rel=None,
    strip_comments=True,
)


@dataclass(frozen=True)
class Media:
    """Where a picture, film or sound of the course is served: its URL, captions as (language, URL), transcript as safe HTML.

    `fault` is what its author must mend (a sentence); it is reported at the line that shows the media.
    """

    url: str
    captions: tuple[tuple[str, str], ...] = ()
    transcript_html: str = ""
    fault: str = ""


MediaResolver = Callable[[str], Media | None]
"""Given a path relative to the course folder (`media/x.png`), the media, or None where the course has no such file."""

LinkResolver = Callable[[str], str | None]
"""Given a relative link target as written (`02-sharing.md#clock`), the address to use, or None where it leads nowhere."""


@dataclass(frozen=True)
class Heading:
    level: int
    id: str
    text: str


@dataclass(frozen=True)
class Rendered:
    """Safe HTML, the number of words a reader reads, the headings in order, and faults as (line of the given text, sentence)."""

    html: str
    words: int
    headings: tuple[Heading, ...]
    problems: tuple[tuple[int, str], ...] = ()

    @property
    def minutes(self) -> int:
        return reading_minutes(self.words)


@dataclass(frozen=True)
class Setting:
    """How a text is to be rendered. `first_line` is added to line numbers so that they count from the top of the file."""

    media: MediaResolver | None = None
    link: LinkResolver | None = None
    lang: str = "en"
    id_prefix: str = "c-"
    top_heading: int = 2
    first_line: int = 1


@dataclass
class Parsed:
    """The tokens of a text, ready to be cut and rendered, and what was found on the way."""

    tokens: list[Token]
    setting: Setting
    problems: list[tuple[int, str]] = field(default_factory=list)


def render(
    text: str,
    *,
    media: MediaResolver | None = None,
    link: LinkResolver | None = None,
    lang: str = "en",
    id_prefix: str = "c-",
    top_heading: int = 2,
) -> Rendered:
    """Renders one Markdown text without front matter (see `front_matter.split_front_matter`).

    The highest heading of the text becomes `top_heading` and no level is skipped below it. Without `media` no picture is
    shown, only its description. Never raises on any text.
    """
    setting = Setting(media=media, link=link, lang=lang, id_prefix=id_prefix, top_heading=top_heading)
    parsed = parse(text, setting)
    headings = level_headings(parsed.tokens, setting)
    return Rendered(to_html(parsed.tokens, setting), count_words(parsed.tokens), headings, tuple(parsed.problems))


def reading_minutes(words: int) -> int:
    """Minutes that `words` take at an unhurried pace; at least one."""
    return max(1, -(-words // WORDS_PER_MINUTE))


def parse(text: str, setting: Setting, *, quiz: bool = False) -> Parsed:
    """Tokens with links, pictures, tables, alerts already made safe. `quiz` reads `[[gaps]]` and leaves footnotes alone."""
    problems: list[tuple[int, str]] = []
    env: dict[str, Any] = {"setting": setting, "problems": problems}
    tokens = _parser(quiz).parse(_without_controls(text), env)
    return Parsed(tokens, setting, problems)


def to_html(tokens: Sequence[Token], setting: Setting) -> str:
    """Safe HTML of a run of block tokens."""
    return _CLEANER.clean(_renderer(tokens, setting, inline=False)).strip()


def to_inline_html(token: Token, setting: Setting) -> str:
    """Safe HTML of one inline token (a heading's or a paragraph's content), without a wrapping element."""
    return _CLEANER.clean(_renderer([token], setting, inline=True)).strip()


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


def count_words(tokens: Sequence[Token]) -> int:
    """Words as a reader counts them; two Chinese or Japanese characters count as one word."""
    text = plain_text(tokens)
    ideographs = sum(1 for character in text if _is_ideograph(character))
    spaced = "".join(" " if _is_ideograph(character) else character for character in text)
    return sum(1 for word in spaced.split() if any(character.isalnum() for character in word)) + -(-ideographs // 2)


def raw_html(text: str) -> list[tuple[int, str]]:
    """(line, snippet) of each piece of raw HTML, so that the author is told instead of finding it as letters on the page."""
    found: list[tuple[int, str]] = []
    for token in _html_finder().parse(_without_controls(text), {}):
        if token.type == "html_block":
            found.append(((token.map or [0])[0] + 1, token.content.strip().split("\n")[0]))
        for child, line in children_with_lines(token):
            if child.type == "html_inline":
                found.append((line, child.content))
    return found


def children_with_lines(token: Token) -> list[tuple[Token, int]]:
    """The children of an inline token with the line (from 1) of the text on which each stands."""
    line = (token.map or [0])[0] + 1
    result: list[tuple[Token, int]] = []
    for child in token.children or []:
        result.append((child, line))
        if child.type in {"softbreak", "hardbreak"}:
            line += 1
    return result


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


def slug(text: str) -> str:
    """`The clock: 24 hours` -> `the-clock-24-hours`; letters of any script are kept."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "-".join("".join(c if c.isalnum() else " " for c in folded).split())[:80].rstrip("-")


def level_headings(tokens: Sequence[Token], setting: Setting) -> tuple[Heading, ...]:
    """Renumbers the headings below `top_heading` without skipping a level and gives each a unique, prefixed id."""
    headings: list[Heading] = []
    above: list[int] = []
    taken: set[str] = set()
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
        name, twin = base, 1
        while name in taken:
            twin += 1
            name = f"{base}-{twin}"
        taken.add(name)
        token.tag = tokens[index + 2].tag = f"h{level}"
        token.attrSet("id", name)
        headings.append(Heading(level, name, text))
    return tuple(headings)


def _without_controls(text: str) -> str:
    # The private characters mark gaps in questions (see questions/blanks.py); a text may not bring its own.
    return re.sub(
        "[\x00-\x08\x0b-\x1f\x7f\ue000-\ue001]",
        "",
        text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff"),
    )


def _is_ideograph(character: str) -> bool:
    return (
        "\u3040" <= character <= "\u30ff"
        or "\u3400" <= character <= "\u9fff"
        or "\U00020000" <= character <= "\U0003ffff"
    )


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


def plain_text_of_alt(image: Token) -> str:
    """A picture's description as plain text."""
    return "".join(_inline_pieces(image.children or []))


# --- The parsers. One of each kind for the process: they hold no state between texts. ---


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        # Every target is read as a link here, so that `_check_link` can judge it with its line; none reaches the page unjudged.
        return True


def _base_parser() -> MarkdownIt:
    parser = _Parser("commonmark", {"html": False, "maxNesting": MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    parser.options["tasklists"] = True
    parser.options["alerts"] = True
    parser.use(gfm_autolink_plugin)
    return parser


@lru_cache(maxsize=2)
def _parser(quiz: bool) -> MarkdownIt:
    parser = _base_parser()
    if quiz:
        parser.inline.ruler.before("link", "gap", _gap_rule)
    else:
        parser.use(footnote_plugin, inline=False)
        parser.block.ruler.before(
            "fence", "quiz", _quiz_rule, {"alt": ["paragraph", "reference", "blockquote", "list"]}
        )
        parser.core.ruler.before("footnote_tail", "keep_unused_footnotes", _keep_unused_footnotes)
    parser.core.ruler.push("make_safe", _make_safe)
    for name, rule in {
        "list_item_open": _render_list_item,
        "table_open": _render_table_open,
        "table_close": _render_table_close,
        "media": _render_media,
        "gap": _render_gap,
        "fence": _render_code,
        "code_block": _render_code,
        "footnote_anchor": _render_footnote_anchor,
        "footnote_anchor_name": _footnote_name,
        "footnote_ref": _render_footnote_ref,
        "footnote_open": _render_footnote_open,
    }.items():
        parser.add_render_rule(name, rule)
    return parser


@lru_cache(maxsize=1)
def _html_finder() -> MarkdownIt:
    parser = _base_parser()
    parser.options["html"] = True
    parser.block.ruler.before("fence", "quiz", _quiz_rule, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    return parser


def _renderer(tokens: Sequence[Token], setting: Setting, *, inline: bool) -> str:
    parser = _parser(False)
    env = {"setting": setting}
    if inline:
        return "".join(parser.renderer.renderInline(token.children or [], parser.options, env) for token in tokens)  # type: ignore[attr-defined]
    return str(parser.renderer.render(tokens, parser.options, env))


def _quiz_rule(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
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


def _gap_rule(state: StateInline, silent: bool) -> bool:
    """`[[ … ]]` on one line becomes a gap; its content is kept as written."""
    if not state.src.startswith("[[", state.pos):
        return False
    end = state.src.find("]]", state.pos + 2, state.posMax)
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


# --- What is done to the tokens before anything is rendered. ---


def _keep_unused_footnotes(state: StateCore) -> None:
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
                state.env["problems"].append((line, f"The footnote [^{token.meta['label']}] is never referred to."))
                continue
        elif token.type == "footnote_reference_close" and open_labels.pop() in unused:
            continue
        result.append(token)
    state.tokens = result


def _make_safe(state: StateCore) -> None:
    setting: Setting = state.env["setting"]
    problems: list[tuple[int, str]] = state.env["problems"]
    words = _words(setting.lang)
    result: list[Token] = []
    for index, token in enumerate(state.tokens):
        if token.type in {"th_open", "td_open"}:
            alignment = _ALIGNMENTS.get(str(token.attrs.pop("style", "")))
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
    state.tokens = _films_as_blocks(result, setting, problems)


def _safe_children(inline: Token, setting: Setting, problems: list[tuple[int, str]]) -> list[Token]:
    result: list[Token] = []
    kept: list[bool] = []
    for child, relative_line in children_with_lines(inline):
        line = relative_line + setting.first_line - 1
        if child.type == "link_open":
            address = _checked_link(str(child.attrs.get("href", "")), setting, problems, line)
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
            result += _checked_picture(child, setting, problems, line)
        else:
            result.append(child)
    return result


def _checked_link(href: str, setting: Setting, problems: list[tuple[int, str]], line: int) -> str | None:
    """The address to use, or None: then the words stay and the link goes."""
    try:
        scheme = urlsplit(href).scheme.lower()
    except ValueError:
        problems.append((line, f"The link to '{href[:80]}' is not an address."))
        return None
    if scheme in LINK_SCHEMES:
        return href
    # A colon before any slash is a scheme, whatever characters a browser might skip in it; `//host` borrows the page's scheme.
    if scheme or href.startswith(("//", "\\", "/\\")) or ":" in re.split(r"[/?#]", unquote(href), maxsplit=1)[0]:
        problems.append((line, f"The link to '{href[:80]}' is not allowed: links are http, https, mailto or relative."))
        return None
    if href.startswith("#"):
        return f"#{setting.id_prefix}{slug(unquote(href[1:]))}" if len(href) > 1 else None
    if setting.link is None or href.startswith("/"):
        return href
    address = setting.link(unquote(href))
    if address is None:
        problems.append((line, f"The link to '{href[:80]}' leads to nothing in the course."))
    return address


def _checked_picture(image: Token, setting: Setting, problems: list[tuple[int, str]], line: int) -> list[Token]:
    source = unquote(str(image.attrs.get("src", "")))
    description = plain_text_of_alt(image).strip()
    if not description:
        problems.append(
            (
                line,
                f"The picture '{source}' has no description: write it between the brackets, ![what it shows]({source}).",
            )
        )
    path = inside_folder(source)
    media = setting.media(path) if setting.media and path else None
    suffix = PurePosixPath(source).suffix.lower()
    if path is None:
        problems.append((line, f"The picture '{source[:80]}' is outside the course folder; copy the file into it."))
    elif setting.media and media is None:
        problems.append((line, f"The file '{path}' is not in the course folder."))
    elif suffix not in IMAGE_SUFFIXES | VIDEO_SUFFIXES | AUDIO_SUFFIXES:
        problems.append((line, f"'{source}' is not a picture, film or sound that pages can show."))
        media = None
    if media is not None and media.fault:
        problems.append((line, media.fault))
    if media is None:
        return (
            [Token("em_open", "em", 1), Token("text", "", 0, content=description), Token("em_close", "em", -1)]
            if description
            else []
        )
    if suffix in IMAGE_SUFFIXES:
        image.attrs["src"] = media.url
        image.attrSet("loading", "lazy")
        return [image]
    return [Token("media", "", 0, content=description, info=suffix, meta={"media": media, "line": line, "path": path})]


def inside_folder(source: str) -> str | None:
    """The path relative to the course folder, or None for an address, an absolute path or one that climbs out."""
    if not source or ":" in source or "\\" in source or source.startswith("/") or "?" in source or "#" in source:
        return None
    path = normpath(source)
    return None if path.startswith("../") or path in {"..", "."} else path


def _films_as_blocks(tokens: list[Token], setting: Setting, problems: list[tuple[int, str]]) -> list[Token]:
    """A film or sound alone in its paragraph becomes a figure of its own; one in running text is named there and reported."""
    result: list[Token] = []
    skip_to = -1
    for index, token in enumerate(tokens):
        if index <= skip_to:
            continue
        children = list(tokens[index + 1].children or []) if token.type == "paragraph_open" else []
        if len(children) == 1 and children[0].type == "media":
            film = children[0]
            film.block, film.map, film.level = True, token.map, token.level
            result.append(film)
            skip_to = index + 2
            continue
        if token.type == "inline" and any(child.type == "media" for child in token.children or []):
            for child in token.children or []:
                if child.type == "media":
                    problems.append((child.meta["line"], f"Put '{child.meta['path']}' in a paragraph of its own."))
            token.children = [
                Token("text", "", 0, content=child.content) if child.type == "media" else child
                for child in token.children or []
            ]
        result.append(token)
    return result


# --- How tokens are written where the library's own way does not fit. ---


def _words(lang: str) -> dict[str, str]:
    return dict(zip(_WORD_KEYS, _WORDS_OF_THE_FORMAT.get(lang.split("-")[0], _WORDS_OF_THE_FORMAT["en"]), strict=True))


def _setting(env: Any) -> Setting:
    setting: Setting = env["setting"]
    return setting


def _render_list_item(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    html: str = self.renderToken(tokens, index, options, env)
    if "checked" in (token.meta or {}):
        done = bool(token.meta["checked"])
        label = _words(_setting(env).lang)["done" if done else "not_done"]
        html += f'<span class="task-mark" role="img" aria-label="{escapeHtml(label)}">{"☑" if done else "☐"}</span> '
    return html


def _render_table_open(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    # A wide table scrolls inside its own box, which the keyboard must be able to reach; its headings tell it from others.
    end = next((i for i, token in enumerate(tokens) if i > index and token.type == "thead_close"), index)
    headings = [plain_text([token]) for token in tokens[index:end] if token.type == "inline"]
    label = escapeHtml(f"{_words(_setting(env).lang)['table']}: {', '.join(filter(None, headings))}".rstrip(": "))
    return f'<div class="table-scroll" role="region" tabindex="0" aria-label="{label}"><table>\n'


def _render_table_close(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return "</table></div>\n"


def _render_code(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return f'<pre tabindex="0"><code>{escapeHtml(tokens[index].content)}</code></pre>\n'


def _render_media(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    setting = _setting(env)
    media: Media = token.meta["media"]
    tag = "video" if token.info in VIDEO_SUFFIXES else "audio"
    tracks = "".join(
        f'<track kind="captions" src="{escapeHtml(url)}" srclang="{escapeHtml(lang)}" label="{escapeHtml(lang)}"'
        f"{' default' if lang == setting.lang else ''}>"
        for lang, url in media.captions
    )
    transcript = ""
    if media.transcript_html:
        transcript = f'<details class="transcript"><summary>{_words(setting.lang)["transcript"]}</summary>{media.transcript_html}</details>'
    return (
        f'<figure class="media"><{tag} controls preload="metadata" src="{escapeHtml(media.url)}"'
        f' aria-label="{escapeHtml(token.content)}">{tracks}</{tag}>{transcript}</figure>\n'
    )


def _render_gap(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    number = (tokens[index].meta or {}).get("number", "")
    return f"\ue000{number}\ue001" if number else escapeHtml(f"[[{tokens[index].content}]]")


def _footnote_name(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return f"{_setting(env).id_prefix}fn{tokens[index].meta['id'] + 1}"


def _render_footnote_ref(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    name = _footnote_name(self, tokens, index, options, env)
    again = tokens[index].meta.get("subId", 0)
    suffix = f"-{again + 1}" if again > 0 else ""
    return f'<sup class="footnote-ref"><a href="#{name}" id="{name}-ref{suffix}">[{tokens[index].meta["id"] + 1}]</a></sup>'


def _render_footnote_open(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return f'<li id="{_footnote_name(self, tokens, index, options, env)}" class="footnote-item">'


def _render_footnote_anchor(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    name = _footnote_name(self, tokens, index, options, env)
    again = tokens[index].meta.get("subId", 0)
    suffix = f"-{again + 1}" if again > 0 else ""
    label = escapeHtml(_words(_setting(env).lang)["back"])
    return f' <a href="#{name}-ref{suffix}" class="footnote-backref" aria-label="{label}">↩︎</a>'
