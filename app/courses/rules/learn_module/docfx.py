"""DocFX-flavoured Markdown turned into Markdown that a course may hold, line by line, each line knowing where it came from.

What Markdown is, is decided on the parser's tokens: nothing inside code is touched, and links, pictures and raw HTML are
found where the parser finds them. Only DocFX's own marks (`[!INCLUDE]`, `:::image`, `[!VIDEO]`), which no Markdown parser
knows, are found by their spelling.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import PurePosixPath
from posixpath import basename
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.helpers import parseLinkLabel
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from app.courses.rules import markdown
from app.courses.rules.course import fault_of_file
from app.courses.rules.front_matter import split_front_matter
from app.courses.rules.learn_module.source import Files, Line, Notes

MAX_INCLUDE_DEPTH = 10
MAX_LINES = 20_000
ALERTS = frozenset({"NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"})
_INCLUDE = re.compile(
    r"\[!include\s*\[(?P<label>[^\]]*)\]\s*\(\s*(?P<path>[^)\s]+)(?:\s+\"[^\"]*\")?\s*\)\s*\]", re.IGNORECASE
)
_VIDEO = re.compile(r"\[!video\s+(?P<url>[^\]\s]+)[^\]]*\]", re.IGNORECASE)
_EXTENSION = re.compile(
    r"(?P<lead>[\s>]*(?:[-*+]\s+|\d+[.)]\s+)?>?\s*)\[!(?P<kind>[A-Za-z-]+)(?P<rest>[^\]]*)\](?P<after>.*)"
)
_INLINE_DIRECTIVE = re.compile(
    r":::\s*(?P<name>image|video)\s(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^:\"']|:(?!::))*):::", re.IGNORECASE
)
_DIRECTIVE = re.compile(
    r"(?P<lead>[\s>]*(?:(?:[-*+]|\d+[.)])\s+)?):::+\s*(?P<name>[A-Za-z][\w-]*)?(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^:\"']|:(?!::))*)(?P<end>:::)?(?P<after>.*)"
)
_ATTRIBUTE = re.compile(r"(?P<key>[\w-]+)\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')")
_LEAD = re.compile(r"[\s>]*(?:(?:[-*+]|\d+[.)])\s+)?[\s>]*")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")
_SPECIAL = re.compile(
    r"([\\`*_{}\[\]|<>~&@]|(?<=[A-Za-z]):(?=/)|(?<=\bwww)\.|(?<=\bmailto):|(?<=\bxmpp):)", re.IGNORECASE
)
_SPECIAL_AT_START = re.compile(r"(?:(?P<mark>[#+=:-])|(?P<number>\d+)(?P<dot>[.)]))")
_HTML_ELEMENTS = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "address",
        "applet",
        "area",
        "article",
        "aside",
        "audio",
        "b",
        "base",
        "basefont",
        "bdi",
        "bdo",
        "big",
        "blockquote",
        "body",
        "br",
        "button",
        "canvas",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "data",
        "datalist",
        "dd",
        "del",
        "details",
        "dfn",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "em",
        "embed",
        "fieldset",
        "figcaption",
        "figure",
        "font",
        "footer",
        "form",
        "frame",
        "frameset",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hgroup",
        "hr",
        "html",
        "i",
        "iframe",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "legend",
        "li",
        "link",
        "main",
        "map",
        "mark",
        "marquee",
        "menu",
        "meta",
        "meter",
        "nav",
        "nobr",
        "noframes",
        "noscript",
        "object",
        "ol",
        "optgroup",
        "option",
        "output",
        "p",
        "param",
        "picture",
        "pre",
        "progress",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "script",
        "section",
        "select",
        "small",
        "source",
        "span",
        "strike",
        "strong",
        "style",
        "sub",
        "summary",
        "sup",
        "svg",
        "table",
        "tbody",
        "td",
        "template",
        "textarea",
        "tfoot",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "track",
        "tt",
        "u",
        "ul",
        "var",
        "video",
        "wbr",
    ]
)
_UNSEEN_ELEMENTS = frozenset({"script", "style", "template", "noscript", "head", "title"})
_LINE_ELEMENTS = frozenset(
    [
        "p",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "tr",
        "table",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "section",
        "article",
        "blockquote",
        "details",
        "summary",
        "br",
        "hr",
        "figure",
        "form",
        "pre",
    ]
)


@dataclass
class Converter:
    """Turns the text of one unit into Markdown. `media` gathers the pictures that the result shows: path -> bytes."""

    files: Files
    notes: Notes
    site: str
    lesson_of: Callable[[str], str | None]
    media: dict[str, bytes] = field(default_factory=dict)

    def convert(self, lines: Sequence[Line]) -> list[Line]:
        """All passes, in the order in which each can see what it needs."""
        result = self.expand(list(lines), ())
        result = self.html_blocks(result)
        result = self.directives(result)
        result = self.inlines(result)
        return result

    # --- Includes ---

    def expand(self, lines: list[Line], above: tuple[str, ...]) -> list[Line]:
        """Puts the included files in place, nested ones too, each line keeping its own file and number."""
        code = code_lines(lines)
        result: list[Line] = []
        for index, line in enumerate(lines):
            found = _outside_code(_INCLUDE, line.text) if index not in code else None
            if found is None or len(result) > MAX_LINES:
                result.append(line)
                continue
            result += self._include(line, found, above)
        return result

    def _include(self, line: Line, found: re.Match[str], above: tuple[str, ...]) -> list[Line]:
        target = unquote(found["path"].strip("<>").split("#")[0].split("?")[0])
        path = self.files.find(line.file, target)
        before, after = line.text[: found.start()], line.text[found.end() :]
        if path is None or path in above or len(above) >= MAX_INCLUDE_DEPTH:
            why = "is not there" if path is None else "includes itself"
            self.notes.leave(line, f"The included file '{target}' {why}.", found[0])
            kept = f"{before}{escape(found['label'])}{after}"
            return self.expand([line.saying(kept)], above) if kept.strip() else [line.saying("")]
        included = self.expand(self.lines_of(path), (*above, path))
        self.notes.carry(line, f"Included {path}.", found[0])
        while included and not included[0].text.strip():
            included.pop(0)
        while included and not included[-1].text.strip():
            included.pop()
        if not included:
            return self.expand([line.saying(before + after)], above)
        hanging = _hanging(lead[0]) if (lead := _LEAD.match(before)) else ""
        included[0] = included[0].saying(before + included[0].text)
        included[1:] = [
            one.saying((hanging + one.text) if one.text.strip() else hanging.rstrip()) for one in included[1:]
        ]
        included[-1] = included[-1].saying(included[-1].text + after)
        if _outside_code(_INCLUDE, after):
            included[-1:] = self.expand([included[-1]], above)
        return included

    def lines_of(self, path: str) -> list[Line]:
        """A Markdown file without its front matter, which is listed."""
        text = self.files.text(path)
        front, body, first = split_front_matter(text)
        if front is not None and front.strip():
            self.notes.carry(Line("", path, 1), "Front matter for its authors, not shown to readers.", front)
        return [Line(line, path, first + index) for index, line in enumerate(body.split("\n"))]

    # --- Raw HTML ---

    def html_blocks(self, lines: list[Line]) -> list[Line]:
        """Blocks of raw HTML become the text that a reader sees of them."""
        result = list(lines)
        for token in reversed(_blocks(lines)):
            if token.type != "html_block" or token.map is None:
                continue
            first, end = token.map
            source = lines[first:end]
            opening = token.content.split("\n", 1)[0].strip()
            prefix = source[0].text[: source[0].text.find(opening)] if opening in source[0].text else ""
            hanging = _hanging(prefix)
            reader = _HtmlText()
            reader.read(token.content)
            self.notes.leave(source[0], "Raw HTML was turned into text.", "\n".join(line.text for line in source))
            texts = list(reader.lines) or [""]
            made = []
            for index, text in enumerate(texts):
                made.append(source[min(index, len(source) - 1)].saying((prefix if index == 0 else hanging) + text))
                made.append(source[min(index, len(source) - 1)].saying(hanging.rstrip()))
            result[first:end] = made
        return result

    # --- DocFX's own marks ---

    def directives(self, lines: list[Line]) -> list[Line]:
        code = code_lines(lines)
        result: list[Line] = []
        index = 0
        while index < len(lines):
            line = lines[index]
            if index in code:
                result.append(line)
                index += 1
                continue
            taken = self._joined(lines, index, code)
            result += self._one_line(line.saying(taken[0]))
            index += taken[1]
        return result

    def _joined(self, lines: list[Line], index: int, code: set[int]) -> tuple[str, int]:
        """A `:::image …` whose closing `:::` stands some lines further down, as one line; and how many lines it took."""
        text = lines[index].text
        if re.search(r":::\s*(image|code|video)\s", text, re.IGNORECASE) and text.count(":::") % 2:
            for extra in range(1, 8):
                at = index + extra
                if at >= len(lines) or at in code or not lines[at].text.strip():
                    break
                text = f"{text} {lines[at].text.strip()}"
                if ":::" in lines[at].text:
                    return text, extra + 1
        return lines[index].text, 1

    def _one_line(self, line: Line) -> list[Line]:
        if found := _outside_code(_VIDEO, line.text):
            url = self._absolute(found["url"])
            self.notes.leave(line, f"The video became a link to {url}.", found[0])
            lead = re.sub(r">\s*$", "", line.text[: found.start()])
            after = line.text[found.end() :]
            return self._one_line(line.saying(f"{lead}[Video: {escape(url)}]({_destination(url)}){after}"))
        if (found := _EXTENSION.fullmatch(line.text)) and not found["after"].startswith(("(", "[")):
            return self._extension(line, found)
        if _outside_code(_INLINE_DIRECTIVE, line.text):
            return [line.saying(self._inline_directives(line))]
        if (found := _DIRECTIVE.fullmatch(line.text)) and (found["name"] or not found["attributes"].strip()):
            return self._block_directive(line, found)
        return [line]

    def _extension(self, line: Line, found: re.Match[str]) -> list[Line]:
        lead, kind, after = found["lead"], found["kind"].upper(), found["after"].strip()
        if kind in ALERTS and ">" in lead and not found["rest"].strip():
            plain = line.saying(f"{lead}[!{kind}]")
            return [plain, line.saying(f"{_hanging(lead)}{after}")] if after else [plain]
        self.notes.leave(line, f"The mark [!{found['kind']}] has no counterpart; its text is kept.", line.text.strip())
        words = [] if kind == "DIV" else [escape(found["rest"])]
        return [line.saying(lead + " ".join([*words, after]).strip())]

    def _inline_directives(self, line: Line) -> str:
        made, position = "", 0
        while found := _outside_code(_INLINE_DIRECTIVE, line.text, position):
            attributes = _attributes(found["attributes"])
            made += line.text[position : found.start()]
            position = found.end()
            if found["name"].lower() == "image":
                made += self._image_directive(line, found[0], attributes)
            else:
                url = self._absolute(attributes.get("source", ""))
                self.notes.leave(line, f"The video became a link to {url}.", found[0])
                made += f"[{escape(attributes.get('title', '') or 'Video')}]({_destination(url)})" if url else ""
        return made + line.text[position:]

    def _block_directive(self, line: Line, found: re.Match[str]) -> list[Line]:
        name, lead, raw = (found["name"] or "").lower(), found["lead"], line.text.strip()
        attributes = _attributes(found["attributes"])
        empty = line.saying(_hanging(lead).rstrip())
        made: list[Line] = []
        if not name or name.endswith("-end"):
            self.notes.carry(line, "The end of a block.", raw)
        elif name == "code" and "source" in attributes:
            made = [one.saying(_hanging(lead) + one.text) for one in self._code_directive(line, raw, attributes)]
        elif name == "zone" and (zone := attributes.get("pivot") or attributes.get("target")):
            self.notes.leave(line, f"The zone '{zone}' became a heading: readers can't choose one.", raw)
            made = [line.saying(f"{_hanging(lead)}### {escape(zone.replace('-', ' '))}"), empty]
        else:
            self.notes.leave(line, f"The block :::{found['name']} has no counterpart; its text is kept.", raw)
            if not attributes and found["attributes"].strip():
                made = [line.saying(lead + found["attributes"].strip()), empty]
        after = found["after"].strip(" :")
        return [empty, *made, *([line.saying(_hanging(lead) + after)] if after else [])]

    def _image_directive(self, line: Line, raw: str, attributes: dict[str, str]) -> str:
        """As a Markdown picture with its source as written; `inlines` then finds the file, as it does for every picture."""
        source, alt = attributes.get("source", ""), " ".join(attributes.get("alt-text", "").split())
        path = self.files.find(line.file, unquote(source)) if source else None
        if path is None and (not source or (attributes.get("type") == "icon" and not alt)):
            self.notes.leave(line, f"The picture '{source}' is not there.", raw)
            return f"*Figure: {escape(alt)}*" if alt else ""
        self.notes.carry(line, f"The picture '{source}' in DocFX's own form.", raw)
        picture = f"![{escape(alt)}]({_destination(source)})"
        lightbox = attributes.get("lightbox", "")
        if not lightbox or lightbox == source:
            return picture
        large = self.files.find(line.file, unquote(lightbox))
        if path is None or large is None or not self._take(path) or not self._take(large):
            self.notes.leave(line, f"The larger picture '{lightbox}' is not there.", raw)
            return picture
        return f"[{picture}]({_destination(lightbox)})"

    def _code_directive(self, line: Line, raw: str, attributes: dict[str, str]) -> list[Line]:
        source = attributes.get("source", "")
        path = self.files.find(line.file, unquote(source)) if source else None
        if path is None:
            self.notes.leave(line, f"The code file '{source}' is not there.", raw)
            return []
        if attributes.keys() & {"range", "id", "highlight"}:
            self.notes.leave(line, f"The code of '{source}' is shown whole, without its range or highlights.", raw)
        else:
            self.notes.carry(line, f"Code from {path}.", raw)
        text = self.files.text(path).rstrip("\n")
        ticks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
        code = [Line(one, path, number) for number, one in enumerate(text.split("\n"), start=1)]
        return [
            line.saying(ticks + re.sub(r"\W", "", attributes.get("language", ""))),
            *code,
            line.saying(ticks),
            line.saying(""),
        ]

    # --- Links, pictures and raw HTML within text ---

    def inlines(self, lines: list[Line]) -> list[Line]:
        """Rewrites what is inside paragraphs, headings and table cells, in place."""
        texts = [line.text for line in lines]
        env: dict[str, Any] = {}
        tokens = _recorder().parse("\n".join(texts), env)
        edits: list[tuple[int, int, int, str]] = []
        search_from: dict[int, int] = {}
        for token in tokens:
            if token.type != "inline" or not token.map:
                continue
            wanted = self._edits(lines[token.map[0]], token, env)
            edits += _placed(texts, token, wanted, search_from)
        for row, start, end, new in sorted(edits, reverse=True):
            texts[row] = texts[row][:start] + new + texts[row][end:]
        return [line.saying(text) for line, text in zip(lines, texts, strict=True)]

    def _edits(self, first: Line, token: Token, env: dict[str, Any]) -> list[tuple[int, int, str]]:
        """(start, end, new text) in the content of an inline token."""
        edits: list[tuple[int, int, str]] = []
        open_links: list[tuple[int, int, str]] = []
        for span in token.meta.get("spans", []):
            line = Line("", first.file, first.number + token.content.count("\n", 0, span.start))
            raw = token.content[span.start : span.end]
            if span.kind == "image":
                edit = self._markdown_picture(line, span, raw)
                if edit is not None:
                    edits.append((span.start, span.end, edit))
            elif span.kind == "link":
                address = self.address(line, span.href, raw)
                if address is None:
                    edits += [(span.start, span.start + 1, ""), (span.label_end, span.end, "")]
                elif address != span.href:
                    title = f' "{span.title}"' if span.title and '"' not in span.title else ""
                    edits.append((span.label_end, span.end, f"]({_destination(address)}{title})"))
            elif span.kind == "autolink":
                address = self.address(line, span.href, raw)
                if address != span.href:
                    edits.append((span.start, span.end, escape(raw.strip("<>").removeprefix("xref:"))))
            elif span.kind == "html":
                edits += self._inline_html(line, span, raw, open_links, in_cell=token.meta.get("cell", False))
        for start, end, raw in open_links:
            edits.append((start, end, ""))
            self.notes.leave(
                Line("", first.file, first.number), f"The tag {raw[:40]} was dropped, its text is kept.", raw
            )
        return edits

    def _markdown_picture(self, line: Line, span: "Span", raw: str) -> str | None:
        source = unquote(span.href)
        if urlsplit(span.href).scheme in {"http", "https"}:
            self.notes.leave(line, f"The picture {span.href} is on another site; it became a link.", raw)
            return f"[{escape(span.label) or escape(span.href)}]({_destination(span.href)})"
        return self.picture(line, source, span.label, raw)

    def _inline_html(
        self, line: Line, span: "Span", raw: str, open_links: list[tuple[int, int, str]], *, in_cell: bool
    ) -> list[tuple[int, int, str]]:
        tag = _HtmlTag()
        tag.read(raw)
        if raw.startswith("<!--") or tag.name is None:
            self.notes.leave(line, "A comment or declaration in raw HTML was dropped.", raw)
            return [(span.start, span.end, "")]
        if tag.name not in _HTML_ELEMENTS:
            self.notes.carry(line, f"{raw[:40]} looks like a tag; it is shown as it is written.", raw)
            return [(span.start, span.end, escape(raw))]
        if tag.name == "a" and not tag.closing and tag.attributes.get("href"):
            open_links.append((span.start, span.end, raw))
            return []
        if tag.name == "a" and tag.closing and open_links:
            start, end, opened = open_links.pop()
            opening = _HtmlTag()
            opening.read(opened)
            address = self.address(line, opening.attributes["href"], opened)
            self.notes.carry(line, "A link in raw HTML became a Markdown link.", opened + raw)
            if address is None:
                return [(start, end, ""), (span.start, span.end, "")]
            return [(start, end, "["), (span.start, span.end, f"]({_destination(address)})")]
        if tag.name == "img":
            return [
                (
                    span.start,
                    span.end,
                    self.picture(line, tag.attributes.get("src", ""), tag.attributes.get("alt", ""), raw),
                )
            ]
        self.notes.leave(line, f"The tag {raw[:40]} was dropped, its text is kept.", raw)
        return [(span.start, span.end, " " if tag.name in _LINE_ELEMENTS or in_cell else "")]

    def picture(self, line: Line, source: str, alt: str, raw: str) -> str:
        """Markdown for a picture: the picture when its file is there, otherwise its description in italics, and a note."""
        path = self.files.find(line.file, unquote(source.split("?")[0].split("#")[0])) if source else None
        description = " ".join(alt.split())
        if path is not None and self._take(path):
            if not description:
                description = PurePosixPath(path).stem.replace("-", " ").replace("_", " ")
                self.notes.leave(
                    line, f"The picture '{source}' has no description; its file name stands in for one.", raw
                )
            else:
                self.notes.carry(line, f"The picture {path}.", raw)
            return f"![{escape(description)}]({_destination(path)})"
        why = "is not there" if path is None else "is not a picture that a course may hold"
        self.notes.leave(line, f"The picture '{source}' {why}.", raw)
        if description:
            return f"*Figure: {escape(description)}*"
        return f"*Figure: {escape(basename(source))}*"

    def address(self, line: Line, href: str, raw: str) -> str | None:
        """Where a link leads in the course; None when only its words can be kept (which is listed)."""
        if href.startswith("#"):
            return href if len(href) > 1 and not href.startswith("#tab/") else self._no_link(line, href, raw)
        try:
            scheme = urlsplit(href).scheme.lower()
        except ValueError:
            return self._no_link(line, href, raw)
        if scheme in markdown.LINK_SCHEMES:
            return href
        if href.startswith("/") and not href.startswith("//"):
            absolute = self._absolute(href)
            self.notes.carry(line, f"The link {href} became {absolute}.", raw)
            return absolute
        if scheme or href.startswith("//"):
            return self._no_link(line, href, raw)
        path, _, fragment = href.partition("#")
        found = self.files.find(line.file, unquote(path.split("?")[0]))
        lesson = self.lesson_of(found) if found else None
        if lesson is not None:
            self.notes.carry(line, f"The link {href} leads to {lesson}.", raw)
            return lesson + (f"#{fragment}" if fragment else "")
        if found and PurePosixPath(found).suffix.lower() in markdown.IMAGE_SUFFIXES and self._take(found):
            return found
        return self._no_link(line, href, raw)

    def _no_link(self, line: Line, href: str, raw: str) -> str | None:
        self.notes.leave(line, f"The link to '{href}' leads out of the module; its words are kept.", raw)
        return None

    def _absolute(self, url: str) -> str:
        return f"{self.site}{url}" if url.startswith("/") and not url.startswith("//") else url

    def _take(self, path: str) -> bool:
        """Puts a picture among the course's media, if a course may hold it."""
        if (
            fault_of_file(path, self.files.files[path])
            or PurePosixPath(path).suffix.lower() not in markdown.IMAGE_SUFFIXES
        ):
            return False
        self.media[path] = self.files.files[path]
        return True


