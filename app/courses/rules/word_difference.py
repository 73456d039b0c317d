"""Two texts beside each other, paragraph by paragraph and word by word, as plain values: what is shown is escaped by the page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

SHOWN_AROUND = 1
MOST_WORDS = 800
ALIKE_ENOUGH = 0.4

# Begins and ends what stands in a page's head, and divides its text.
_RULE = re.compile(r"\s*(---+|\.\.\.)\s*")

_WORD = re.compile(
    r"[\u2e80-\u9fff\uac00-\ud7af\u3040-\u30ff]|[^\s\u2e80-\u9fff\uac00-\ud7af\u3040-\u30ff]+[^\S\n]*|\s+"
)

Kind = Literal["same", "added", "removed", "changed", "left_out"]
Mark = Literal["same", "added", "removed"]


@dataclass(frozen=True)
class Span:
    """Some words of a paragraph: the same in both texts, only in the newer one, or only in the older."""

    mark: Mark
    text: str


@dataclass(frozen=True)
class Passage:
    """A paragraph with its words marked; of the kind `left_out`, `count` unchanged paragraphs that are not repeated."""

    kind: Kind
    spans: tuple[Span, ...] = ()
    count: int = 0


def passages(before: Sequence[str], after: Sequence[str]) -> tuple[Passage, ...]:
    """The difference of two texts, given as their paragraphs. Empty where they are the same.

    Paragraphs that are alike are shown as one, with the words marked; of those that did not change only one before and
    one after each change is shown. A paragraph beyond 800 words is shown whole, before and after.
    """
    if list(before) == list(after):
        return ()
    found: list[Passage] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            found += [Passage("same", (Span("same", text),)) for text in before[i1:i2]]
        else:
            found += _replaced(before[i1:i2], after[j1:j2])
    return tuple(_with_gaps(found))


def markdown_paragraphs(source: str) -> list[str]:
    """A Markdown text as its paragraphs: pieces between empty lines; each item of a list, and each line of a table, is one."""
    found: list[str] = []
    for block in re.split(r"\n\s*\n", source.strip("\n")):
        lines: list[str] = []
        for line in block.split("\n"):
            if (
                lines
                and not _RULE.fullmatch(lines[-1])
                and not _RULE.fullmatch(line)
                and not re.match(r"\s*([-*+]|\d+[.)]|\||#|>|<)\s*", line)
            ):
                lines[-1] += "\n" + line
            else:
                lines.append(line)
        found += [line for line in lines if line.strip()]
    return found


def _replaced(before: Sequence[str], after: Sequence[str]) -> list[Passage]:
    """Runs of paragraphs in each other's place, paired in order where they are alike."""
    found: list[Passage] = []
    taken = 0
    for old in before:
        partner = next((at for at in range(taken, min(taken + 5, len(after))) if _alike(old, after[at])), None)
        if partner is None:
            found.append(Passage("removed", (Span("removed", old),)))
            continue
        found += [Passage("added", (Span("added", text),)) for text in after[taken:partner]]
        found.append(Passage("changed", _words(old, after[partner])))
        taken = partner + 1
    return found + [Passage("added", (Span("added", text),)) for text in after[taken:]]


def _alike(old: str, new: str) -> bool:
    first, second = _cut(old), _cut(new)
    if max(len(first), len(second)) > MOST_WORDS:
        return False
    matcher = SequenceMatcher(None, first, second)
    return matcher.quick_ratio() >= ALIKE_ENOUGH and matcher.ratio() >= ALIKE_ENOUGH


def _words(old: str, new: str) -> tuple[Span, ...]:
    first, second = _cut(old), _cut(new)
    spans: list[Span] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, first, second).get_opcodes():
        if tag == "equal":
            spans.append(Span("same", "".join(first[i1:i2])))
            continue
        if i2 > i1:
            spans.append(Span("removed", "".join(first[i1:i2])))
        if j2 > j1:
            spans.append(Span("added", "".join(second[j1:j2])))
    return tuple(spans)


def _cut(text: str) -> list[str]:
    """Words with the space after them, line ends by themselves; where a script writes no space, single characters."""
    return _WORD.findall(text)


def _with_gaps(found: Sequence[Passage]) -> list[Passage]:
    """Without the unchanged paragraphs far from any change."""
    near = {
        other
        for at, one in enumerate(found)
        if one.kind != "same"
        for other in range(at - SHOWN_AROUND, at + SHOWN_AROUND + 1)
    }
    shown: list[Passage] = []
    left_out = 0
    for at, one in enumerate(found):
        if one.kind == "same" and at not in near:
            left_out += 1
            continue
        if left_out:
            shown.append(Passage("left_out", count=left_out))
            left_out = 0
        shown.append(one)
    if left_out:
        shown.append(Passage("left_out", count=left_out))
    return shown
