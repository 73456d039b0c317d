"""The words that certificates themselves say, one language a file.

They are kept here and not taken from the Unicode CLDR or a translation service: these words belong to the format, and an
upgrade elsewhere must not change what the page of an old certificate shows. Whoever changes one raises `FORMAT` and keeps
the old words for snapshots of the old format.
"""

from app.certificates.rules.facts import Locale
from app.certificates.rules.wording.arabic import ARABIC
from app.certificates.rules.wording.english import ENGLISH
from app.certificates.rules.wording.french import FRENCH
from app.certificates.rules.wording.shape import Wording

__all__ = ["Wording", "wording"]

_WORDINGS = {Locale.ENGLISH: ENGLISH, Locale.FRENCH: FRENCH, Locale.ARABIC: ARABIC}


def wording(locale: Locale) -> Wording:
    return _WORDINGS[locale]
