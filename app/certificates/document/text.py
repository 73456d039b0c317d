"""What text can be printed, which way it runs, and how much room it takes."""

import unicodedata

from app.certificates.document.errors import UnprintableText

# Invisible characters that writing needs: joiners (Persian, Hindi) and direction marks (Arabic, Hebrew).
_NEEDED_INVISIBLE = frozenset("\u200c\u200d\u200e\u200f\u061c")
_NEVER_PRINTED = {
    "Cc": "a control character",
    "Cf": "an invisible formatting character",
    "Cn": "an unassigned code point",
    "Co": "a private character",
    "Cs": "half a character",
    "Zl": "a line separator",
    "Zp": "a paragraph separator",
}
# Enough for any orthography; beyond it marks pile up over the neighbouring lines.
_MOST_MARKS = 6


def refuse_unprintable(label: str, value: str) -> None:
    """Raise UnprintableText, naming the characters, when `value` has some that may not stand on a certificate.

    These are the ones that would change the text around them unseen (overrides of direction, controls), or that mean
    nothing to a reader (private, unassigned).
    """
    marks = 0
    for character in value:
        category = unicodedata.category(character)
        if category in _NEVER_PRINTED and character not in _NEEDED_INVISIBLE:
            raise UnprintableText(
                f"“{label}” contains {_NEVER_PRINTED[category]} ({code_point(character)}), which can't be printed. "
                f"Remove it and issue the certificate again."
            )
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > _MOST_MARKS:
            raise UnprintableText(
                f"“{label}” has more than {_MOST_MARKS} accents over one letter, which can't be printed legibly."
            )


def code_point(character: str) -> str:
    """`U+202E RIGHT-TO-LEFT OVERRIDE`."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X} {name}".rstrip()


def direction(text: str) -> str:
    """`rtl` when the first letter belongs to a script that runs from right to left, else `ltr`."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def width(text: str) -> int:
    """Roughly how many Latin letters wide: ideographs count double, combining marks nothing."""
    return sum(
        2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
        for character in text
        if not unicodedata.combining(character)
    )


def written_language(text: str) -> str:
    """Whose forms of the letters a text in Chinese characters needs: `ja`, `ko`, `zh-Hans` or `zh-Hant`; empty for other texts.

    Kana are Japanese, Hangul is Korean, Bopomofo is written in Taiwan. Of Chinese characters alone, those that the national
    character set of one country has and those of the others lack tell; where none does, or all do, the simplified forms
    are taken. A Japanese name of characters that are Chinese just as well can't be told.
    """
    if all(character < "\u1100" for character in text):
        return ""
    names = " ".join(unicodedata.name(character, "") for character in text)
    if "HIRAGANA" in names or "KATAKANA" in names:
        return "ja"
    if "HANGUL" in names:
        return "ko"
    if "BOPOMOFO" in names:
        return "zh-Hant"
    ideographs = "".join(character for character in text if unicodedata.name(character, "").startswith("CJK "))
    if not ideographs:
        return ""
    return next((language for language, codec in _CHARACTER_SETS if _encodable(ideographs, codec)), "zh-Hans")


_CHARACTER_SETS = (("zh-Hans", "gb2312"), ("zh-Hant", "big5"), ("ja", "shift_jis"))


def _encodable(text: str, codec: str) -> bool:
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