def escape(text: str) -> str:
    """Plain words as Markdown that shows exactly them."""
    words = " ".join(text.split())
    escaped = _SPECIAL.sub(r"\\\1", words)
    if found := _SPECIAL_AT_START.match(words):
        at = found.start("dot") if found["dot"] else 0
        escaped = f"{escaped[:at]}\\{escaped[at:]}"
    return escaped


def as_plain(lines: Sequence[Line]) -> list[Line]:
    """The last resort for a block that a course can't hold: its source, shown letter by letter."""
    result: list[Line] = []
    for index, line in enumerate(lines):
        following = lines[index + 1].text.strip() if index + 1 < len(lines) else ""
        result.append(line.saying(escape(line.text) + ("\\" if line.text.strip() and following else "")))
    return result


def code_lines(lines: Sequence[Line]) -> set[int]:
    """Indexes of the lines inside code blocks."""
    found: set[int] = set()
    for token in _blocks(lines):
        if token.type in {"fence", "code_block"} and token.map:
            found.update(range(*token.map))
    return found


def _hanging(lead: str) -> str:
    """What the lines after a list mark or quote mark start with: quote marks stay, the rest is space."""
    return "".join(character if character in "> \t" else " " for character in lead)


def _attributes(text: str) -> dict[str, str]:
    return {one["key"].lower(): one["double"] or one["single"] or "" for one in _ATTRIBUTE.finditer(text)}


