"""Every kind of certificate, in every language, with names in every script: archival, accessible, and read back by a reader."""

from collections import Counter
from functools import cache
from itertools import product

import pytest

from app.certificates.document.brand import Brand, Paper
from app.certificates.document.render import render
from app.certificates.document.text import written_language
from app.certificates.rules.snapshot import Locale
from tests.certificates import specimens
from tests.certificates.reading import findings, letters, pdftotext, reader

# Where a vowel is drawn before its consonant, a reader finds it before: all letters are there, in the order of drawing.
READ_AS_DRAWN = {"Devanagari"}
ALL = [
    pytest.param(kind, locale, script, id=f"{kind}-{locale}-{script}")
    for kind, locale, script in product(("program", "course"), Locale, specimens.SCRIPTS)
]


@cache
def _printed(kind: str, locale: Locale, script: str) -> bytes:
    """Papers take turns: each kind and language is printed on both."""
    paper = list(Paper)[list(specimens.SCRIPTS).index(script) % 2]
    snapshot = specimens.of_kind(kind, specimens.SCRIPTS[script], locale=locale)
    return render(snapshot, brand=Brand("#0b5c6b", paper=paper))


@pytest.mark.parametrize(("kind", "locale", "script"), ALL)
def test_it_is_archival_and_accessible(kind: str, locale: Locale, script: str) -> None:
    assert findings(_printed(kind, locale, script)) == []
    assert reader(_printed(kind, locale, script)).trailer["/Root"]["/Lang"] == locale.value  # type: ignore[index]


@pytest.mark.parametrize(("kind", "locale", "script"), ALL)
def test_the_name_is_read_back(kind: str, locale: Locale, script: str) -> None:
    name, read = letters(specimens.SCRIPTS[script]), letters(pdftotext(_printed(kind, locale, script)))
    if script in READ_AS_DRAWN:
        assert Counter(name) <= Counter(read)
    else:
        assert name in read


@pytest.mark.parametrize(
    ("script", "font"),
    [
        ("Arabic", "Noto-Naskh-Arabic"),
        ("Hebrew", "Noto-Serif-Hebrew"),
        ("Devanagari", "Noto-Serif-Devanagari"),
        ("Thai", "Noto-Serif-Thai"),
        ("simplified Chinese", "Noto-Serif-CJK-SC"),
        ("traditional Chinese", "Noto-Serif-CJK-TC"),
        ("Japanese", "Noto-Serif-CJK-JP"),
        ("Korean", "Noto-Serif-CJK-KR"),
    ],
)
def test_the_name_is_set_in_the_font_of_its_script(script: str, font: str) -> None:
    fonts = reader(_printed("course", Locale.ENGLISH, script)).pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    assert any(font in str(one.get_object()["/BaseFont"]) for one in fonts.values()), fonts


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Brightwater", ""),
        (specimens.ARABIC, ""),
        ("株式会社あかつき", "ja"),
        ("東芝株式会社", "ja"),
        ("ﾊﾅ商事", "ja"),
        ("한빛정보기술", "ko"),
        ("上海明湖信息技术", "zh-Hans"),
        ("臺灣國際資訊", "zh-Hant"),
        ("ㄅ商店", "zh-Hant"),
        ("王明", "zh-Hans"),
        ("Acme 上海", "zh-Hans"),
    ],
)
def test_whose_letters_a_chinese_character_is_drawn_with_is_told_from_the_text(text: str, language: str) -> None:
    assert written_language(text) == language
