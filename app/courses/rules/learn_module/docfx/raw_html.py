"""Raw HTML as the text that a reader sees of it."""

from collections.abc import Sequence
from html.parser import HTMLParser

from app.courses.rules.learn_module.docfx.code import blocks
from app.courses.rules.learn_module.docfx.spelling import destination, escape, hanging_indent
from app.courses.rules.learn_module.source import Line, Notes

ELEMENTS = frozenset(
    {
        *("a", "abbr", "acronym", "address", "applet", "area", "article", "aside", "audio", "b"),
        *("base", "basefont", "bdi", "bdo", "big", "blockquote", "body", "br", "button", "canvas"),
        *("caption", "center", "cite", "code", "col", "colgroup", "data", "datalist", "dd", "del"),
        *("details", "dfn", "dialog", "dir", "div", "dl", "dt", "em", "embed", "fieldset"),
        *("figcaption", "figure", "font", "footer", "form", "frame", "frameset", "h1", "h2", "h3"),
        *("h4", "h5", "h6", "head", "header", "hgroup", "hr", "html", "i", "iframe", "img"),
        *("input", "ins", "kbd", "label", "legend", "li", "link", "main", "map", "mark"),
        *("marquee", "menu", "meta", "meter", "nav", "nobr", "noframes", "noscript", "object"),
        *("ol", "optgroup", "option", "output", "p", "param", "picture", "pre", "progress", "q"),
        *("rp", "rt", "ruby", "s", "samp", "script", "section", "select", "small", "source"),
        *("span", "strike", "strong", "style", "sub", "summary", "sup", "svg", "table", "tbody"),
        *("td", "template", "textarea", "tfoot", "th", "thead", "time", "title", "tr", "track"),
        *("tt", "u", "ul", "var", "video", "wbr"),
    }
)
UNSEEN_ELEMENTS = frozenset({"script", "style", "template", "noscript", "head", "title"})
LINE_ELEMENTS = frozenset(
    {
        *("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "tr", "table", "ul", "ol"),
        *("dl", "dt", "dd", "section", "article", "blockquote", "details", "summary", "br", "hr"),
        *("figure", "form", "pre"),
    }
)


def html_as_text(lines: Sequence[Line], notes: Notes) -> list[Line]:
    """Blocks of raw HTML become the text that a reader sees of them."""
    result = list(lines)
    for token in reversed(blocks(lines)):
        if token.type != "html_block" or token.map is None:
            continue
        first, end = token.map
        source = lines[first:end]
        opening = token.content.split("\n", 1)[0].strip()
        prefix = source[0].text[: source[0].text.find(opening)] if opening in source[0].text else ""
        hanging = hanging_indent(prefix)
        reader = HtmlText()
        reader.read(token.content)
        notes.leave(source[0], "Raw HTML was turned into text.", "\n".join(line.text for line in source))
        texts = list(reader.lines) or [""]
        made = []
        for index, text in enumerate(texts):
            made.append(source[min(index, len(source) - 1)].saying((prefix if index == 0 else hanging) + text))
            made.append(source[min(index, len(source) - 1)].saying(hanging.rstrip()))
        result[first:end] = made
    return result


class HtmlTag(HTMLParser):
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


class HtmlText(HTMLParser):
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
        if tag in UNSEEN_ELEMENTS:
            self._unseen += 1
        elif tag in LINE_ELEMENTS:
            self._end_line()
        elif tag in {"td", "th"} and self._pieces:
            self._pieces.append(" – ")
        elif tag == "a" and values.get("href"):
            self._links.append(values["href"])
            self._pieces.append("[")
        elif tag == "img":
            self._pieces.append(f"![{escape(values.get('alt', ''))}]({destination(values.get('src', ''))})")
        elif tag in {"iframe", "video", "audio", "embed", "source"} and values.get("src"):
            self._pieces.append(f"[Video: {escape(values['src'])}]({destination(values['src'])})")
        elif tag not in ELEMENTS:
            self._pieces.append(escape(self.get_starttag_text() or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN_ELEMENTS:
            self._unseen = max(0, self._unseen - 1)
        elif tag in LINE_ELEMENTS:
            self._end_line()
        elif tag == "a" and self._links:
            self._pieces.append(f"]({destination(self._links.pop())})")
        elif tag not in ELEMENTS:
            self._pieces.append(escape(f"</{tag}>"))

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            space_before = " " if data[:1].isspace() else ""
            space_after = " " if data[-1:].isspace() and data.strip() else ""
            self._pieces.append(f"{space_before}{escape(data)}{space_after}")

    def _end_line(self) -> None:
        while self._links:
            self._pieces.append(f"]({destination(self._links.pop())})")
        text = " ".join("".join(self._pieces).split())
        self._pieces.clear()
        if text:
            self.lines.append(text)
