"""A certificate in English, French or Arabic: every word that isn't somebody's own is in its language, and its page agrees."""

from collections import Counter
from dataclasses import fields, replace
from datetime import date

import pytest

from app.certificates.document.brand import Brand
from app.certificates.document.render import render
from app.certificates.rules.facts import CertificateKind, Outcome, StepStatus, TrainingCoverage
from app.certificates.rules.snapshot import CompletedStep, Locale, Snapshot, long_date
from app.certificates.rules.wording import wording
from app.settings import Settings
from tests.certificates import specimens
from tests.certificates.reading import letters, pdftotext

KINDS_AND_LANGUAGES = pytest.mark.parametrize(
    ("kind", "locale"),
    [pytest.param(kind, locale, id=f"{kind}-{locale}") for kind in ("program", "course") for locale in Locale],
)


@pytest.mark.parametrize("locale", Locale)
def test_every_language_has_words_for_everything(locale: Locale) -> None:
    words, english = wording(locale), wording(Locale.ENGLISH)
    assert words.labels.keys() == english.labels.keys()
    assert set(words.titles) == set(words.awarded) == set(words.for_what) == set(CertificateKind)
    assert set(words.outcomes) == set(Outcome)
    assert set(words.steps) == set(StepStatus)
    assert all(getattr(words, one.name) for one in fields(words))
    assert len(set(words.labels.values())) == len(words.labels)


@pytest.mark.parametrize("locale", [Locale.FRENCH, Locale.ARABIC])
def test_no_label_was_left_in_english(locale: Locale) -> None:
    same = {key for key, label in wording(locale).labels.items() if label == wording(Locale.ENGLISH).labels[key]}
    assert same <= {"conditions"}


def test_the_settings_offer_exactly_the_languages_that_there_are_words_for() -> None:
    offered = Settings.model_fields["certificate_language"].annotation.__args__  # type: ignore[union-attr]
    assert list(offered) == [locale.value for locale in Locale]


@pytest.mark.parametrize(
    ("day", "english", "french", "arabic"),
    [
        (date(2026, 3, 1), "1 March 2026", "1er mars 2026", "1 مارس 2026"),
        (date(2026, 8, 2), "2 August 2026", "2 août 2026", "2 أغسطس 2026"),
        (date(2024, 2, 29), "29 February 2024", "29 février 2024", "29 فبراير 2024"),
    ],
)
def test_dates_have_the_name_of_the_month(day: date, english: str, french: str, arabic: str) -> None:
    assert [long_date(day, locale) for locale in Locale] == [english, french, arabic]


@pytest.mark.parametrize(
    ("counted", "english", "french", "arabic"),
    [
        (
            TrainingCoverage(24, 24, date(2026, 3, 1)),
            "24 of 24 covered persons trained by 1 March 2026.",
            "24 personnes formées sur 24 concernées au 1er mars 2026.",
            "عدد من أتمّوا التدريب: 24 من أصل 24 حتى 1 مارس 2026.",
        ),
        (
            TrainingCoverage(1, 1, date(2026, 3, 2), waived=2, on_leave=1),
            "1 of 1 covered person trained by 2 March 2026; not counted: 2 waived, 1 on leave.",
            "1 personne formée sur 1 concernée au 2 mars 2026\u00a0; hors décompte\u00a0: 2 dispensées, 1 en congé.",
            "عدد من أتمّوا التدريب: 1 من أصل 1 حتى 2 مارس 2026؛ خارج الاحتساب، المُعفَون: 2، في إجازة: 1.",
        ),
        (
            TrainingCoverage(0, 6, None, waived=1),
            "0 of 6 covered persons trained; not counted: 1 waived.",
            "0 personne formée sur 6 concernées\u00a0; hors décompte\u00a0: 1 dispensée.",
            "عدد من أتمّوا التدريب: 0 من أصل 6؛ خارج الاحتساب، المُعفَون: 1.",
        ),
    ],
)
def test_coverage_is_counted_in_words_of_the_language(
    counted: TrainingCoverage, english: str, french: str, arabic: str
) -> None:
    assert [wording(locale).coverage(counted) for locale in Locale] == [english, french, arabic]


