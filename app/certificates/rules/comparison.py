"""What differs between a file that somebody holds and the certificate that was issued, in words that people can compare."""

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from app.certificates.rules.snapshot import Snapshot, UnreadableSnapshot
from app.kernel.canonical import canonical

# More than anybody reads; and a file may be made of nothing but differences.
MOST_DIFFERENCES = 12
MOST_WORDS = 4000
_LONGEST_SHOWN = 200


class Difference(NamedTuple):
    """One thing that isn't as it was issued. An empty side says that there it isn't found at all."""

    label: str
    in_file: str
    issued: str


def differences_in_data(attached: bytes | None, snapshot: str) -> list[Difference]:
    """Between the data attached to a file and the facts in the register, field by field.

    `attached` is None where the file has no such attachment, or more than one.
    """
    if attached is None:
        return [Difference("Attached data", "", "the facts of this certificate, as a file inside the PDF")]
    if attached == snapshot.encode():
        return []
    issued = json.loads(snapshot)
    try:
        held = json.loads(attached)
        if not isinstance(held, dict):
            raise ValueError("no object")
    except (ValueError, RecursionError):
        return [Difference("Attached data", "can't be read", "the facts of this certificate")]
    found = _printed(held, snapshot) or list(_flat_differences(held, issued))
    return found or [Difference("Attached data", "written in another way", "the same facts, as issued")]


def differences_in_words(held: str, issued: str, fields: Sequence[tuple[str, str]]) -> list[Difference]:
    """Between the words on the pages of a file and on those of the certificate, named after the printed field they are in.

    `fields` are the printed (label, value) pairs. Both texts come from the same reader, so that its habits cancel out.
    """
    ours, theirs = issued.split()[:MOST_WORDS], held.split()[:MOST_WORDS]
    places = _places(ours, fields)
    found: dict[Difference, None] = {}
    for tag, start, end, from_, to in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        was, now = " ".join(ours[start:end]), " ".join(theirs[from_:to])
        if "".join(was.split()) == "".join(now.split()):
            continue
        found[_named(ours, start, end, now, places)] = None
    return list(found)[:MOST_DIFFERENCES]


def differences_in_facts(held: Mapping[str, str], issued: Mapping[str, str]) -> list[Difference]:
    """Between what is said about two files: title, author, pages and the like, by label."""
    labels = dict.fromkeys([*issued, *held])
    return [
        Difference(label, held.get(label, ""), issued.get(label, ""))
        for label in labels
        if held.get(label, "") != issued.get(label, "")
    ]


def _printed(held: dict[str, Any], snapshot: str) -> list[Difference]:
    """The differing fields in the certificate's own words, where the attached data is that of a certificate at all."""
    try:
        theirs = dict(Snapshot.from_canonical(canonical(held)).printed_fields())
        ours = dict(Snapshot.from_canonical(snapshot.encode()).printed_fields())
    except (UnreadableSnapshot, TypeError, ValueError, RecursionError):
        return []
    return differences_in_facts(theirs, ours)[:MOST_DIFFERENCES]


def _flat_differences(held: dict[str, Any], issued: dict[str, Any]) -> Iterator[Difference]:
    theirs, ours = dict(_flat(held)), dict(_flat(issued))
    for name in list(dict.fromkeys([*ours, *theirs]))[:1000]:
        if theirs.get(name) != ours.get(name):
            yield Difference(_in_words(name), _cut(theirs.get(name, "")), _cut(ours.get(name, "")))


def _flat(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for place, inner in enumerate(value, start=1):
            yield from _flat(inner, f"{name} {place}")
    else:
        yield name, "" if value is None else str(value)


def _in_words(name: str) -> str:
    return name.replace("_", " ").replace(".", ", ").capitalize()[:80]


class _Place(NamedTuple):
    label: str
    value: str
    start: int
    end: int


def _places(words: Sequence[str], fields: Sequence[tuple[str, str]]) -> list[_Place]:
    """Which words of the page are the value of which field. Where a line broke is no part of a value."""
    starts, run = [], ""
    for word in words:
        starts.append(len(run))
        run += word
    found = []
    for label, value in fields:
        wanted = "".join(value.split())
        at = run.find(wanted) if wanted else -1
        while at >= 0:
            inside = [number for number, start in enumerate(starts) if at <= start < at + len(wanted)]
            if inside:
                found.append(_Place(label, value, inside[0], inside[-1] + 1))
            at = run.find(wanted, at + 1)
    return sorted(found, key=lambda place: place.end - place.start)


def _named(words: Sequence[str], start: int, end: int, now: str, places: Sequence[_Place]) -> Difference:
    was = " ".join(words[start:end])
    if start == len(words):
        return Difference("Added to the page", _cut(now), "")
    for place in places:
        if place.start <= start and end <= place.end and (start < end or place.start < start):
            before, after = " ".join(words[place.start : start]), " ".join(words[end : place.end])
            return Difference(place.label, _cut(" ".join(filter(None, (before, now, after)))), _cut(place.value))
    for place in places:
        if start < end and start <= place.start and place.end <= end:
            return Difference(place.label, _cut(now), _cut(was))
    return Difference("On the page", _cut(now), _cut(was))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