def _outside_code(pattern: re.Pattern[str], text: str, start: int = 0) -> re.Match[str] | None:
    """The first match that is not inside `code`."""
    spans = [(found.start(), found.end()) for found in _CODE_SPAN.finditer(text)]
    for found in pattern.finditer(text, start):
        if not any(left <= found.start() and found.end() <= right for left, right in spans):
            return found
    return None


def _destination(address: str) -> str:
    """A link target as it may stand between the parentheses of Markdown."""
    return quote(address, safe="/:?#[]@!$&'*+,;=%~._-")


# --- The parser that remembers where each link, picture and tag stood ---


@dataclass(frozen=True)
class Span:
    kind: str
    start: int
    end: int
    href: str = ""
    title: str = ""
    label: str = ""
    label_end: int = 0


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        return True

    def normalizeLink(self, url: str) -> str:
        # As written: the importer compares with the source.
        return url


def _parser() -> MarkdownIt:
    parser = _Parser("commonmark", {"html": True, "maxNesting": markdown.MAX_NESTING})
    parser.enable("table")
    return parser


_plain_parser: MarkdownIt = _parser()


def _blocks(lines: Sequence[Line]) -> list[Token]:
    return _plain_parser.parse("\n".join(line.text for line in lines))


def _recorder() -> MarkdownIt:
    """A parser that leaves on each inline token the spans of its links, pictures and tags, in `meta["spans"]`."""
    parser = _parser()
    spans: list[tuple[str, Span]] = []

    def remember(name: str, kind: str) -> None:
        original = next(rule.fn for rule in parser.inline.ruler.__rules__ if rule.name == name)

        def rule(state: StateInline, silent: bool) -> bool:
            start, before = state.pos, len(state.tokens)
            label_end = 0
            if kind == "link" and state.src[start] == "[":
                label_end = parseLinkLabel(state, start, True)
            if not original(state, silent):
                return False
            if not silent:
                made = state.tokens[before:]
                first = next((token for token in made if token.type in {"link_open", "image", "html_inline"}), None)
                if first is not None:
                    href = str(first.attrs.get("href", first.attrs.get("src", "")))
                    label = markdown.plain_text_of_alt(first) if first.type == "image" else ""
                    spans.append(
                        (
                            state.src,
                            Span(kind, start, state.pos, href, str(first.attrs.get("title", "")), label, label_end),
                        )
                    )
            return True

        parser.inline.ruler.at(name, rule)

    for name, kind in (("link", "link"), ("image", "image"), ("autolink", "autolink"), ("html_inline", "html")):
        remember(name, kind)

    def inline(state: Any) -> None:
        cell = False
        for token in state.tokens:
            if token.type in {"th_open", "td_open"}:
                cell = True
            elif token.type in {"th_close", "td_close"}:
                cell = False
            elif token.type == "inline":
                spans.clear()
                token.children = []
                state.md.inline.parse(token.content, state.md, state.env, token.children)
                token.meta = {
                    "spans": sorted((span for source, span in spans if source == token.content), key=lambda s: s.start),
                    "cell": cell,
                }

    parser.core.ruler.at("inline", inline)
    return parser


