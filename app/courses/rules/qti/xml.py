"""QTI's elements, and our safe HTML as the subset of XHTML that QTI allows inside them."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMA = "http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd"
_GAP = re.compile("\ue000([^\ue001]*)\ue001")

# Ours -> theirs. What is not here loses its tag and keeps its words.
_SAME = {
    *("p", "em", "strong", "code", "pre", "blockquote", "a", "img", "ul", "ol", "li", "br", "hr", "sup", "sub"),
    *("table", "thead", "tbody", "tr", "th", "td", "div", "span", "h1", "h2", "h3", "h4", "h5", "h6"),
}
_OTHER = {"section": "div", "figure": "div", "details": "div", "summary": "p", "s": "span"}
_BLOCKS = {
    *("p", "pre", "blockquote", "ul", "ol", "table", "div", "hr", "h1", "h2", "h3", "h4", "h5", "h6"),
}
_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "th": {"scope"}}
_VOID = {"br", "hr", "img", "track"}


def root_of(tag: str, **attributes: str) -> Element:
    """A root in QTI's namespace. Names of elements are written without prefix: everything below it is QTI's too."""
    spaces = {"xmlns": QTI, "xmlns:xsi": XSI, "xsi:schemaLocation": f"{QTI} {_SCHEMA}"}
    return Element(tag, {**spaces, **attributes})


def child(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    """A new element at the end of `parent`."""
    made = SubElement(parent, tag, attributes)
    made.text = text
    return made


def written(root: Element) -> bytes:
    """As a file: UTF-8, with its declaration."""
    file: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return file


class Content(HTMLParser):
    """Writes HTML into an element. `gap` is called with a gap's number to put an interaction in its place."""

    def __init__(self, parent: Element, gap: Callable[[Element, str], None] | None = None) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[tuple[str, Element]] = [("", parent)]
        self._gap = gap
        self.media: list[str] = []
        self.dropped: list[str] = []

    def write(self, html: str) -> "Content":
        self.feed(html)
        self.close()
        return self

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        parent = self._open[-1][1]
        if tag in {"video", "audio"}:
            self.dropped.append("a film" if tag == "video" else "a sound")
            made = child(parent, "p", values.get("aria-label", ""))
        elif tag == "track":
            return
        elif tag in _SAME or tag in _OTHER:
            allowed = {key: value for key, value in values.items() if key in _ATTRIBUTES.get(tag, set())}
            if tag == "a" and not re.match(r"https?:|mailto:", allowed.get("href", "")):
                made = child(parent, "span")  # a lesson of the course, which the package does not hold
            else:
                made = child(parent, _OTHER.get(tag, tag), **allowed)
            if tag == "img":
                self.media.append(unquote(allowed.get("src", "")).removeprefix("../"))
        else:
            made = parent
        if tag not in _VOID:
            self._open.append((tag, made))

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._open[-1][1].find("tbody") is None:
            for head in self._open[-1][1].findall("thead"):
                head.tag = "tbody"  # QTI has no table of a heading alone
        if tag in (name for name, _ in self._open[1:]):
            while self._open.pop()[0] != tag:
                continue

    def handle_data(self, data: str) -> None:
        parent = self._open[-1][1]
        for index, piece in enumerate(_GAP.split(data)):
            if index % 2 and self._gap is not None:
                self._gap(parent, piece)
            elif piece:
                _add_text(parent, piece)


def _add_text(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def blocks(parent: Element, html: str, gap: Callable[[Element, str], None] | None = None) -> Content:
    """HTML of blocks into `parent`; words that stand in no block are put into a paragraph, as QTI asks."""
    content = Content(parent, gap).write(html)
    names = {one.tag for one in parent}
    if (parent.text or "").strip() or any((one.tail or "").strip() for one in parent) or names - _BLOCKS:
        _wrap(parent)
    else:
        parent.text = None
        for one in parent:
            one.tail = None
    return content


def _wrap(parent: Element) -> None:
    """Puts each run of words and inline elements into a paragraph."""
    held, text = list(parent), parent.text or ""
    for one in held:
        parent.remove(one)
    parent.text = None
    paragraph: Element | None = None
    if text.strip():
        paragraph = child(parent, "p", text)
    for one in held:
        tail, one.tail = one.tail or "", None
        if one.tag in _BLOCKS:
            parent.append(one)
            paragraph = None
        else:
            if paragraph is None:
                paragraph = child(parent, "p")
            paragraph.append(one)
        if tail.strip():
            if paragraph is None:
                paragraph = child(parent, "p")
            _add_text(paragraph, tail)
