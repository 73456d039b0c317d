"""What became of the pages of a course: added, removed, renamed, moved, and how their words changed."""

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html.parser import HTMLParser
from typing import Literal

from app.courses.rules.word_difference import Passage, passages

_BLOCKS = frozenset(
    [
        "p",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "tr",
        "figcaption",
        "blockquote",
        "pre",
        "dt",
        "dd",
        "summary",
        "div",
        "table",
        "ul",
        "ol",
        "section",
        "figure",
        "aside",
    ]
)
_CELLS = frozenset({"td", "th"})


@dataclass(frozen=True)
class PageText:
    """A page as it is compared: its name in the folder, its title, and its paragraphs. `rest` changes where something did
    that is not told in words, such as the checks in a lesson for those who don't see their key."""

    slug: str
    title: str
    paragraphs: tuple[str, ...] = ()
    rest: Hashable = None


@dataclass(frozen=True)
class PageDifference:
    """One page. `former_title` is set where it was renamed; `passages` are empty where its words stayed."""

    kind: Literal["added", "removed", "kept"]
    slug: str
    title: str
    former_title: str = ""
    moved: bool = False
    rest_changed: bool = False
    passages: tuple[Passage, ...] = ()

    @property
    def in_words(self) -> str:
        """What happened to it, in a few words: “renamed, moved, text changed”."""
        if self.kind != "kept":
            return {"added": "new", "removed": "removed"}[self.kind]
        told = (
            ("renamed", self.former_title),
            ("moved", self.moved),
            ("text changed", self.passages),
            ("questions in it changed", self.rest_changed),
        )
        return ", ".join(words for words, holds in told if holds)


def page_differences(before: Sequence[PageText], after: Sequence[PageText]) -> tuple[PageDifference, ...]:
    """The pages that changed, in the new order, removed ones last. A page is the same by its file's name, else by that name
    without its number, else by its title."""
    pairs = _pairs(before, after)
    old_of = {new: old for old, new in pairs}
    moved = _moved(pairs)
    found = []
    for at, page in enumerate(after):
        if at not in old_of:
            found.append(PageDifference("added", page.slug, page.title, passages=passages((), page.paragraphs)))
            continue
        old = before[old_of[at]]
        one = PageDifference(
            "kept",
            page.slug,
            page.title,
            former_title=old.title if old.title != page.title else "",
            moved=at in moved,
            rest_changed=old.rest != page.rest,
            passages=passages(old.paragraphs, page.paragraphs),
        )
        if one.in_words:
            found.append(one)
    gone = set(range(len(before))) - set(old_of.values())
    found += [PageDifference("removed", before[at].slug, before[at].title) for at in sorted(gone)]
    return tuple(found)


def _pairs(before: Sequence[PageText], after: Sequence[PageText]) -> list[tuple[int, int]]:
    """(place before, place after) of each page that is in both."""
    keys: tuple[Callable[[PageText], str], ...] = (
        lambda page: page.slug,
        lambda page: re.sub(r"^\d+[-_ ]*", "", page.slug),
        lambda page: page.title.casefold(),
    )
    old, new = set(range(len(before))), set(range(len(after)))
    pairs: list[tuple[int, int]] = []
    for key in keys:
        by_key = {key(before[at]): at for at in sorted(old, reverse=True)}
        for at in sorted(new):
            partner = by_key.pop(key(after[at]), None)
            if partner is not None:
                pairs.append((partner, at))
                old.discard(partner)
                new.discard(at)
    return sorted(pairs, key=lambda pair: pair[1])


def _moved(pairs: Sequence[tuple[int, int]]) -> set[int]:
    """Places, in the new order, of pages that stand elsewhere among the pages that stayed."""
    matcher = SequenceMatcher(None, sorted(old for old, _ in pairs), [old for old, _ in pairs], autojunk=False)
    still = {at for block in matcher.get_matching_blocks() for at in range(block.b, block.b + block.size)}
    return {new for at, (_, new) in enumerate(pairs) if at not in still}


def paragraphs_of(html: str) -> tuple[str, ...]:
    """The words of a rendered lesson, a paragraph, list item or table row each. Its checks are not in that text."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    return tuple(reader.done())


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._found: list[str] = []
        self._here: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._end()
        elif tag in _CELLS and self._here:
            self._here.append(" · ")
        elif tag == "br":
            self._here.append(" ")
        elif tag == "img" and (words := dict(attrs).get("alt")):
            self._here.append(f"[Picture: {words}]")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end()

    def handle_data(self, data: str) -> None:
        self._here.append(data)

    def _end(self) -> None:
        text = " ".join("".join(self._here).split())
        if text:
            self._found.append(text)
        self._here = []

    def done(self) -> list[str]:
        self._end()
        return self._found