def _placed(
    texts: Sequence[str], token: Token, edits: Sequence[tuple[int, int, str]], search_from: dict[int, int]
) -> list[tuple[int, int, int, str]]:
    """Edits of an inline token's content as (row, start, end, new) of the source lines."""
    assert token.map is not None
    placed: list[tuple[int, int, int, str]] = []
    offset = 0
    for index, content_line in enumerate(token.content.split("\n")):
        row = token.map[0] + index
        in_cell = token.meta.get("cell", False)
        column = -1
        if row < len(texts):
            column = (
                texts[row].find(content_line, search_from.get(row, 0)) if in_cell else texts[row].rfind(content_line)
            )
        if column >= 0:
            search_from[row] = column + len(content_line)
            for start, end, new in edits:
                left, right = max(start, offset), min(end, offset + len(content_line))
                if left < right or (left == right == start == offset + len(content_line) < end):
                    # What replaces several lines stands on the first of them.
                    placed.append((row, column + left - offset, column + right - offset, new if left == start else ""))
        offset += len(content_line) + 1
    return placed


# --- Raw HTML as text ---


class _HtmlTag(HTMLParser):
    """One tag: its name, whether it closes, its attributes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.name: str | None = None
        self.closing = False
        self.attributes: dict[str, str] = {}

    def read(self, raw: str) -> None:
        self.feed(raw)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.name, self.attributes = tag, {key: value or "" for key, value in attrs}

    def handle_endtag(self, tag: str) -> None:
        if self.name is None:
            self.name, self.closing = tag, True


class _HtmlText(HTMLParser):
    """The text of a piece of HTML as Markdown lines: links and pictures kept, everything else as words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._links: list[str] = []
        self._unseen = 0
        self.lines: list[str] = []

    def read(self, raw: str) -> None:
        self.feed(raw)
        self.close()
        self._end_line()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        if tag in _UNSEEN_ELEMENTS:
            self._unseen += 1
        elif tag in _LINE_ELEMENTS:
            self._end_line()
        elif tag in {"td", "th"} and self._pieces:
            self._pieces.append(" – ")
        elif tag == "a" and values.get("href"):
            self._links.append(values["href"])
            self._pieces.append("[")
        elif tag == "img":
            self._pieces.append(f"![{escape(values.get('alt', ''))}]({_destination(values.get('src', ''))})")
        elif tag in {"iframe", "video", "audio", "embed", "source"} and values.get("src"):
            self._pieces.append(f"[Video: {escape(values['src'])}]({_destination(values['src'])})")
        elif tag not in _HTML_ELEMENTS:
            self._pieces.append(escape(self.get_starttag_text() or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN_ELEMENTS:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _LINE_ELEMENTS:
            self._end_line()
        elif tag == "a" and self._links:
            self._pieces.append(f"]({_destination(self._links.pop())})")
        elif tag not in _HTML_ELEMENTS:
            self._pieces.append(escape(f"</{tag}>"))

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            space_before = " " if data[:1].isspace() else ""
            space_after = " " if data[-1:].isspace() and data.strip() else ""
            self._pieces.append(f"{space_before}{escape(data)}{space_after}")

    def _end_line(self) -> None:
        while self._links:
            self._pieces.append(f"]({_destination(self._links.pop())})")
        text = " ".join("".join(self._pieces).split())
        self._pieces.clear()
        if text:
            self.lines.append(text)
