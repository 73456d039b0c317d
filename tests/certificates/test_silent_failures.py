"""Three ways to issue a broken certificate without any error, each of which was seen to happen. And a fourth."""

import os
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from app.certificates.document.brand import Brand
from app.certificates.document.errors import TooLongForOnePage, UnprintableText
from app.certificates.document.render import render
from app.certificates.rules.snapshot import Locale, Officer, Snapshot
from tests.certificates import specimens
from tests.certificates.reading import squeezed, text

# Languages and kinds in turns: another language means other fonts, which is where documents used to disturb each other.
MIXED = [specimens.of_kind(kind, locale=locale) for locale in Locale for kind in ("program", "course")]


def _digest(snapshot: Snapshot, brand: Brand) -> str:
    return sha256(render(snapshot, brand=brand)).hexdigest()


def test_silent_failure_1_threads_that_print_at_once_corrupt_each_others_documents(brand: Brand) -> None:
    alone = [_digest(snapshot, brand) for snapshot in MIXED]
    with ThreadPoolExecutor(6) as threads:
        at_once = list(threads.map(lambda snapshot: _digest(snapshot, brand), MIXED * 3))
    assert at_once == alone * 3
    assert [_digest(snapshot, brand) for snapshot in reversed(MIXED)] == alone[::-1]


def test_silent_failure_2_a_fork_that_ends_takes_the_letters_from_the_next_certificate(
    brand: Brand, tmp_path: Path
) -> None:
    # The parent has printed already, as a server has that loads the application before it forks.
    before = {locale: render(specimens.of_kind("course", locale=locale), brand=brand) for locale in Locale}
    for locale in Locale:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                made = render(specimens.of_kind("course", locale=locale), brand=brand)
                (tmp_path / locale).write_bytes(made)
                status = 0
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        assert (tmp_path / locale).read_bytes() == before[locale]
    again = render(specimens.of_kind("course"), brand=brand)
    assert again == before[Locale.ENGLISH]
    assert squeezed("Brightwater Systems GmbH") in squeezed(text(again))


@pytest.mark.parametrize("locale", Locale)
def test_silent_failure_3_a_letter_without_a_font_is_printed_as_a_box(locale: Locale, brand: Brand) -> None:
    with pytest.raises(UnprintableText) as refusal:
        render(specimens.course("Ada \U00013460 Lindqvist", locale=locale), brand=brand)
    assert "U+13460" in refusal.value.sentence


@pytest.mark.parametrize("locale", Locale)
def test_silent_failure_4_what_does_not_fit_falls_off_the_page(locale: Locale, brand: Brand) -> None:
    with pytest.raises(TooLongForOnePage, match="one page"):
        render(specimens.program(locale=locale, steps=specimens.steps(200)), brand=brand)
    with pytest.raises(TooLongForOnePage, match="For the issuer|Position|one page"):
        render(specimens.course(locale=locale, signatory=Officer("Ingrid Solberg", "Chief " * 200)), brand=brand)
