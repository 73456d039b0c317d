"""What may come in and what may go out: control characters of the text, and the elements and attributes of the HTML."""

import re

import nh3

from app.courses.rules.markdown.links import LINK_SCHEMES
from app.courses.rules.markdown.tables import ALIGNMENTS
from app.courses.rules.markdown.wording import ALERTS

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


_CLASSES: dict[str, set[str]] = {
    "th": set(ALIGNMENTS.values()),
    "td": set(ALIGNMENTS.values()),
    "div": {"alert", "table-scroll", *(f"alert-{kind}" for kind in ALERTS)},
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


def without_controls(text: str) -> str:
    # The private characters mark gaps in questions (see questions/blanks.py); a text may not bring its own.
    return re.sub(
        "[\x00-\x08\x0b-\x1f\x7f\ue000-\ue001]",
        "",
        text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff"),
    )


def clean(html: str) -> str:
    """The HTML with nothing but the elements, attributes, classes and address schemes listed here."""
    return _CLEANER.clean(html).strip()
