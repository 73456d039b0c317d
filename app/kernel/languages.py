"""Languages by their BCP 47 tags: what they are called, which way they are written, which of those offered suits a reader.

Names and directions come from the Unicode CLDR, as Babel carries it.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel.core import get_global

Direction = Literal["ltr", "rtl"]


@lru_cache(maxsize=256)
def _locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


@lru_cache(maxsize=256)
def own_name(tag: str) -> str:
    """What its own speakers call it, as at the beginning of a line: `Français`. A language without a known name is its tag."""
    locale = _locale(tag)
    name = locale.get_display_name() if locale else None
    return name[:1].upper() + name[1:] if name else tag


@lru_cache(maxsize=256)
def english_name(tag: str) -> str:
    """`French`; the tag itself where no name is known."""
    locale = _locale(tag)
    return (locale.get_display_name("en") if locale else None) or tag


@lru_cache(maxsize=256)
def name_in(tag: str, language: str) -> str:
    """What a language is called in another one, as at the beginning of a line: `Anglais` for `en` in French; else the tag."""
    locale = _locale(tag)
    name = locale.get_display_name(language) if locale else None
    return name[:1].upper() + name[1:] if name else tag


@lru_cache(maxsize=256)
def direction(tag: str) -> Direction:
    """Which way it is written. What nobody knows is taken to run from left to right."""
    locale = _locale(tag)
    return "rtl" if locale is not None and locale.text_direction == "rtl" else "ltr"


def best_match(wanted: Iterable[str], offered: Sequence[str]) -> str | None:
    """The first wanted language that is offered, spelled as it is offered; None where none is.

    By RFC 4647's lookup a wanted `pt-BR` takes `pt`. A wanted `pt` takes `pt-BR` too, and so does `pt-PT`, which its readers
    understand; but never another script: `zh-TW` does not take `zh-Hans`.
    """
    by_tag = {tag.casefold(): tag for tag in reversed(offered)}
    for one in wanted:
        parts = one.casefold().split("-")
        for length in range(len(parts), 0, -1):
            found = by_tag.get("-".join(parts[:length]))
            if found is not None and _script(found) == _script(one):
                return found
        near = next((tag for tag in offered if _spoken(tag) == _spoken(one)), None)
        if near is not None:
            return near
    return None


def _spoken(tag: str) -> tuple[str, str | None]:
    return tag.casefold().split("-")[0], _script(tag)


@lru_cache(maxsize=256)
def _script(tag: str) -> str | None:
    """The script that a tag names, or that its language is usually written in: `zh-TW` is `Hant`, `fr` is `Latn`."""
    locale = _locale(tag)
    if locale is None:
        return None
    likely: str = get_global("likely_subtags").get(locale.language, "")
    return locale.script or next((part for part in likely.split("_")[1:] if len(part) == 4), None)
