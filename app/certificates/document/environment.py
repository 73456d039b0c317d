"""Whether this machine can print certificates: what no package of Python's brings along."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

_SAMPLES = (
    ("font-latin", "Latin, Greek and Cyrillic", "Ærø Łódź Ñandú Žďár İzmir Αθήνα Київ", "fonts-noto-core"),
    ("font-arabic", "Arabic", "شركة النور", "fonts-noto-core"),
    ("font-hebrew", "Hebrew", "חברת אור", "fonts-noto-core"),
    ("font-devanagari", "Hindi and its kin", "सूर्योदय", "fonts-noto-core"),
    ("font-thai", "Thai", "แสงอรุณ", "fonts-noto-core"),
    ("font-cjk", "Chinese, Japanese and Korean", "上海明湖 東京かな 서울", "fonts-noto-cjk"),
)


@dataclass(frozen=True)
class Check:
    """One finding: a short name for machines, whether it is well, and a sentence for the operator."""

    name: str
    ok: bool
    sentence: str


def checks() -> list[Check]:
    """Pango, HarfBuzz's subsetting library and the fonts for the scripts of names; never raises.

    The first call of a process takes about a second, later ones about 100 ms.
    """
    try:
        ffi = import_module("weasyprint.text.ffi")
    except OSError:
        return [
            Check(
                "pango",
                False,
                "Pango is missing: no certificate can be printed. "
                "Install libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0.",
            )
        ]
    number = ffi.pango.pango_version()
    version = f"{number // 10000}.{number // 100 % 100}.{number % 100}"
    return [Check("pango", True, f"Pango {version} sets the text of certificates."), _subsetting(ffi), *_fonts()]


def _subsetting(ffi: ModuleType) -> Check:
    if ffi.harfbuzz_subset is not None:
        return Check("harfbuzz-subset", True, "HarfBuzz embeds only the letters that are used.")
    return Check(
        "harfbuzz-subset",
        False,
        "HarfBuzz's subsetting library is missing: certificates take seven times as long. Install libharfbuzz-subset0.",
    )


def _fonts() -> Iterator[Check]:
    from app.certificates.document.press import press

    for name, scripts, sample, package in _SAMPLES:
        with press() as machine:
            missing = machine.missing_characters(sample)
        if missing:
            yield Check(name, False, f"No font for {scripts}: such names can't be printed. Install {package}.")
        else:
            yield Check(name, True, f"There are fonts for {scripts}.")