def test_coverage_cannot_be_more_than_all() -> None:
    with pytest.raises(ValueError, match="No more people"):
        TrainingCoverage(7, 6, None)


def test_a_plan_without_training_says_so() -> None:
    without = specimens.program(coverage=())
    assert without.printed().value("coverage") == "No training was part of the plan."
    assert (
        replace(without, locale=Locale.FRENCH).printed().value("coverage") == "Le plan ne comportait aucune formation."
    )


@pytest.mark.parametrize(
    ("locale", "waived", "not_applicable", "score"),
    [
        (Locale.ENGLISH, "Audit (1 March 2026), waived", "Audit (1 March 2026), not applicable", "92 % (80 % needed)"),
        (
            Locale.FRENCH,
            "Audit (1er mars 2026), dispensée",
            "Audit (1er mars 2026), sans objet",
            "92\u00a0% (80\u00a0% requis)",
        ),
        (Locale.ARABIC, "Audit (1 مارس 2026)، مع الإعفاء", "Audit (1 مارس 2026)، لا تنطبق", "92% (المطلوب 80%)"),
    ],
)
def test_notes_and_scores_are_in_the_language(locale: Locale, waived: str, not_applicable: str, score: str) -> None:
    steps = tuple(
        CompletedStep("Audit", date(2026, 3, 1), status) for status in (StepStatus.WAIVED, StepStatus.NOT_APPLICABLE)
    )
    printed = specimens.program(locale=locale, steps=steps).printed()
    assert (printed.value("step_1"), printed.value("step_2")) == (waived, not_applicable)
    assert specimens.course(locale=locale).printed().value("score") == score


def test_what_stands_alone_keeps_its_own_direction_among_arabic_words() -> None:
    fields = {field.key: field for field in specimens.program(locale=Locale.ARABIC).printed().fields}
    title, opening, day, *_ = fields["step_1"].pieces
    assert (title.stands_alone, opening.stands_alone, day.stands_alone) == (True, False, True)
    assert (title.text, opening.text, day.text) == ("Training: partner code of conduct", " (", "2 مارس 2026")
    assert [piece.stands_alone for piece in fields["proposed_by"].pieces] == [True, False, True]


def test_texts_with_braces_are_taken_as_they_are() -> None:
    steps = (CompletedStep("{day} {title} {0.__class__}", date(2026, 3, 1)),)
    assert specimens.program(steps=steps).printed().value("step_1") == "{day} {title} {0.__class__} (1 March 2026)"


@KINDS_AND_LANGUAGES
def test_a_stored_snapshot_keeps_its_language(kind: str, locale: Locale) -> None:
    snapshot = specimens.of_kind(kind, locale=locale)
    again = Snapshot.from_canonical(snapshot.canonical())
    assert again == snapshot
    assert again.printed() == snapshot.printed()
    assert again.printed().direction == ("rtl" if locale is Locale.ARABIC else "ltr")


@KINDS_AND_LANGUAGES
def test_all_is_printed_that_the_verify_page_shows_and_nothing_else(kind: str, locale: Locale, brand: Brand) -> None:
    snapshot = specimens.of_kind(kind, locale=locale)
    words = wording(locale)
    own_words = [words.awarded[snapshot.kind], words.for_what[snapshot.kind]]
    shown = [field.value for field in snapshot.fields()]
    # What stands there large, and the position under a name, need no label.
    large = {"vendor", "title", "holder", "programs", "course", "signatory_title"}
    labels = [field.label for field in snapshot.fields() if field.key not in large]
    read = pdftotext(render(snapshot, brand=brand))
    # Counted letter by letter: readers put the halves of an Arabic ligature, and lines that run both ways, in other orders.
    assert _counted(read) == _counted("".join([*shown, *labels, *own_words]))


def _counted(words: str) -> Counter[str]:
    return Counter(character for character in letters(words) if character.isalnum())
